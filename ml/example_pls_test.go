package ml_test

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock/penstock/ml"
)

func ExamplePLSRegression() {
	ctx := context.Background()
	X, err := ml.NewMatrix(4, 3, []float64{
		0, 1, 2, 2, // column 0
		0, 0, 2, 5,
		1, 0, 2, 4,
	})
	if err != nil {
		log.Fatal(err)
	}
	Y, err := ml.NewMatrix(4, 2, []float64{
		0.1, 0.9, 6.2, 11.9, // target 0
		-0.2, 1.1, 5.9, 12.3,
	})
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewPLSRegression().FitMulti(ctx, X, Y) // of one target: Fit(ctx, X, y)
	if err != nil {
		log.Fatal(err)
	}
	pred, err := model.PredictMulti(ctx, X)
	if err != nil {
		log.Fatal(err)
	}
	scores, err := model.Transform(X)
	if err != nil {
		log.Fatal(err)
	}
	for i := range 4 {
		fmt.Printf("%.3f from components %.3f\n", pred.Row(nil, i), scores.Row(nil, i))
	}
	fmt.Println("steps", model.NIter, "converged", model.Converged)
	// Output:
	// [0.261 0.153] from components [-1.397 -0.565]
	// [0.607 0.456] from components [-1.197 0.349]
	// [6.469 6.489] from components [0.560 0.550]
	// [11.764 12.001] from components [2.033 -0.334]
	// steps [3 4] converged true
}

func ExampleCrossValScoreRegressor() {
	ctx := context.Background()
	X, y := flats()
	for _, r := range []struct {
		name string
		r    ml.Regressor
	}{
		{"PLS", ml.NewPLSRegression()},
		{"PLS after a correlation filter", ml.Pipe(ml.NewCorrelationFilter(), ml.NewPLSRegression())},
	} {
		scores, err := ml.CrossValScoreRegressor(ctx, r.r, X, y, ml.NewKFold(3, ml.Shuffle(ml.NewSeed(0))))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: R² %.3f\n", r.name, scores)
	}
	// Output:
	// PLS: R² [0.945 0.944 0.960]
	// PLS after a correlation filter: R² [0.931 0.911 0.938]
}

func ExampleNewRegressorGridSearchCV() {
	ctx := context.Background()
	X, y := flats()
	search := ml.NewRegressorGridSearchCV(ml.ParamGrid{"components": {1, 2, 3, 4}}, func(p ml.Params) ml.Regressor {
		pls := ml.NewPLSRegression()
		pls.NComponents = p["components"].(int)
		return pls
	}, ml.WithScoring("neg_root_mean_squared_error"))
	model, err := search.Fit(ctx, X, y)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range model.Results {
		fmt.Printf("%v: %.3f\n", r.Params, r.Mean)
	}
	fmt.Println("best:", model.Results[model.Best].Params)
	// Output:
	// components=1: -81.758
	// components=2: -65.306
	// components=3: -56.800
	// components=4: -57.797
	// best: components=3
}

func ExampleCorrelationFilter() {
	ctx := context.Background()
	X, _ := flats()
	filter, err := ml.NewCorrelationFilter().Fit(ctx, X)
	if err != nil {
		log.Fatal(err)
	}
	names := X.Names()
	for _, d := range filter.Dropped {
		fmt.Printf("%s goes, its correlation with %s is %.3f\n", names[d.Col], names[d.With], d.R)
	}
	kept, err := filter.Transform(X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(kept.Names())
	// Output:
	// area goes, its correlation with square feet is 1.000
	// [rooms floor square feet]
}

// flats are 60 flats and their rents.
func flats() (X *ml.Matrix, rents []float64) {
	rng := ml.NewRandomState(ml.NewSeed(1))
	var area, rooms, floor, feet []float64
	for range 60 {
		a := 30 + 90*rng.RandomSample()
		area, feet = append(area, a), append(feet, 10.764*a+rng.Normal())
		rooms, floor = append(rooms, float64(int(1+a/40+1.8*rng.RandomSample()))), append(floor, float64(rng.Randint(0, 6)))
		rents = append(rents, 300+11*a+25*floor[len(floor)-1]+60*rng.Normal())
	}
	cells := append(append(append(area, rooms...), floor...), feet...)
	X, err := ml.NewMatrix(60, 4, cells, "area", "rooms", "floor", "square feet")
	if err != nil {
		log.Fatal(err)
	}
	return X, rents
}
