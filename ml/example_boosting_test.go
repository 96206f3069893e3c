package ml_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/penstock/penstock/ml"
)

// Boosting learns a ring from points of which a tenth have lost a coordinate.
func ExampleHistGradientBoosting_Fit() {
	ctx := context.Background()
	rng := ml.NewRandomState(ml.NewSeed(1))
	const rows = 4000
	cells, inside := make([]float64, 2*rows), make([]int, rows)
	for i := range rows {
		x, y := 2*rng.RandomSample()-1, 2*rng.RandomSample()-1
		if r := math.Hypot(x, y); r > 0.4 && r < 0.8 {
			inside[i] = 1
		}
		if rng.RandomSample() < 0.1 {
			y = math.NaN()
		}
		cells[i], cells[rows+i] = x, y
	}
	X, err := ml.NewMatrix(rows, 2, cells, "x", "y")
	if err != nil {
		log.Fatal(err)
	}
	fold, err := ml.TrainTestSplit(rows, ml.TrainTest{})
	if err != nil {
		log.Fatal(err)
	}
	take := func(rows []int) (labels []int) {
		for _, i := range rows {
			labels = append(labels, inside[i])
		}
		return labels
	}
	boosting := ml.NewHistGradientBoosting()
	boosting.EarlyStopping = ml.EarlyStoppingOn
	model, err := boosting.Fit(ctx, X.Take(fold.Train), take(fold.Train))
	if err != nil {
		log.Fatal(err)
	}
	labels, err := model.Predict(ctx, X.Take(fold.Test))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d iterations, accuracy %.3f\n", model.Iterations(), ml.Accuracy(take(fold.Test), labels))
	for _, point := range [][]float64{{0.6, 0.1}, {0.1, 0.1}, {0.6, math.NaN()}} {
		proba := make([]float64, 2)
		if err := model.PredictProba1(point, proba); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.1f: %.2f\n", point, proba[1])
	}
	// Output:
	// 80 iterations, accuracy 0.932
	// [0.6 0.1]: 1.00
	// [0.1 0.1]: 0.00
	// [0.6 NaN]: 0.43
}

// Each stage of boosting is a model of its own: here they say after how many trees the
// test rows are labelled best.
func ExampleGradientBoostingModel_StagedPredict() {
	ctx := context.Background()
	rng := ml.NewRandomState(ml.NewSeed(1))
	const rows = 400
	cells, labels := make([]float64, 2*rows), make([]int, rows)
	for i := range rows {
		x, y := rng.RandomSample(), rng.RandomSample()
		cells[i], cells[rows+i] = x, y
		if (x+y > 1) != (rng.RandomSample() < 0.1) {
			labels[i] = 1
		}
	}
	X, err := ml.NewMatrix(rows, 2, cells)
	if err != nil {
		log.Fatal(err)
	}
	var train, test []int
	for i := range rows {
		if i < 200 {
			train = append(train, i)
		} else {
			test = append(test, i)
		}
	}
	model, err := ml.NewGradientBoosting().Fit(ctx, X.Take(train), labels[:200])
	if err != nil {
		log.Fatal(err)
	}
	stage, best, most := 0, 0, 0.0
	for predicted, err := range model.StagedPredict(ctx, X.Take(test)) {
		if err != nil {
			log.Fatal(err)
		}
		stage++
		if accuracy := ml.Accuracy(labels[200:], predicted); accuracy > most {
			best, most = stage, accuracy
		}
	}
	fmt.Printf("best of %d: %d iterations, accuracy %.2f\n", stage, best, most)
	fmt.Printf("importances %.2f\n", model.Importances())
	// Output:
	// best of 100: 4 iterations, accuracy 0.88
	// importances [0.40 0.60]
}
