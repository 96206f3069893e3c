package ml

import "math"

// minkaDimension guesses of how many dimensions data are, the rest being noise,
// from the variances along all their components, largest first, and the number
// of samples. It maximises an approximation to the likelihood (Minka,
// "Automatic choice of dimensionality for PCA", 2000). The result is less than
// the number of components; it is 0 if there is only one or if all variances
// are tiny. Two that are equal are an error, as the approximation has no value
// then.
func minkaDimension(variances []float64, samples int) (int, error) {
	best, highest := 0, math.Inf(-1)
	for rank := 1; rank < len(variances); rank++ {
		l := minkaLikelihood(variances, rank, samples)
		if math.IsNaN(l) || math.IsInf(l, 1) {
			return 0, errorf("MLEComponents: the likelihood of %d components is not defined, as two variances are equal", rank)
		}
		if l > highest {
			best, highest = rank, l
		}
	}
	return best, nil
}

// minkaLikelihood is the logarithm of the likelihood of rank dimensions;
// Minka's equations 77 to 80 name the terms.
func minkaLikelihood(variances []float64, rank, samples int) float64 {
	const tiny = 1e-15
	if variances[rank-1] < tiny {
		return math.Inf(-1)
	}
	n, p, k := float64(samples), float64(len(variances)), float64(rank)
	directions := -k * math.Ln2
	for i := 1; i <= rank; i++ {
		half := (p - float64(i) + 1) / 2
		gamma, _ := math.Lgamma(half)
		directions += gamma - math.Log(math.Pi)*half
	}
	var kept, rest float64
	for _, v := range variances[:rank] {
		kept += math.Log(v)
	}
	for _, v := range variances[rank:] {
		rest += v
	}
	noise := max(tiny, rest/(p-k))
	m := p*k - k*(k+1)/2
	return directions - kept*n/2 - math.Log(noise)*n*(p-k)/2 + math.Log(2*math.Pi)*(m+k)/2 -
		minkaCurvature(variances, rank, n, noise)/2 - k*math.Log(n)/2
}

// minkaCurvature is the logarithm of the determinant of the Hessian.
func minkaCurvature(variances []float64, rank int, n, noise float64) float64 {
	var sum float64
	for i, vi := range variances[:rank] {
		for j := i + 1; j < len(variances); j++ {
			vj := noise
			if j < rank {
				vj = variances[j]
			}
			sum += math.Log((vi-variances[j])*(1/vj-1/vi)) + math.Log(n)
		}
	}
	return sum
}
