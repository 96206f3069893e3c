package ml

import "math"

// squaredError is the variance of the values in a node.
type squaredError struct {
	values []float64    // per row
	sums   [][2]float64 // per row: w·y and w
	all    float64      // weight of all rows

	node                    []keyed
	pos                     int
	weight                  float64
	total, squares          float64 // Σ w·y and Σ w·y²
	left                    float64 // Σ w·y on the left side
	leftWeight, rightWeight float64
}

// newSquaredError takes values per row, memory with their weights, and the weight of all rows.
func newSquaredError(values []float64, memory *plainScratch, all float64) squaredError {
	sums := atLeast(&memory.sums, len(values))
	for i, w := range memory.weights {
		sums[i] = [2]float64{w * values[i], w}
	}
	return squaredError{values: values, sums: sums, all: all}
}

func (c *squaredError) reset(node []keyed) (weight float64) {
	c.node, c.weight, c.total, c.squares = node, 0, 0, 0
	for _, k := range node {
		sum := c.sums[uint32(k)]
		c.total += sum[0]
		c.squares += float64(sum[0] * c.values[uint32(k)])
		c.weight += sum[1]
	}
	return c.weight
}

func (c *squaredError) impurity() float64 { return variance2(c.squares, c.total, c.weight) }

// variance2 takes Σ w·y², Σ w·y and Σ w.
func variance2(squares, total, weight float64) float64 {
	mean := total / weight
	return squares/weight - float64(mean*mean)
}

func (c *squaredError) appendValue(values []float64) []float64 {
	return append(values, c.total/c.weight)
}

func (c *squaredError) rewind() { c.pos, c.left, c.leftWeight = 0, 0, 0 }

func (c *squaredError) advance(pos int, minWeight float64) (fit float64) {
	if !c.moveTo(pos, minWeight) {
		return math.Inf(-1)
	}
	return c.fit()
}

func (c *squaredError) fit() float64 {
	right := c.total - c.left
	return float64(c.left*c.left)/c.leftWeight + float64(right*right)/c.rightWeight
}

// moveTo goes the shorter way, which is the one whose rounding errors scikit-learn
// has. It reports whether both sides weigh enough.
func (c *squaredError) moveTo(pos int, minWeight float64) bool {
	if pos-c.pos <= len(c.node)-pos {
		for _, k := range c.node[c.pos:pos] {
			sum := c.sums[uint32(k)]
			c.left += sum[0]
			c.leftWeight += sum[1]
		}
	} else {
		c.left, c.leftWeight = c.total, c.weight
		for i := len(c.node) - 1; i >= pos; i-- {
			sum := c.sums[uint32(c.node[i])]
			c.left -= sum[0]
			c.leftWeight -= sum[1]
		}
	}
	c.pos = pos
	return c.place(c.left, c.leftWeight, minWeight)
}

func (c *squaredError) place(left, leftWeight, minWeight float64) (isHeavyEnough bool) {
	c.left, c.leftWeight, c.rightWeight = left, leftWeight, c.weight-leftWeight
	return leftWeight >= minWeight && c.rightWeight >= minWeight
}

func (c *squaredError) children() (left, right float64) {
	var squares float64
	for _, k := range c.node[:c.pos] {
		squares += float64(c.sums[uint32(k)][0] * c.values[uint32(k)])
	}
	return variance2(squares, c.left, c.leftWeight), variance2(c.squares-squares, c.total-c.left, c.rightWeight)
}

func (c *squaredError) improvement(impurity, left, right float64) float64 {
	return weightedDecrease(c.all, c.weight, c.leftWeight, c.rightWeight, impurity, left, right)
}

// friedmanMSE compares splits by wl·wr/(wl+wr)·(difference of the means)² (Friedman
// 2001, equation 35).
type friedmanMSE struct{ squaredError }

func (c *friedmanMSE) advance(pos int, minWeight float64) (fit float64) {
	if !c.moveTo(pos, minWeight) {
		return math.Inf(-1)
	}
	return c.fit()
}

func (c *friedmanMSE) fit() float64 {
	d := c.difference()
	return float64(d*d) / float64(c.leftWeight*c.rightWeight)
}

// difference of the means, times the weights of both sides.
func (c *friedmanMSE) difference() float64 {
	return float64(c.rightWeight*c.left) - float64(c.leftWeight*(c.total-c.left))
}

func (c *friedmanMSE) improvement(_, _, _ float64) float64 {
	d := c.difference()
	return float64(d*d) / float64(float64(c.leftWeight*c.rightWeight)*c.weight)
}

// poisson is the Poisson deviance of the values in a node, halved. Its logarithms
// may differ from scikit-learn's in the last bit.
type poisson struct{ squaredError }

// A side whose values sum to no more than poissonZero counts as one that sums to 0,
// of which a Poisson distribution has nothing to say.
const poissonZero = 10 * epsilon

func (c *poisson) impurity() float64 { return c.deviance(c.node, c.total, c.weight) }

func (c *poisson) advance(pos int, minWeight float64) (fit float64) {
	if !c.moveTo(pos, minWeight) {
		return math.Inf(-1)
	}
	right := c.total - c.left
	if c.left <= poissonZero || right <= poissonZero {
		return math.Inf(-1)
	}
	return float64(c.left*log2(c.left/c.leftWeight)) + float64(right*log2(right/c.rightWeight))
}

func (c *poisson) children() (left, right float64) {
	return c.deviance(c.node[:c.pos], c.left, c.leftWeight), c.deviance(c.node[c.pos:], c.total-c.left, c.rightWeight)
}

// deviance takes Σ w·y and Σ w of the rows.
func (c *poisson) deviance(rows []keyed, total, weight float64) float64 {
	if total <= poissonZero {
		return math.Inf(1)
	}
	mean := total / weight
	var sum float64
	for _, k := range rows {
		if y := c.values[uint32(k)]; y > 0 {
			sum += float64(c.sums[uint32(k)][1] * float64(y*preciseLog(y/mean)))
		}
	}
	return sum / weight
}
