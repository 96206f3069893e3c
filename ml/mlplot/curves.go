package mlplot

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/penstock/penstock/ml"
)

// Series is a curve with the name of the model it is of.
type Series[C any] struct {
	Name  string
	Curve C
}

// Named gives a curve its name: ROC(Named("forest", a), Named("SVM", b)).
func Named[C any](name string, curve C) Series[C] { return Series[C]{name, curve} }

// ROC draws one or more ROC curves. The legend has the area under each, and a dashed
// line shows what chance would do. It is an error if there is no curve, or if one is
// nil.
func ROC(curves ...Series[*ml.ROCCurve]) (*Figure, error) {
	f := newFigure(5*vg.Inch, 5*vg.Inch, "False positive rate", "True positive rate")
	chance := &plotter.Line{XYs: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, LineStyle: chanceStyle}
	f.Plot.Add(grid{true, true}, chance)
	legend := &legend{}
	for _, s := range curves {
		if s.Curve == nil {
			return nil, fmt.Errorf("mlplot: ROC: curve %q is nil", s.Name)
		}
		name := fmt.Sprintf("%s (AUC = %.3f)", s.Name, s.Curve.AUC())
		if err := addCurve(f, legend, name, s.Curve.FPR, s.Curve.TPR, plotter.NoStep); err != nil {
			return nil, fmt.Errorf("mlplot: ROC: %w", err)
		}
	}
	legend.add("chance", chanceStyle)
	if err := finishCurves(f, legend, len(curves)); err != nil {
		return nil, fmt.Errorf("mlplot: ROC: %w", err)
	}
	return f, nil
}

// PrecisionRecall draws one or more precision–recall curves, as the steps that they
// are. The legend has the average precision of each. It is an error if there is no
// curve, or if one is nil.
func PrecisionRecall(curves ...Series[*ml.PRCurve]) (*Figure, error) {
	f := newFigure(5*vg.Inch, 5*vg.Inch, "Recall", "Precision")
	f.Plot.Add(grid{true, true})
	legend := &legend{left: true}
	for _, s := range curves {
		if s.Curve == nil {
			return nil, fmt.Errorf("mlplot: PrecisionRecall: curve %q is nil", s.Name)
		}
		name := fmt.Sprintf("%s (AP = %.3f)", s.Name, s.Curve.AveragePrecision())
		if err := addCurve(f, legend, name, s.Curve.Recall, s.Curve.Precision, plotter.PreStep); err != nil {
			return nil, fmt.Errorf("mlplot: PrecisionRecall: %w", err)
		}
	}
	if err := finishCurves(f, legend, len(curves)); err != nil {
		return nil, fmt.Errorf("mlplot: PrecisionRecall: %w", err)
	}
	return f, nil
}

func addCurve(f *Figure, l *legend, name string, x, y []float64, step plotter.StepKind) error {
	points := make(plotter.XYs, len(x))
	for i := range x {
		points[i] = plotter.XY{X: x[i], Y: y[i]}
		if math.IsNaN(x[i] + y[i]) {
			return fmt.Errorf("curve %q: point %d is (%v, %v)", name, i, x[i], y[i])
		}
	}
	style := lineStyle(len(l.entries))
	f.Plot.Add(&plotter.Line{XYs: thin(points), LineStyle: style, StepStyle: step})
	l.add(clean(name), style)
	return nil
}

// finishCurves adds the legend, and shows the shares 0 to 1 and a little around
// them.
func finishCurves(f *Figure, l *legend, curves int) error {
	if curves == 0 {
		return errors.New("no curves, at least one is needed")
	}
	var marks plot.ConstantTicks
	for i := range 6 {
		v := float64(i) / 5
		marks = append(marks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', 1, 64)})
	}
	for _, axis := range []*plot.Axis{&f.Plot.X, &f.Plot.Y} {
		axis.Min, axis.Max = -0.02, 1.02
		axis.Tick.Marker = marks
	}
	f.Plot.Add(l)
	const around = 90 // points, for the axis and the margins
	f.Width = max(f.Width, l.size().X+around)
	return nil
}

// thin leaves out points too close to the one before to be seen apart, so that a
// curve of a million points is a picture and not a file of many megabytes.
func thin(points plotter.XYs) plotter.XYs {
	const apart = 1. / 1500
	if len(points) == 0 {
		return points
	}
	kept := points[:1]
	for i, p := range points[1:] {
		last := kept[len(kept)-1]
		if math.Abs(p.X-last.X) >= apart || math.Abs(p.Y-last.Y) >= apart || i+2 == len(points) {
			kept = append(kept, p)
		}
	}
	return kept
}
