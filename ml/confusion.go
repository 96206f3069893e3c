package ml

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Confusion tells which labels were taken for which. Its fields are to be read
// only.
type Confusion struct {
	Labels []int       // the label of row and column i
	Names  []string    // what it is called: the number itself without ClassNames
	Counts [][]float64 // Counts[i][j] rows of label i were predicted as label j; their weights with SampleWeights
}

// maxConfusion keeps a matrix for data that are no labels from taking all memory.
const maxConfusion = 10_000

// ConfusionMatrix counts, label by label, what the rows of want were predicted as.
// Its labels are those of want and got together, or those of ForLabels; then rows
// with any other label on either side are left out, as scikit-learn leaves them
// out.
//
// Options: SampleWeights, ForLabels, ClassNames. It is an error if there are no
// rows, if none of ForLabels is in want, or if there are more than 10,000 labels.
func ConfusionMatrix(want, got []int, opts ...MetricOption) (*Confusion, error) {
	c, err := newMetricConfig(opts, takesWeights|takesLabels|takesNames)
	if err == nil {
		err = c.checkRows(len(want), len(got), "predictions")
	}
	if err != nil {
		return nil, at("ConfusionMatrix", err)
	}
	m, err := c.confusion(want, got)
	return m, at("ConfusionMatrix", err)
}

func (c *metricConfig) confusion(want, got []int) (*Confusion, error) {
	var index *labelIndex
	if c.labels != nil {
		index = indexOf(c.labels)
	} else {
		index = newLabelIndex(want, got)
	}
	k := len(index.labels)
	if k > maxConfusion {
		return nil, errorf("%d labels, at most %d are allowed", k, maxConfusion)
	}
	names, err := c.namesOf(index.labels)
	if err != nil {
		return nil, err
	}
	cells := make([]float64, k*k)
	found := false
	for i, label := range want {
		w := int(index.number(label))
		found = found || w >= 0
		if g := int(index.number(got[i])); w >= 0 && g >= 0 {
			cells[w*k+g] += c.weight(i)
		}
	}
	if !found {
		return nil, errorf("no row has one of the labels %v", c.labels)
	}
	m := &Confusion{index.labels, names, make([][]float64, k)}
	for i := range k {
		m.Counts[i] = cells[i*k : (i+1)*k : (i+1)*k]
	}
	return m, nil
}

// Normalization says what the cells of a Confusion are shares of.
type Normalization int

// The shares of a normalized confusion matrix.
const (
	ByTrue      Normalization = iota // of the rows with the same label: rows of the matrix sum to 1
	ByPredicted                      // of the rows with the same prediction: columns sum to 1
	ByAll                            // of all rows
)

// Normalize returns the counts as shares. A share of nothing is 0. It panics unless
// by is one of the three.
func (m *Confusion) Normalize(by Normalization) *Confusion {
	if by < ByTrue || by > ByAll {
		panic(errorf("Normalize: by is %d, must be ByTrue, ByPredicted or ByAll", by))
	}
	out := &Confusion{m.Labels, m.Names, make([][]float64, len(m.Counts))}
	rows, cols, all := m.sums()
	for i, row := range m.Counts {
		out.Counts[i] = make([]float64, len(row))
		for j, v := range row {
			whole := all
			switch by {
			case ByTrue:
				whole = rows[i]
			case ByPredicted:
				whole = cols[j]
			}
			out.Counts[i][j] = ratio(v, whole, 0)
		}
	}
	return out
}

func (m *Confusion) sums() (rows, cols []float64, all float64) {
	rows, cols = make([]float64, len(m.Counts)), make([]float64, len(m.Counts))
	for i, row := range m.Counts {
		for j, v := range row {
			rows[i] += v
			cols[j] += v
		}
		all += rows[i]
	}
	return rows, cols, all
}

// ratio is part/whole, and zero if the whole is 0.
func ratio(part, whole, zero float64) float64 {
	if whole == 0 {
		return zero
	}
	return part / whole
}

// String returns the matrix as an aligned table, a line per label and a column per
// prediction. If all cells are whole numbers they have no point, else three digits
// behind it.
func (m *Confusion) String() string {
	format := "%.0f"
	if !m.isWhole() {
		format = "%.3f"
	}
	cells := [][]string{append([]string{`true \ predicted`}, m.Names...)}
	for i, row := range m.Counts {
		line := []string{m.Names[i]}
		for _, v := range row {
			line = append(line, fmt.Sprintf(format, v))
		}
		cells = append(cells, line)
	}
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for j, cell := range line {
			widths[j] = max(widths[j], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, line := range cells {
		fmt.Fprintf(&out, "%-*s", widths[0], line[0])
		for j, cell := range line[1:] {
			fmt.Fprintf(&out, "  %*s", widths[j+1], cell)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func (m *Confusion) isWhole() bool {
	for _, row := range m.Counts {
		for _, v := range row {
			if v != math.Trunc(v) {
				return false
			}
		}
	}
	return true
}
