package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/penstock/penstock/monary"
)

// preferred are the numbers that $bucketAuto rounds boundaries to: of each decade
// those of a series, in hundredths of its start, or the powers of two.
type preferred struct{ decade []int } // nil: powers of two

// renard are the series that no formula gives (ISO 3, and IEC 60063 below E48).
var renard = map[string][]int{
	"1-2-5": {100, 200, 500},
	"R5":    {100, 160, 250, 400, 630},
	"R10":   {100, 125, 160, 200, 250, 315, 400, 500, 630, 800},
	"R20":   {100, 112, 125, 140, 160, 180, 200, 224, 250, 280, 315, 355, 400, 450, 500, 560, 630, 710, 800, 900},
	"R40": {100, 106, 112, 118, 125, 132, 140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280, 300,
		315, 335, 355, 375, 400, 425, 450, 475, 500, 530, 560, 600, 630, 670, 710, 750, 800, 850, 900, 950},
	"R80": {100, 103, 106, 109, 112, 115, 118, 122, 125, 128, 132, 136, 140, 145, 150, 155, 160, 165, 170, 175,
		180, 185, 190, 195, 200, 206, 212, 218, 224, 230, 236, 243, 250, 258, 265, 272, 280, 290, 300, 307,
		315, 325, 335, 345, 355, 365, 375, 387, 400, 412, 425, 437, 450, 462, 475, 487, 500, 515, 530, 545,
		560, 580, 600, 615, 630, 650, 670, 690, 710, 730, 750, 775, 800, 825, 850, 875, 900, 925, 950, 975},
	"E6":  {100, 150, 220, 330, 470, 680},
	"E12": {100, 120, 150, 180, 220, 270, 330, 390, 470, 560, 680, 820},
	"E24": {100, 110, 120, 130, 150, 160, 180, 200, 220, 240, 270, 300, 330, 360, 390, 430, 470, 510, 560, 620, 680, 750, 820, 910},
}

// granularity reads the name of a series; nil for none.
func granularity(v monary.Value) (*preferred, error) {
	if v.IsMissing() {
		return nil, nil
	}
	name, _ := textOf(v)
	switch name {
	case "POWERSOF2":
		return &preferred{}, nil
	case "E48":
		return &preferred{roots(48)}, nil
	case "E96":
		return &preferred{roots(96)}, nil
	case "E192":
		return &preferred{roots(192)}, nil
	}
	if decade, ok := renard[name]; ok {
		return &preferred{decade}, nil
	}
	names := append(slices.Collect(maps.Keys(renard)), "E48", "E96", "E192", "POWERSOF2")
	slices.Sort(names)
	return nil, fmt.Errorf("granularity is %s; want one of %s", describe(v), strings.Join(names, ", "))
}

// roots are the powers of the n-th root of ten in three digits; for historical
// reasons 9.19 is 9.20.
func roots(n int) []int {
	out := make([]int, n)
	for i := range out {
		if out[i] = int(math.Round(100 * math.Pow(10, float64(i)/float64(n)))); out[i] == 919 {
			out[i] = 920
		}
	}
	return out
}

// check demands a number from 0 on.
func (p *preferred) check(v monary.Value) error {
	switch {
	case p == nil:
		return nil
	case !v.IsNumber() || isNaN(v):
		return fmt.Errorf("groupBy is %s; with granularity it must be a number", describe(v))
	case double(v) != 0 && !(double(v) >= 1e-300 && double(v) <= 1e300): // there are numbers around it
		return fmt.Errorf("groupBy is %s; with granularity it must be 0 or from 1e-300 to 1e300", describe(v))
	}
	return nil
}

// above is the least preferred number above a value, below the greatest below it;
// zero stays what it is.
func (p *preferred) above(v monary.Value) monary.Value {
	return p.round(v, func(x float64, rising []float64) float64 {
		i, _ := slices.BinarySearchFunc(rising, x, func(number, x float64) int {
			if number <= x {
				return -1
			}
			return 1
		})
		return rising[i]
	})
}

func (p *preferred) below(v monary.Value) monary.Value {
	return p.round(v, func(x float64, rising []float64) float64 {
		i, _ := slices.BinarySearch(rising, x)
		return rising[i-1]
	})
}

// round chooses among the preferred numbers around a value. The result is a
// double, of a decimal128 one of its kind.
func (p *preferred) round(v monary.Value, choose func(x float64, rising []float64) float64) monary.Value {
	x := double(v)
	if x != 0 {
		x = choose(x, p.around(x))
	}
	if rank(v.Type()) == 4 {
		return decimalOfDouble(x).value()
	}
	return monary.DoubleValue(x)
}

// around has the preferred numbers of the decade of x and of those beside it.
func (p *preferred) around(x float64) (rising []float64) {
	if p.decade == nil {
		_, exponent := math.Frexp(x) // x is from 2^(exponent-1) on, below 2^exponent
		for e := exponent - 2; e <= exponent; e++ {
			rising = append(rising, math.Ldexp(1, e))
		}
		return rising
	}
	decade := int(math.Floor(math.Log10(x)))
	for e := decade - 1; e <= decade+1; e++ {
		for _, n := range p.decade {
			if e >= 2 {
				rising = append(rising, float64(n)*math.Pow10(e-2))
			} else {
				rising = append(rising, float64(n)/math.Pow10(2-e)) // exactly rounded, as n·0.01 is not
			}
		}
	}
	return rising
}
