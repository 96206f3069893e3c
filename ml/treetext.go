package ml

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// TreeText says how a tree is written as rules, in the form of scikit-learn's
// export_text. NewTreeText fills in its defaults.
//
//	|--- petal width <= 0.80
//	|   |--- class: setosa
//	|--- petal width >  0.80
//	|   |--- class: versicolor
type TreeText struct {
	Features []string // names of the columns, such as those of the matrix; feature_0, feature_1, … if there are none
	Classes  []string // names of the classes, in the order of Codes; their numbers if there are none
	MaxDepth int      // splits shown on a way down, a line sums up what is below; 0 means all
	Decimals int      // of thresholds and values
	Spacing  int      // spaces by which a level is indented, at least 1
	Weights  bool     // show the weight of each class in a leaf
}

// NewTreeText returns scikit-learn's defaults: ten levels, two decimals, three spaces.
func NewTreeText() TreeText { return TreeText{MaxDepth: 10, Decimals: 2, Spacing: 3} }

// WriteText writes the tree as rules. Columns and classes that the format has no names for
// are called as in the matrix of Fit, and by their labels.
func (m *TreeModel) WriteText(w io.Writer, format TreeText) error {
	if format.Features == nil {
		format.Features = m.forest.columns.names
	}
	if format.Classes == nil {
		format.Classes = classNames(m.Codes)
	}
	return m.Tree.WriteText(w, format)
}

// WriteText writes the tree as rules. Columns that the format has no names for are called
// as in the matrix of Fit.
func (m *TreeRegressorModel) WriteText(w io.Writer, format TreeText) error {
	if format.Features == nil {
		format.Features = m.forest.columns.names
	}
	return m.Tree.WriteText(w, format)
}

func classNames(codes []int) []string {
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = strconv.Itoa(c)
	}
	return names
}

// WriteText writes the tree as rules. Errors are those of w, and names that are too few.
func (t *Tree) WriteText(w io.Writer, format TreeText) error {
	var c paramCheck
	c.want(format.MaxDepth >= 0, "MaxDepth", format.MaxDepth, ">= 0 (0 means no limit)")
	c.want(format.Decimals >= 0, "Decimals", format.Decimals, ">= 0")
	c.want(format.Spacing >= 1, "Spacing", format.Spacing, ">= 1")
	t.checkNames(&c, format.Features, format.Classes)
	if err := c.err(); err != nil {
		return at("WriteText", err)
	}
	out := newTextWriter(w)
	t.writeRules(out, format)
	return out.Flush()
}

// textWriter writes text piece by piece. An error is kept for Flush.
type textWriter struct{ *bufio.Writer }

func newTextWriter(w io.Writer) textWriter { return textWriter{bufio.NewWriter(w)} }

func (w textWriter) add(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// checkNames wants names for all columns that the tree looks at, and for all classes.
func (t *Tree) checkNames(c *paramCheck, features, classes []string) {
	columns := int(slices.Max(t.Feature)) + 1
	c.want(features == nil || len(features) >= columns, "the number of Features", len(features), fmt.Sprintf(">= %d, as the tree looks at column %d", columns, columns-1))
	c.want(classes == nil || t.isRegressor || len(classes) == t.classes, "the number of Classes", len(classes), strconv.Itoa(t.classes))
}

// writeRules keeps a stack, and does not recurse: a tree can be as deep as there are rows.
func (t *Tree) writeRules(out textWriter, format TreeText) {
	type place struct {
		node   int32
		depth  int
		isElse bool // its left subtree has been written
	}
	heights := t.heights()
	stack := []place{{}}
	for len(stack) > 0 {
		p := &stack[len(stack)-1]
		node, depth, left := p.node, p.depth, t.Left[p.node]
		indent := format.indent(depth)
		switch {
		case left == noChild:
			out.add("%s%s\n", indent, format.leaf(t, node))
			stack = stack[:len(stack)-1]
		case format.MaxDepth > 0 && depth > format.MaxDepth:
			out.add("%s truncated branch of depth %d\n", indent, heights[node])
			stack = stack[:len(stack)-1]
		case !p.isElse:
			out.add("%s %s <= %s\n", indent, format.feature(t, node), format.number(t.Threshold[node]))
			p.isElse = true
			stack = append(stack, place{node: left, depth: depth + 1})
		default:
			out.add("%s %s >  %s\n", indent, format.feature(t, node), format.number(t.Threshold[node]))
			*p = place{node: t.Right[node], depth: depth + 1}
		}
	}
}

// heights returns for each node how many nodes the longest way from it down has.
func (t *Tree) heights() []int {
	heights := make([]int, t.NumNodes())
	for node := len(heights) - 1; node >= 0; node-- {
		heights[node] = 1
		if left := t.Left[node]; left != noChild {
			heights[node] += max(heights[left], heights[t.Right[node]])
		}
	}
	return heights
}

func (f TreeText) indent(depth int) string {
	return strings.Repeat("|"+strings.Repeat(" ", f.Spacing), depth) + "|" + strings.Repeat("-", f.Spacing)
}

func (f TreeText) feature(t *Tree, node int32) string {
	if f.Features == nil {
		return fmt.Sprintf("feature_%d", t.Feature[node])
	}
	return f.Features[t.Feature[node]]
}

func (f TreeText) leaf(t *Tree, node int32) string {
	value := t.valueOf(node)
	if t.isRegressor {
		return fmt.Sprintf(" value: [%s]", f.number(value[0]))
	}
	class := strconv.Itoa(argmax(value))
	if f.Classes != nil {
		class = f.Classes[argmax(value)]
	}
	if !f.Weights {
		return " class: " + class
	}
	var weights []string
	for _, v := range value {
		weights = append(weights, f.number(v))
	}
	return fmt.Sprintf(" weights: [%s] class: %s", strings.Join(weights, ", "), class)
}

func (f TreeText) number(v float64) string { return strconv.FormatFloat(v, 'f', f.Decimals, 64) }
