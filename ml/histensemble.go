package ml

import (
	"context"
	"iter"
)

// HistEnsemble is what the models of HistGradientBoosting and its regressor have in
// common. Its fields are to be read only.
type HistEnsemble struct {
	// Trees has one slice per iteration, of one tree, or with more than two classes one
	// per class.
	Trees [][]*HistTree

	// Start is the raw prediction before the first tree, one per tree of an iteration.
	Start []float64

	// TrainLoss and ValidationLoss are the mean loss before the first iteration and after
	// each, of the training rows and of those held out. They are nil without early
	// stopping, the second one also if no rows are held out.
	TrainLoss, ValidationLoss []float64

	columns columnSet
	serving *histServing
}

// Iterations returns how many there were, at most MaxIter.
func (e *HistEnsemble) Iterations() int { return len(e.Trees) }

// staged yields the raw predictions after each iteration.
func (e *HistEnsemble) staged(ctx context.Context, X *Matrix, learner string) iter.Seq2[*Matrix, error] {
	return func(yield func(*Matrix, error) bool) {
		if err := e.columns.check(X); err != nil {
			yield(nil, at(learner, err))
			return
		}
		keys, width, outputs := histKeys(X, 0, X.rows), e.serving.width(), len(e.Start)
		raw := newMatrix(X.rows, outputs, nil)
		for k, v := range e.Start {
			for i := range raw.Col(k) {
				raw.Col(k)[i] = v
			}
		}
		for i := range e.Trees {
			err := eachPiece(ctx, X.rows, func(lo, hi int) {
				for k, root := range e.serving.roots[i*outputs : (i+1)*outputs] {
					e.serving.addTree(root, keys[lo*width:], raw.Col(k)[lo:hi])
				}
			})
			if err != nil {
				yield(nil, at(learner, err))
				return
			}
			if !yield(raw.Take(upTo(0, X.rows)), nil) {
				return
			}
		}
	}
}
