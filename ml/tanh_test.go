package ml_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/ml"
)

// math.tanh of Python 3.11 with glibc 2.36 of Debian 12, on a processor with FMA. Cases have ways
// through the computation that others have not; of some the last bit hangs on a single rounding.
func TestTanhHasTheBitsOfTheCLibrary(t *testing.T) {
	for _, c := range []struct {
		name    string
		x, want float64
	}{
		{"below 2^-55", 0x1p-56, 0x1p-56},
		{"tiny", 0x1.12e0be826d695p-30, 0x1.12e0be826d695p-30},
		{"k 0", 0x1.bb9f1dde8f827p-4, 0x1.b9e522aae773dp-4},
		{"k 0", -0x1.60e7d15742ec6p-3, -0x1.5d741cf87553ap-3},
		{"½ log 2 and below", 0x1.62e42ffffffffp-3, 0x1.5f619990a5491p-3},
		{"½ log 2", 0x1.62e43p-3, 0x1.5f619990a5491p-3},
		{"k -1", 0x1.39bdc031d5a2ep-2, 0x1.30476dfb4cb97p-2},
		{"1½ log 2 and below", 0x1.0a2b1ffffffffp-1, 0x1.e90deb419e67bp-2},
		{"1½ log 2", 0x1.0a2b2p-1, 0x1.e90deb419e67cp-2},
		{"k -2", 0x1.0bc4ff24d6e06p-1, 0x1.eb85bce50cbcep-2},
		{"k -2", 0x1.8p-1, 0x1.45323e552f228p-1},
		{"k -3", 0x1.fae147ae147aep-1, 0x1.83c4fe9b770ep-1},
		{"below 1", 0x1.fffffffffffffp-1, 0x1.85efab514f394p-1},
		{"1", 0x1p+0, 0x1.85efab514f394p-1},
		{"k 3", 0x1.3333333333333p+0, 0x1.aad4c6d28dcafp-1},
		{"k 7", 0x1.4p+1, 0x1.f9258260a71c2p-1},
		{"k 19", -0x1.acccccccccccdp+2, -0x1.ffff9a520fd1fp-1},
		{"k 20", 0x1.c666666666666p+2, 0x1.ffffd24ffc2dcp-1},
		{"k 26", 0x1.299999999999ap+3, 0x1.ffffff7067697p-1},
		{"k 56", 0x1.368f5c28f5c29p+4, 0x1p+0},
		{"k 57", 0x1.3cccccccccccdp+4, 0x1p+0},
		{"below 22", 0x1.5ffffffffffffp+4, 0x1p+0},
		{"22", 0x1.6p+4, 0x1p+0},
		{"a rounding", -0x1.0a2b23f80f8e3p-1, -0x1.e90df16239950p-2},
		{"a rounding", -0x1.0a2b23f7835ecp-1, -0x1.e90df16161299p-2},
		{"a rounding", -0x1.641eadd0963fcp-3, -0x1.6092cd577771ap-3},
		{"a rounding", -0x1.60e7d15742ecep-3, -0x1.5d741cf875543p-3},
		{"a rounding", 0x1.bb9f1dde8f852p-4, 0x1.b9e522aae7767p-4},
		{"a rounding", 0x1.62e42fe24f98ep-3, 0x1.5f619973d49e3p-3},
		{"a rounding", 0x1.63879e9231bd7p-3, 0x1.60003659bebf3p-3},
		{"a rounding", 0x1.3ac3e50f04bd8p-2, 0x1.31365b29f47eep-2},
		{"a rounding", 0x1.04e3bb7efa484p-1, 0x1.e0dd5fce871e9p-2},
		{"a rounding", 0x1.0a2b23fb17a8ep-1, 0x1.e90df166e7bd9p-2},
		{"a rounding", 0x1.0bc4ff24d8f14p-1, 0x1.eb85bce50feb0p-2},
		{"a rounding", 0x1.8d3d46263dacap+0, 0x1.d400bfc888058p-1},
	} {
		assert.Equal(t, c.want, ml.Tanh(c.x), "%s: tanh %x", c.name, c.x)
		assert.Equal(t, -c.want, ml.Tanh(-c.x), "%s: tanh %x", c.name, -c.x)
	}
}

func TestTanhOfNumbersApart(t *testing.T) {
	assert.True(t, math.IsNaN(ml.Tanh(nan)))
	assert.Equal(t, math.Copysign(0, -1), ml.Tanh(math.Copysign(0, -1)))
	for _, huge := range []float64{1e3, math.MaxFloat64, math.Inf(1)} {
		assert.Equal(t, []float64{1, -1}, []float64{ml.Tanh(huge), ml.Tanh(-huge)})
	}
}

// Another method is as good, but for the last bits.
func TestTanhIsThatOfGoAlmost(t *testing.T) {
	for x := -23.0; x < 23; x += 0x1p-9 {
		assert.InEpsilon(t, 2+math.Tanh(x), 2+ml.Tanh(x), 4e-16, "tanh %v", x)
	}
}
