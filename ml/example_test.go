package ml_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/penstock/penstock/ml"
)

// customers is the smallest table: it has all that ml asks for.
type customers struct {
	days    []int32
	charge  []float64
	planned []bool
	churn   []string
}

func (c customers) NumRows() int { return len(c.days) }
func (c customers) ColumnNames() []string {
	return []string{"Account Length", "Day Charge", "Intl Plan", "Churn?"}
}

func (c customers) ColumnValues(name string) (values any, present func(row int) bool, err error) {
	switch name {
	case "Account Length":
		return c.days, nil, nil
	case "Day Charge":
		return c.charge, nil, nil
	case "Intl Plan":
		return c.planned, nil, nil
	case "Churn?":
		return c.churn, nil, nil
	}
	return nil, nil, fmt.Errorf("no column %q", name)
}

func ExampleMatrixOf() {
	t := customers{
		days:    []int32{128, 107, 137},
		charge:  []float64{45.07, 27.47, 41.38},
		planned: []bool{false, false, true},
		churn:   []string{"no", "no", "yes"},
	}
	X, err := ml.MatrixOf(t, "Account Length", "Day Charge", "Intl Plan")
	if err != nil {
		log.Fatal(err)
	}
	y, classes, err := ml.Labels(t, "Churn?")
	if err != nil {
		log.Fatal(err)
	}
	for i, code := range y {
		fmt.Println(X.Row(nil, i), code, classes[code])
	}
	_, err = ml.MatrixOf(t, "Churn?")
	fmt.Println(err)
	// Output:
	// [128 45.07 0] 0 no
	// [107 27.47 0] 0 no
	// [137 41.38 1] 1 yes
	// ml: MatrixOf: column "Churn?" is []string, a matrix takes []bool and slices of the integer and float types
}

func ExampleCrossValPredict() {
	ctx := context.Background()
	cells, y := make([]float64, 2*400), make([]int, 400) // 400 points of a square
	rng := ml.NewRandomState(ml.NewSeed(7))
	for i := range cells {
		cells[i] = 4*rng.RandomSample() - 2
	}
	X, err := ml.NewMatrix(400, 2, cells, "x", "y")
	if err != nil {
		log.Fatal(err)
	}
	for i := range y {
		if math.Hypot(X.At(i, 0), X.At(i, 1)) < 1.4 { // class 1 is a disc
			y[i] = 1
		}
	}
	cv := ml.NewKFold(3, ml.Shuffle(ml.NewSeed(0)))
	for _, c := range []struct {
		name string
		clf  ml.Classifier
	}{
		{"Support vector machines", ml.Pipe(ml.NewStandardScaler(), ml.NewSVC())},
		{"Random forest", ml.NewRandomForest()},
	} {
		pred, err := ml.CrossValPredict(ctx, c.clf, X, y, cv)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.3f\n", c.name, ml.Accuracy(y, pred))
	}
	// Output:
	// Support vector machines: 0.980
	// Random forest: 0.953
}

func ExampleSVC_Fit() {
	ctx := context.Background()
	X, err := ml.NewMatrix(4, 2, []float64{
		0, 0, 1, 1, // column 0
		0, 1, 0, 1, // column 1
	})
	if err != nil {
		log.Fatal(err)
	}
	svc := ml.NewSVC()
	svc.C = 10
	model, err := svc.Fit(ctx, X, []int{0, 1, 1, 0}) // exclusive or
	if err != nil {
		log.Fatal(err)
	}
	pred, err := model.Predict(ctx, X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pred, "from", len(model.Support), "support vectors, gamma", model.Gamma)
	// Output:
	// [0 1 1 0] from 4 support vectors, gamma 2
}

func ExampleRandomForest_Fit() {
	ctx := context.Background()
	X, y := rings(7, 400, 4)
	forest := ml.NewRandomForest()
	forest.NEstimators, forest.Seed = 10, ml.NewSeed(42)
	model, err := forest.Fit(ctx, X, y)
	if err != nil {
		log.Fatal(err)
	}
	proba, err := model.PredictProba(ctx, X.Take([]int{0, 1, 2}))
	if err != nil {
		log.Fatal(err)
	}
	rows, _ := proba.Dims()
	for i := range rows {
		fmt.Printf("%.2f\n", proba.Row(nil, i))
	}
	root := model.Trees[0]
	fmt.Printf("column %d <= %.4f, %d nodes\n", root.Feature[0], root.Threshold[0], root.NumNodes())
	// Output:
	// [1.00 0.00]
	// [0.00 1.00]
	// [0.00 1.00]
	// column 1 <= -0.6108, 75 nodes
}

func ExampleKFold() {
	folds, err := ml.NewKFold(3, ml.Shuffle(ml.NewSeed(0))).Split(10, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range folds {
		fmt.Println("train", f.Train, "test", f.Test)
	}
	// Output:
	// train [0 1 3 5 6 7] test [2 4 8 9]
	// train [0 2 3 4 5 8 9] test [1 6 7]
	// train [1 2 4 6 7 8 9] test [0 3 5]
}
