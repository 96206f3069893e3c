package vec_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/internal/vec"
)

// numbers are n random numbers of mean 0.
func numbers(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

func TestDots(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{1, 1}, {15, 2}, {16, 3}, {17, 1}, {40, 17}, {100, 64}} {
		n, p := size[0], size[1]
		t.Run(fmt.Sprintf("%dx%d", n, p), func(t *testing.T) {
			samples := make([][]float64, n)
			panels := vec.NewPanels(n, p)
			for i := range samples {
				samples[i] = numbers(r, p)
				for f, v := range samples[i] {
					panels.Set(i, f, v)
				}
			}
			if n > 1 {
				panels.Swap(0, n-1)
				samples[0], samples[n-1] = samples[n-1], samples[0]
			}
			row := make([]float64, p)
			panels.Row(row, n-1)
			require.Equal(t, samples[n-1], row)

			whole := (n + vec.Panel - 1) / vec.Panel
			got := make([]float64, whole*vec.Panel)
			panels.Dots(got, 0, row)
			distances := make([]float64, len(got))
			panels.Distances(distances, 0, row)
			for i, x := range samples {
				var dot, distance float64
				for f := range x {
					dot += x[f] * row[f]
					distance += (x[f] - row[f]) * (x[f] - row[f])
				}
				assert.InDelta(t, dot, got[i], 1e-13)
				assert.InDelta(t, distance, distances[i], 1e-12)
			}
			assert.Equal(t, make([]float64, len(got)-n), got[n:], "what is missing from the last panel")

			last := make([]float64, vec.Panel)
			panels.Dots(last, whole-1, row)
			assert.Equal(t, got[(whole-1)*vec.Panel:], last, "the same wherever the work begins")
		})
	}
}

// Three samples at once have the bits of one after the other.
func TestDots3(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, size := range [][2]int{{1, 1}, {16, 2}, {17, 3}, {50, 8}, {130, 101}} {
		n, p := size[0], size[1]
		panels := vec.NewPanels(n, p)
		for i := range n {
			for f, v := range numbers(r, p) {
				panels.Set(i, f, v)
			}
		}
		for first := range (n + vec.Panel - 1) / vec.Panel {
			var got, x [vec.Couple][]float64
			for k := range x {
				got[k], x[k] = numbers(r, ((n+vec.Panel-1)/vec.Panel-first)*vec.Panel), numbers(r, p)
			}
			panels.Dots3(got, first, x)
			for k := range x {
				want := make([]float64, len(got[k]))
				panels.Dots(want, first, x[k])
				require.Equal(t, want, got[k], "%d×%d", n, p)
			}
		}
	}
}

func TestAddScaled(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for n := range 40 {
		sum, row := numbers(r, n), make([]float32, n)
		want := make([]float64, n)
		for i := range row {
			row[i] = float32(r.NormFloat64())
			want[i] = sum[i] + float64(0.3*float64(row[i]))
		}
		vec.AddScaled(sum, row, 0.3)
		require.Equal(t, want, sum)
	}
}

// Both orders of a pair give the same bits, so a matrix of them is symmetric.
func TestDotsAreSymmetric(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n, p = 50, 13
	panels := vec.NewPanels(n, p)
	for i := range n {
		for f, v := range numbers(r, p) {
			panels.Set(i, f, v)
		}
	}
	dots := make([][]float64, n)
	for i := range dots {
		x := make([]float64, p)
		panels.Row(x, i)
		dots[i] = make([]float64, 64)
		panels.Dots(dots[i], 0, x)
	}
	for i := range n {
		for j := range n {
			require.Equal(t, dots[i][j], dots[j][i])
		}
	}
}

// The exponentials are within two units in the last place.
func TestExp(t *testing.T) {
	const n = 1 << 16
	r := rand.New(rand.NewPCG(7, 8))
	dots, norms := make([]float64, n), make([]float64, n)
	for i := range dots {
		norms[i] = r.ExpFloat64() * math.Pow(10, 4*r.Float64()-3)
		dots[i] = norms[i] * (2*r.Float64() - 1)
	}
	copy(dots, []float64{0, 0, 1, 0, 0})
	copy(norms, []float64{-1, 0, 1, 1e300, 800})
	const norm, gamma = 1, 0.7
	wide, narrow := make([]float64, n), make([]float32, n)
	for i := range wide {
		wide[i] = norm + norms[i] - 2*dots[i]
	}
	vec.Exp64(wide, gamma)
	vec.Exp32(narrow, dots, norms, norm, gamma)
	for i, got := range wide {
		want := math.Exp(-gamma * (norm + norms[i] - 2*dots[i]))
		if want < 1e-300 {
			require.Less(t, got, 1e-300)
			require.Zero(t, narrow[i])
			continue
		}
		require.InEpsilon(t, want, got, 5e-16)
		require.Equal(t, float32(got), narrow[i])
	}
	assert.Equal(t, 1.0, wide[0], "of 0")
}

// The plain loops, written once more.
func TestPickAndDescend(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for n := range 60 {
		up, low, diag := numbers(r, n), numbers(r, n), make([]float64, n)
		rowI, rowJ := make([]float32, n), make([]float32, n)
		for i := range n {
			// Few different values, so that there are ties.
			low[i] = math.Round(2 * low[i])
			diag[i] = 1
			rowI[i], rowJ[i] = float32(r.IntN(4))/2, float32(r.NormFloat64())
			switch r.IntN(4) {
			case 0:
				low[i] = math.Inf(-1)
			case 1:
				up[i] = math.Inf(1)
			}
		}
		wantPlace, best, wantMost := -1, math.Inf(-1), math.Inf(-1)
		for i, v := range low {
			wantMost = max(wantMost, v)
			c := 2 - 2*float64(rowI[i])
			if c <= 0 {
				c = 1e-12
			}
			if gap := 0.5 + v; gap > 0 && gap*gap/c >= best {
				wantPlace, best = i, gap*gap/c
			}
		}
		place, most := vec.Pick(low, diag, rowI, 0.5, 1)
		require.Equal(t, wantPlace, place, "of %d", n)
		require.Equal(t, wantMost, most)

		wantUp, wantLow := make([]float64, n), make([]float64, n)
		wantPlace, least := -1, math.Inf(1)
		for i := range n {
			change := float64(float64(rowI[i])*-0.3) + float64(float64(rowJ[i])*0.7)
			wantUp[i], wantLow[i] = up[i]+change, low[i]+change
			if wantUp[i] <= least {
				wantPlace, least = i, wantUp[i]
			}
		}
		require.Equal(t, wantPlace, vec.Descend(up, low, rowI, rowJ, -0.3, 0.7), "of %d", n)
		require.Equal(t, wantUp, up)
		require.Equal(t, wantLow, low)
	}
}

func BenchmarkExp(b *testing.B) {
	const n = 4096
	r := rand.New(rand.NewPCG(1, 1))
	dots, norms, dst := numbers(r, n), make([]float64, n), make([]float32, n)
	for i := range norms {
		norms[i] = 20
	}
	b.Run("impl=vec", func(b *testing.B) {
		for b.Loop() {
			vec.Exp32(dst, dots, norms, 20, 0.05)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/value")
	})
	b.Run("impl=math", func(b *testing.B) {
		for b.Loop() {
			for i, d := range dots {
				dst[i] = float32(math.Exp(-0.05 * (20 + norms[i] - 2*d)))
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/value")
	})
}

func BenchmarkDots(b *testing.B) {
	const n, p = 4096, 17
	r := rand.New(rand.NewPCG(1, 1))
	panels := vec.NewPanels(n, p)
	for i := range n {
		for f, v := range numbers(r, p) {
			panels.Set(i, f, v)
		}
	}
	x, dst := numbers(r, p), make([]float64, n)
	for b.Loop() {
		panels.Dots(dst, 0, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/value")
}

// The assembly and the plain code give what a sum in the order of ddot does, for any number of runs.
func TestDotsOfBLASInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for p := 1; p < 70; p++ {
		const n = 3*vec.Panel - 5
		s := vec.NewPanels(n, p)
		samples := make([][]float64, n)
		for i := range samples {
			samples[i] = numbers(r, p)
			for f, v := range samples[i] {
				s.Set(i, f, v)
			}
		}
		x, dst := numbers(r, p), make([]float64, 2*vec.Panel)
		s.DotsOfBLAS(dst, 1, x)
		for k, got := range dst {
			if i := vec.Panel + k; i < n {
				assert.Equal(t, ddot(x, samples[i]), got, "%d features, sample %d", p, i)
			} else {
				assert.Zero(t, got)
			}
		}
	}
}

func ddot(x, z []float64) float64 {
	var s [16]float64
	f := 0
	for ; f+16 <= len(x); f += 16 {
		for i := range s {
			s[i] = math.FMA(x[f+i], z[f+i], s[i])
		}
	}
	for i := 0; i < 16; i += 4 { // the halves of a register of four
		s[i], s[i+1] = s[i]+s[i+2], s[i+1]+s[i+3]
	}
	sum := ((s[0] + s[4]) + (s[8] + s[12])) + ((s[1] + s[5]) + (s[9] + s[13]))
	for ; f < len(x); f++ {
		sum += float64(x[f] * z[f])
	}
	return sum
}

// What OpenBLAS 0.3.21 makes of the same numbers on a processor with AVX2, to the last bit.
func TestDotsOfBLASHaveItsBits(t *testing.T) {
	for _, c := range []struct {
		features int
		want     float64
	}{
		{3, 0x1.e3b4ce624f564p-6},
		{15, 0x1.958593d1750b2p-6},
		{16, 0x1.983a54905b9cep-6},
		{17, 0x1.947813088e93fp-6},
		{40, 0x1.9a1f6eb44c0eep-6},
		{100, 0x1.98974ee1b57b6p-6},
	} {
		s := vec.NewPanels(20, c.features)
		x := make([]float64, c.features)
		for f := range x {
			x[f] = 1 / float64(f+3)
			if f%2 == 1 {
				x[f] = -x[f]
			}
			s.Set(18, f, 1/float64(2*f+7)-0.03)
		}
		dst := make([]float64, vec.Panel)
		s.DotsOfBLAS(dst, 1, x)
		assert.Equal(t, c.want, dst[2], "%d features", c.features)
		assert.Zero(t, dst[3])
	}
}
