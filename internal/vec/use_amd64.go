//go:build !noasm

package vec

import (
	"math"

	"golang.org/x/sys/cpu"
)

var haveAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

func dotPanels(dst, panels, x []float64) {
	if haveAVX2 {
		dotPanelsAVX2(dst, panels, x)
	} else {
		dotPanelsGo(dst, panels, x)
	}
}

func dotPanels3(dst [Couple][]float64, panels []float64, x [Couple][]float64) {
	if haveAVX2 {
		dotPanels3AVX2(dst[0], dst[1], dst[2], panels, x[0], x[1], x[2])
	} else {
		dotPanels3Go(dst, panels, x)
	}
}

func dotPanelsOfBLAS(dst, panels, x []float64) {
	if haveAVX2 {
		dotPanelsOfBLASAVX2(dst, panels, x)
	} else {
		dotPanelsOfBLASGo(dst, panels, x)
	}
}

func rbf32(dst []float32, dots, norms []float64, norm, factor float64) {
	if haveAVX2 {
		rbf32AVX2(dst, dots, norms, norm, factor)
	} else {
		rbf32Go(dst, dots, norms, norm, factor)
	}
}

func distancePanels(dst, panels, x []float64) {
	if haveAVX2 {
		distancePanelsAVX2(dst, panels, x)
	} else {
		distancePanelsGo(dst, panels, x)
	}
}

func exp64(values []float64, factor float64) {
	if haveAVX2 {
		exp64AVX2(values, factor)
	} else {
		exp64Go(values, factor)
	}
}

// pickWhole is Pick for the first done places.
func pickWhole(low, diag []float64, row []float32, slope, diagI float64) (place int, best, most float64, done int) {
	place, best, most = -1, math.Inf(-1), math.Inf(-1)
	if !haveAVX2 {
		return place, best, most, 0
	}
	done = len(low) &^ 7
	var bests, mosts [8]float64
	var places [8]int64
	pickAVX2(low[:done], diag, row, slope, diagI, &bests, &mosts, &places)
	for i, v := range bests {
		most = max(most, mosts[i])
		if v > best || v == best && int(places[i]) > place {
			place, best = int(places[i]), v
		}
	}
	return place, best, most, done
}

// descendWhole is Descend for the first done places.
func descendWhole(up, low []float64, rowI, rowJ []float32, deltaI, deltaJ float64) (place int, least float64, done int) {
	place, least = -1, math.Inf(1)
	if !haveAVX2 {
		return place, least, 0
	}
	done = len(up) &^ 7
	var bests [8]float64
	var places [8]int64
	descendAVX2(up[:done], low, rowI, rowJ, deltaI, deltaJ, &bests, &places)
	for i, v := range bests {
		if v < least || v == least && int(places[i]) > place {
			place, least = int(places[i]), v
		}
	}
	return place, least, done
}

func walkPanels(nodes []Node, panels, leaves []uint32, size int, root uint32) {
	walkPanelsAMD64(&nodes[0].Threshold, panels, leaves, size, root)
}

// addScaledWhole is AddScaled for the first done places.
func addScaledWhole(dst []float64, row []float32, factor float64) (done int) {
	if !haveAVX2 {
		return 0
	}
	done = len(dst) &^ 7
	addScaledAVX2(dst[:done], row, factor)
	return done
}
