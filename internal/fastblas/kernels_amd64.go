//go:build !noasm

package fastblas

import "golang.org/x/sys/cpu"

var hasKernels = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// multiplyTile sets the tile c, tileRows rows of tileCols numbers that begin ldc apart, to the product of a and b, k steps of tileRows
// and of tileCols numbers, or adds that to it.
//
//go:noescape
func multiplyTile(k int, a, b, c *float64, ldc int, add bool)

// packTransposed writes the first n numbers of four rows of a, which begin lda apart, in groups of four that begin step apart, one for
// each column.
//
//go:noescape
func packTransposed(n int, a *float64, lda int, to *float64, step int)

// packStraight writes the first four numbers of n > 0 rows of a, which begin lda apart, in groups of four that begin step apart, one for
// each row.
//
//go:noescape
func packStraight(n int, a *float64, lda int, to *float64, step int)

// packTwelve writes the first twelve numbers of n > 0 rows of a, which begin lda apart, one row behind the other.
//
//go:noescape
func packTwelve(n int, a *float64, lda int, to *float64)

// dot returns the inner product of n numbers.
//
//go:noescape
func dot(n int, x, y *float64) float64

// axpy adds alpha·x to y, n numbers each.
//
//go:noescape
func axpy(n int, alpha float64, x, y *float64)

// rotate replaces each pair x, y of n by c·x + s·y, c·y − s·x.
//
//go:noescape
func rotate(n int, x, y *float64, c, s float64)
