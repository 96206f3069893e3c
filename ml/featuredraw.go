package ml

// featureDraw draws the columns that a node chooses among, in the order in which
// scikit-learn does.
type featureDraw struct {
	features []int32 // a permutation of the columns, see draw
	constant []int32 // its first entries are the columns known to be constant
	rng      xorshift
	most     int // columns to look at
}

func newFeatureDraw(cols, most int, rng xorshift) featureDraw {
	d := featureDraw{make([]int32, cols), make([]int32, cols), rng, most}
	for j := range d.features {
		d.features[j] = int32(j)
	}
	return d
}

// candidates is what looks at a column.
type candidates interface {
	// try looks for splits of the current node by a column, and reports whether the
	// column is constant there.
	try(feature int) (isConstant bool)
}

// draw has c try columns until it has seen as many as it should and at least one
// of them was not constant. known columns are constant in the node for certain; it
// returns how many are now.
//
// d.features holds, from the left, the constant columns drawn here, the other
// known ones, the ones found here, the columns not drawn yet, and those looked
// at. Children inherit what is constant: d.constant keeps those in a fixed order.
func (d *featureDraw) draw(known int, c candidates) (constants int) {
	found, drawn := 0, 0
	undrawn := len(d.features)
	f := d.features
	for visited := 0; undrawn > known+found && (visited < d.most || visited <= found+drawn); visited++ {
		j := drawn + d.rng.intn(undrawn-found-drawn)
		if j < known {
			f[drawn], f[j] = f[j], f[drawn]
			drawn++
			continue
		}
		j += found
		if c.try(int(f[j])) {
			f[j], f[known+found] = f[known+found], f[j]
			found++
			continue
		}
		undrawn--
		f[undrawn], f[j] = f[j], f[undrawn]
	}
	copy(f[:known], d.constant[:known])
	copy(d.constant[known:known+found], f[known:known+found])
	return known + found
}

// xorshift is Marsaglia's 32 bit generator with shifts 13, 17 and 5.
type xorshift uint32

const xorshiftMax = 1<<31 - 1

// next returns 31 bits.
func (x *xorshift) next() uint32 {
	s := uint32(*x)
	if s == 0 {
		s = 1
	}
	s ^= s << 13
	s ^= s >> 17
	s ^= s << 5
	*x = xorshift(s)
	return s & xorshiftMax
}

// intn returns a number in [0, n).
func (x *xorshift) intn(n int) int { return int(x.next()) % n }

// between returns a number in [low, high], rarely high.
func (x *xorshift) between(low, high float64) float64 {
	return float64((high-low)*float64(x.next()))/xorshiftMax + low
}
