//go:build !amd64 || noasm

package fastblas

// Without kernels InForce never returns Implementation.
const hasKernels = false

const unreachable = "fastblas: Implementation without its kernels"

func multiplyTile(k int, a, b, c *float64, ldc int, add bool) { panic(unreachable) }

func packTransposed(n int, a *float64, lda int, to *float64, step int) { panic(unreachable) }

func packStraight(n int, a *float64, lda int, to *float64, step int) { panic(unreachable) }

func packTwelve(n int, a *float64, lda int, to *float64) { panic(unreachable) }

func dot(n int, x, y *float64) float64 { panic(unreachable) }

func axpy(n int, alpha float64, x, y *float64) { panic(unreachable) }

func rotate(n int, x, y *float64, c, s float64) { panic(unreachable) }
