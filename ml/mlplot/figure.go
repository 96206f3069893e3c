package mlplot

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is a chart that can be drawn.
type Figure struct {
	Plot          *plot.Plot // what is drawn; may be changed
	Width, Height vg.Length  // of the picture, such as 6 * vg.Inch
}

// Format is a kind of file.
type Format string

// The formats that figures can be written in. PNG has 150 dots per inch.
const (
	PNG Format = "png"
	SVG Format = "svg"
)

const (
	dotsPerInch = 150
	largest     = 60 * vg.Inch // either way: a picture of 9000 × 9000 dots
)

// Save writes the figure to a file, in the format that its name ends with: .png or
// .svg.
func (f *Figure) Save(path string) error {
	format := Format(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	picture, err := f.render(format)
	if err != nil {
		return fmt.Errorf("mlplot: %s: %w", path, err)
	}
	if err := os.WriteFile(path, picture, 0o666); err != nil {
		return fmt.Errorf("mlplot: %w", err)
	}
	return nil
}

// Write writes the figure to w.
func (f *Figure) Write(w io.Writer, format Format) error {
	picture, err := f.render(format)
	if err != nil {
		return fmt.Errorf("mlplot: %w", err)
	}
	_, err = w.Write(picture)
	return err
}

// render draws the whole picture, so that nothing is written of one that fails.
// Where gonum panics, as it does about a range that its axis cannot show, that is
// an error.
func (f *Figure) render(format Format) (picture []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("drawing: %v", r)
		}
	}()
	if !(f.Width > 0 && f.Width <= largest && f.Height > 0 && f.Height <= largest) {
		return nil, fmt.Errorf("the figure is %.4g × %.4g inches, allowed: more than 0 and up to %v", f.Width/vg.Inch, f.Height/vg.Inch, largest/vg.Inch)
	}
	var out bytes.Buffer
	switch format {
	case PNG:
		c := vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(dotsPerInch), vgimg.UseBackgroundColor(color.White))
		f.draw(c)
		_, err = vgimg.PngCanvas{Canvas: c}.WriteTo(&out)
	case SVG:
		c := vgsvg.New(f.Width, f.Height)
		f.draw(c)
		_, err = c.WriteTo(&out)
	default:
		return nil, fmt.Errorf("format %q, allowed: %q and %q", format, PNG, SVG)
	}
	if format == SVG {
		return withFallbacks(out.Bytes()), err
	}
	return out.Bytes(), err
}

func (f *Figure) draw(c vg.CanvasSizer) {
	const margin = 8 // points
	whole := draw.New(c)
	if f.Plot.BackgroundColor != nil {
		whole.SetColor(f.Plot.BackgroundColor)
		whole.Fill(whole.Rectangle.Path())
	}
	f.Plot.Draw(draw.Crop(whole, margin, -margin, margin, -margin))
}

// withFallbacks names fonts of the same measures behind Liberation, for machines
// that lack it.
func withFallbacks(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
}
