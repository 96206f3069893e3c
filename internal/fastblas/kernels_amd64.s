//go:build !noasm

#include "textflag.h"

// One row of the tile: a[row] times the 12 numbers of b in Y12, Y13 and Y14.
#define ROW(offset, c0, c1, c2) \
	VBROADCASTSD offset(AX), Y15; \
	VFMADD231PD  Y12, Y15, c0; \
	VFMADD231PD  Y13, Y15, c1; \
	VFMADD231PD  Y14, Y15, c2

// One step along k: all four rows, with the next numbers of a and b.
#define STEP(offsetA, offsetB) \
	VMOVUPD offsetB(BX), Y12; \
	VMOVUPD offsetB+32(BX), Y13; \
	VMOVUPD offsetB+64(BX), Y14; \
	ROW(offsetA, Y0, Y1, Y2); \
	ROW(offsetA+8, Y3, Y4, Y5); \
	ROW(offsetA+16, Y6, Y7, Y8); \
	ROW(offsetA+24, Y9, Y10, Y11)

// Adds to one row of the tile what is in memory.
#define ADDROW(from, c0, c1, c2) \
	VADDPD (from), c0, c0; \
	VADDPD 32(from), c1, c1; \
	VADDPD 64(from), c2, c2; \
	ADDQ   DX, from

#define STOREROW(c0, c1, c2) \
	VMOVUPD c0, (DI); \
	VMOVUPD c1, 32(DI); \
	VMOVUPD c2, 64(DI); \
	ADDQ    DX, DI

// func multiplyTile(k int, a, b, c *float64, ldc int, add bool)
TEXT ·multiplyTile(SB), NOSPLIT, $0-41
	MOVQ   k+0(FP), CX
	MOVQ   a+8(FP), AX
	MOVQ   b+16(FP), BX
	MOVQ   c+24(FP), DI
	MOVQ   ldc+32(FP), DX
	SHLQ   $3, DX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	VXORPD Y8, Y8, Y8
	VXORPD Y9, Y9, Y9
	VXORPD Y10, Y10, Y10
	VXORPD Y11, Y11, Y11
	SUBQ   $4, CX
	JLT    rest

four:
	STEP(0, 0)
	STEP(32, 96)
	STEP(64, 192)
	STEP(96, 288)
	ADDQ $128, AX
	ADDQ $384, BX
	SUBQ $4, CX
	JGE  four

rest:
	ADDQ $4, CX
	JZ   done

one:
	STEP(0, 0)
	ADDQ $32, AX
	ADDQ $96, BX
	DECQ CX
	JNZ  one

done:
	CMPB add+40(FP), $0
	JE   store
	MOVQ DI, SI
	ADDROW(SI, Y0, Y1, Y2)
	ADDROW(SI, Y3, Y4, Y5)
	ADDROW(SI, Y6, Y7, Y8)
	ADDROW(SI, Y9, Y10, Y11)

store:
	STOREROW(Y0, Y1, Y2)
	STOREROW(Y3, Y4, Y5)
	STOREROW(Y6, Y7, Y8)
	STOREROW(Y9, Y10, Y11)
	VZEROUPPER
	RET

// func packTransposed(n int, a *float64, lda int, to *float64, step int)
TEXT ·packTransposed(SB), NOSPLIT, $0-40
	MOVQ n+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ lda+16(FP), DX
	MOVQ to+24(FP), DI
	MOVQ step+32(FP), R8
	SHLQ $3, DX
	SHLQ $3, R8
	LEAQ (SI)(DX*1), R9
	LEAQ (R9)(DX*1), R10
	LEAQ (R10)(DX*1), R11
	SUBQ $4, CX
	JLT  packRest

pack4:
	VMOVUPD    (SI), Y0
	VMOVUPD    (R9), Y1
	VMOVUPD    (R10), Y2
	VMOVUPD    (R11), Y3
	VUNPCKLPD  Y1, Y0, Y4
	VUNPCKHPD  Y1, Y0, Y5
	VUNPCKLPD  Y3, Y2, Y6
	VUNPCKHPD  Y3, Y2, Y7
	VPERM2F128 $0x20, Y6, Y4, Y0
	VPERM2F128 $0x20, Y7, Y5, Y1
	VPERM2F128 $0x31, Y6, Y4, Y2
	VPERM2F128 $0x31, Y7, Y5, Y3
	VMOVUPD    Y0, (DI)
	ADDQ       R8, DI
	VMOVUPD    Y1, (DI)
	ADDQ       R8, DI
	VMOVUPD    Y2, (DI)
	ADDQ       R8, DI
	VMOVUPD    Y3, (DI)
	ADDQ       R8, DI
	ADDQ       $32, SI
	ADDQ       $32, R9
	ADDQ       $32, R10
	ADDQ       $32, R11
	SUBQ       $4, CX
	JGE        pack4

packRest:
	ADDQ $4, CX
	JZ   packDone

pack1:
	VMOVSD (SI), X0
	VMOVSD (R9), X1
	VMOVSD (R10), X2
	VMOVSD (R11), X3
	VMOVSD X0, (DI)
	VMOVSD X1, 8(DI)
	VMOVSD X2, 16(DI)
	VMOVSD X3, 24(DI)
	ADDQ   R8, DI
	ADDQ   $8, SI
	ADDQ   $8, R9
	ADDQ   $8, R10
	ADDQ   $8, R11
	DECQ   CX
	JNZ    pack1

packDone:
	VZEROUPPER
	RET

// func packStraight(n int, a *float64, lda int, to *float64, step int)
TEXT ·packStraight(SB), NOSPLIT, $0-40
	MOVQ n+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ lda+16(FP), DX
	MOVQ to+24(FP), DI
	MOVQ step+32(FP), R8
	SHLQ $3, DX
	SHLQ $3, R8

straight1:
	VMOVUPD (SI), Y0
	VMOVUPD Y0, (DI)
	ADDQ    DX, SI
	ADDQ    R8, DI
	DECQ    CX
	JNZ     straight1
	VZEROUPPER
	RET

// func packTwelve(n int, a *float64, lda int, to *float64)
TEXT ·packTwelve(SB), NOSPLIT, $0-32
	MOVQ n+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ lda+16(FP), DX
	MOVQ to+24(FP), DI
	SHLQ $3, DX

twelve1:
	VMOVUPD (SI), Y0
	VMOVUPD 32(SI), Y1
	VMOVUPD 64(SI), Y2
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	ADDQ    DX, SI
	ADDQ    $96, DI
	DECQ    CX
	JNZ     twelve1
	VZEROUPPER
	RET

// func dot(n int, x, y *float64) float64
TEXT ·dot(SB), NOSPLIT, $0-32
	MOVQ   n+0(FP), CX
	MOVQ   x+8(FP), SI
	MOVQ   y+16(FP), DI
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	SUBQ   $16, CX
	JLT    dotRest

dot16:
	VMOVUPD     (SI), Y4
	VMOVUPD     32(SI), Y5
	VMOVUPD     64(SI), Y6
	VMOVUPD     96(SI), Y7
	VFMADD231PD (DI), Y4, Y0
	VFMADD231PD 32(DI), Y5, Y1
	VFMADD231PD 64(DI), Y6, Y2
	VFMADD231PD 96(DI), Y7, Y3
	ADDQ        $128, SI
	ADDQ        $128, DI
	SUBQ        $16, CX
	JGE         dot16

dotRest:
	ADDQ $12, CX
	JLT  dotSum

dot4:
	VMOVUPD     (SI), Y4
	VFMADD231PD (DI), Y4, Y0
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $4, CX
	JGE         dot4

dotSum:
	VADDPD       Y1, Y0, Y0
	VADDPD       Y3, Y2, Y2
	VADDPD       Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD       X1, X0, X0
	VHADDPD      X0, X0, X0
	ADDQ         $4, CX
	JZ           dotDone

dot1:
	VMOVSD      (SI), X4
	VFMADD231SD (DI), X4, X0
	ADDQ        $8, SI
	ADDQ        $8, DI
	DECQ        CX
	JNZ         dot1

dotDone:
	VZEROUPPER
	MOVSD X0, ret+24(FP)
	RET

// func axpy(n int, alpha float64, x, y *float64)
TEXT ·axpy(SB), NOSPLIT, $0-32
	MOVQ         n+0(FP), CX
	VBROADCASTSD alpha+8(FP), Y0
	MOVQ         x+16(FP), SI
	MOVQ         y+24(FP), DI
	SUBQ         $16, CX
	JLT          axpyRest

axpy16:
	VMOVUPD     (DI), Y1
	VMOVUPD     32(DI), Y2
	VMOVUPD     64(DI), Y3
	VMOVUPD     96(DI), Y4
	VFMADD231PD (SI), Y0, Y1
	VFMADD231PD 32(SI), Y0, Y2
	VFMADD231PD 64(SI), Y0, Y3
	VFMADD231PD 96(SI), Y0, Y4
	VMOVUPD     Y1, (DI)
	VMOVUPD     Y2, 32(DI)
	VMOVUPD     Y3, 64(DI)
	VMOVUPD     Y4, 96(DI)
	ADDQ        $128, SI
	ADDQ        $128, DI
	SUBQ        $16, CX
	JGE         axpy16

axpyRest:
	ADDQ $12, CX
	JLT  axpyTail

axpy4:
	VMOVUPD     (DI), Y1
	VFMADD231PD (SI), Y0, Y1
	VMOVUPD     Y1, (DI)
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $4, CX
	JGE         axpy4

axpyTail:
	ADDQ $4, CX
	JZ   axpyDone

axpy1:
	VMOVSD      (DI), X1
	VFMADD231SD (SI), X0, X1
	VMOVSD      X1, (DI)
	ADDQ        $8, SI
	ADDQ        $8, DI
	DECQ        CX
	JNZ         axpy1

axpyDone:
	VZEROUPPER
	RET

// func rotate(n int, x, y *float64, c, s float64)
TEXT ·rotate(SB), NOSPLIT, $0-40
	MOVQ         n+0(FP), CX
	MOVQ         x+8(FP), SI
	MOVQ         y+16(FP), DI
	VBROADCASTSD c+24(FP), Y0
	VBROADCASTSD s+32(FP), Y1
	SUBQ         $8, CX
	JLT          rotateRest

rotate8:
	VMOVUPD      (SI), Y2
	VMOVUPD      (DI), Y3
	VMOVUPD      32(SI), Y6
	VMOVUPD      32(DI), Y7
	VMULPD       Y2, Y0, Y4
	VMULPD       Y3, Y0, Y5
	VMULPD       Y6, Y0, Y8
	VMULPD       Y7, Y0, Y9
	VFMADD231PD  Y3, Y1, Y4
	VFNMADD231PD Y2, Y1, Y5
	VFMADD231PD  Y7, Y1, Y8
	VFNMADD231PD Y6, Y1, Y9
	VMOVUPD      Y4, (SI)
	VMOVUPD      Y5, (DI)
	VMOVUPD      Y8, 32(SI)
	VMOVUPD      Y9, 32(DI)
	ADDQ         $64, SI
	ADDQ         $64, DI
	SUBQ         $8, CX
	JGE          rotate8

rotateRest:
	ADDQ $8, CX
	JZ   rotateDone

rotate1:
	VMOVSD       (SI), X2
	VMOVSD       (DI), X3
	VMULSD       X2, X0, X4
	VMULSD       X3, X0, X5
	VFMADD231SD  X3, X1, X4
	VFNMADD231SD X2, X1, X5
	VMOVSD       X4, (SI)
	VMOVSD       X5, (DI)
	ADDQ         $8, SI
	ADDQ         $8, DI
	DECQ         CX
	JNZ          rotate1

rotateDone:
	VZEROUPPER
	RET
