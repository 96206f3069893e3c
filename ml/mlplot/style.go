package mlplot

import (
	"image/color"
	"math"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	ink   = color.Gray{0x33} // text and axes
	faint = color.Gray{0xe6} // grid
	muted = color.Gray{0x99} // what is there for comparison
)

// hues can be told apart by people who are colour-blind (Okabe and Ito 2008).
var hues = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // green
	{0xcc, 0x79, 0xa7, 0xff}, // purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
}

// lineStyle is that of line i of several. Colours come back with dashes.
func lineStyle(i int) draw.LineStyle {
	s := draw.LineStyle{Color: hues[i%len(hues)], Width: 1.6}
	if i >= len(hues) {
		s.Dashes = dashes(i / len(hues))
	}
	return s
}

func dashes(n int) []vg.Length { return []vg.Length{vg.Length(2 + 3*n), 2} }

// chanceStyle is that of a line to compare with.
var chanceStyle = draw.LineStyle{Color: muted, Width: 1, Dashes: []vg.Length{4, 3}}

func sans(size vg.Length) font.Font {
	return font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size)
}

func textStyle(size vg.Length, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{Color: ink, Font: sans(size), XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler}
}

// newFigure has axes with names and a style.
func newFigure(width, height vg.Length, x, y string) *Figure {
	p := plot.New()
	p.Title.TextStyle = textStyle(13, draw.XCenter, draw.YTop)
	p.Title.Padding = 8
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font, axis.Label.TextStyle.Color = sans(11), ink
		axis.Label.Padding = 5
		axis.Tick.Label.Font, axis.Tick.Label.Color = sans(9.5), ink
		axis.Tick.Length = 4
		axis.Tick.Color = ink
		axis.Width = 0 // the frame is drawn by grid
		axis.Padding = 0
		axis.Tick.Marker = roundTicks{}
	}
	// gonum raises the labels of the vertical axis by a descent, which leaves most
	// digits and letters too high.
	label := &p.Y.Tick.Label
	label.YAlign -= text.YAlignment(0.6 * label.FontExtents().Descent / label.Height("0"))
	return &Figure{Plot: p, Width: width, Height: height}
}

// grid draws lines at the marks of the axes that have labels, and a frame.
type grid struct{ vertical, horizontal bool }

func (g grid) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	line := draw.LineStyle{Color: faint, Width: 0.75}
	if g.vertical {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			if !t.IsMinor() && c.ContainsX(x(t.Value)) {
				c.StrokeLine2(line, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
			}
		}
	}
	if g.horizontal {
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if !t.IsMinor() && c.ContainsY(y(t.Value)) {
				c.StrokeLine2(line, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
			}
		}
	}
	frame := draw.LineStyle{Color: ink, Width: 0.5}
	c.StrokeLines(frame, []vg.Point{c.Min, {X: c.Min.X, Y: c.Max.Y}, c.Max, {X: c.Max.X, Y: c.Min.Y}, c.Min})
}

// roundTicks marks round numbers: steps of 1, 2 or 5 times a power of ten, eight at
// most.
type roundTicks struct{}

// Ticks implements plot.Ticker.
func (roundTicks) Ticks(lo, hi float64) []plot.Tick {
	const most = 8
	power := math.Floor(math.Log10((hi - lo) / most))
	step := math.Pow(10, power)
	for _, times := range []float64{2, 5, 10} {
		if (hi-lo)/step <= most {
			break
		}
		step = times * math.Pow(10, power)
	}
	digits := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	var ticks []plot.Tick
	for k := math.Ceil(lo / step); k <= math.Floor(hi/step); k++ {
		v := k*step + 0 // no −0
		label := strconv.FormatFloat(v, 'f', digits, 64)
		if math.Abs(power) > 6 {
			label = strconv.FormatFloat(v, 'g', 4, 64)
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

// clean makes a name fit for one line of text.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
}
