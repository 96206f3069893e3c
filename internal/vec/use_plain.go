//go:build !amd64 || noasm

package vec

import "math"

func dotPanels(dst, panels, x []float64) { dotPanelsGo(dst, panels, x) }

func dotPanels3(dst [Couple][]float64, panels []float64, x [Couple][]float64) {
	dotPanels3Go(dst, panels, x)
}

func rbf32(dst []float32, dots, norms []float64, norm, factor float64) {
	rbf32Go(dst, dots, norms, norm, factor)
}

func distancePanels(dst, panels, x []float64) { distancePanelsGo(dst, panels, x) }

func exp64(values []float64, factor float64) { exp64Go(values, factor) }

func pickWhole([]float64, []float64, []float32, float64, float64) (place int, best, most float64, done int) {
	return -1, math.Inf(-1), math.Inf(-1), 0
}

func descendWhole([]float64, []float64, []float32, []float32, float64, float64) (place int, least float64, done int) {
	return -1, math.Inf(1), 0
}

func addScaledWhole([]float64, []float32, float64) (done int) { return 0 }
