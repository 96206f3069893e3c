package mlplot

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/penstock/penstock/ml"
)

// ConfusionMatrix draws a confusion matrix: a line per label, the first on top, and a
// column per prediction. Cells hold their number, and are the darker the larger it
// is. It is an error if a number is negative or not finite, or if there are more
// than 100 labels.
func ConfusionMatrix(m *ml.Confusion) (*Figure, error) {
	h, err := newHeatMap(m)
	if err != nil {
		return nil, fmt.Errorf("mlplot: ConfusionMatrix: %w", err)
	}
	n := len(m.Counts)
	f := newFigure(0, 0, "Predicted label", "True label")
	f.Plot.Add(h, grid{})
	var x, y plot.ConstantTicks
	for k, name := range m.Names {
		x = append(x, plot.Tick{Value: float64(k), Label: clean(name)})
		y = append(y, plot.Tick{Value: float64(n - 1 - k), Label: clean(name)})
	}
	f.Plot.X.Tick.Marker, f.Plot.Y.Tick.Marker = x, y
	for _, axis := range []*plot.Axis{&f.Plot.X, &f.Plot.Y} {
		axis.Min, axis.Max = -0.5, float64(n)-0.5
	}
	h.fit(f, x)
	return f, nil
}

func wholeFormat(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }
func shareFormat(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// heatMap draws numbers as coloured cells with the number in them.
type heatMap struct {
	cells  [][]float64
	most   float64
	format func(v float64) string
	size   vg.Length // of the text
}

func newHeatMap(m *ml.Confusion) (*heatMap, error) {
	const most = 100
	if m == nil || len(m.Counts) == 0 || len(m.Names) != len(m.Counts) {
		return nil, errors.New("the matrix has no labels, or not as many names")
	}
	if len(m.Counts) > most {
		return nil, fmt.Errorf("%d labels, at most %d can be shown", len(m.Counts), most)
	}
	h := &heatMap{cells: m.Counts, format: wholeFormat}
	for i, row := range m.Counts {
		if len(row) != len(m.Counts) {
			return nil, fmt.Errorf("line %d has %d cells, must be %d", i, len(row), len(m.Counts))
		}
		for j, v := range row {
			if !(v >= 0) || math.IsInf(v, 1) {
				return nil, fmt.Errorf("cell (%d, %d) is %v, must be a finite number >= 0", i, j, v)
			}
			if v != math.Trunc(v) {
				h.format = shareFormat
			}
			h.most = max(h.most, v)
		}
	}
	return h, nil
}

// fit chooses the size of the figure such that numbers fit in the cells, and turns
// the names below if they would run into each other.
func (h *heatMap) fit(f *Figure, names plot.ConstantTicks) {
	n := vg.Length(len(h.cells))
	h.size = max(6, min(12, vg.Length(60/math.Sqrt(float64(n)))))
	style := textStyle(h.size, draw.XCenter, draw.YCenter)
	cell := max(style.Width(h.format(h.most))+10, 2.2*h.size, min(90, 260/n))
	label := f.Plot.X.Tick.Label
	widest := vg.Length(0)
	for _, t := range names {
		widest = max(widest, label.Width(t.Label))
	}
	below := label.Height("x")
	if widest+6 > cell {
		for k := range names {
			names[k].Label += " " // between the name and its mark
		}
		f.Plot.X.Tick.Label.Rotation = math.Pi / 2
		f.Plot.X.Tick.Label.XAlign, f.Plot.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
		below = widest
	}
	const around = 50 // points, for the names of the axes and the margin
	f.Width, f.Height = n*cell+widest+around, n*cell+below+around
}

// Plot implements plot.Plotter.
func (h *heatMap) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := textStyle(h.size, draw.XCenter, draw.YCenter)
	for i, row := range h.cells {
		for j, v := range row {
			left, right := x(float64(j)-0.5), x(float64(j)+0.5)
			middle := float64(len(h.cells) - 1 - i)
			bottom, top := y(middle-0.5), y(middle+0.5)
			shade := 0.0
			if h.most > 0 {
				shade = v / h.most
			}
			c.SetColor(blue(shade))
			c.Fill(vg.Rectangle{Min: vg.Point{X: left, Y: bottom}, Max: vg.Point{X: right, Y: top}}.Path())
			style.Color = ink
			if shade > 0.5 {
				style.Color = color.White
			}
			c.FillText(style, vg.Point{X: (left + right) / 2, Y: (bottom + top) / 2}, h.format(v))
		}
	}
}

// blue goes from nearly white to dark.
func blue(share float64) color.Color {
	from, to := [3]float64{0xf5, 0xf9, 0xfd}, [3]float64{0x08, 0x4a, 0x8c}
	mix := func(k int) uint8 { return uint8(math.Round(from[k] + share*(to[k]-from[k]))) }
	return color.RGBA{mix(0), mix(1), mix(2), 0xff}
}
