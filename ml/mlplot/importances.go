package mlplot

import (
	"errors"
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
	order, err := checkImportances(names, importances, top)
	if err != nil {
		return nil, fmt.Errorf("mlplot: FeatureImportances: %w", err)
	}
	b := &bars{}
	var marks plot.ConstantTicks
	for place, i := range order {
		name := fmt.Sprintf("x%d", i)
		if names != nil {
			name = clean(names[i])
		}
		marks = append(marks, plot.Tick{Value: float64(len(order) - 1 - place), Label: name})
		b.values = append(b.values, importances[i])
	}
	f := newFigure(4.5*vg.Inch, vg.Length(len(order))*17+60, "Importance", "")
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
	return f, nil
}

// checkImportances returns what to show, from the top.
func checkImportances(names []string, importances []float64, top int) ([]int, error) {
	if len(importances) == 0 {
		return nil, errors.New("no importances, at least one is needed")
	}
	if names != nil && len(names) != len(importances) {
		return nil, fmt.Errorf("%d names for %d importances", len(names), len(importances))
	}
	if top < 0 {
		return nil, fmt.Errorf("top is %d, must be >= 0", top)
	}
	order := make([]int, len(importances))
	for i, v := range importances {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("importance %d is %v, only finite numbers are allowed", i, v)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case importances[a] > importances[b]:
			return -1
		case importances[a] < importances[b]:
			return 1
		default:
			return 0
		}
	})
	if top > 0 {
		order = order[:min(top, len(order))]
	}
	if most := 200; len(order) > most {
		return nil, fmt.Errorf("%d importances, at most %d can be shown; top chooses the largest", len(order), most)
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
