// Package vec has the inner loops of kernel methods and the way down trees. On amd64 they
// are assembly, written by the program in gen, the former if there is AVX2 and FMA;
// elsewhere, and with the build tag noasm, they are plain Go.
//
// Both add in an order of their own, so their last bits differ. A result depends on
// nothing but the values that go in: not on where they lie in a slice, nor on how a
// caller divides the work.
package vec

import "math"

//go:generate sh -c "cd gen && GOWORK=off go run . -out ../vec_amd64.s -stubs ../stubs_amd64.go -pkg vec"

// Panel is how many samples lie side by side in a panel.
const Panel = 16

// Couple is how many samples Dots3 takes at once.
const Couple = 3

// Panels are samples of p features, in panels of Panel samples: feature 0 of all
// of them, then feature 1, and so on. What is missing from the last panel is 0.
type Panels struct {
	n, p int
	data []float64
}

// NewPanels returns n samples of p zeros.
func NewPanels(n, p int) *Panels {
	return &Panels{n, p, make([]float64, (n+Panel-1)/Panel*Panel*p)}
}

// Set sets feature f of sample i.
func (s *Panels) Set(i, f int, v float64) { s.data[s.place(i, f)] = v }

// Row copies sample i into dst, which has room for its features.
func (s *Panels) Row(dst []float64, i int) {
	at := s.place(i, 0)
	for f := range dst[:s.p] {
		dst[f] = s.data[at+f*Panel]
	}
}

// Swap changes two samples.
func (s *Panels) Swap(i, j int) {
	a, b := s.place(i, 0), s.place(j, 0)
	for range s.p {
		s.data[a], s.data[b] = s.data[b], s.data[a]
		a, b = a+Panel, b+Panel
	}
}

func (s *Panels) place(i, f int) int { return (i/Panel*s.p+f)*Panel + i%Panel }

// Dots sets dst to the inner products of x with the samples of whole panels, the
// first of them panel number first. len(dst) is a multiple of Panel.
func (s *Panels) Dots(dst []float64, first int, x []float64) {
	start := first * Panel * s.p
	dotPanels(dst, s.data[start:start+len(dst)*s.p], x[:s.p])
}

// Dots3 is Dots for three samples, with the same bits and in less time: each panel is
// read once for all of them.
func (s *Panels) Dots3(dst [Couple][]float64, first int, x [Couple][]float64) {
	start, n := first*Panel*s.p, len(dst[0])
	for i := range x {
		dst[i], x[i] = dst[i][:n], x[i][:s.p]
	}
	dotPanels3(dst, s.data[start:start+n*s.p], x)
}

// DotsOfBLAS is Dots with the bits of OpenBLAS's ddot on processors with AVX2, which takes a little
// longer: runs of features go to sums of their own, with one rounding for product and sum, and the
// rest is added product by product.
func (s *Panels) DotsOfBLAS(dst []float64, first int, x []float64) {
	start := first * Panel * s.p
	dotPanelsOfBLAS(dst, s.data[start:start+len(dst)*s.p], x[:s.p])
}

// Distances is Dots with the squared distances Σ(x−z)².
func (s *Panels) Distances(dst []float64, first int, x []float64) {
	start := first * Panel * s.p
	distancePanels(dst, s.data[start:start+len(dst)*s.p], x[:s.p])
}

// Exp32 sets dst[k] to exp(−gamma·(norm + norms[k] − 2·dots[k])), which is at most
// 1 for the squared lengths and inner products of samples. Results below 1e-307
// are some number below that. The slices have the same length, a multiple of Panel.
func Exp32(dst []float32, dots, norms []float64, norm, gamma float64) {
	_, _ = dots[:len(dst)], norms[:len(dst)]
	rbf32(dst, dots, norms, norm, -gamma)
}

// Exp64 replaces each value by exp(−gamma·value), which must be at most 1. The number
// of values is a multiple of Panel. Results below 1e-307 are some number below that.
func Exp64(values []float64, gamma float64) { exp64(values, -gamma) }

// Pick returns the last place t of the largest (slope+low[t])²/c(t) among those with
// slope+low[t] > 0, where c(t) = diagI + diag[t] − 2·row[t], or 1e-12 if that is not
// above 0; and the largest of low. The place is −1 if there is none.
func Pick(low, diag []float64, row []float32, slope, diagI float64) (place int, most float64) {
	diag, row = diag[:len(low)], row[:len(low)]
	place, best, most, t := pickWhole(low, diag, row, slope, diagI)
	for ; t < len(low); t++ {
		most = max(most, low[t])
		gap := slope + low[t]
		if gap <= 0 {
			continue
		}
		curvature := diagI + diag[t] - 2*float64(row[t])
		if curvature <= 0 {
			curvature = 1e-12
		}
		// A product shows most losers without a division.
		if square := float64(gap * gap); square >= best*curvature*(1-1e-15) {
			if v := square / curvature; v >= best {
				place, best = t, v
			}
		}
	}
	return place, most
}

// Descend adds rowI·deltaI + rowJ·deltaJ to up and low and returns the last place of
// the least of up, −1 if that is no number.
func Descend(up, low []float64, rowI, rowJ []float32, deltaI, deltaJ float64) (place int) {
	low, rowI, rowJ = low[:len(up)], rowI[:len(up)], rowJ[:len(up)]
	place, least, t := descendWhole(up, low, rowI, rowJ, deltaI, deltaJ)
	for ; t < len(up); t++ {
		change := float64(float64(rowI[t])*deltaI) + float64(float64(rowJ[t])*deltaJ)
		low[t] += change
		up[t] += change
		if up[t] <= least {
			place, least = t, up[t]
		}
	}
	return place
}

// AddScaled adds factor·row to dst, which has the same length.
func AddScaled(dst []float64, row []float32, factor float64) {
	row = row[:len(dst)]
	for t := addScaledWhole(dst, row, factor); t < len(dst); t++ {
		dst[t] += float64(factor * float64(row[t]))
	}
}

func dotPanelsGo(dst, panels, x []float64) {
	for len(dst) > 0 {
		sums := (*[Panel]float64)(dst)
		clear(sums[:])
		for _, v := range x {
			for i, z := range (*[Panel]float64)(panels) {
				sums[i] += float64(v * z)
			}
			panels = panels[Panel:]
		}
		dst = dst[Panel:]
	}
}

func dotPanels3Go(dst [Couple][]float64, panels []float64, x [Couple][]float64) {
	for i := range dst {
		dotPanelsGo(dst[i], panels, x[i])
	}
}

// run is how many features OpenBLAS takes at once.
const run = 16

func dotPanelsOfBLASGo(dst, panels, x []float64) {
	whole := len(x) &^ (run - 1)
	for k := range dst {
		sample := panels[k/Panel*Panel*len(x)+k%Panel:]
		var sums [run]float64
		for f := 0; f < whole; f += run {
			for i := range sums {
				sums[i] = math.FMA(x[f+i], sample[(f+i)*Panel], sums[i])
			}
		}
		sum := inOrderOfBLAS(&sums)
		for f := whole; f < len(x); f++ {
			sum += float64(x[f] * sample[f*Panel])
		}
		dst[k] = sum
	}
}

// inOrderOfBLAS adds up four registers of four lanes each: the halves of each, then the registers,
// then what is left.
func inOrderOfBLAS(s *[run]float64) float64 {
	var lanes [2]float64
	for j := range lanes {
		a, b, c, d := s[j]+s[j+2], s[4+j]+s[6+j], s[8+j]+s[10+j], s[12+j]+s[14+j]
		lanes[j] = (a + b) + (c + d)
	}
	return lanes[0] + lanes[1]
}

func distancePanelsGo(dst, panels, x []float64) {
	for len(dst) > 0 {
		sums := (*[Panel]float64)(dst)
		clear(sums[:])
		for _, v := range x {
			for i, z := range (*[Panel]float64)(panels) {
				d := v - z
				sums[i] += float64(d * d)
			}
			panels = panels[Panel:]
		}
		dst = dst[Panel:]
	}
}

func rbf32Go(dst []float32, dots, norms []float64, norm, factor float64) {
	for i, d := range dots[:len(dst)] {
		dst[i] = float32(math.Exp(factor * (norm + norms[i] - 2*d)))
	}
}

func exp64Go(values []float64, factor float64) {
	for i, v := range values {
		values[i] = math.Exp(factor * v)
	}
}
