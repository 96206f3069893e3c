package ml

import "context"

// OOB is how a forest does on rows that were out of the bag: each is predicted by
// the trees whose bootstrap left it out.
type OOB struct {
	Score    float64 // accuracy
	Decision *Matrix // one row per training row, one column per class: the shares, averaged over those trees

	// Uncovered is the number of rows that no tree left out. Their shares are 0,
	// and they count as predicted to be of the first class, as in scikit-learn.
	Uncovered int
}

// OOBValues is OOB for a forest that predicts numbers.
type OOBValues struct {
	Score      float64   // R²
	Prediction []float64 // per training row: the mean of the trees that did not draw it

	// Uncovered is the number of rows that no tree left out. Their prediction is 0,
	// as in scikit-learn.
	Uncovered int
}

// outOfBag predicts each row by the trees that have not drawn it, and adds up in
// their order.
func (t *forestTraining) outOfBag(ctx context.Context, m *ForestModel) (*OOB, error) {
	drawn, err := t.drawnRows(ctx, m.Seeds)
	if err != nil {
		return nil, err
	}
	o := &OOB{Decision: newMatrix(t.rows, len(t.codes), nil)}
	uncovered, right := make([]int, t.rows), make([]int, t.rows) // of each block, at its first row
	err = m.serving.eachBlock(ctx, t.X, func(start int, keys []uint32, shares []float64) {
		for i := range len(shares) / len(t.codes) {
			row, own := start+i, shares[i*len(t.codes):(i+1)*len(t.codes)]
			uncovered[start] += m.serving.predictOutOfBag(m.serving.row(keys, i), own, drawn, row)
			for c, v := range own {
				o.Decision.data[c*t.rows+row] = v
			}
			if argmax(own) == int(t.class[row]) {
				right[start]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	hits := 0
	for row, n := range right {
		hits += n
		o.Uncovered += uncovered[row]
	}
	o.Score = float64(hits) / float64(t.rows)
	return o, nil
}

// outOfBagValues is outOfBag for a regressor.
func (t *forestTraining) outOfBagValues(ctx context.Context, m *ForestRegressorModel) (*OOBValues, error) {
	drawn, err := t.drawnRows(ctx, m.Seeds)
	if err != nil {
		return nil, err
	}
	o := &OOBValues{Prediction: make([]float64, t.rows)}
	uncovered := make([]int, t.rows) // of each block, at its first row
	err = m.serving.eachBlock(ctx, t.X, func(start int, keys []uint32, values []float64) {
		for i := range values {
			row := start + i
			uncovered[start] += m.serving.predictOutOfBag(m.serving.row(keys, i), o.Prediction[row:row+1], drawn, row)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, n := range uncovered {
		o.Uncovered += n
	}
	o.Score, err = R2(t.values, o.Prediction)
	return o, err
}

// drawnRows returns a bit per row for each tree.
func (t *forestTraining) drawnRows(ctx context.Context, seeds []Seed) ([][]uint64, error) {
	drawn := make([][]uint64, len(seeds))
	err := forEach(ctx, len(seeds), t.Workers, func(_ context.Context, i int) error {
		bits := make([]uint64, (t.rows+63)/64)
		t.bootstrap(seeds[i], func(row int) { bits[row/64] |= 1 << (row % 64) })
		drawn[i] = bits
		return nil
	})
	return drawn, err
}

// predictOutOfBag sets shares to the mean of the trees that have not drawn the row,
// and returns 1 if there are none.
func (s *serving) predictOutOfBag(x []uint32, shares []float64, drawn [][]uint64, row int) (uncovered int) {
	trees := 0.0
	for t, root := range s.roots {
		if drawn[t][row/64]>>(row%64)&1 == 0 {
			s.add(s.nodes[s.walk(root, x)].Leaf, shares)
			trees++
		}
	}
	if trees == 0 {
		return 1
	}
	for c := range shares {
		shares[c] /= trees
	}
	return 0
}
