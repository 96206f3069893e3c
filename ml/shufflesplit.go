package ml

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Size is a number of rows, given as such or as a share of all. The zero value
// leaves the choice to the splitter.
type Size struct {
	share float64
	rows  int
	by    sizeKind
}

type sizeKind uint8

const (
	byDefault sizeKind = iota
	byShare
	byRows
)

// Share is a part of the rows: a number between 0 and 1, both excluded.
func Share(of float64) Size { return Size{share: of, by: byShare} }

// Rows is a number of rows, at least 1.
func Rows(n int) Size { return Size{rows: n, by: byRows} }

// String returns the share or the number.
func (s Size) String() string {
	switch s.by {
	case byShare:
		return fmt.Sprintf("Share(%v)", s.share)
	case byRows:
		return fmt.Sprintf("Rows(%d)", s.rows)
	default:
		return "default"
	}
}

func (s Size) check(field string, n int) error {
	switch {
	case s.by == byShare && !(s.share > 0 && s.share < 1):
		return errorf("%s is %v, a share must be > 0 and < 1", field, s)
	case s.by == byRows && (s.rows < 1 || s.rows >= n):
		return errorf("%s is %v, with %d rows it must be >= 1 and < %d", field, s, n, n)
	}
	return nil
}

// sizes returns how many rows to train on and to test. A share to test is rounded
// up and one to train on is rounded down; what is not given is the rest.
func sizes(n int, train, test, defaultTest Size) (nTrain, nTest int, err error) {
	if test.by == byDefault && train.by == byDefault {
		test = defaultTest
	}
	if err := cmp.Or(test.check("the size to test", n), train.check("the size to train on", n)); err != nil {
		return 0, 0, err
	}
	if test.by == byShare && train.by == byShare && test.share+train.share > 1 {
		return 0, 0, errorf("%v to train on and %v to test are more than all rows", train, test)
	}
	nTrain, nTest = train.rows, test.rows
	if train.by == byShare {
		nTrain = int(math.Floor(train.share * float64(n)))
	}
	if test.by == byShare {
		nTest = int(math.Ceil(test.share * float64(n)))
	}
	if train.by == byDefault {
		nTrain = n - nTest
	}
	if test.by == byDefault {
		nTest = n - nTrain
	}
	switch {
	case nTrain+nTest > n:
		return 0, 0, errorf("%d rows to train on and %d to test are more than all %d", nTrain, nTest, n)
	case nTrain < 1:
		return 0, 0, errorf("with %d of %d rows to test none is left to train on", nTest, n)
	}
	return nTrain, nTest, nil
}

// ShuffleSplit draws NSplits times rows to train on and others to test, each time
// from all of them. Rows of a fold are in the order drawn. NewShuffleSplit makes
// it.
type ShuffleSplit struct {
	NSplits   int  // at least 1
	TestSize  Size // by default the rest, or a tenth if TrainSize is not given either
	TrainSize Size // by default the rest
	Seed      Seed
}

var _ Splitter = ShuffleSplit{}

// NewShuffleSplit returns a splitter that tests a tenth of the rows each time.
func NewShuffleSplit(splits int, seed Seed) ShuffleSplit {
	return ShuffleSplit{NSplits: splits, Seed: seed}
}

// Split returns NSplits folds. y is not used. Sizes that cannot be had are errors.
func (s ShuffleSplit) Split(n int, _ []int) ([]Fold, error) {
	folds, err := s.split(n, Share(0.1))
	return folds, at("ShuffleSplit", err)
}

func (s ShuffleSplit) split(n int, defaultTest Size) ([]Fold, error) {
	nTrain, nTest, err := s.sizes(n, defaultTest)
	if err != nil {
		return nil, err
	}
	rng := NewRandomState(s.Seed)
	folds := make([]Fold, s.NSplits)
	for i := range folds {
		p := rng.Permutation(n)
		folds[i] = Fold{Test: p[:nTest:nTest], Train: p[nTest : nTest+nTrain : nTest+nTrain]}
	}
	return folds, nil
}

func (s ShuffleSplit) sizes(n int, defaultTest Size) (nTrain, nTest int, err error) {
	if s.NSplits < 1 {
		return 0, 0, errorf("NSplits is %d, must be >= 1", s.NSplits)
	}
	return sizes(n, s.TrainSize, s.TestSize, defaultTest)
}

// StratifiedShuffleSplit draws like ShuffleSplit, with about the share of every
// class that it has among all rows. NewStratifiedShuffleSplit makes it.
type StratifiedShuffleSplit struct {
	NSplits   int  // at least 1
	TestSize  Size // by default the rest, or a tenth if TrainSize is not given either
	TrainSize Size // by default the rest
	Seed      Seed
}

var _ Splitter = StratifiedShuffleSplit{}

// NewStratifiedShuffleSplit returns a splitter that tests a tenth of the rows each
// time.
func NewStratifiedShuffleSplit(splits int, seed Seed) StratifiedShuffleSplit {
	return StratifiedShuffleSplit{NSplits: splits, Seed: seed}
}

// Split returns NSplits folds. It is an error if sizes cannot be had, if a class
// has a single row, and if there are fewer rows to train on or to test than
// classes.
func (s StratifiedShuffleSplit) Split(n int, y []int) ([]Fold, error) {
	folds, err := s.split(n, y, Share(0.1))
	return folds, at("StratifiedShuffleSplit", err)
}

func (s StratifiedShuffleSplit) split(n int, y []int, defaultTest Size) ([]Fold, error) {
	if err := checkLabels(n, y); err != nil {
		return nil, err
	}
	nTrain, nTest, err := ShuffleSplit(s).sizes(n, defaultTest)
	if err != nil {
		return nil, err
	}
	members := byLabel(y)
	for _, rows := range members {
		if len(rows) < 2 {
			return nil, errorf("label %d has one row only, every class needs at least 2", y[rows[0]])
		}
	}
	if nTrain < len(members) || nTest < len(members) {
		return nil, errorf("%d rows to train on and %d to test cannot have each of %d classes", nTrain, nTest, len(members))
	}
	rng := NewRandomState(s.Seed)
	folds := make([]Fold, s.NSplits)
	for i := range folds {
		folds[i] = stratifiedDraw(rng, members, nTrain, nTest)
	}
	return folds, nil
}

// byLabel returns the rows of each class, sorted by label.
func byLabel(y []int) [][]int {
	members := byAppearance(y)
	slices.SortFunc(members, func(a, b []int) int { return cmp.Compare(y[a[0]], y[b[0]]) })
	return members
}

func stratifiedDraw(rng *RandomState, members [][]int, nTrain, nTest int) Fold {
	left := make([]int, len(members))
	for c, rows := range members {
		left[c] = len(rows)
	}
	train := approximateMode(rng, left, nTrain)
	for c := range left {
		left[c] -= train[c]
	}
	test := approximateMode(rng, left, nTest)
	var f Fold
	for c, rows := range members {
		for i, p := range rng.Permutation(len(rows)) {
			switch {
			case i < train[c]:
				f.Train = append(f.Train, rows[p])
			case i < train[c]+test[c]:
				f.Test = append(f.Test, rows[p])
			}
		}
	}
	rng.Shuffle(f.Train)
	rng.Shuffle(f.Test)
	return f
}

// approximateMode shares n draws out among classes by their counts: the whole
// numbers first, what is left to the largest remainders, and among equal ones by
// lot.
func approximateMode(rng *RandomState, counts []int, n int) []int {
	total := 0
	for _, c := range counts {
		total += c
	}
	draws := make([]int, len(counts))
	remainders := make([]float64, len(counts))
	missing := n
	for i, c := range counts {
		exact := float64(c) / float64(total) * float64(n)
		draws[i] = int(exact)
		remainders[i] = exact - float64(draws[i])
		missing -= draws[i]
	}
	distinct := slices.Clone(remainders)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	for _, r := range slices.Backward(distinct) {
		if missing <= 0 {
			break
		}
		var equal []int
		for i, have := range remainders {
			if have == r {
				equal = append(equal, i)
			}
		}
		more := min(len(equal), missing)
		for _, i := range rng.Choice(len(equal), more, false) {
			draws[equal[i]]++
		}
		missing -= more
	}
	return draws
}
