// Package fastblas is gonum's BLAS with faster routines for what package ml spends its time on: products of matrices (Dgemm, Dsyrk), inner
// products, sums and rotations of vectors (Ddot, Daxpy, Drot).
//
// # Basics
//
// [InForce] returns the BLAS to work with, a blas.Float64. What a program has chosen with blas64.Use goes first. Without such a choice it
// is [Implementation], on an amd64 processor with AVX2 and FMA, and gonum's own elsewhere or with the build tag noasm. Nothing is set
// behind the program's back: blas64 stays as it is.
//
// # Caveats
//
// All routines run on the goroutine that calls them and add in an order that depends on the sizes alone, so that the same call gives the
// same bits. Another BLAS adds in another order, and its last digits differ.
package fastblas
