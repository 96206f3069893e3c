package ml_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"math"

	"github.com/penstock/penstock/ml"
)

// cursor hands out a table in batches, as a database does.
func cursor() iter.Seq2[ml.Columns, error] {
	return func(yield func(ml.Columns, error) bool) {
		for _, batch := range []customers{
			{days: []int32{128, 107}, charge: []float64{45, 27}, planned: []bool{false, false}, churn: []string{"no", "no"}},
			{days: []int32{137}, charge: []float64{41}, planned: []bool{false}, churn: []string{"no"}},
			{days: []int32{84, 75}, charge: []float64{50, 28}, planned: []bool{true, true}, churn: []string{"no", "yes"}},
		} {
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// Data that does not fit into memory is measured batch by batch: a model goes in, a
// new one comes out.
func ExampleStandardScaler_PartialFit() {
	ctx := context.Background()
	scaler := ml.NewStandardScaler()
	var model *ml.StandardScalerModel // nil before the first batch
	for batch, err := range cursor() {
		if err != nil {
			log.Fatal(err)
		}
		X, err := ml.MatrixOf(batch, "Account Length", "Day Charge")
		if err != nil {
			log.Fatal(err)
		}
		if model, err = scaler.PartialFit(ctx, model, X); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%g rows: mean %.1f, standard deviation %.2f\n", model.SamplesSeen[0], model.Mean, model.Scale)
	// Output:
	// 5 rows: mean [106.2 38.2], standard deviation [24.04 9.20]
}

func ExampleMinMaxScaler_Fit() {
	X, err := ml.NewMatrix(3, 1, []float64{10, 20, 40})
	if err != nil {
		log.Fatal(err)
	}
	scaler := ml.NewMinMaxScaler()
	scaler.FeatureRange = [2]float64{-1, 1}
	model, err := scaler.Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	Z, err := model.Transform(X)
	if err != nil {
		log.Fatal(err)
	}
	back, err := model.InverseTransform(Z)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f %.0f\n", Z.Col(0), back.Col(0))
	// Output:
	// [-1.00 -0.33 1.00] [10 20 40]
}

// One row far away leaves the others where they are.
func ExampleRobustScaler_Fit() {
	X, err := ml.NewMatrix(5, 1, []float64{1, 2, 3, 4, 1000})
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewRobustScaler().Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	Z, err := model.Transform(X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Center, model.Scale, Z.Col(0))
	// Output:
	// [3] [2] [-1 -0.5 0 0.5 498.5]
}

func ExampleSpatialSign_Fit() {
	X, err := ml.NewMatrix(4, 2, []float64{
		1, 3, -2, -2, // column 0
		1, 3, -2, -2, // column 1
	})
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewSpatialSign().Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	Z, err := model.Transform(X)
	if err != nil {
		log.Fatal(err)
	}
	for i := range Z.NumRows() {
		fmt.Printf("%.3f\n", Z.Row(nil, i))
	}
	// Output:
	// [0.707 0.707]
	// [0.707 0.707]
	// [-0.707 -0.707]
	// [-0.707 -0.707]
}

func ExampleNearZeroVariance_Fit() {
	const rows = 60
	cells := make([]float64, 3*rows)
	for i := range rows {
		cells[i] = float64(i)  // minutes: all of them differ
		cells[2*rows+i] = 0.25 // rate: the same
	}
	cells[rows] = 1 // voucher: one row has it
	X, err := ml.NewMatrix(rows, 3, cells, "minutes", "voucher", "rate")
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewNearZeroVariance().Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(model)
	// Output:
	// column   freqRatio  percentUnique  verdict
	// minutes  1          100            kept
	// voucher  59         3.333          dropped: a ratio above 19 and at most 10% distinct
	// rate     0          1.667          dropped: a single value
}

// An imputer in front of encoders and learners: it learns what to fill in from the
// training rows of every fold.
func ExampleSimpleImputer_Fit() {
	X, err := ml.NewFrame(
		ml.Numbers("age", []float64{30, math.NaN(), 50, 40}),
		ml.Texts("plan", []string{"basic", "pro", "", "pro"}, false, false, true, false),
	)
	if err != nil {
		log.Fatal(err)
	}
	mean, frequent := ml.NewSimpleImputer(), ml.NewSimpleImputer()
	mean.AddIndicator = true
	frequent.Strategy = ml.ImputeMostFrequent
	columns := ml.NewColumnTransformer(
		ml.On(mean, "age"),
		ml.On(ml.Pipe(frequent, ml.NewOneHotEncoder()), "plan"),
	)
	model, err := columns.Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	Z, err := model.TransformFrame(X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(Z.Names())
	for i := range Z.NumRows() {
		fmt.Println(Z.Row(nil, i))
	}
	// Output:
	// [age missingindicator_age plan_basic plan_pro]
	// [30 0 1 0]
	// [40 1 0 1]
	// [50 0 0 1]
	// [40 0 0 1]
}

func ExamplePolynomialFeatures_Fit() {
	X, err := ml.NewMatrix(2, 2, []float64{
		2, 3, // day
		5, 7, // night
	}, "day", "night")
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewPolynomialFeatures().Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	Z, err := model.Transform(X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", Z.Names())
	for i := range Z.NumRows() {
		fmt.Println(Z.Row(nil, i))
	}
	// Output:
	// ["1" "day" "night" "day^2" "day night" "night^2"]
	// [1 2 5 4 10 25]
	// [1 3 7 9 21 49]
}
