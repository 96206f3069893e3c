package ml_test

import (
	"bytes"
	"fmt"
	stdlog "log"
	"log/slog"
	"math"
	"os"
	"slices"
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
		t.Run(fmt.Sprintf("n=%d,k=%d,shuffle=%v", want.N, want.K, want.Seed != nil), func(t *testing.T) {
			got, err := ml.NewKFold(want.K, shuffled(want.Seed)...).Split(want.N, nil)
			require.NoError(t, err)
			assert.Equal(t, want.Folds, got)
		})
	}
}

func shuffled(seed *uint32) []ml.KFoldOption {
	if seed == nil {
		return nil
	}
	return []ml.KFoldOption{ml.Shuffle(ml.NewSeed(*seed))}
}

// goldenSplit is a splitter's parameters, the labels or groups, and the folds.
type goldenSplit struct {
	Kind        string
	Y           []int
	K, Gap      int
	Seed        *uint32
	Test, Train *float64 // shares if below 1
	Error       string
	Folds       []ml.Fold
}

func size(v *float64) ml.Size {
	switch {
	case v == nil:
		return ml.Size{}
	case *v < 1:
		return ml.Share(*v)
	default:
		return ml.Rows(int(*v))
	}
}

func count(v *float64) int {
	if v == nil {
		return 0
	}
	return int(*v)
}

func (g goldenSplit) split() ([]ml.Fold, error) {
	n := len(g.Y)
	var seed ml.Seed
	if g.Seed != nil {
		seed = ml.NewSeed(*g.Seed)
	}
	switch g.Kind {
	case "StratifiedKFold":
		return ml.NewStratifiedKFold(g.K, shuffled(g.Seed)...).Split(n, g.Y)
	case "GroupKFold":
		return ml.NewGroupKFold(g.K, g.Y).Split(n, nil)
	case "LeaveOneOut":
		return ml.LeaveOneOut{}.Split(n, nil)
	case "TimeSeriesSplit":
		return ml.TimeSeriesSplit{NSplits: g.K, TestSize: count(g.Test), MaxTrainSize: count(g.Train), Gap: g.Gap}.Split(n, nil)
	case "ShuffleSplit":
		s := ml.NewShuffleSplit(g.K, seed)
		s.TestSize, s.TrainSize = size(g.Test), size(g.Train)
		return s.Split(n, nil)
	case "StratifiedShuffleSplit":
		s := ml.NewStratifiedShuffleSplit(g.K, seed)
		s.TestSize, s.TrainSize = size(g.Test), size(g.Train)
		return s.Split(n, g.Y)
	}
	how := ml.TrainTest{TestSize: size(g.Test), TrainSize: size(g.Train), Seed: seed}
	if g.Kind == "TrainTestStratified" {
		how.Stratify = g.Y
	}
	f, err := ml.TrainTestSplit(n, how)
	return []ml.Fold{f}, err
}

func TestSplittersAreScikitLearns(t *testing.T) {
	for i, want := range golden[goldenSplit](t, "splits.json") {
		t.Run(fmt.Sprintf("%s/%d", want.Kind, i), func(t *testing.T) {
			got, err := want.split()
			if want.Error != "" {
				require.Error(t, err, "scikit-learn says: %s", want.Error)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, want.Folds, got)
		})
	}
}

func TestArgsortIsNumpys(t *testing.T) {
	for _, want := range golden[struct{ Values, Order []int }](t, "argsort.json") {
		assert.Equal(t, want.Order, ml.NumpyArgsort(want.Values))
	}
}

func TestTrainTestSplitWithoutShuffling(t *testing.T) {
	f, err := ml.TrainTestSplit(10, ml.TrainTest{NoShuffle: true})
	require.NoError(t, err)
	assert.Equal(t, ml.Fold{Train: []int{0, 1, 2, 3, 4, 5, 6}, Test: []int{7, 8, 9}}, f)
	f, err = ml.TrainTestSplit(10, ml.TrainTest{NoShuffle: true, TrainSize: ml.Rows(3), TestSize: ml.Rows(2)})
	require.NoError(t, err)
	assert.Equal(t, ml.Fold{Train: []int{0, 1, 2}, Test: []int{3, 4}}, f)
}

// partitions are the splitters that test every row once.
func partitions(n, k int, seed ml.Seed) map[string]ml.Splitter {
	groups := make([]int, n)
	for i := range groups {
		groups[i] = i * i % (k + 3)
	}
	return map[string]ml.Splitter{
		"KFold":           ml.NewKFold(k, ml.Shuffle(seed)),
		"StratifiedKFold": ml.NewStratifiedKFold(k, ml.Shuffle(seed)),
		"GroupKFold":      ml.NewGroupKFold(k, groups),
		"LeaveOneOut":     ml.LeaveOneOut{},
	}
}

func TestSplittersPartition(t *testing.T) {
	const n = 83
	rng := ml.NewRandomState(ml.NewSeed(5))
	for range 20 {
		y := make([]int, n)
		for i := range y {
			y[i] = int(rng.Randint(0, 4))
		}
		k := int(rng.Randint(2, 5))
		for name, cv := range partitions(n, k, ml.NewSeed(rng.Uint32())) {
			folds, err := cv.Split(n, y)
			if name == "GroupKFold" && err != nil {
				continue // the squares left fewer groups than folds
			}
			require.NoError(t, err, name)
			var tested []int
			for _, f := range folds {
				tested = append(tested, f.Test...)
				both := append(slices.Clone(f.Train), f.Test...)
				slices.Sort(both)
				require.Equal(t, count0(n), both, "%s: a row is trained on or tested", name)
			}
			slices.Sort(tested)
			require.Equal(t, count0(n), tested, "%s: every row is tested once", name)
		}
	}
}

func count0(n int) []int {
	var a []int
	for i := range n {
		a = append(a, i)
	}
	return a
}

func TestStratifiedKFoldBalancesClasses(t *testing.T) {
	rng := ml.NewRandomState(ml.NewSeed(9))
	y := make([]int, 500)
	perClass := map[int]int{}
	for i := range y {
		y[i] = int(rng.Randint(0, 3))
		perClass[y[i]]++
	}
	folds, err := ml.NewStratifiedKFold(7, ml.Shuffle(ml.NewSeed(1))).Split(len(y), y)
	require.NoError(t, err)
	for _, f := range folds {
		got := map[int]int{}
		for _, row := range f.Test {
			got[y[row]]++
		}
		for class, n := range perClass {
			assert.InDelta(t, float64(n)/7, got[class], 1, "a part has at most one row more or less than its share")
		}
	}
}

func TestStratifiedKFoldWarnsOfSmallClasses(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		stdlog.SetOutput(os.Stderr) // which the line above leaves with the buffer
	})
	_, err := ml.NewStratifiedKFold(3).Split(9, []int{1, 1, 1, 1, 7, 7, 7, 2, 2})
	require.NoError(t, err)
	require.Contains(t, log.String(), `level=WARN msg="ml: StratifiedKFold: a class has fewer rows than there are folds, some will test none of it" label=2 rows=2 folds=3`)
	log.Reset()
	_, err = ml.NewStratifiedKFold(2).Split(9, []int{1, 1, 1, 1, 7, 7, 7, 2, 2})
	require.NoError(t, err)
	require.Empty(t, log.String(), "every fold tests rows of each class")
}

func TestGroupKFoldKeepsGroupsWhole(t *testing.T) {
	rng := ml.NewRandomState(ml.NewSeed(2))
	groups := make([]int, 300)
	for i := range groups {
		groups[i] = int(rng.Randint(-20, 20))
	}
	folds, err := ml.NewGroupKFold(4, groups).Split(len(groups), nil)
	require.NoError(t, err)
	for _, f := range folds {
		for _, row := range f.Test {
			for _, other := range f.Train {
				require.NotEqual(t, groups[row], groups[other])
			}
		}
	}
}

func TestSplittersRefuse(t *testing.T) {
	sizes := func(train, test ml.Size) ml.ShuffleSplit {
		return ml.ShuffleSplit{NSplits: 1, TrainSize: train, TestSize: test}
	}
	stratified := func(y ...int) func() error {
		return func() error { _, err := ml.NewStratifiedShuffleSplit(1, ml.Seed{}).Split(len(y), y); return err }
	}
	split := func(cv ml.Splitter, n int, y []int) func() error {
		return func() error { _, err := cv.Split(n, y); return err }
	}
	trainTest := func(n int, how ml.TrainTest) func() error {
		return func() error { _, err := ml.TrainTestSplit(n, how); return err }
	}
	for _, c := range []struct {
		name, want string
		do         func() error
	}{
		{"OneFold", "ml: KFold: K is 1, at least 2 folds are needed", split(ml.NewKFold(1), 5, nil)},
		{"TooFewRows", "ml: KFold: 3 rows cannot be divided into 5 folds", split(ml.NewKFold(5), 3, nil)},
		{"StratifiedWithoutLabels", "ml: StratifiedKFold: there are no labels to divide the rows by; KFold and ShuffleSplit need none", split(ml.NewStratifiedKFold(2), 3, nil)},
		{"StratifiedTooFewRows", "ml: StratifiedKFold: 1 rows cannot be divided into 2 folds", split(ml.NewStratifiedKFold(2), 1, []int{1})},
		{"AllClassesSmall", "ml: StratifiedKFold: K is 3, but no class has more than 2 rows", split(ml.NewStratifiedKFold(3), 4, []int{0, 0, 1, 1})},
		{"FewGroups", "ml: GroupKFold: 2 groups cannot be divided into 3 folds", split(ml.NewGroupKFold(3, []int{7, 7, 8}), 3, nil)},
		{"GroupsOfOtherRows", "ml: GroupKFold: groups for 2 rows, there are 3", split(ml.NewGroupKFold(2, []int{7, 8}), 3, nil)},
		{"GroupOneFold", "ml: GroupKFold: K is 1, at least 2 folds are needed", split(ml.NewGroupKFold(1, []int{7, 8}), 2, nil)},
		{"OneLeftOut", "ml: LeaveOneOut: 1 rows, at least 2 are needed", split(ml.LeaveOneOut{}, 1, nil)},
		{"NoSplits", "ml: ShuffleSplit: NSplits is 0, must be >= 1", split(ml.ShuffleSplit{}, 9, nil)},
		{"ShareOne", "ml: ShuffleSplit: the size to test is Share(1), a share must be > 0 and < 1", split(sizes(ml.Size{}, ml.Share(1)), 9, nil)},
		{"ShareNaN", "ml: ShuffleSplit: the size to train on is Share(NaN), a share must be > 0 and < 1", split(sizes(ml.Share(nan), ml.Size{}), 9, nil)},
		{"ShareZero", "ml: ShuffleSplit: the size to test is Share(0), a share must be > 0 and < 1", split(sizes(ml.Size{}, ml.Share(0)), 9, nil)},
		{"NoRows", "ml: ShuffleSplit: the size to test is Rows(0), with 9 rows it must be >= 1 and < 9", split(sizes(ml.Size{}, ml.Rows(0)), 9, nil)},
		{"AllRows", "ml: ShuffleSplit: the size to test is Rows(9), with 9 rows it must be >= 1 and < 9", split(sizes(ml.Size{}, ml.Rows(9)), 9, nil)},
		{"SharesAboveOne", "ml: ShuffleSplit: Share(0.7) to train on and Share(0.4) to test are more than all rows", split(sizes(ml.Share(0.7), ml.Share(0.4)), 9, nil)},
		{"RowsAboveAll", "ml: ShuffleSplit: 6 rows to train on and 4 to test are more than all 9", split(sizes(ml.Rows(6), ml.Rows(4)), 9, nil)},
		{"NoneToTrainOn", "ml: ShuffleSplit: with 1 of 2 rows to test none is left to train on", split(sizes(ml.Share(0.1), ml.Rows(1)), 2, nil)},
		{"OneRow", "ml: TrainTestSplit: with 1 of 1 rows to test none is left to train on", trainTest(1, ml.TrainTest{})},
		{"StratifyInOrder", "ml: TrainTestSplit: Stratify needs rows drawn at random, NoShuffle is set", trainTest(2, ml.TrainTest{Stratify: []int{0, 1}, NoShuffle: true})},
		{"StratifyOtherRows", "ml: TrainTestSplit: 2 labels for 3 rows", trainTest(3, ml.TrainTest{Stratify: []int{0, 1}})},
		{"ClassOfOne", "ml: StratifiedShuffleSplit: label 4 has one row only, every class needs at least 2", stratified(0, 0, 0, 4, 0, 0)},
		{"MoreClassesThanTests", "ml: StratifiedShuffleSplit: 5 rows to train on and 1 to test cannot have each of 3 classes", stratified(0, 0, 1, 1, 2, 2)},
		{"TimeOneSplit", "ml: TimeSeriesSplit: NSplits is 1, must be >= 2; Gap is -1, must be >= 0", split(ml.TimeSeriesSplit{NSplits: 1, Gap: -1}, 9, nil)},
		{"TimeFewRows", "ml: TimeSeriesSplit: 3 rows cannot be divided into 3 folds, at least 4 are needed", split(ml.NewTimeSeriesSplit(3), 3, nil)},
		{"TimeGap", "ml: TimeSeriesSplit: with 10 rows, 3 folds of 2 rows to test and a gap of 4 leave none to train on", split(ml.TimeSeriesSplit{NSplits: 3, Gap: 4}, 10, nil)},
		{"TimeOverflow", fmt.Sprintf("ml: TimeSeriesSplit: with 10 rows, 4 folds of %d rows to test and a gap of 0 leave none to train on", math.MaxInt),
			split(ml.TimeSeriesSplit{NSplits: 4, TestSize: math.MaxInt}, 10, nil)},
	} {
		t.Run(c.name, func(t *testing.T) { assert.EqualError(t, c.do(), c.want) })
	}
}

func TestAsManyFoldsAsRowsLeaveOneOut(t *testing.T) {
	for _, n := range []int{2, 3, 17} {
		folds := fitted(ml.NewKFold(n).Split(n, nil))(t)
		assert.Equal(t, fitted(ml.LeaveOneOut{}.Split(n, nil))(t), folds)
	}
}
