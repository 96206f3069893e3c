package ml

import "math"

// sigmoid makes probabilities of scores: 1/(1+exp(a·score+b)).
type sigmoid struct{ a, b float64 }

func (s sigmoid) at(score float64) float64 { return logistic(-(float64(score*s.a) + s.b)) }

// sigmoidFit finds the sigmoid of the largest likelihood (Platt 1999), where labels are not
// quite certain, by Newton's method (Lin, Lin and Weng 2007).
type sigmoidFit struct {
	scores  []float64
	targets []float64 // probabilities, a little inside of 0 and 1
	start   float64   // of b
	ridge   float64   // added to the second derivatives
	enough  float64   // stop when slopes are smaller
	steps   int       // at most
}

func newSigmoidFit(scores []float64, positive []bool) *sigmoidFit {
	var yes, no float64
	for _, p := range positive {
		if p {
			yes++
		} else {
			no++
		}
	}
	f := &sigmoidFit{scores: scores, start: math.Log((no + 1) / (yes + 1)), ridge: 1e-12}
	for _, p := range positive {
		if p {
			f.targets = append(f.targets, (yes+1)/(yes+2))
		} else {
			f.targets = append(f.targets, 1/(no+2))
		}
	}
	return f
}

func (f *sigmoidFit) loss(s sigmoid) float64 {
	var sum float64
	for i, score := range f.scores {
		z := float64(score*s.a) + s.b
		if z >= 0 {
			sum += float64(f.targets[i]*z) + math.Log(1+math.Exp(-z))
		} else {
			sum += float64((f.targets[i]-1)*z) + math.Log(1+math.Exp(z))
		}
	}
	return sum
}

func (f *sigmoidFit) run() sigmoid {
	s := sigmoid{0, f.start}
	value := f.loss(s)
	for range f.steps {
		h11, h22, h21, g1, g2 := f.derivatives(s)
		if math.Abs(g1) < f.enough && math.Abs(g2) < f.enough {
			return s
		}
		det := float64(h11*h22) - float64(h21*h21)
		da, db := -(float64(h22*g1)-float64(h21*g2))/det, -(float64(h11*g2)-float64(h21*g1))/det
		slope := float64(g1*da) + float64(g2*db)
		step := 1.0
		for ; step >= 1e-10; step /= 2 {
			next := sigmoid{s.a + step*da, s.b + step*db}
			if v := f.loss(next); v < value+1e-4*step*slope {
				s, value = next, v
				break
			}
		}
		if step < 1e-10 { // rounding hides any further decrease
			return s
		}
	}
	return s
}

func (f *sigmoidFit) derivatives(s sigmoid) (h11, h22, h21, g1, g2 float64) {
	h11, h22 = f.ridge, f.ridge
	for i, score := range f.scores {
		p := s.at(score)
		var q float64
		if z := float64(score*s.a) + s.b; z >= 0 {
			q = 1 / (1 + math.Exp(-z))
		} else {
			q = math.Exp(z) / (1 + math.Exp(z))
		}
		d1, d2 := f.targets[i]-p, p*q
		h11 += float64(score * score * d2)
		h22 += d2
		h21 += float64(score * d2)
		g1 += float64(score * d1)
		g2 += d1
	}
	return h11, h22, h21, g1, g2
}

// libsvmSigmoid stops where libsvm does.
func libsvmSigmoid(scores []float64, positive []bool) sigmoid {
	f := newSigmoidFit(scores, positive)
	f.enough, f.steps = 1e-5, 100
	return f.run()
}

// bestSigmoid goes on to the best one. A power of two brings scores close to 1.
func bestSigmoid(scores []float64, positive []bool) sigmoid {
	unit := unitOf(scores)
	near := make([]float64, len(scores))
	for i, score := range scores {
		near[i] = score * unit
	}
	f := newSigmoidFit(near, positive)
	f.enough, f.steps = 1e-13, 1000
	s := f.run()
	s.a *= unit
	return s
}
