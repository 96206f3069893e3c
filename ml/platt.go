package ml

import (
	"context"
	"math"
	"slices"
)

// plattFolds is how many parts libsvm divides the rows of a pair into, to learn of each from
// the others what the decision values of rows look like that a machine does not know.
const plattFolds = 5

// fitSigmoids finds what makes probabilities of the values of each pair. libsvm seeds its
// generator whenever it fits a machine, so that the rows of every pair are drawn anew.
func (t *svcTraining) fitSigmoids(ctx context.Context, m *SVCModel) error {
	seed := NewSeed(uint32(NewRandomState(t.Seed).Randint(0, math.MaxInt32)))
	pairs := t.pairs()
	m.ProbA, m.ProbB = make([]float64, len(pairs)), make([]float64, len(pairs))
	return forEach(ctx, len(pairs), 0, func(ctx context.Context, p int) error {
		first, second := t.members[pairs[p][0]], t.members[pairs[p][1]]
		order := libsvmRandom{NewRandomState(seed)}.permutation(len(first) + len(second))
		s, err := t.fitSigmoid(ctx, first, second, order)
		m.ProbA[p], m.ProbB[p] = s.a, s.b
		return err
	})
}

func (t *svcTraining) fitSigmoid(ctx context.Context, first, second []int, order []int) (sigmoid, error) {
	rows, n := slices.Concat(first, second), len(order)
	values, positive := make([]float64, n), make([]bool, n)
	for i := range first {
		positive[i] = true
	}
	for k := range plattFolds {
		test := order[k*n/plattFolds : (k+1)*n/plattFolds]
		var trainFirst, trainSecond []int
		for _, i := range slices.Concat(order[:k*n/plattFolds], order[(k+1)*n/plattFolds:]) {
			if positive[i] {
				trainFirst = append(trainFirst, rows[i])
			} else {
				trainSecond = append(trainSecond, rows[i])
			}
		}
		got, err := t.valuesOf(ctx, trainFirst, trainSecond, takeFrom(rows, test))
		if err != nil {
			return sigmoid{}, at("Probability, without a fifth of the rows", err)
		}
		for j, i := range test {
			values[i] = got[j]
		}
	}
	return libsvmSigmoid(values, positive), nil
}

// valuesOf returns the decision values of some rows by a machine of others, positive for
// the first class. libsvm puts the second one in front here, an order that ties depend on.
func (t *svcTraining) valuesOf(ctx context.Context, first, second, test []int) ([]float64, error) {
	switch {
	case len(first) == 0 && len(second) == 0:
		return make([]float64, len(test)), nil
	case len(second) == 0:
		return slices.Repeat([]float64{1}, len(test)), nil
	case len(first) == 0:
		return slices.Repeat([]float64{-1}, len(test)), nil
	}
	d, err := t.solvePair(ctx, second, first, int(t.CacheSize*(1<<20))/poolSize(ctx))
	if err != nil {
		return nil, err
	}
	v := supportVectors{kernel: t.kernel, columns: columnsOf(t.X)}
	var support []int
	var coef []float64
	for i, row := range slices.Concat(second, first) {
		if a := d.alpha[i]; a != 0 {
			if i < len(second) {
				a = -a
			}
			support, coef = append(support, row), append(coef, a)
			v.samples = append(v.samples, t.X.Row(nil, row))
		}
	}
	v.pack()
	return v.sums(ctx, t.X.Take(test), support, coef, d.rho)
}

// libsvmRandom draws as scikit-learn's libsvm does, from C++'s mt19937.
type libsvmRandom struct{ *RandomState }

func (r libsvmRandom) permutation(n int) []int {
	a := upTo(0, n)
	for i := range a {
		j := i + int(r.below(uint32(n-i)))
		a[i], a[j] = a[j], a[i]
	}
	return a
}

// below returns a number less than n by a multiplication (Lemire 2019).
func (r libsvmRandom) below(n uint32) uint32 {
	product := uint64(r.Uint32()) * uint64(n)
	if uint32(product) < n {
		for least := -n % n; uint32(product) < least; {
			product = uint64(r.Uint32()) * uint64(n)
		}
	}
	return uint32(product >> 32)
}

// PredictProba returns one row per row of X and one column per class, if the model was
// fitted with Probability; else it is an error. As the machines are others than those of
// Predict, the largest probability can be another label's. The numbers are those of
// scikit-learn, which puts together those of pairs to about 1/400: svm-predict of libsvm 3.3 may
// give others for the same model, by up to that.
func (m *SVCModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	if len(m.ProbA) == 0 {
		return nil, at(typeName(m), errNoProba)
	}
	out := newMatrix(X.rows, len(m.Codes), nil)
	err := m.eachRow(ctx, X, func(row int, pairs, _ []float64) {
		for class, p := range m.classShares(pairs) {
			out.Col(class)[row] = p
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (m *SVCModel) classShares(pairs []float64) []float64 {
	const least = 1e-7
	k := len(m.Codes)
	r := make([][]float64, k) // r[i][j] is the probability of i among i and j
	for i := range r {
		r[i] = make([]float64, k)
	}
	for i := range k {
		for j := i + 1; j < k; j++ {
			p := pairIndex(i, j, k)
			v := pairs[p]
			if k == 2 {
				v = -v // see orient
			}
			r[i][j] = min(max(sigmoid{m.ProbA[p], m.ProbB[p]}.at(v), least), 1-least)
			r[j][i] = 1 - r[i][j]
		}
	}
	return coupled(r)
}

// coupled finds the probabilities of classes that agree best with those of pairs, by the
// second method of Wu, Lin and Weng (2004): they minimise Σ(r[j][i]·p[i] − r[i][j]·p[j])². It
// stops where libsvm does.
func coupled(r [][]float64) []float64 {
	k := len(r)
	q, p, qp := make([][]float64, k), make([]float64, k), make([]float64, k)
	for i := range k {
		p[i] = 1 / float64(k)
		q[i] = make([]float64, k)
		for j := range k {
			if j != i {
				q[i][i] += float64(r[j][i] * r[j][i])
				q[i][j] = -r[j][i] * r[i][j]
			}
		}
	}
	for range max(100, k) {
		var pqp, worst float64
		for i := range k {
			qp[i] = dot(q[i], p)
			pqp += float64(p[i] * qp[i])
		}
		for _, v := range qp {
			worst = max(worst, math.Abs(v-pqp))
		}
		if worst < 0.005/float64(k) {
			break
		}
		for i := range k {
			diff := (pqp - qp[i]) / q[i][i]
			p[i] += diff
			pqp = (pqp + diff*(float64(diff*q[i][i])+2*qp[i])) / (1 + diff) / (1 + diff)
			for j := range k {
				qp[j] = (qp[j] + float64(diff*q[i][j])) / (1 + diff)
				p[j] /= 1 + diff
			}
		}
	}
	return p
}
