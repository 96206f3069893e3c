package mlplot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/penstock/penstock/ml"
)

// LearningCurve draws how scores grow with the number of rows to learn from: the
// mean over the folds, and a band of one standard deviation to either side, on the
// rows learned from and on those held back. score is what the scores are called,
// such as accuracy.
func LearningCurve(r *ml.LearningCurveResult, score string) (*Figure, error) {
	if r == nil || len(r.TrainSizes) == 0 {
		return nil, fmt.Errorf("mlplot: LearningCurve: the curve has no points")
	}
	f := newFigure(6*vg.Inch, 4.5*vg.Inch, "Rows to train on", clean(score))
	f.Plot.Add(grid{true, true})
	legend := &legend{}
	for i, s := range []struct {
		name   string
		scores [][]float64
	}{{"training rows", r.TrainScores}, {"rows held back", r.TestScores}} {
		line, band, err := meanAndBand(r.TrainSizes, s.scores)
		if err != nil {
			return nil, fmt.Errorf("mlplot: LearningCurve: %s: %w", s.name, err)
		}
		style := lineStyle(1 - i)
		hue := hues[1-i]
		points := &plotter.Scatter{XYs: line, GlyphStyle: draw.GlyphStyle{Color: hue, Radius: 2.5, Shape: draw.CircleGlyph{}}}
		shade := &plotter.Polygon{XYs: []plotter.XYs{band}, Color: color.NRGBA{hue.R, hue.G, hue.B, 0x2e}}
		f.Plot.Add(shade, &plotter.Line{XYs: line, LineStyle: style}, points)
		legend.add(s.name, style)
	}
	f.Plot.Add(legend)
	widen(&f.Plot.X, 0.03)
	widen(&f.Plot.Y, 0.08)
	return f, nil
}

// meanAndBand returns the means, and the outline of all within one standard
// deviation of them.
func meanAndBand(sizes []int, scores [][]float64) (line, band plotter.XYs, err error) {
	if len(scores) != len(sizes) {
		return nil, nil, fmt.Errorf("scores of %d sizes, there are %d", len(scores), len(sizes))
	}
	var lower plotter.XYs
	for i, size := range sizes {
		mean, std := meanStd(scores[i])
		if math.IsNaN(mean+std) || math.IsInf(mean+std, 0) {
			return nil, nil, fmt.Errorf("the scores of %d rows are %v, finite numbers are needed", size, scores[i])
		}
		x := float64(size)
		line = append(line, plotter.XY{X: x, Y: mean})
		band = append(band, plotter.XY{X: x, Y: mean + std})
		lower = append(lower, plotter.XY{X: x, Y: mean - std})
	}
	for i := len(lower) - 1; i >= 0; i-- {
		band = append(band, lower[i])
	}
	return line, band, nil
}

func meanStd(scores []float64) (mean, std float64) {
	for _, v := range scores {
		mean += v / float64(len(scores))
	}
	for _, v := range scores {
		std += (v - mean) * (v - mean) / float64(len(scores))
	}
	return mean, math.Sqrt(std)
}

// widen leaves a share of the range free at both ends.
func widen(axis *plot.Axis, share float64) {
	margin := share * (axis.Max - axis.Min)
	axis.Min, axis.Max = axis.Min-margin, axis.Max+margin
}
