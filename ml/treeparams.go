package ml

import (
	"fmt"
	"math"
	"strconv"
)

// TreeParams is what decision trees and forests of them have in common. The
// constructors fill in scikit-learn's defaults.
type TreeParams struct {
	Criterion             Criterion   // of a split's quality
	MaxDepth              int         // of a tree, the root being at depth 0; 0 means no limit
	MinSamplesSplit       Size        // a node with fewer distinct rows is a leaf; at least 2 rows, a share is rounded up
	MinSamplesLeaf        Size        // no split leaves fewer distinct rows on a side; at least 1 row, a share is rounded up
	MinWeightFractionLeaf float64     // no split leaves a smaller part of the weight on a side; 0 to 0.5
	MaxFeatures           MaxFeatures // columns looked at per node
	MaxLeafNodes          int         // with such a limit the best split of all leaves comes next, instead of depth first; 0 means none
	MinImpurityDecrease   float64     // a split that gains less is not made; at least 0
	CCPAlpha              float64     // complexity cost per leaf for which the tree is pruned (Breiman et al. 1984); 0 means no pruning
}

// ForestParams is what forests have besides the parameters of their trees.
type ForestParams struct {
	NEstimators int  // number of trees, at least 1
	Bootstrap   bool // draw rows with replacement for each tree; otherwise each gets all rows
	MaxSamples  Size // how many rows a bootstrap draws, a share being rounded; by default as many as there are
	OOBScore    bool // judge the forest on the rows that a tree's bootstrap left out
	Seed        Seed // of numpy's RandomState
	Workers     int  // trees grown at a time; 0 means GOMAXPROCS, or what cross-validation leaves free

	// Progress, if it is not nil, is called after each tree, by one goroutine at a time.
	Progress func(done, total int64)

	// Checkpoint, if it is not nil, keeps finished trees for a Fit that is interrupted.
	Checkpoint Checkpoint
}

// Criterion measures how mixed the labels of a node are; a split is as good as the
// decrease of it.
type Criterion uint8

// The criteria for classes; p is the share of each class in the node.
const (
	Gini             Criterion = iota + 1 // 1 − Σ p²
	Entropy                               // −Σ p·log₂ p
	LogLossCriterion                      // another name for Entropy
)

// The criteria for numbers, and what a node predicts by them.
const (
	SquaredError  Criterion = iota + 11 // mean squared difference from the mean, which is the prediction
	FriedmanMSE                         // the same, but splits are compared by Friedman's score (2001, equation 35)
	AbsoluteError                       // mean absolute difference from the median, which is the prediction; takes time of n² per node
	Poisson                             // half the mean Poisson deviance from the mean, which is the prediction; for counts
)

// String returns scikit-learn's name.
func (c Criterion) String() string {
	names := map[Criterion]string{
		Gini: "gini", Entropy: "entropy", LogLossCriterion: "log_loss",
		SquaredError: "squared_error", FriedmanMSE: "friedman_mse", AbsoluteError: "absolute_error", Poisson: "poisson",
	}
	if name, ok := names[c]; ok {
		return name
	}
	return fmt.Sprintf("Criterion(%d)", uint8(c))
}

func (c Criterion) forClasses() bool { return c >= Gini && c <= LogLossCriterion }

func (c Criterion) forValues() bool { return c >= SquaredError && c <= Poisson }

// MaxFeatures is how many columns a node chooses among: a whole number of at least
// 1, where more than there are means all; a share of them between 0 and 1, which
// is rounded down to no less than one column; or one of the rules. More are looked
// at until one is found that is not constant in the node.
type MaxFeatures float64

const (
	// SqrtFeatures is the square root of the number of columns, rounded down.
	SqrtFeatures MaxFeatures = -1
	// Log2Features is the binary logarithm of it, rounded down, but at least 1.
	Log2Features MaxFeatures = -2
	// AllFeatures is all columns.
	AllFeatures MaxFeatures = -3
)

// String names the rule or gives the number.
func (m MaxFeatures) String() string {
	switch m {
	case SqrtFeatures:
		return "sqrt"
	case Log2Features:
		return "log2"
	case AllFeatures:
		return "all"
	}
	return strconv.FormatFloat(float64(m), 'g', -1, 64)
}

func (m MaxFeatures) valid() bool {
	return m == SqrtFeatures || m == Log2Features || m == AllFeatures || m > 0 && m < 1 ||
		m >= 1 && m <= math.MaxInt32 && m == MaxFeatures(math.Trunc(float64(m)))
}

// of returns the number for cols columns.
func (m MaxFeatures) of(cols int) int {
	switch {
	case m == SqrtFeatures:
		return max(1, int(math.Sqrt(float64(cols))))
	case m == Log2Features:
		return max(1, int(math.Log2(float64(cols))))
	case m == AllFeatures:
		return cols
	case m < 1:
		return max(1, int(float64(m)*float64(cols)))
	}
	return int(m)
}

func (p TreeParams) check(c *paramCheck) {
	c.want(p.MaxDepth >= 0, "MaxDepth", p.MaxDepth, ">= 0 (0 means no limit)")
	s := p.MinSamplesSplit
	c.want(s.by == byShare && s.share > 0 && s.share <= 1 || s.by == byRows && s.rows >= 2,
		"MinSamplesSplit", s, "Rows(2) or more, or a Share > 0 and <= 1")
	s = p.MinSamplesLeaf
	c.want(s.by == byShare && s.share > 0 && s.share < 1 || s.by == byRows && s.rows >= 1,
		"MinSamplesLeaf", s, "Rows(1) or more, or a Share > 0 and < 1")
	c.want(p.MinWeightFractionLeaf >= 0 && p.MinWeightFractionLeaf <= 0.5, "MinWeightFractionLeaf", p.MinWeightFractionLeaf, ">= 0 and <= 0.5")
	c.want(p.MaxFeatures.valid(), "MaxFeatures", p.MaxFeatures, "a whole number >= 1, a share > 0 and < 1, SqrtFeatures, Log2Features or AllFeatures")
	c.want(p.MaxLeafNodes == 0 || p.MaxLeafNodes >= 2, "MaxLeafNodes", p.MaxLeafNodes, "0 (no limit) or >= 2")
	c.want(p.MinImpurityDecrease >= 0 && isFinite(p.MinImpurityDecrease), "MinImpurityDecrease", p.MinImpurityDecrease, "a finite number >= 0")
	c.want(p.CCPAlpha >= 0 && isFinite(p.CCPAlpha), "CCPAlpha", p.CCPAlpha, "a finite number >= 0")
}

func (p ForestParams) check(c *paramCheck) {
	c.want(p.NEstimators >= 1, "NEstimators", p.NEstimators, ">= 1")
	s := p.MaxSamples
	c.want(s.by == byDefault || s.by == byShare && s.share > 0 && s.share <= 1 || s.by == byRows && s.rows >= 1,
		"MaxSamples", s, "Rows(1) or more, a Share > 0 and <= 1, or not given")
	c.want(p.Bootstrap || s.by == byDefault, "MaxSamples", s, "not given without Bootstrap")
	c.want(p.Bootstrap || !p.OOBScore, "OOBScore", p.OOBScore, "false without Bootstrap")
	c.want(p.Workers >= 0, "Workers", p.Workers, ">= 0 (0 means GOMAXPROCS)")
}

// draws returns how many of n rows a bootstrap draws.
func (p ForestParams) draws(n int) (int, error) {
	draws := n
	switch p.MaxSamples.by {
	case byRows:
		draws = p.MaxSamples.rows
	case byShare:
		draws = int(math.RoundToEven(p.MaxSamples.share * float64(n)))
	}
	if draws < 1 || draws > n {
		return 0, errorf("MaxSamples is %v, with %d rows it must be >= 1 and <= %d", p.MaxSamples, n, n)
	}
	return draws, nil
}

// treeLimits are the parameters of a tree for given data.
type treeLimits struct {
	maxDepth, minSplit, minLeaf, maxLeaves int // maxLeaves is 0 if there is no limit
	minWeight, minDecrease                 float64
	maxFeatures                            int
}

// limits leaves minWeight open, which depends on the weights of the tree's rows.
func (p TreeParams) limits(rows, cols int) treeLimits {
	l := treeLimits{
		maxDepth: p.MaxDepth, minSplit: max(2, p.MinSamplesSplit.ceil(rows)), minLeaf: p.MinSamplesLeaf.ceil(rows),
		maxLeaves: p.MaxLeafNodes, minDecrease: p.MinImpurityDecrease, maxFeatures: p.MaxFeatures.of(cols),
	}
	if l.maxDepth == 0 {
		l.maxDepth = math.MaxInt
	}
	l.minSplit = max(l.minSplit, 2*l.minLeaf)
	return l
}

func (s Size) ceil(n int) int {
	if s.by == byShare {
		return int(math.Ceil(s.share * float64(n)))
	}
	return s.rows
}
