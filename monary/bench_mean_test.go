package monary_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
)

// BenchmarkMean is the talk's comparison: it adds up 16 M float64 held in a column, in a plain slice, in a
// slice of interface values (a list) and in a map (a dictionary), and reports how fast that goes and how
// much memory a value takes in each. The values are whole numbers, so every order of adding gives the same mean.
func BenchmarkMean(b *testing.B) {
	n := atLeast(16 << 20)
	value := func(i int) float64 { return float64(i % 1021) }
	want := 0.0
	for i := range n {
		want += value(i)
	}
	want /= float64(n)

	b.Run("impl=column", func(b *testing.B) {
		t, size := held(func() *monary.Table {
			values := make([]float64, n)
			for i := range values {
				values[i] = value(i)
			}
			t, err := monary.NewTable(monary.ColumnOf("x", values, nil))
			require.NoError(b, err)
			return t
		})
		measureMean(b, n, want, size, func() float64 {
			values, err := monary.Values[float64](t, "x")
			require.NoError(b, err)
			return sumOf(values) / float64(n)
		})
	})
	b.Run("impl=slice", func(b *testing.B) {
		values, size := held(func() []float64 {
			values := make([]float64, n)
			for i := range values {
				values[i] = value(i)
			}
			return values
		})
		measureMean(b, n, want, size, func() float64 { return sumOf(values) / float64(n) })
	})
	b.Run("impl=anys", func(b *testing.B) {
		list, size := held(func() []any {
			list := make([]any, n)
			for i := range list {
				list[i] = value(i)
			}
			return list
		})
		measureMean(b, n, want, size, func() float64 {
			sum := 0.0
			for _, x := range list {
				sum += x.(float64)
			}
			return sum / float64(n)
		})
	})
	b.Run("impl=map", func(b *testing.B) {
		dict, size := held(func() map[int]float64 {
			dict := map[int]float64{}
			for i := range n {
				dict[i] = value(i)
			}
			return dict
		})
		measureMean(b, n, want, size, func() float64 {
			sum := 0.0
			for _, x := range dict {
				sum += x
			}
			return sum / float64(n)
		})
	})
}

// sumOf is the fastest plain loop: sums that do not wait for each other.
func sumOf(values []float64) float64 {
	var a, b, c, d float64
	for ; len(values) >= 4; values = values[4:] {
		a += values[0]
		b += values[1]
		c += values[2]
		d += values[3]
	}
	for _, x := range values {
		a += x
	}
	return a + b + c + d
}

// held returns what build makes and the bytes of heap that it holds.
func held[T any](build func() T) (v T, size uint64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	v = build()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return v, after.HeapAlloc - before.HeapAlloc
}

func measureMean(b *testing.B, n int, want float64, size uint64, mean func() float64) {
	for b.Loop() {
		require.Equal(b, want, mean())
	}
	b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "numbers/s")
	b.ReportMetric(float64(size)/float64(n), "bytes/value")
}
