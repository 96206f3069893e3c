package ml_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestRandomStateIsNumpys(t *testing.T) {
	type stream struct {
		Seed            uint32
		Uint32          []uint32
		Randint150      []int64   `json:"randint_150"`
		RandintNegative []int64   `json:"randint_negative"`
		RandintOne      []int64   `json:"randint_one"`
		Randint2p31m1   []int64   `json:"randint_2p31m1"`
		Randint2p40     []string  `json:"randint_2p40"`
		RandintAll      []string  `json:"randint_all"`
		RandomSample    hexFloats `json:"random_sample"`
		Permutation77   []int     `json:"permutation_77"`
		Choice20of30    []int     `json:"choice_20_of_30"`
		Choice9of7      []int     `json:"choice_9_of_7"`
		Normal          hexFloats
		After           int64
	}
	for _, want := range golden[stream](t, "random.json") {
		t.Run(strconv.FormatUint(uint64(want.Seed), 10), func(t *testing.T) {
			// One generator for all: a draw too many or too few shows in the next.
			r := ml.NewRandomState(ml.NewSeed(want.Seed))
			for _, v := range want.Uint32 {
				require.Equal(t, v, r.Uint32())
			}
			randint := func(values []int64, lo, hi int64) {
				for _, v := range values {
					require.Equal(t, v, r.Randint(lo, hi), "[%d, %d)", lo, hi)
				}
			}
			randint(want.Randint150, 0, 150)
			randint(want.RandintNegative, -5, 6)
			randint(want.RandintOne, 7, 8)
			randint(want.Randint2p31m1, 0, math.MaxInt32)
			randint(parseInts(t, want.Randint2p40), 0, 1<<40)
			randint(parseInts(t, want.RandintAll), math.MinInt64, math.MaxInt64)
			for _, v := range want.RandomSample {
				require.Equal(t, v, r.RandomSample())
			}
			require.Equal(t, want.Permutation77, r.Permutation(77))
			require.Equal(t, want.Choice20of30, r.Choice(30, 20, false))
			require.Equal(t, want.Choice9of7, r.Choice(7, 9, true))
			for _, v := range want.Normal {
				got := r.Normal()
				require.LessOrEqual(t, math.Abs(got-v), math.Nextafter(math.Abs(v), math.Inf(1))-math.Abs(v), "%v, numpy has %v", got, v)
			}
			require.Equal(t, want.After, r.Randint(0, math.MaxInt32))
		})
	}
}

func parseInts(t *testing.T, words []string) []int64 {
	var out []int64
	for _, w := range words {
		v, err := strconv.ParseInt(w, 10, 64)
		require.NoError(t, err)
		out = append(out, v)
	}
	return out
}

func TestRandintRefusesAnEmptyRange(t *testing.T) {
	r := ml.NewRandomState(ml.Seed{})
	assert.Panics(t, func() { r.Randint(3, 3) })
	assert.Panics(t, func() { r.Randint(4, 3) })
}

func TestChoiceRefuses(t *testing.T) {
	r := ml.NewRandomState(ml.Seed{})
	assert.Panics(t, func() { r.Choice(3, 4, false) }, "too few")
	assert.Panics(t, func() { r.Choice(0, 1, true) }, "none")
	assert.Panics(t, func() { r.Choice(3, -1, true) })
	assert.Empty(t, r.Choice(0, 0, true))
}

func TestSeedZeroValue(t *testing.T) {
	assert.Equal(t, ml.NewSeed(0), ml.Seed{})
	assert.Equal(t, "4294967295", ml.NewSeed(math.MaxUint32).String())
}

func TestRandomSeedVaries(t *testing.T) {
	seen := map[ml.Seed]bool{}
	for range 8 {
		seen[ml.RandomSeed()] = true
	}
	assert.Greater(t, len(seen), 1, "eight equal seeds happen once in 2^224")
}
