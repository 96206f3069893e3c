package ml

import (
	"fmt"
	"math"
	"slices"
)

// treeColours are those of a tree's nodes: one per class, the paler the less sure the
// node is, or for a regressor one that the largest value has in full.
type treeColours struct {
	full      [][3]int // red, green and blue, per class
	low, high float64
}

// newTreeColours spreads the classes over the hues, beginning with orange, as
// scikit-learn does. Saturation is 0.75, the value 0.9.
func newTreeColours(t *Tree) *treeColours {
	c := &treeColours{low: slices.Min(t.Value), high: slices.Max(t.Value)}
	for i := range t.classes {
		c.full = append(c.full, colourOfHue(math.Trunc(25+float64(i)*(360/float64(t.classes)))))
	}
	return c
}

// colourOfHue takes the hue in degrees.
func colourOfHue(hue float64) [3]int {
	const chroma, least = 0.75 * 0.9, 0.9 - 0.75*0.9
	sextant := hue / 60
	second := chroma * (1 - math.Abs(math.Mod(sextant, 2)-1))
	rgb := [...][3]float64{
		{chroma, second, 0}, {second, chroma, 0}, {0, chroma, second},
		{0, second, chroma}, {second, 0, chroma}, {chroma, 0, second},
	}[int(sextant)%6]
	var out [3]int
	for i, v := range rgb {
		out[i] = int(255 * (v + least))
	}
	return out
}

// hex returns the colour of a node as #rrggbb.
func (c *treeColours) hex(t *Tree, node int32) string {
	colour, strength := c.full[0], 0.0
	value := t.valueOf(node)
	switch {
	case t.isRegressor && c.high > c.low:
		strength = (value[0] - c.low) / (c.high - c.low)
	case !t.isRegressor && len(value) > 1:
		colour, strength = c.full[argmax(value)], certainty(value, t.NodeWeight[node])
	}
	var parts [3]int
	for i, v := range colour {
		parts[i] = int(math.RoundToEven(float64(strength*float64(v)) + float64((1-strength)*255)))
	}
	return fmt.Sprintf("#%02x%02x%02x", parts[0], parts[1], parts[2])
}

// certainty is 1 if there is one class only, and 0 if two have the same weight.
func certainty(weights []float64, total float64) float64 {
	sorted := slices.Sorted(slices.Values(weights))
	first, second := sorted[len(sorted)-1]/total, sorted[len(sorted)-2]/total
	return (first - second) / (1 - second)
}
