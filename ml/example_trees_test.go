package ml_test

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock/penstock/ml"
)

// A forest learns a surface from 300 of its points and predicts the height of others.
func ExampleRandomForestRegressor_Fit() {
	ctx := context.Background()
	rng := ml.NewRandomState(ml.NewSeed(1))
	cells, heights := make([]float64, 2*300), make([]float64, 300)
	for i := range cells {
		cells[i] = 2 * rng.RandomSample()
	}
	X, err := ml.NewMatrix(300, 2, cells, "east", "north")
	if err != nil {
		log.Fatal(err)
	}
	for i := range heights {
		heights[i] = 10*X.At(i, 0) + 4*X.At(i, 1)
	}
	forest := ml.NewRandomForestRegressor()
	forest.OOBScore = true
	model, err := forest.Fit(ctx, X, heights)
	if err != nil {
		log.Fatal(err)
	}
	height, err := model.Predict1([]float64{1, 0.5})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f (exactly 12), out-of-bag R² %.3f\n", height, model.OOB.Score)
	fmt.Printf("%.2f\n", model.Importances())
	// Output:
	// 12.4 (exactly 12), out-of-bag R² 0.995
	// [0.89 0.11]
}
