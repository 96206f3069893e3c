//go:build !amd64 || noasm

package vec

import "math"

func dotPanels(dst, panels, x []float64) { dotPanelsGo(dst, panels, x) }

func dotPanels3(dst [Couple][]float64, panels []float64, x [Couple][]float64) {
	dotPanels3Go(dst, panels, x)
}

func dotPanelsOfBLAS(dst, panels, x []float64) { dotPanelsOfBLASGo(dst, panels, x) }

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

func walkPanels(t Trees, panels, leaves []uint32, size int, root uint32) {
	for ; len(leaves) > 0; leaves, panels = leaves[Walkers:], panels[size:] {
		for row := 0; row < Walkers; row += 4 {
			for i, node := range t.walk4([4]uint32{root, root, root, root}, panels[row:size]) {
				leaves[row+i] = t[node].Leaf
			}
		}
	}
}

// walk4 walks with four rows that lie side by side.
func (t Trees) walk4(at [4]uint32, keys []uint32) [4]uint32 {
	for {
		a, b, c, d := t.Step(at[0], keys), t.Step(at[1], keys[1:]), t.Step(at[2], keys[2:]), t.Step(at[3], keys[3:])
		if a == at[0] && b == at[1] && c == at[2] && d == at[3] {
			return at
		}
		at = [4]uint32{a, b, c, d}
	}
}

func addScaledWhole([]float64, []float32, float64) (done int) { return 0 }
