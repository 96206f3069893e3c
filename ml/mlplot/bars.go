package mlplot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// FeatureImportances draws a bar per feature, the largest on top, equal ones in the
// order given. It shows as many as top says, or all if that is 0. names has a name per
// importance; nil calls them x0, x1, …. It is an error if an importance is not finite,
// or if there are more than 200 bars.
func FeatureImportances(names []string, importances []float64, top int) (*Figure, error) {
	order, err := checkBars("importance", names, importances, top)
	if err != nil {
		return nil, fmt.Errorf("mlplot: FeatureImportances: %w", err)
	}
	return drawBars("Importance", names, importances, order), nil
}

// Bars draws a bar per value as FeatureImportances does, over an axis with a title.
func Bars(axis string, names []string, values []float64, top int) (*Figure, error) {
	order, err := checkBars("value", names, values, top)
	if err != nil {
		return nil, fmt.Errorf("mlplot: Bars: %w", err)
	}
	return drawBars(clean(axis), names, values, order), nil
}

func drawBars(axis string, names []string, values []float64, order []int) *Figure {
	b := &bars{}
	var marks plot.ConstantTicks
	for place, i := range order {
		name := fmt.Sprintf("x%d", i)
		if names != nil {
			name = clean(names[i])
		}
		marks = append(marks, plot.Tick{Value: float64(len(order) - 1 - place), Label: name})
		b.values = append(b.values, values[i])
	}
	f := newFigure(4.5*vg.Inch, vg.Length(len(order))*17+60, axis, "")
	f.Plot.Add(grid{vertical: true}, b)
	f.Plot.Y.Tick.Marker = marks
	f.Plot.Y.Tick.Width = 0
	f.Plot.Y.Min, f.Plot.Y.Max = -0.6, float64(len(order))-0.4
	f.Plot.X.Min, f.Plot.X.Max = min(0, slices.Min(b.values)*1.05), max(0, slices.Max(b.values)*1.05)
	if f.Plot.X.Min == f.Plot.X.Max {
		f.Plot.X.Max = 1
	}
	widest := vg.Length(0)
	for _, t := range marks {
		widest = max(widest, f.Plot.Y.Tick.Label.Width(t.Label))
	}
	f.Width += widest
	return f
}

// checkBars returns what to show, from the top.
func checkBars(what string, names []string, values []float64, top int) ([]int, error) {
	if len(values) == 0 {
		return nil, fmt.Errorf("no %ss, at least one is needed", what)
	}
	if names != nil && len(names) != len(values) {
		return nil, fmt.Errorf("%d names for %d %ss", len(names), len(values), what)
	}
	if top < 0 {
		return nil, fmt.Errorf("top is %d, must be >= 0", top)
	}
	order := make([]int, len(values))
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s %d is %v, only finite numbers are allowed", what, i, v)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] > values[b]:
			return -1
		case values[a] < values[b]:
			return 1
		default:
			return 0
		}
	})
	if top > 0 {
		order = order[:min(top, len(order))]
	}
	if most := 200; len(order) > most {
		return nil, fmt.Errorf("%d %ss, at most %d can be shown; top chooses the largest", len(order), what, most)
	}
	return order, nil
}

// bars are horizontal, from the top.
type bars struct{ values []float64 }

// Plot implements plot.Plotter.
func (b *bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for place, v := range b.values {
		at := float64(len(b.values) - 1 - place)
		c.SetColor(hues[0])
		c.Fill(vg.Rectangle{Min: vg.Point{X: x(min(0, v)), Y: y(at - 0.36)}, Max: vg.Point{X: x(max(0, v)), Y: y(at + 0.36)}}.Path())
	}
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 0.75}, x(0), c.Min.Y, x(0), c.Max.Y)
}
