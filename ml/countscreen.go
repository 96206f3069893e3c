package ml

import "math"

// screen tells from few operations that a split is worse than the best one so far,
// so that only the others are judged with all the divisions and logarithms that
// scikit-learn's result depends on. It leaves room for rounding errors, its own and
// those of the full judgement, and lets through what is within them.
type screen struct {
	entropy entropyTable

	weight, pure float64 // of the node: W and Σ t², t being its weights per class
	gini         float64 // the least gain of splits to let through
	bits         int64   // the same for entropy
}

// A split's fit is −wl·gl − wr·gr. For Gini that is
//
//	sl/wl + sr/wr − W, s = Σ (weight per class)²
//
// which is off by no more than a few units in the last place of W.
const screenMargin = 1e-12

func (s *screen) start(c *countingSplitter) {
	s.entropy, s.weight = c.entropy, float64(c.weight)
	s.pure = float64(squares(c.total))
	s.gini, s.bits = math.Inf(-1), math.MinInt64
}

// raise takes the fit of the best split so far.
func (s *screen) raise(fit float64) {
	if s.entropy != nil {
		s.bits = int64(math.Floor(fit*entropyUnit)) - entropyMargin
		return
	}
	s.gini = fit + s.weight - screenMargin*s.weight
}

// pairLimit is for two classes by Gini. There the split gains 2·d²/(W·wl·wr) over none,
// with d = l·W − wl·t for the weights l and t of the second class on the left and in
// the node. A split whose d² is below pairLimit·wl·wr is worse than the best.
func (s *screen) pairLimit() float64 { return (s.gini - s.pure/s.weight) * s.weight / 2 }

// lets reports whether a split may be the best.
func (s *screen) lets(x *sides) bool {
	if s.entropy != nil {
		return x.left+x.right-s.entropy[x.leftWeight]-s.entropy[x.rightWeight] >= s.bits
	}
	l, r := float64(x.leftWeight), float64(x.rightWeight)
	return float64(x.left)*r+float64(x.right)*l >= s.gini*(l*r)
}

// sides are the two sides of a split: their weights, and the sums over their
// weights per class that the fit depends on, of squares or of what is in an
// entropyTable.
type sides struct {
	entropy                 entropyTable
	leftWeight, rightWeight int64
	left, right             int64
}

// sides returns the sides of a node, all of it on the right.
func (s *screen) sides(total []int64, weight int64) sides {
	x := sides{entropy: s.entropy, rightWeight: weight, right: squares(total)}
	if s.entropy != nil {
		x.right = 0
		for _, w := range total {
			x.right += s.entropy[w]
		}
	}
	return x
}

// move takes weight from the right side's weight of a class to the left side's.
func (x *sides) move(left, right *int64, weight int64) {
	l, r := *left, *right
	if x.entropy == nil {
		x.left += weight * (2*l + weight)
		x.right -= weight * (2*r - weight)
	} else {
		x.left += x.entropy[l+weight] - x.entropy[l]
		x.right += x.entropy[r-weight] - x.entropy[r]
	}
	*left, *right = l+weight, r-weight
	x.leftWeight += weight
	x.rightWeight -= weight
}

// entropyTable holds n·log₂ n for n = 0, 1, 2, … in units of 1/entropyUnit. The fit
// of a split by entropy is the sum of it over the weights per class of both sides,
// less that of the weights of the sides.
type entropyTable []int64

const (
	entropyUnit    = 1 << 26
	entropyMargin  = 1 << 12   // far above what the rounding of 10000 classes comes to, half a unit each
	entropyLargest = 1<<22 - 1 // the table is not to become large, nor its entries inexact
)

func newEntropyTable(most int) entropyTable {
	t := make(entropyTable, most+1)
	for n := 2; n <= most; n++ {
		t[n] = int64(math.Round(float64(n) * math.Log2(float64(n)) * entropyUnit))
	}
	return t
}

// pairFit takes the weights of two classes on both sides.
func (t entropyTable) pairFit(left0, left1, right0, right1 int64) int64 {
	return t[left0] + t[left1] - t[left0+left1] + t[right0] + t[right1] - t[right0+right1]
}
