package ml

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// logisticLoss is Σ weight·loss + ½Σ l2·w². With one output, a row of class 1 has the
// probability 1/(1+exp(−z)); with several, class k has the share of exp(z(k)) in the
// sum over all. z is linear in the columns.
type logisticLoss struct {
	columns blas64.General // d × n: the columns as rows, and one of 1 for the intercept
	outputs int
	class   []int
	weight  []float64 // per row
	l2      []float64 // per column
	zeroSum []bool    // columns whose coefficients sum to 0 at the minimum, as nothing or their squares are penalised

	x     []float64   // where it is; outputs × d
	proba [][]float64 // per output, for every row
	room  []float64   // n
}

// newLogisticLoss reads X, which must not change, and copies it if there is an intercept.
func newLogisticLoss(X *Matrix, class []int, weights []float64, outputs int, intercept bool) *logisticLoss {
	cells := X.data
	d := X.cols
	if intercept {
		cells = append(cells[:len(cells):len(cells)], ones(X.rows)...)
		d++
	}
	if weights == nil {
		weights = ones(X.rows)
	}
	l := &logisticLoss{
		columns: blas64.General{Rows: d, Cols: X.rows, Stride: X.rows, Data: cells},
		outputs: outputs, class: class, weight: weights, l2: make([]float64, d), zeroSum: make([]bool, d), room: make([]float64, X.rows),
	}
	for range outputs {
		l.proba = append(l.proba, make([]float64, X.rows))
	}
	return l
}

func ones(n int) []float64 {
	a := make([]float64, n)
	for i := range a {
		a[i] = 1
	}
	return a
}

func (l *logisticLoss) size() int { return l.outputs * l.columns.Rows }

// of returns the parameters of output k.
func (l *logisticLoss) of(x []float64, k int) []float64 {
	d := l.columns.Rows
	return x[k*d : (k+1)*d]
}

func (l *logisticLoss) value(x []float64) float64 {
	l.x = append(l.x[:0], x...)
	var sum float64
	for k := range l.outputs {
		blas64.Gemv(blas.Trans, 1, l.columns, vectorOf(l.of(x, k)), 0, vectorOf(l.proba[k]))
		for j, v := range l.of(x, k) {
			sum += l.l2[j] * v * v / 2
		}
	}
	if l.outputs == 1 {
		return sum + l.binary()
	}
	return sum + l.softmax()
}

// binary turns z into probabilities and returns the loss.
func (l *logisticLoss) binary() float64 {
	var sum float64
	p := l.proba[0]
	for i, z := range p {
		e := math.Exp(-math.Abs(z))
		sum += l.weight[i] * (max(z, 0) - z*float64(l.class[i]) + math.Log1p(e))
		if z >= 0 {
			p[i] = 1 / (1 + e)
		} else {
			p[i] = e / (1 + e)
		}
	}
	return sum
}

func (l *logisticLoss) softmax() float64 {
	var sum float64
	for i := range l.weight {
		most := math.Inf(-1)
		for _, z := range l.proba {
			most = max(most, z[i])
		}
		own := l.proba[l.class[i]][i]
		var total float64
		for _, z := range l.proba {
			z[i] = math.Exp(z[i] - most)
			total += z[i]
		}
		for _, p := range l.proba {
			p[i] /= total
		}
		sum += l.weight[i] * (most + math.Log(total) - own)
	}
	return sum
}

func (l *logisticLoss) gradient(dst []float64) {
	for k := range l.outputs {
		for i, p := range l.proba[k] {
			if l.outputs == 1 && l.class[i] == 1 || l.outputs > 1 && l.class[i] == k {
				p--
			}
			l.room[i] = l.weight[i] * p
		}
		g := l.of(dst, k)
		blas64.Gemv(blas.NoTrans, 1, l.columns, vectorOf(l.room), 0, vectorOf(g))
		for j, v := range l.of(l.x, k) {
			g[j] += l.l2[j] * v
		}
	}
	if l.outputs > 1 {
		l.center(dst)
	}
}

// hessian makes the blocks Mᵀ·diag·M of every two outputs.
func (l *logisticLoss) hessian(dst blas64.Symmetric) {
	d, n := l.columns.Rows, l.columns.Cols
	scaled := blas64.General{Rows: d, Cols: n, Stride: n, Data: make([]float64, d*n)}
	for k := range l.outputs {
		for m := k; m < l.outputs; m++ {
			l.weights(k, m)
			for j := range d {
				for i, v := range l.columns.Data[j*n : (j+1)*n] {
					scaled.Data[j*n+i] = v * l.room[i]
				}
			}
			block := blas64.General{Rows: d, Cols: d, Stride: dst.Stride, Data: dst.Data[k*d*dst.Stride+m*d:]}
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, scaled, l.columns, 0, block)
		}
		for j, l2 := range l.l2 {
			dst.Data[(k*d+j)*dst.Stride+k*d+j] += l2
		}
	}
	l.fixShift(dst)
}

// weights sets room to the second derivatives of the loss by z(k) and z(m).
func (l *logisticLoss) weights(k, m int) {
	for i, p := range l.proba[k] {
		if k == m {
			l.room[i] = l.weight[i] * p * (1 - p)
		} else {
			l.room[i] = -l.weight[i] * p * l.proba[m][i]
		}
	}
}

// fixShift makes the Hessian definite where the same change of all outputs changes
// nothing, or so little that it is lost to rounding. Steps keep their sum at 0 then,
// where they start.
func (l *logisticLoss) fixShift(dst blas64.Symmetric) {
	if l.outputs == 1 {
		return
	}
	d := l.columns.Rows
	for j, zeroSum := range l.zeroSum {
		if !zeroSum {
			continue
		}
		size := dst.Data[j*dst.Stride+j]
		for k := range l.outputs {
			for m := k; m < l.outputs; m++ {
				dst.Data[(k*d+j)*dst.Stride+m*d+j] += size
			}
		}
	}
}

func (l *logisticLoss) curve(dst, v []float64) {
	l.curveOf(dst, v)
	if l.outputs > 1 {
		l.center(dst)
	}
}

// center takes from the outputs what they have in common, where they sum to 0.
func (l *logisticLoss) center(v []float64) {
	d := l.columns.Rows
	for j, zeroSum := range l.zeroSum {
		if !zeroSum {
			continue
		}
		var mean float64
		for k := range l.outputs {
			mean += v[k*d+j] / float64(l.outputs)
		}
		for k := range l.outputs {
			v[k*d+j] -= mean
		}
	}
}

func (l *logisticLoss) curveOf(dst, v []float64) {
	n := l.columns.Cols
	along := make([][]float64, l.outputs)
	mean := make([]float64, n) // Σ p(k)·along(k)
	for k := range along {
		along[k] = make([]float64, n)
		blas64.Gemv(blas.Trans, 1, l.columns, vectorOf(l.of(v, k)), 0, vectorOf(along[k]))
		for i, a := range along[k] {
			mean[i] += l.proba[k][i] * a
		}
	}
	for k, a := range along {
		for i, p := range l.proba[k] {
			l.room[i] = l.weight[i] * p * (a[i] - mean[i])
			if l.outputs == 1 {
				l.room[i] = l.weight[i] * p * (1 - p) * a[i]
			}
		}
		out := l.of(dst, k)
		blas64.Gemv(blas.NoTrans, 1, l.columns, vectorOf(l.room), 0, vectorOf(out))
		for j, x := range l.of(v, k) {
			out[j] += l.l2[j] * x
		}
	}
}
