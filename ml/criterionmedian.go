package ml

import (
	"math"
	"sort"
)

// absoluteError is the mean absolute difference from the median of a node. The values
// of both sides are kept sorted, as the medians of all splits are needed.
type absoluteError struct {
	values  []float64 // per row
	weights []float64 // per row
	all     float64   // weight of all rows

	node                            []keyed
	pos                             int
	weight, leftWeight, rightWeight float64
	median                          float64
	left, right                     weightedValues
}

func (c *absoluteError) reset(node []keyed) (weight float64) {
	c.node, c.weight, c.pos = node, 0, 0
	c.left.reset()
	c.right.reset()
	for _, k := range node {
		w := c.weights[uint32(k)]
		c.right.push(c.values[uint32(k)], w)
		c.weight += w
	}
	c.median = c.right.median()
	return c.weight
}

func (c *absoluteError) impurity() float64 { return c.deviation(c.node, c.median) / c.weight }

// deviation is not yet divided by the weight of the rows.
func (c *absoluteError) deviation(rows []keyed, median float64) (sum float64) {
	for _, k := range rows {
		sum += float64(math.Abs(c.values[uint32(k)]-median) * c.weights[uint32(k)])
	}
	return sum
}

func (c *absoluteError) appendValue(values []float64) []float64 { return append(values, c.median) }

func (c *absoluteError) rewind() {
	c.pos, c.leftWeight = 0, 0
	c.left.pour(&c.right)
}

func (c *absoluteError) advance(pos int, minWeight float64) (fit float64) {
	if pos-c.pos <= len(c.node)-pos {
		for _, k := range c.node[c.pos:pos] {
			y, w := c.values[uint32(k)], c.weights[uint32(k)]
			c.right.remove(y, w)
			c.left.push(y, w)
			c.leftWeight += w
		}
	} else {
		c.leftWeight = c.weight
		c.right.pour(&c.left)
		for i := len(c.node) - 1; i >= pos; i-- {
			y, w := c.values[uint32(c.node[i])], c.weights[uint32(c.node[i])]
			c.left.remove(y, w)
			c.right.push(y, w)
			c.leftWeight -= w
		}
	}
	c.pos, c.rightWeight = pos, c.weight-c.leftWeight
	if c.leftWeight < minWeight || c.rightWeight < minWeight {
		return math.Inf(-1)
	}
	left, right := c.children()
	return float64(-c.rightWeight*right) - float64(c.leftWeight*left)
}

func (c *absoluteError) children() (left, right float64) {
	left = c.deviation(c.node[:c.pos], c.left.median()) / c.leftWeight
	return left, c.deviation(c.node[c.pos:], c.right.median()) / c.rightWeight
}

func (c *absoluteError) improvement(impurity, left, right float64) float64 {
	return weightedDecrease(c.all, c.weight, c.leftWeight, c.rightWeight, impurity, left, right)
}

// weightedValues are values in ascending order with their median. That is where half
// of the weight is reached: below is the weight of the first k values, the fewest
// that have at least half of it.
//
// scikit-learn does not lower k when the median itself is taken out. If weights
// differ, below is the weight of other values then, the median may be one of the
// neighbours, the value that used to be the last, or 0. All that is done here too:
// trees depend on it.
type weightedValues struct {
	sorted []weightedValue // the first n; after them, what used to be there
	n, k   int
	below  float64
	weight float64
}

type weightedValue struct{ value, weight float64 }

func (v *weightedValues) reset() { *v = weightedValues{sorted: v.sorted} }

func (v *weightedValues) median() float64 {
	switch half := v.weight / 2; {
	case v.below > half:
		return v.sorted[v.k-1].value
	case v.below == half && v.k < len(v.sorted):
		return (v.sorted[v.k].value + v.sorted[v.k-1].value) / 2
	}
	return 0
}

func (v *weightedValues) push(value, weight float64) {
	isBelow := v.n > 0 && value < v.median()
	v.insert(weightedValue{value, weight})
	if v.n == 1 {
		v.k, v.weight, v.below = 1, weight, weight
		return
	}
	v.weight += weight
	if isBelow {
		v.k++
		v.below += weight
		v.retreat()
	} else {
		v.proceed()
	}
}

// insert puts w after the values that are not above it.
func (v *weightedValues) insert(w weightedValue) {
	if v.n == len(v.sorted) {
		v.sorted = append(v.sorted, w)
	}
	i := v.search(w.value, true)
	copy(v.sorted[i+1:v.n+1], v.sorted[i:v.n])
	v.sorted[i] = w
	v.n++
}

// search returns the place of the first value that is not below the given one, or,
// after equal ones, of the first that is above.
func (v *weightedValues) search(value float64, after bool) int {
	return sort.Search(v.n, func(i int) bool {
		return v.sorted[i].value > value || !after && v.sorted[i].value == value
	})
}

// remove takes out one of the values that have this weight.
func (v *weightedValues) remove(value, weight float64) {
	i := v.search(value, false)
	for v.sorted[i].weight != weight {
		i++
	}
	v.removeAt(i)
}

func (v *weightedValues) removeAt(i int) {
	value, weight := v.sorted[i].value, v.sorted[i].weight
	isBelow := value < v.median()
	copy(v.sorted[i:v.n-1], v.sorted[i+1:v.n])
	v.n--
	v.weight -= weight
	switch {
	case v.n == 0:
		v.reset()
	case v.n == 1:
		v.k, v.below = 1, v.weight
	case isBelow:
		v.k--
		v.below -= weight
		v.proceed()
	default:
		v.retreat()
	}
}

// proceed raises k until half of the weight is reached.
func (v *weightedValues) proceed() {
	for v.k < v.n && v.below < v.weight/2 {
		v.below += v.sorted[v.k].weight
		v.k++
	}
}

// retreat lowers k as long as half of the weight is.
func (v *weightedValues) retreat() {
	for v.k > 1 && v.below-v.sorted[v.k-1].weight >= v.weight/2 {
		v.k--
		v.below -= v.sorted[v.k].weight
	}
}

// pour moves all values to other, the lowest first.
func (v *weightedValues) pour(other *weightedValues) {
	for v.n > 0 {
		w := v.sorted[0]
		v.removeAt(0)
		other.push(w.value, w.weight)
	}
}
