package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	run      = 16 // features that OpenBLAS takes at once
	together = 8  // samples, of a panel of which there are two such halves
)

// panelsOfBLAS is dotPanels in the order of OpenBLAS's ddot, see Panels.DotsOfBLAS.
func panelsOfBLAS() {
	TEXT("dotPanelsOfBLASAVX2", NOSPLIT, "func(dst, panels, x []float64)")
	Pragma("noescape")
	Doc("dotPanelsOfBLASAVX2 is dotPanelsOfBLAS.")
	b := blas{dst: pointer("dst"), panels: pointer("panels"), x: pointer("x"), runs: GP64(), left: GP64(),
		sample: Mem{Base: GP64()}, feature: Mem{Base: GP64()}}
	count, features := Load(Param("dst").Len(), GP64()), Load(Param("x").Len(), GP64())
	rest := GP64()
	MOVQ(features, b.runs)
	SHRQ(Imm(4), b.runs)
	MOVQ(features, rest)
	ANDQ(Imm(run-1), rest)
	SHLQ(Imm(7), features) // bytes of a panel

	Label("panel")
	SUBQ(Imm(panel), count)
	JL(LabelRef("done"))
	for half := range panel / together {
		b.half(half, rest)
	}
	ADDQ(features, b.panels.Base)
	ADDQ(U32(8*panel), b.dst.Base)
	JMP(LabelRef("panel"))
	Label("done")
	VZEROUPPER()
	RET()
}

type blas struct {
	dst, panels, x  Mem
	runs, left      reg.GPVirtual
	sample, feature Mem // in the panel and in x
	label           string
}

// half sums up for half of a panel: runs in lanes of their own, then the rest product by product.
func (b *blas) half(half int, rest reg.GPVirtual) {
	at := 8 * together * half
	b.label = fmt.Sprintf("half%d", half)
	total := registers(together / lanes)
	zero(total)
	MOVQ(b.panels.Base, b.sample.Base)
	MOVQ(b.x.Base, b.feature.Base)
	TESTQ(b.runs, b.runs)
	JZ(LabelRef(b.label + "rest"))
	sum := b.lane(at, 0)
	add(sum, b.lane(at, 1))
	for i, r := range total {
		VMOVAPD(sum[i], r)
	}
	// The last of the lanes has left the pointers behind the runs, at its own feature.
	SUBQ(U32(8*panel*(run-1)), b.sample.Base)
	SUBQ(Imm(8*(run-1)), b.feature.Base)
	Label(b.label + "rest")
	MOVQ(rest, b.left)
	TESTQ(b.left, b.left)
	JZ(LabelRef(b.label + "store"))
	Label(b.label + "feature")
	x := YMM()
	VBROADCASTSD(b.feature, x)
	for i, r := range total {
		product := YMM()
		VMULPD(b.sample.Offset(at+8*lanes*i), x, product)
		VADDPD(product, r, r)
	}
	b.next(1)
	DECQ(b.left)
	JNZ(LabelRef(b.label + "feature"))
	Label(b.label + "store")
	for i, r := range total {
		VMOVUPD(r, b.dst.Offset(at+8*lanes*i))
	}
}

func (b *blas) next(features int) {
	ADDQ(U32(8*panel*features), b.sample.Base)
	ADDQ(U32(8*features), b.feature.Base)
}

// lane adds up a lane of the low halves of four registers, to which the high halves have been added.
func (b *blas) lane(at, j int) []reg.VecVirtual {
	sum := b.pair(at, j)
	add(sum, b.pair(at, 4+j))
	other := b.pair(at, 8+j)
	add(other, b.pair(at, 12+j))
	add(sum, other)
	return sum
}

func (b *blas) pair(at, f int) []reg.VecVirtual {
	sum := b.every(at, f)
	add(sum, b.every(at, f+2))
	return sum
}

// every sums up one feature of every run.
func (b *blas) every(at, f int) []reg.VecVirtual {
	sum := registers(together / lanes)
	zero(sum)
	LEAQ(b.panels.Offset(8*panel*f), b.sample.Base)
	LEAQ(b.x.Offset(8*f), b.feature.Base)
	MOVQ(b.runs, b.left)
	label := fmt.Sprintf("%srun%d", b.label, f)
	Label(label)
	x := YMM()
	VBROADCASTSD(b.feature, x)
	for i, r := range sum {
		VFMADD231PD(b.sample.Offset(at+8*lanes*i), x, r)
	}
	b.next(run)
	DECQ(b.left)
	JNZ(LabelRef(label))
	return sum
}

func add(sum, other []reg.VecVirtual) {
	for i, r := range sum {
		VADDPD(other[i], r, r)
	}
}
