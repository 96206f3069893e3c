package ml

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ClassScore is how well one label is predicted, or a line of averages.
type ClassScore struct {
	Name      string
	Precision float64
	Recall    float64
	F1        float64
	Support   float64 // rows that have the label, or their weight
	Predicted float64 // rows that are predicted to have it, or their weight
}

// FBeta is F1 with recall beta times as important as precision.
func (s ClassScore) FBeta(beta float64) float64 { return fBeta(s.Precision, s.Recall, beta) }

// Report tells how well each label is predicted. Its fields are to be read only.
type Report struct {
	Labels  []int
	Classes []ClassScore // by place in Labels

	// Averages of the classes. Unless ForLabels leaves labels out, all values of
	// Micro are the accuracy.
	Micro, Macro, Weighted ClassScore

	countsRows bool // supports are numbers of rows, and written without a point
}

// ClassificationReport finds precision, recall, F1 and support of every label, and
// their averages. Printed, it is scikit-learn's text with two digits; Text takes
// another number of them.
//
// Options: SampleWeights, ForLabels, ClassNames, ZeroDivision. It is an error if
// lengths differ, if there are no rows, or if a label has no name.
func ClassificationReport(want, got []int, opts ...MetricOption) (*Report, error) {
	r, err := classificationReport(want, got, opts)
	return r, at("ClassificationReport", err)
}

func classificationReport(want, got []int, opts []MetricOption) (*Report, error) {
	c, err := newMetricConfig(opts, takesWeights|takesLabels|takesNames|takesZero)
	if err != nil {
		return nil, err
	}
	t, err := c.tally(want, got)
	if err != nil {
		return nil, err
	}
	r := &Report{Labels: t.index.labels}
	if c.has(takesLabels) {
		r.Labels = c.labels
	}
	names, err := c.namesOf(r.Labels)
	if err != nil {
		return nil, err
	}
	outcomes := t.of(r.Labels)
	supports := c.supports(want, r.Labels, outcomes)
	for i, name := range names {
		r.Classes = append(r.Classes, c.classScore(name, outcomes[i:i+1], Micro, supports[i]))
	}
	micro := "micro avg"
	if isSubset(t.index.labels, r.Labels) && isSubset(r.Labels, t.index.labels) {
		micro = "accuracy"
	}
	support := numpySumOf(supports)
	r.Micro = c.classScore(micro, outcomes, Micro, support)
	r.Macro = c.classScore("macro avg", outcomes, Macro, support)
	r.Weighted = c.classScore("weighted avg", outcomes, Weighted, support)
	// NumPy counts in whole numbers as long as it has no weights and a row that is
	// right.
	r.countsRows = c.weights == nil && t.hits() > 0
	return r, nil
}

func isSubset(labels, of []int) bool {
	index := indexOf(of)
	for _, label := range labels {
		if index.number(label) < 0 {
			return false
		}
	}
	return true
}

// supports returns how many rows have each label, or their weight with the
// rounding of scikit-learn, of which the text shows every digit.
func (c *metricConfig) supports(want, labels []int, outcomes []outcome) []float64 {
	supports := make([]float64, len(labels))
	index := indexOf(labels)
	for i, label := range want {
		if k := index.number(label); k >= 0 {
			supports[k] += c.weight(i)
		}
	}
	for k, o := range outcomes {
		supports[k] = o.hit + (supports[k] - o.hit)
	}
	return supports
}

func (c *metricConfig) classScore(name string, outcomes []outcome, average Average, support float64) ClassScore {
	s := ClassScore{
		Name:      name,
		Support:   support,
		Precision: averageOf(outcomes, average, func(o outcome) float64 { return o.precision(c.zero) }),
		Recall:    averageOf(outcomes, average, func(o outcome) float64 { return o.recall(c.zero) }),
		F1:        averageOf(outcomes, average, func(o outcome) float64 { return o.fBeta(1, c.zero) }),
	}
	for _, o := range outcomes {
		s.Predicted += o.predicted()
	}
	return s
}

// Undefined says which precisions and recalls are shares of nothing, so that their
// value is only what ZeroDivision makes of it.
func (r *Report) Undefined() []string {
	var out []string
	for _, s := range r.Classes {
		if s.Predicted == 0 {
			out = append(out, fmt.Sprintf("precision of %s: no row is predicted as it", s.Name))
		}
		if s.Support == 0 {
			out = append(out, fmt.Sprintf("recall of %s: no row has this label", s.Name))
		}
	}
	return out
}

// String is Text with two digits.
func (r *Report) String() string { return r.Text(2) }

// Text returns the report as scikit-learn's classification_report writes it, with
// as many digits behind the point as are asked for.
func (r *Report) Text(digits int) string {
	width := max(len("weighted avg"), digits)
	for _, s := range r.Classes {
		width = max(width, utf8.RuneCountInString(s.Name))
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%*s %10s%10s%10s%10s\n\n", width, "", "precision", "recall", "f1-score", "support")
	line := func(s ClassScore) {
		fmt.Fprintf(&out, "%*s ", width, s.Name)
		for _, v := range []float64{s.Precision, s.Recall, s.F1} {
			fmt.Fprintf(&out, " %9s", formatFixed(v, digits))
		}
		fmt.Fprintf(&out, " %9s\n", r.support(s))
	}
	for _, s := range r.Classes {
		line(s)
	}
	out.WriteByte('\n')
	if r.Micro.Name == "accuracy" {
		fmt.Fprintf(&out, "%*s %30s %9s\n", width, r.Micro.Name, formatFixed(r.Micro.F1, digits), r.support(r.Micro))
	} else {
		line(r.Micro)
	}
	line(r.Macro)
	line(r.Weighted)
	return out.String()
}

func (r *Report) support(s ClassScore) string {
	if r.countsRows {
		return strconv.FormatFloat(s.Support, 'f', 0, 64)
	}
	return formatNumber(s.Support)
}

// formatFixed writes as many digits behind the point as are asked for, and NaN as
// Python does.
func formatFixed(v float64, digits int) string {
	if math.IsNaN(v) {
		return "nan"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}
