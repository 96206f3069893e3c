package mlplot

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend is a box that says what the lines are, in the lower right corner of the
// chart or the left one. Unlike gonum's it covers what lies below it, and keeps away
// from the axes.
type legend struct {
	left    bool
	entries []legendEntry
}

type legendEntry struct {
	name string
	line draw.LineStyle
}

func (l *legend) add(name string, line draw.LineStyle) {
	l.entries = append(l.entries, legendEntry{name, line})
}

const (
	outside = vg.Length(8)  // from the box to the frame
	inside  = vg.Length(6)  // from the box to what is in it
	sample  = vg.Length(22) // a piece of line
	gap     = vg.Length(6)  // between it and its name
)

func legendText() text.Style { return textStyle(9.5, draw.XLeft, draw.YCenter) }

func (l *legend) lineHeight() vg.Length { return legendText().Font.Size * 1.45 }

// size of the box.
func (l *legend) size() vg.Point {
	width := vg.Length(0)
	for _, e := range l.entries {
		width = max(width, legendText().Width(e.name))
	}
	return vg.Point{X: width + sample + gap + 2*inside, Y: l.lineHeight()*vg.Length(len(l.entries)) + 2*inside}
}

// Plot implements plot.Plotter.
func (l *legend) Plot(c draw.Canvas, _ *plot.Plot) {
	size := l.size()
	corner := vg.Point{X: c.Max.X - outside - size.X, Y: c.Min.Y + outside}
	if l.left {
		corner.X = c.Min.X + outside
	}
	box := vg.Rectangle{Min: corner, Max: corner.Add(size)}
	c.SetColor(color.NRGBA{0xff, 0xff, 0xff, 0xe0})
	c.Fill(box.Path())
	c.SetLineStyle(draw.LineStyle{Color: faint, Width: 0.75})
	c.Stroke(box.Path())
	for i, e := range l.entries {
		y := box.Max.Y - inside - l.lineHeight()*(vg.Length(i)+0.5)
		c.StrokeLine2(e.line, box.Min.X+inside, y, box.Min.X+inside+sample, y)
		c.FillText(legendText(), vg.Point{X: box.Min.X + inside + sample + gap, Y: y}, e.name)
	}
}
