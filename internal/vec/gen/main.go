// Command gen writes the assembly of package vec and the declarations that go with
// it; see go:generate there.
package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	lanes  = 4  // float64 in a register
	panel  = 16 // samples in a panel
	couple = 3  // samples that together compare themselves with a panel
	rows   = 8  // that walk down a tree side by side
)

func main() {
	ConstraintExpr("!noasm")
	panels("dotPanels", func(sample Mem, x, sum reg.VecVirtual) {
		VFMADD231PD(sample, x, sum)
	})
	panels("distancePanels", func(sample Mem, x, sum reg.VecVirtual) {
		d := YMM()
		VSUBPD(sample, x, d)
		VFMADD231PD(d, d, sum)
	})
	panelsOfThree()
	panelsOfBLAS()
	addScaled()
	rbf32()
	exp64()
	pick()
	descend()
	walk()
	Generate()
}

// panels sums up what add makes of each feature of a sample and of x, for all samples.
// It keeps eight sums, four for even features and four for odd ones: with fewer,
// each would wait for the one before.
func panels(name string, add func(sample Mem, x, sum reg.VecVirtual)) {
	TEXT(name+"AVX2", NOSPLIT, "func(dst, panels, x []float64)")
	Pragma("noescape")
	Doc(name + "AVX2 is " + name + ".")
	dst, count := pointer("dst"), Load(Param("dst").Len(), GP64())
	panels, x := pointer("panels"), pointer("x")
	features := Load(Param("x").Len(), GP64())
	at, left := Mem{Base: GP64()}, GP64()
	even, odd := registers(panel/lanes), registers(panel/lanes)

	Label("panel")
	SUBQ(Imm(panel), count)
	JL(LabelRef("done"))
	zero(even)
	zero(odd)
	MOVQ(x.Base, at.Base)
	MOVQ(features, left)
	Label("pair")
	SUBQ(Imm(2), left)
	JL(LabelRef("last"))
	feature(even, panels, at, 0, add)
	feature(odd, panels, at, 1, add)
	ADDQ(Imm(2*8), at.Base)
	ADDQ(U32(2*8*panel), panels.Base)
	JMP(LabelRef("pair"))
	Label("last")
	ADDQ(Imm(2), left)
	JZ(LabelRef("store"))
	feature(even, panels, at, 0, add)
	ADDQ(U32(8*panel), panels.Base)
	Label("store")
	for i, sum := range even {
		VADDPD(odd[i], sum, sum)
		VMOVUPD(sum, dst.Offset(8*lanes*i))
	}
	ADDQ(U32(8*panel), dst.Base)
	JMP(LabelRef("panel"))
	Label("done")
	VZEROUPPER()
	RET()
}

// feature adds feature f of the samples of a panel.
func feature(sums []reg.VecVirtual, panels, x Mem, f int, add func(sample Mem, x, sum reg.VecVirtual)) {
	v := YMM()
	VBROADCASTSD(x.Offset(8*f), v)
	for i, sum := range sums {
		add(panels.Offset(8*(panel*f+lanes*i)), v, sum)
	}
}

// panelsOfThree is dotPanels for three samples at once, which need a panel to be read
// once only. To add in the same order, it goes over the even features first.
func panelsOfThree() {
	TEXT("dotPanels3AVX2", NOSPLIT, "func(dst0, dst1, dst2, panels, x0, x1, x2 []float64)")
	Pragma("noescape")
	Doc("dotPanels3AVX2 is dotPanels3.")
	dst := []Mem{pointer("dst0"), pointer("dst1"), pointer("dst2")}
	x := []Mem{pointer("x0"), pointer("x1"), pointer("x2")}
	panels, f := pointer("panels"), GP64()
	count, features := Load(Param("dst0").Len(), GP64()), Load(Param("x0").Len(), GP64())
	at := Mem{Base: GP64()}
	sums := registers(couple * panel / lanes)

	Label("panel")
	SUBQ(Imm(panel), count)
	JL(LabelRef("done"))
	for parity, name := range []string{"even", "odd"} {
		zero(sums)
		LEAQ(panels.Offset(8*panel*parity), at.Base)
		MOVQ(U64(parity), f)
		Label(name)
		CMPQ(f, features)
		JGE(LabelRef(name + "_end"))
		v := registers(couple)
		for r := range v {
			VBROADCASTSD(x[r].Idx(f, 8), v[r])
		}
		for i := range panel / lanes {
			sample := YMM()
			VMOVUPD(at.Offset(8*lanes*i), sample)
			for r := range v {
				VFMADD231PD(sample, v[r], sums[r*panel/lanes+i])
			}
		}
		ADDQ(U32(2*8*panel), at.Base)
		ADDQ(Imm(2), f)
		JMP(LabelRef(name))
		Label(name + "_end")
		for k, sum := range sums {
			place := dst[k*lanes/panel].Offset(8 * lanes * (k % (panel / lanes)))
			if parity == 1 {
				VADDPD(place, sum, sum)
			}
			VMOVUPD(sum, place)
		}
	}
	for _, d := range dst {
		ADDQ(U32(8*panel), d.Base)
	}
	MOVQ(features, f)
	SHLQ(Imm(7), f) // the bytes of a feature in a panel
	ADDQ(f, panels.Base)
	JMP(LabelRef("panel"))
	Label("done")
	VZEROUPPER()
	RET()
}

// addScaled is a multiple of a row added to a sum.
func addScaled() {
	TEXT("addScaledAVX2", NOSPLIT, "func(dst []float64, row []float32, factor float64)")
	Pragma("noescape")
	Doc("addScaledAVX2 is the part of AddScaled that goes over whole groups of 8.")
	dst, row := pointer("dst"), pointer("row")
	count, factor := Load(Param("dst").Len(), GP64()), everywhere("factor")
	Label("group")
	SUBQ(Imm(2*lanes), count)
	JL(LabelRef("done"))
	for i := range 2 {
		v := YMM()
		VCVTPS2PD(row.Offset(4*lanes*i), v)
		VMULPD(factor, v, v)
		VADDPD(dst.Offset(8*lanes*i), v, v)
		VMOVUPD(v, dst.Offset(8*lanes*i))
	}
	ADDQ(U32(2*8*lanes), dst.Base)
	ADDQ(U32(2*4*lanes), row.Base)
	JMP(LabelRef("group"))
	Label("done")
	VZEROUPPER()
	RET()
}

func rbf32() {
	TEXT("rbf32AVX2", NOSPLIT, "func(dst []float32, dots, norms []float64, norm, factor float64)")
	Pragma("noescape")
	Doc("rbf32AVX2 is rbf32.")
	dst, count := pointer("dst"), Load(Param("dst").Len(), GP64())
	dots, norms := pointer("dots"), pointer("norms")
	norm, factor := everywhere("norm"), everywhere("factor")
	x := registers(panel / lanes)
	Label("panel")
	SUBQ(Imm(panel), count)
	JL(LabelRef("done"))
	for i := range x {
		product := YMM()
		VADDPD(norms.Offset(8*lanes*i), norm, x[i])
		VMOVUPD(dots.Offset(8*lanes*i), product)
		VFNMADD231PD(constant("two", 2), product, x[i])
		VMULPD(factor, x[i], x[i])
	}
	for i, v := range exponentials(x) {
		narrow := XMM()
		VCVTPD2PSY(v, narrow)
		VMOVUPS(narrow, dst.Offset(4*lanes*i))
	}
	ADDQ(U32(4*panel), dst.Base)
	ADDQ(U32(8*panel), dots.Base)
	ADDQ(U32(8*panel), norms.Base)
	JMP(LabelRef("panel"))
	Label("done")
	VZEROUPPER()
	RET()
}

func exp64() {
	TEXT("exp64AVX2", NOSPLIT, "func(v []float64, factor float64)")
	Pragma("noescape")
	Doc("exp64AVX2 is exp64.")
	values, count := pointer("v"), Load(Param("v").Len(), GP64())
	factor := everywhere("factor")
	x := registers(panel / lanes)
	Label("panel")
	SUBQ(Imm(panel), count)
	JL(LabelRef("done"))
	for i := range x {
		VMULPD(values.Offset(8*lanes*i), factor, x[i])
	}
	for i, v := range exponentials(x) {
		VMOVUPD(v, values.Offset(8*lanes*i))
	}
	ADDQ(U32(8*panel), values.Base)
	JMP(LabelRef("panel"))
	Label("done")
	VZEROUPPER()
	RET()
}

// exponentials returns exp(x), for x of at most 709. An argument is divided into
// n·ln 2, with n whole, and a rest of at most half of ln 2, for which the Taylor
// series needs 14 terms; n is added to the exponent of the result.
func exponentials(x []reg.VecVirtual) []reg.VecVirtual {
	n, sum := registers(len(x)), registers(len(x))
	for i := range x {
		// Below −708 the result would not be a normal number.
		VMAXPD(constant("least", -708), x[i], x[i])
		// A number that is added to 1.5·2^52 is rounded to a whole one.
		VMOVUPD(constant("shift", 0x1.8p52), n[i])
		VFMADD231PD(constant("log2e", math.Log2E), x[i], n[i])
		VSUBPD(constant("shift", 0x1.8p52), n[i], sum[i])
		VFNMADD231PD(constant("ln2high", 0x1.62e42feep-1), sum[i], x[i])
		VFNMADD231PD(constant("ln2low", 0x1.a39ef35793c76p-33), sum[i], x[i])
		VMOVUPD(term(13), sum[i])
		VPSLLQ(Imm(52), n[i], n[i])
	}
	for k := 12; k >= 0; k-- {
		for i := range x {
			VFMADD213PD(term(k), x[i], sum[i])
		}
	}
	for i := range x {
		VPADDQ(n[i], sum[i], sum[i])
	}
	return sum
}

// extremes are, lane by lane, the best values met and their places. Two registers of
// each take turns, as a comparison waits for the one before.
type extremes struct{ best, place, index []reg.VecVirtual }

func newExtremes(worst float64) extremes {
	e := extremes{registers(2), registers(2), registers(2)}
	for i := range e.best {
		VMOVUPD(constant("worst", worst), e.best[i])
		VPCMPEQQ(e.place[i], e.place[i], e.place[i]) // −1
		VMOVDQU(sequence("places", int64(lanes*i)), e.index[i])
	}
	return e
}

// take takes a value where better, a mask, says so.
func (e extremes) take(i int, better, value reg.VecVirtual) {
	VBLENDVPD(better, value, e.best[i], e.best[i])
	VBLENDVPD(better, e.index[i], e.place[i], e.place[i])
	VPADDQ(everyLane("step", 2*lanes), e.index[i], e.index[i])
}

func (e extremes) store() {
	best, place := Mem{Base: Load(Param("best"), GP64())}, Mem{Base: Load(Param("place"), GP64())}
	for i := range e.best {
		VMOVUPD(e.best[i], best.Offset(8*lanes*i))
		VMOVDQU(e.place[i], place.Offset(8*lanes*i))
	}
}

// pick is the choice of the second variable.
func pick() {
	TEXT("pickAVX2", NOSPLIT, "func(low, diag []float64, row []float32, slope, diagI float64, best, most *[8]float64, place *[8]int64)")
	Pragma("noescape")
	Doc("pickAVX2 is the part of Pick that goes over whole groups of 8.")
	low, diag, row := pointer("low"), pointer("diag"), pointer("row")
	count := Load(Param("low").Len(), GP64())
	slope, diagI := everywhere("slope"), everywhere("diagI")
	e := newExtremes(math.Inf(-1))
	most, nought := registers(2), YMM()
	for i := range most {
		VMOVUPD(e.best[i], most[i])
	}
	VXORPD(nought, nought, nought)

	Label("group")
	SUBQ(Imm(2*lanes), count)
	JL(LabelRef("done"))
	for i := range 2 {
		gap, curvature, square, mask, better := YMM(), YMM(), YMM(), YMM(), YMM()
		VMOVUPD(low.Offset(8*lanes*i), gap)
		VMAXPD(gap, most[i], most[i])
		VADDPD(slope, gap, gap)
		VCVTPS2PD(row.Offset(4*lanes*i), square)
		VADDPD(diag.Offset(8*lanes*i), diagI, curvature)
		VFNMADD231PD(constant("two", 2), square, curvature)
		VCMPPD(Imm(2), nought, curvature, mask) // curvature <= 0
		VBLENDVPD(mask, constant("tiny", 1e-12), curvature, curvature)
		VCMPPD(Imm(14), nought, gap, mask) // gap > 0
		VMULPD(gap, gap, square)
		VDIVPD(curvature, square, square)
		VCMPPD(Imm(13), e.best[i], square, better) // square >= best
		VANDPD(mask, better, better)
		e.take(i, better, square)
	}
	ADDQ(U32(2*8*lanes), low.Base)
	ADDQ(U32(2*8*lanes), diag.Base)
	ADDQ(U32(2*4*lanes), row.Base)
	JMP(LabelRef("group"))
	Label("done")
	e.store()
	out := Mem{Base: Load(Param("most"), GP64())}
	for i, v := range most {
		VMOVUPD(v, out.Offset(8*lanes*i))
	}
	VZEROUPPER()
	RET()
}

// descend is what the change of two variables does to all.
func descend() {
	TEXT("descendAVX2", NOSPLIT, "func(up, low []float64, rowI, rowJ []float32, deltaI, deltaJ float64, best *[8]float64, place *[8]int64)")
	Pragma("noescape")
	Doc("descendAVX2 is the part of Descend that goes over whole groups of 8.")
	up, low, rowI, rowJ := pointer("up"), pointer("low"), pointer("rowI"), pointer("rowJ")
	count := Load(Param("up").Len(), GP64())
	deltaI, deltaJ := everywhere("deltaI"), everywhere("deltaJ")
	e := newExtremes(math.Inf(1))

	Label("group")
	SUBQ(Imm(2*lanes), count)
	JL(LabelRef("done"))
	for i := range 2 {
		change, second, better := YMM(), YMM(), YMM()
		VCVTPS2PD(rowI.Offset(4*lanes*i), change)
		VMULPD(deltaI, change, change)
		VCVTPS2PD(rowJ.Offset(4*lanes*i), second)
		VMULPD(deltaJ, second, second)
		VADDPD(second, change, change)
		VADDPD(low.Offset(8*lanes*i), change, second)
		VMOVUPD(second, low.Offset(8*lanes*i))
		VADDPD(up.Offset(8*lanes*i), change, second)
		VMOVUPD(second, up.Offset(8*lanes*i))
		VCMPPD(Imm(2), e.best[i], second, better) // second <= best
		e.take(i, better, second)
	}
	ADDQ(U32(2*8*lanes), up.Base)
	ADDQ(U32(2*8*lanes), low.Base)
	ADDQ(U32(2*4*lanes), rowI.Base)
	ADDQ(U32(2*4*lanes), rowJ.Base)
	JMP(LabelRef("group"))
	Label("done")
	e.store()
	VZEROUPPER()
	RET()
}

// walk takes steps until all rows are in a leaf, and looks whether they are after every
// fourth. A node is 16 bytes: at is twice its number.
func walk() {
	TEXT("walkPanelsAMD64", NOSPLIT, "func(nodes *uint32, panels, leaves []uint32, size int, root uint32)")
	Pragma("noescape")
	Doc("walkPanelsAMD64 is walkPanels.")
	nodes, keys := Mem{Base: Load(Param("nodes"), GP64())}, pointer("panels")
	field := func(i reg.Register, number int) Mem { return nodes.Idx(i, 8).Offset(4 * number) }
	at := make([]reg.GPVirtual, rows)
	for row := range at {
		at[row] = GP64()
	}
	t, moved := GP64(), GP64()
	out, count := AllocLocal(8), AllocLocal(8)
	Load(Param("leaves").Base(), t)
	MOVQ(t, out)
	Load(Param("leaves").Len(), t)
	MOVQ(t, count)

	Label("panel")
	SUBQ(Imm(rows), count)
	JL(LabelRef("done"))
	Load(Param("root"), t.As32())
	ADDL(t.As32(), t.As32())
	for _, i := range at {
		MOVL(t.As32(), i.As32())
	}
	Label("steps")
	for range 4 {
		for row, i := range at {
			MOVL(field(i, 1), t.As32())
			MOVL(keys.Idx(t, 4).Offset(4*row), t.As32())
			CMPL(field(i, 0), t.As32()) // sets the carry if the key is above
			MOVL(field(i, 2), i.As32())
			ADCL(Imm(0), i.As32())
			ADDL(i.As32(), i.As32())
		}
	}
	XORL(moved.As32(), moved.As32())
	for _, i := range at {
		MOVL(field(i, 2), t.As32())
		ADDL(t.As32(), t.As32())
		XORL(i.As32(), t.As32())
		ORL(t.As32(), moved.As32())
	}
	TESTL(moved.As32(), moved.As32())
	JNZ(LabelRef("steps"))
	MOVQ(out, t)
	for row, i := range at {
		MOVL(field(i, 3), i.As32())
		MOVL(i.As32(), Mem{Base: t}.Offset(4*row))
	}
	ADDQ(Imm(4*rows), out)
	Load(Param("size"), t)
	LEAQ(keys.Idx(t, 4), keys.Base)
	JMP(LabelRef("panel"))
	Label("done")
	RET()
}

func pointer(slice string) Mem { return Mem{Base: Load(Param(slice).Base(), GP64())} }

// everywhere loads a parameter into all lanes.
func everywhere(param string) reg.VecVirtual {
	x, y := XMM(), YMM()
	Load(Param(param), x)
	VBROADCASTSD(x, y)
	return y
}

func registers(n int) []reg.VecVirtual {
	r := make([]reg.VecVirtual, n)
	for i := range r {
		r[i] = YMM()
	}
	return r
}

func zero(r []reg.VecVirtual) {
	for _, v := range r {
		VXORPD(v, v, v)
	}
}

// constant is a number in all lanes.
func constant(name string, value float64) Mem {
	bits := math.Float64bits(value) // as a float that is whole would be taken for an integer
	return data(fmt.Sprintf("%s%x", name, bits>>48), func(int) U64 { return U64(bits) })
}

// everyLane is an integer in all lanes.
func everyLane(name string, value int64) Mem {
	return data(name, func(int) U64 { return U64(value) })
}

// sequence is first and the integers behind it.
func sequence(name string, first int64) Mem {
	return data(fmt.Sprintf("%s%d", name, first), func(lane int) U64 { return U64(first + int64(lane)) })
}

var known = map[string]Mem{}

func data(name string, lane func(int) U64) Mem {
	m, ok := known[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range lanes {
			DATA(8*i, lane(i))
		}
		known[name] = m
	}
	return m
}

// term is the factor of x^k in the series of the exponential function: 1/k!.
func term(k int) Mem {
	factorial := 1.0
	for i := 2; i <= k; i++ {
		factorial *= float64(i)
	}
	return constant(fmt.Sprintf("term%d_", k), 1/factorial)
}
