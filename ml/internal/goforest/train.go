// Package goforest is a forest that has become Go source: forest.go answers without package
// ml and without a file to load. It shows how go generate keeps it up to date, and a test
// compares it with the model.
package goforest

import (
	"context"

	"github.com/penstock/penstock/ml"
)

//go:generate go run ./generate -out forest.go

// Train fits the forest.
func Train(ctx context.Context) (*ml.ForestModel, error) {
	X, labels, err := points(300)
	if err != nil {
		return nil, err
	}
	forest := ml.NewRandomForest()
	forest.NEstimators, forest.MaxDepth = 5, 5
	return forest.Fit(ctx, X, labels)
}

// points lie in a square and are told apart by a circle and a line.
func points(n int) (X *ml.Matrix, labels []int, err error) {
	r := ml.NewRandomState(ml.NewSeed(1))
	cells := make([]float64, 2*n)
	for i := range cells {
		cells[i] = 2*r.RandomSample() - 1
	}
	X, err = ml.NewMatrix(n, 2, cells, "east", "north")
	if err != nil {
		return nil, nil, err
	}
	for i := range n {
		switch east, north := X.At(i, 0), X.At(i, 1); {
		case float64(east*east)+float64(north*north) < 0.5:
			labels = append(labels, 10)
		case east < 0:
			labels = append(labels, 20)
		default:
			labels = append(labels, 30)
		}
	}
	return X, labels, nil
}
