package ml

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Params is a set of parameters by name, one candidate of a search.
type Params map[string]any

// String lists the parameters by name.
func (p Params) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, fmt.Sprintf("%s=%v", name, p[name]))
	}
	return strings.Join(parts, " ")
}

// ParamSpace is what the parameters of candidates are drawn from: a ParamGrid or
// ParamDistributions.
type ParamSpace interface {
	// Draw returns n sets of parameters, or as many as there are.
	Draw(n int, seed Seed) []Params
}

var (
	_ ParamSpace = ParamGrid{}
	_ ParamSpace = ParamDistributions{}
)

// Candidate is a classifier that a search tries. Params are for the reader of the
// results.
type Candidate struct {
	Params     Params
	Classifier Classifier
}

func newCandidates(params []Params, build func(Params) Classifier) []Candidate {
	candidates := make([]Candidate, len(params))
	for i, p := range params {
		candidates[i] = Candidate{p, build(p)}
	}
	return candidates
}

// ParamGrid is a list of values for each parameter.
type ParamGrid map[string][]any

// Size returns the number of combinations.
func (g ParamGrid) Size() int {
	size := 1
	for _, values := range g {
		size *= len(values)
	}
	return size
}

// Params returns combination i, in the order of scikit-learn's ParameterGrid: the
// last name by alphabet changes fastest.
func (g ParamGrid) Params(i int) Params {
	p := make(Params, len(g))
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(g))) {
		values := g[name]
		p[name] = values[i%len(values)]
		i /= len(values)
	}
	return p
}

// Candidates builds a classifier of every combination.
func (g ParamGrid) Candidates(build func(Params) Classifier) []Candidate {
	return newCandidates(g.all(), build)
}

func (g ParamGrid) all() []Params {
	all := make([]Params, g.Size())
	for i := range all {
		all[i] = g.Params(i)
	}
	return all
}

// Draw returns n combinations drawn without replacement, or all if there are no
// more: those that scikit-learn's ParameterSampler draws from lists.
func (g ParamGrid) Draw(n int, seed Seed) []Params {
	var drawn []Params
	for _, i := range sampleWithoutReplacement(NewRandomState(seed), g.Size(), min(n, g.Size())) {
		drawn = append(drawn, g.Params(i))
	}
	return drawn
}

// Sample builds classifiers of the combinations that Draw returns.
func (g ParamGrid) Sample(n int, seed Seed, build func(Params) Classifier) []Candidate {
	return newCandidates(g.Draw(n, seed), build)
}

// sampleWithoutReplacement draws size of the numbers 0..n−1 as scikit-learn does:
// from a permutation, unless few or nearly all are wanted.
func sampleWithoutReplacement(rng *RandomState, n, size int) []int {
	switch ratio := float64(size) / float64(n); {
	case n == 0 || size <= 0:
		return nil
	case ratio > 0.01 && ratio < 0.99:
		return rng.Permutation(n)[:size]
	case ratio < 0.2:
		return trackingSelection(rng, n, size)
	default:
		return reservoir(rng, n, size)
	}
}

// trackingSelection draws until it meets a number that is new.
func trackingSelection(rng *RandomState, n, size int) []int {
	seen := make(map[int]bool, size)
	out := make([]int, size)
	for i := range out {
		v := int(rng.Randint(0, int64(n)))
		for seen[v] {
			v = int(rng.Randint(0, int64(n)))
		}
		seen[v] = true
		out[i] = v
	}
	return out
}

// reservoir lets each further number replace one of those it has.
func reservoir(rng *RandomState, n, size int) []int {
	out := upTo(0, size)
	for i := size; i < n; i++ {
		if j := rng.Randint(0, int64(i)+1); j < int64(size) {
			out[j] = i
		}
	}
	return out
}

// Distribution draws values of a parameter.
type Distribution interface{ Draw(r *RandomState) any }

// ParamDistributions is a distribution for each parameter.
type ParamDistributions map[string]Distribution

// Draw returns n sets of parameters drawn one by one, by their names in the order
// of the alphabet, as scikit-learn's ParameterSampler does.
func (d ParamDistributions) Draw(n int, seed Seed) []Params {
	rng := NewRandomState(seed)
	names := slices.Sorted(maps.Keys(d))
	drawn := make([]Params, 0, max(n, 0))
	for range n {
		p := make(Params, len(d))
		for _, name := range names {
			p[name] = d[name].Draw(rng)
		}
		drawn = append(drawn, p)
	}
	return drawn
}

// Sample builds classifiers of the parameters that Draw returns.
func (d ParamDistributions) Sample(n int, seed Seed, build func(Params) Classifier) []Candidate {
	return newCandidates(d.Draw(n, seed), build)
}

// OneOf draws one of the values, all alike. It panics if there are none.
func OneOf(values ...any) Distribution {
	if len(values) == 0 {
		panic(errorf("OneOf: no values to draw from"))
	}
	return oneOf(slices.Clone(values))
}

type oneOf []any

func (o oneOf) Draw(r *RandomState) any { return o[r.Randint(0, int64(len(o)))] }

// Uniform draws a float64 from [lo, hi). It panics unless lo <= hi and their
// difference is finite.
func Uniform(lo, hi float64) Distribution {
	if !(lo <= hi && isFinite(hi-lo)) {
		panic(errorf("Uniform: the range is [%v, %v), must be two finite numbers in ascending order", lo, hi))
	}
	return uniform{lo, hi}
}

type uniform struct{ lo, hi float64 }

func (u uniform) Draw(r *RandomState) any { return u.lo + float64((u.hi-u.lo)*r.RandomSample()) }

// LogUniform draws a float64 from [lo, hi), both above 0, whose logarithm is
// uniform: 0.01 to 0.1 is as likely as 1 to 10. It panics unless 0 < lo <= hi and
// their ratio is finite.
func LogUniform(lo, hi float64) Distribution {
	if !(0 < lo && lo <= hi && isFinite(hi/lo)) {
		panic(errorf("LogUniform: the range is [%v, %v), must be two finite numbers > 0 in ascending order", lo, hi))
	}
	return logUniform{lo, hi}
}

type logUniform struct{ lo, hi float64 }

func (u logUniform) Draw(r *RandomState) any {
	return u.lo * math.Pow(u.hi/u.lo, r.RandomSample())
}

// IntRange draws an int from [lo, hi). It panics if there is none.
func IntRange(lo, hi int) Distribution {
	if lo >= hi {
		panic(errorf("IntRange: the range [%d, %d) is empty", lo, hi))
	}
	return intRange{lo, hi}
}

type intRange struct{ lo, hi int }

func (u intRange) Draw(r *RandomState) any { return int(r.Randint(int64(u.lo), int64(u.hi))) }
