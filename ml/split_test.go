package ml_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

func TestKFoldIsScikitLearns(t *testing.T) {
	type split struct {
		N, K  int
		Seed  *uint32
		Folds []ml.Fold
	}
	for _, want := range golden[split](t, "kfold.json") {
		t.Run(fmt.Sprintf("n=%d/k=%d", want.N, want.K), func(t *testing.T) {
			cv := ml.NewKFold(want.K)
			if want.Seed != nil {
				cv = ml.NewKFold(want.K, ml.Shuffle(ml.Seed(*want.Seed)))
			}
			for range 2 { // a splitter gives the same folds each time
				got, err := cv.Split(want.N, nil)
				require.NoError(t, err)
				require.Equal(t, want.Folds, got)
			}
		})
	}
}

func TestKFoldRefuses(t *testing.T) {
	for _, c := range []struct {
		name, why string
		n, k      int
		want      string
	}{
		{"OneFold", "nothing to train on", 10, 1, "ml: KFold: K is 1, at least 2 folds are needed"},
		{"Negative", "no such number", 10, -3, "ml: KFold: K is -3, at least 2 folds are needed"},
		{"FewRows", "an empty test part", 3, 5, "ml: KFold: 3 rows cannot be divided into 5 folds"},
		{"NoRows", "all parts would be empty", 0, 2, "ml: KFold: 0 rows cannot be divided into 2 folds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ml.NewKFold(c.k).Split(c.n, nil)
			assert.EqualError(t, err, c.want, c.why)
		})
	}
}
