package monary_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// checkValidity checks a column's bitmap as Arrow wants it: a bit a row, the
// least significant first, and none behind the last row.
func checkValidity(t testing.TB, s *monary.Series) {
	t.Helper()
	bits := s.ValidBits()
	if bits == nil {
		require.Zero(t, s.NullCount())
		return
	}
	require.Len(t, bits, (s.Len()+7)/8, "bits of %q", s.Name())
	for i := range 8 * len(bits) {
		on := bits[i/8]&(1<<(i%8)) != 0
		if i < s.Len() {
			require.Equal(t, s.IsValid(i), on, "bit %d of %q", i, s.Name())
		} else {
			require.False(t, on, "bit %d of %q, which has %d rows", i, s.Name(), s.Len())
		}
	}
}

func TestTextLayout(t *testing.T) {
	good := document(element(bson.TypeString, "s", textBytes("good")))
	bad := document(element(bson.TypeString, "s", textBytes("bad")), element(bson.TypeString, "v", textBytes("\xff")))
	table, _, err := read(t, [][]byte{good, document(), good, bad}, monary.MustSchema("s string", "v string"))
	require.ErrorIs(t, err, monary.ErrUTF8)
	offsets, bytes := monary.TextMemory(table.Series(0))
	assert.Equal(t, []int64{0, 4, 4, 8}, offsets, "one more than rows")
	assert.Equal(t, "goodgood", string(bytes), "nothing of the faulty document")

	offsets, _ = monary.TextMemory(table.Series(0).Take([]int{1, 2}))
	assert.Equal(t, []int64{0, 0, 4}, offsets, "new memory starts at 0")
	twice, err := table.Append(table.Slice(1, 3))
	require.NoError(t, err)
	offsets, bytes = monary.TextMemory(twice.Series(0))
	assert.Equal(t, []int64{0, 4, 4, 8, 8, 12}, offsets)
	assert.Len(t, bytes, 12)
}
