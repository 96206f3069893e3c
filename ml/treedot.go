package ml

import (
	"fmt"
	"html"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// TreeDOT says how a tree is written for Graphviz, whose program dot draws it, with what
// scikit-learn's export_graphviz shows. NewTreeDOT fills in its defaults.
type TreeDOT struct {
	Features   []string // names of the columns; x[0], x[1], … if there are none
	Classes    []string // names of the classes, in the order of Codes; without them the classes are not shown
	MaxDepth   int      // of the nodes shown, the root being at 0; 0 means no limit
	Precision  int      // decimals of thresholds, impurities and values at most
	Impurity   string   // name of the impurity, such as that of the criterion; empty does not show it
	NodeIDs    bool     // show the number of each node
	Proportion bool     // show shares of rows and classes instead of numbers of them
	Filled     bool     // colour nodes by their class, or by their value
	Rounded    bool     // boxes with round corners
	Rotate     bool     // from left to right instead of from top to bottom
	FontName   string

	Labels            DOTLabels // which nodes say what their numbers are
	LeavesParallel    bool      // draw all leaves at the bottom, and nodes of one depth at one height
	SpecialCharacters bool      // ≤ and lowered digits, by labels in HTML
}

// DOTLabels says which nodes of a TreeDOT call their numbers by name: samples, value and
// so on.
type DOTLabels uint8

// The choices of scikit-learn.
const (
	LabelsAll  DOTLabels = iota // all nodes
	LabelsRoot                  // the root only
	LabelsNone                  // no node
)

// String returns "all", "root" or "none".
func (l DOTLabels) String() string {
	if names := []string{"all", "root", "none"}; int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("DOTLabels(%d)", uint8(l))
}

// NewTreeDOT returns scikit-learn's defaults, but for the name of the impurity.
func NewTreeDOT() TreeDOT { return TreeDOT{Precision: 3, Impurity: "impurity", FontName: "helvetica"} }

// WriteDOT writes the tree for Graphviz. Columns that the format has no names for are
// called as in the matrix of Fit.
func (m *TreeModel) WriteDOT(w io.Writer, format TreeDOT) error {
	if format.Features == nil {
		format.Features = m.forest.columns.names
	}
	return m.Tree.WriteDOT(w, format)
}

// WriteDOT writes the tree for Graphviz, see TreeModel.WriteDOT.
func (m *TreeRegressorModel) WriteDOT(w io.Writer, format TreeDOT) error {
	if format.Features == nil {
		format.Features = m.forest.columns.names
	}
	return m.Tree.WriteDOT(w, format)
}

// WriteDOT writes the tree for Graphviz. Errors are those of w, and names that are too
// few.
func (t *Tree) WriteDOT(w io.Writer, format TreeDOT) error {
	var c paramCheck
	c.want(format.MaxDepth >= 0, "MaxDepth", format.MaxDepth, ">= 0 (0 means no limit)")
	c.want(format.Precision >= 0, "Precision", format.Precision, ">= 0")
	c.want(format.Labels <= LabelsNone, "Labels", format.Labels, "LabelsAll, LabelsRoot or LabelsNone")
	t.checkNames(&c, format.Features, format.Classes)
	if err := c.err(); err != nil {
		return at("WriteDOT", err)
	}
	d := &dotWriter{textWriter: newTextWriter(w), TreeDOT: format, tree: t}
	if format.Filled {
		d.colours = newTreeColours(t)
	}
	d.head()
	d.nodes()
	d.levels()
	d.add("}\n")
	return d.Flush()
}

// dotWriter is one WriteDOT under way.
type dotWriter struct {
	textWriter
	TreeDOT
	tree    *Tree
	colours *treeColours
	depths  map[string][]string // what LeavesParallel has at one height; leaves are "leaves"
}

func (d *dotWriter) head() {
	var styles []string
	if d.Filled {
		styles = append(styles, "filled")
	}
	if d.Rounded {
		styles = append(styles, "rounded")
	}
	style := ""
	if styles != nil {
		style = fmt.Sprintf(`, style="%s", color="black"`, strings.Join(styles, ", "))
	}
	font := quoteDOT(d.FontName)
	d.add("digraph Tree {\nnode [shape=box%s, fontname=%s] ;\n", style, font)
	if d.LeavesParallel {
		d.add("graph [ranksep=equally, splines=polyline] ;\n")
	}
	d.add("edge [fontname=%s] ;\n", font)
	if d.Rotate {
		d.add("rankdir=LR ;\n")
	}
}

// nodes writes them with the edges that lead to them, a left subtree before the right one.
func (d *dotWriter) nodes() {
	type place struct {
		node, parent int32
		depth        int
	}
	stack := []place{{0, noChild, 0}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		isShown := d.MaxDepth == 0 || p.depth <= d.MaxDepth
		if isShown {
			d.node(p.node)
		} else {
			d.rest(p.node)
		}
		if p.parent != noChild {
			d.edge(p.parent, p.node)
		}
		if left := d.tree.Left[p.node]; isShown && left != noChild {
			stack = append(stack, place{d.tree.Right[p.node], p.node, p.depth + 1}, place{left, p.node, p.depth + 1})
			d.note(p.node, strconv.Itoa(p.depth))
		} else {
			d.note(p.node, "leaves")
		}
	}
}

// note enters a node for levels.
func (d *dotWriter) note(node int32, level string) {
	if d.LeavesParallel {
		if d.depths == nil {
			d.depths = make(map[string][]string)
		}
		d.depths[level] = append(d.depths[level], strconv.Itoa(int(node)))
	}
}

// levels keeps nodes at one height. The order of the levels is scikit-learn's, 10 before 2.
func (d *dotWriter) levels() {
	for _, level := range slices.Sorted(maps.Keys(d.depths)) {
		d.add("{rank=same ; %s} ;\n", strings.Join(d.depths[level], "; "))
	}
}

func (d *dotWriter) node(node int32) {
	d.add("%d [label=%s", node, d.box(d.label(node)))
	if d.colours != nil {
		d.add(`, fillcolor="%s"`, d.colours.hex(d.tree, node))
	}
	d.add("] ;\n")
}

// rest stands for all that is below.
func (d *dotWriter) rest(node int32) {
	d.add(`%d [label="(...)"`, node)
	if d.colours != nil {
		d.add(`, fillcolor="#C0C0C0"`)
	}
	d.add("] ;\n")
}

// edge says on those of the root which way is which.
func (d *dotWriter) edge(from, to int32) {
	d.add("%d -> %d", from, to)
	if from == 0 {
		angle, name := 45, "True"
		if to != d.tree.Left[0] {
			angle, name = -45, "False"
		}
		if d.Rotate {
			angle = -angle
		}
		d.add(` [labeldistance=2.5, labelangle=%d, headlabel="%s"]`, angle, name)
	}
	d.add(" ;\n")
}

// box returns the lines as Graphviz wants them.
func (d *dotWriter) box(lines []string) string {
	if d.SpecialCharacters {
		return "<" + strings.Join(lines, "<br/>") + ">"
	}
	return quoteDOT(strings.Join(lines, "\n"))
}

// label returns the lines in a box.
func (d *dotWriter) label(node int32) (lines []string) {
	t := d.tree
	isNamed := d.Labels == LabelsAll || d.Labels == LabelsRoot && node == 0
	add := func(name, value string) {
		if isNamed {
			value = name + value
		}
		lines = append(lines, value)
	}
	if d.NodeIDs {
		add("node ", d.number()+strconv.Itoa(int(node)))
	}
	if t.Left[node] != noChild {
		lines = append(lines, d.test(node))
	}
	if d.Impurity != "" {
		add(d.text(d.Impurity)+" = ", rounded(t.Impurity[node], d.Precision))
	}
	if d.Proportion {
		add("samples = ", rounded(100*float64(t.NodeSamples[node])/float64(t.NodeSamples[0]), 1)+"%")
	} else {
		add("samples = ", strconv.Itoa(int(t.NodeSamples[node])))
	}
	add("value = ", d.value(node))
	if value := t.valueOf(node); d.Classes != nil && !t.isRegressor {
		add("class = ", d.text(d.Classes[argmax(value)]))
	}
	return lines
}

// test returns the condition for going to the left.
func (d *dotWriter) test(node int32) string {
	subscript, sign := "x[%d]", "<="
	if d.SpecialCharacters {
		subscript, sign = "x<SUB>%d</SUB>", "&le;"
	}
	feature := d.tree.Feature[node]
	name := fmt.Sprintf(subscript, feature)
	if d.Features != nil {
		name = d.text(d.Features[feature])
	}
	return name + " " + sign + " " + rounded(d.tree.Threshold[node], d.Precision)
}

// number returns the number sign.
func (d *dotWriter) number() string {
	if d.SpecialCharacters {
		return "&#35;"
	}
	return "#"
}

// text returns a name as it may stand in a box.
func (d *dotWriter) text(name string) string {
	if d.SpecialCharacters {
		return html.EscapeString(name)
	}
	return name
}

// value returns the weights of the classes, without decimals if they are whole numbers.
func (d *dotWriter) value(node int32) string {
	value := d.tree.valueOf(node)
	if d.tree.isRegressor {
		return rounded(value[0], d.Precision)
	}
	isWhole := !d.Proportion
	for _, v := range value {
		isWhole = isWhole && v == math.Trunc(v)
	}
	words := make([]string, len(value))
	for c, v := range value {
		switch {
		case isWhole:
			words[c] = strconv.FormatFloat(v, 'f', 0, 64)
		case d.Proportion:
			words[c] = rounded(v/d.tree.NodeWeight[node], d.Precision)
		default:
			words[c] = rounded(v, d.Precision)
		}
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// rounded writes v with no more decimals than needed, but one, as Python does.
func rounded(v float64, decimals int) string {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', decimals, 64), 64)
	if err != nil || !isFinite(r) {
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(v, 'g', -1, 64), "+"))
	}
	if size := math.Abs(r); size >= 1e16 || size != 0 && size < 1e-4 {
		return strconv.FormatFloat(r, 'e', -1, 64)
	}
	text := strconv.FormatFloat(r, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// quoteDOT writes a string of the DOT language, in which \n breaks a line.
func quoteDOT(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "").Replace(text) + `"`
}
