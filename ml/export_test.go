package ml

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/fastblas"
)

// NumpyArgsort is numpyArgsort.
func NumpyArgsort(values []int) []int { return numpyArgsort(values) }

// Tanh is tanh.
func Tanh(x float64) float64 { return tanh(x) }

// FitPlain is Fit with the splitter that takes weights of any kind, also where they
// are whole numbers.
func (f RandomForest) FitPlain(ctx context.Context, X *Matrix, y []int, weights []float64) (*ForestModel, error) {
	fit := f.fit()
	fit.plain = true
	return fit.run(ctx, X, y, weights, nil)
}

// FitPlain is Fit with the splitter that takes weights of any kind.
func (f ExtraTrees) FitPlain(ctx context.Context, X *Matrix, y []int, weights []float64) (*ForestModel, error) {
	fit := f.fit()
	fit.plain = true
	return fit.run(ctx, X, y, weights, nil)
}

// FitPlain is Fit with the splitter that adds in scikit-learn's order, also where that
// does not matter.
func (f RandomForestRegressor) FitPlain(ctx context.Context, X *Matrix, y, weights []float64) (*ForestRegressorModel, error) {
	fit := f.fit()
	fit.plain = true
	return fit.runValues(ctx, X, y, weights, nil)
}

// PruneCorrelated is CorrelationFilter on the correlations themselves.
func PruneCorrelated(r *Matrix, cutoff float64) *CorrelationFilterModel {
	return newCorrelationPruning(r).run(cutoff)
}

// WithPool is withPool.
func WithPool(ctx context.Context, workers int) context.Context { return withPool(ctx, workers) }

// NumpySum is numpySum.
func NumpySum(n int, f func(i int) float64) float64 { return numpySum(n, f) }

// LeftSingular is leftSingular with the BLAS in force.
func LeftSingular(ctx context.Context, columns [][]float64) (values []float64, vectors [][]float64, err error) {
	size := len(columns)
	values, all, err := leftSingular(ctx, fastblas.InForce(), slices.Concat(columns...), size)
	return values, slices.Collect(slices.Chunk(all, max(size, 1))), err
}

// KindTypes returns the types of this package that can be saved, but for parts of a
// ColumnTransformerModel.
func KindTypes() []reflect.Type {
	var types []reflect.Type
	for typ, kind := range kinds.byType {
		inside := kind.name == "OnNumbers" || kind.name == "ToNumbers" || kind.name == "AsIs"
		if !inside && !strings.Contains(kind.name, "/") {
			types = append(types, typ)
		}
	}
	return types
}
