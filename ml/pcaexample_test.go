package ml_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/mat"

	"github.com/penstock/penstock/ml"
)

func ExamplePCA_Fit() {
	ctx := context.Background()
	X, err := ml.MatrixFromRows([][]float64{{-1, -1}, {-2, -1}, {-3, -2}, {1, 1}, {2, 1}, {3, 2}})
	if err != nil {
		log.Fatal(err)
	}
	pca := ml.NewPCA()
	pca.NComponents = 0.95 // as many as explain more than 95% of the variance
	model, err := pca.Fit(ctx, X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("component %.4f explains %.4f\n", model.Components[0], model.ExplainedVarianceRatio[0])
	Z, err := model.Transform(X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %.3f\n", Z.Names()[0], Z.Col(0))
	// Output:
	// component [-0.8385 -0.5449] explains 0.9924
	// pca0: [1.383 2.222 3.605 -1.383 -2.222 -3.605]
}

// countingBLAS stands for any BLAS that a program may have, such as OpenBLAS by
// way of gonum.org/v1/netlib/blas/netlib. It hands on what it is asked to do.
type countingBLAS struct {
	blas.Float64
	products *int
}

func (c countingBLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int,
	beta float64, result []float64, ldc int) {
	*c.products++
	c.Float64.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, result, ldc)
}

// A program's own BLAS does the linear algebra of this package, too.
func ExamplePCA_otherBLAS() {
	products := 0
	blas64.Use(countingBLAS{gonum.Implementation{}, &products})
	defer blas64.Use(gonum.Implementation{})

	X, _ := rings(1, 500, 4)
	model, err := ml.NewPCA().Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	products = 0
	if _, err := model.Transform(X); err != nil {
		log.Fatal(err)
	}
	fmt.Println("transformed by", products, "product of matrices")
	// Output:
	// transformed by 1 product of matrices
}

// A Dense stands in memory row by row, a Matrix column by column. So a transpose
// can be had without a copy, in both directions.
func ExampleMatrixView() {
	samples := mat.NewDense(2, 3, []float64{ // a column per sample
		1, 2, 3,
		10, 20, 30,
	})
	X, ok := ml.MatrixView(samples.T(), "length", "width")
	if !ok {
		log.Fatal("not a transpose")
	}
	samples.Set(1, 2, 33)
	fmt.Println(X.Row(nil, 2), "shared:", &X.Col(0)[0] == &samples.RawMatrix().Data[0])

	back := X.DenseT()
	fmt.Println(back.At(1, 2), "shared:", &back.RawMatrix().Data[0] == &samples.RawMatrix().Data[0])
	// Output:
	// [3 33] shared: true
	// 33 shared: true
}
