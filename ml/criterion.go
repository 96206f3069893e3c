package ml

import "math"

// criterion keeps the sums over the two sides of a node from which a split is
// judged. Sums run in the order of the node's rows.
type criterion interface {
	reset(node []keyed) (weight float64)
	impurity() float64
	appendValue(values []float64) []float64
	// rewind puts all rows on the right side.
	rewind()
	// advance makes the first pos rows the left side and returns how good that is;
	// −∞ if a side weighs less than minWeight. It can go forward only.
	advance(pos int, minWeight float64) (fit float64)
	// children returns the impurities of the two sides.
	children() (left, right float64)
	// improvement is the decrease of impurity, weighted by the node's share of all
	// rows. It can fall below zero by rounding.
	improvement(impurity, left, right float64) float64
}

// classCriterion is Gini or Entropy.
type classCriterion struct {
	impurityOf func(weights []float64, total float64) float64
	class      []int32   // per row
	weights    []float64 // per row
	all        float64   // weight of all rows

	node                   []keyed
	pos                    int
	total, left, right     []float64 // weight per class
	sum, leftSum, rightSum float64
}

func newClassCriterion(c Criterion, classes int, class []int32, weights []float64, all float64) *classCriterion {
	impurityOf := gini
	if c != Gini {
		impurityOf = entropy
	}
	sums := make([]float64, 3*classes)
	return &classCriterion{
		impurityOf: impurityOf, class: class, weights: weights, all: all,
		total: sums[:classes], left: sums[classes : 2*classes], right: sums[2*classes:],
	}
}

func (c *classCriterion) reset(node []keyed) (weight float64) {
	c.node, c.sum = node, 0
	clear(c.total)
	for _, k := range node {
		w := c.weights[uint32(k)]
		c.total[c.class[uint32(k)]] += w
		c.sum += w
	}
	return c.sum
}

func (c *classCriterion) impurity() float64 { return c.impurityOf(c.total, c.sum) }

func (c *classCriterion) appendValue(values []float64) []float64 { return append(values, c.total...) }

func (c *classCriterion) rewind() {
	c.pos, c.leftSum = 0, 0
	clear(c.left)
}

func (c *classCriterion) advance(pos int, minWeight float64) (fit float64) {
	// The shorter way, from where we are or from the end, is also the one whose
	// rounding errors scikit-learn has.
	if pos-c.pos <= len(c.node)-pos {
		for _, k := range c.node[c.pos:pos] {
			w := c.weights[uint32(k)]
			c.left[c.class[uint32(k)]] += w
			c.leftSum += w
		}
	} else {
		copy(c.left, c.total)
		c.leftSum = c.sum
		for i := len(c.node) - 1; i >= pos; i-- {
			row := uint32(c.node[i])
			w := c.weights[row]
			c.left[c.class[row]] -= w
			c.leftSum -= w
		}
	}
	c.pos = pos
	c.rightSum = c.sum - c.leftSum
	for k, w := range c.left {
		c.right[k] = c.total[k] - w
	}
	if c.leftSum < minWeight || c.rightSum < minWeight {
		return math.Inf(-1)
	}
	left, right := c.children()
	return float64(-c.rightSum*right) - float64(c.leftSum*left)
}

func (c *classCriterion) children() (left, right float64) {
	return c.impurityOf(c.left, c.leftSum), c.impurityOf(c.right, c.rightSum)
}

func (c *classCriterion) improvement(impurity, left, right float64) float64 {
	return weightedDecrease(c.all, c.sum, c.leftSum, c.rightSum, impurity, left, right)
}

// weightedDecrease takes the weights of all rows, of the node and of its sides, and
// the impurities of the latter three.
func weightedDecrease(all, node, leftSum, rightSum, impurity, left, right float64) float64 {
	return float64(node / all * (impurity - float64(rightSum/node*right) - float64(leftSum/node*left)))
}

// gini returns the impurity of weights per class that sum to total.
func gini(weights []float64, total float64) float64 {
	var squares float64
	for _, w := range weights {
		squares += float64(w * w)
	}
	return 1 - squares/float64(total*total)
}

// entropy is gini's counterpart, in bits.
func entropy(weights []float64, total float64) float64 {
	var sum float64
	for _, w := range weights {
		if w > 0 {
			p := w / total
			sum -= float64(p * log2(p))
		}
	}
	return sum
}

// log2 is computed as scikit-learn does: log₂ itself often differs in the last bit,
// and ties between splits depend on it.
func log2(x float64) float64 { return preciseLog(x) / math.Ln2 }
