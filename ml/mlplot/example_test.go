package mlplot_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/ml/mlplot"
)

func ExampleROC() {
	want := []int{0, 0, 1, 1, 0, 1}
	forest, err := ml.ROC(want, []float64{0.1, 0.4, 0.35, 0.8, 0.2, 0.9})
	if err != nil {
		log.Fatal(err)
	}
	svm, err := ml.ROC(want, []float64{-1.5, 0.4, 0.1, 0.7, -0.3, -0.2})
	if err != nil {
		log.Fatal(err)
	}
	figure, err := mlplot.ROC(mlplot.Named("Random forest", forest), mlplot.Named("SVM", svm))
	if err != nil {
		log.Fatal(err)
	}
	figure.Plot.Title.Text = "Churn" // anything that gonum's plot can do
	dir, err := os.MkdirTemp("", "mlplot")
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"roc.png", "roc.svg"} {
		if err := figure.Save(filepath.Join(dir, name)); err != nil {
			log.Fatal(err)
		}
		fmt.Println("wrote", name)
	}
	if err := os.RemoveAll(dir); err != nil {
		log.Fatal(err)
	}
	// Output:
	// wrote roc.png
	// wrote roc.svg
}

func ExampleConfusionMatrix() {
	m, err := ml.ConfusionMatrix([]int{0, 1, 0, 1, 1, 0}, []int{0, 1, 1, 1, 0, 0}, ml.ClassNames(ml.Classes{"stays", "leaves"}))
	if err != nil {
		log.Fatal(err)
	}
	figure, err := mlplot.ConfusionMatrix(m)
	if err != nil {
		log.Fatal(err)
	}
	var page bytes.Buffer // or an http.ResponseWriter
	if err := figure.Write(&page, mlplot.SVG); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(page.Bytes(), []byte(">leaves</text>")))
	// Output:
	// true
}

func ExampleLearningCurve() {
	cells, y := make([]float64, 2*200), make([]int, 200)
	rng := ml.NewRandomState(ml.NewSeed(1))
	for i := range y {
		cells[i], cells[200+i] = rng.Normal(), rng.Normal()
		if cells[i]*cells[200+i] > 0 {
			y[i] = 1
		}
	}
	X, err := ml.NewMatrix(200, 2, cells)
	if err != nil {
		log.Fatal(err)
	}
	curve, err := ml.LearningCurve(context.Background(), ml.NewSVC(), X, y, ml.NewStratifiedKFold(5), nil)
	if err != nil {
		log.Fatal(err)
	}
	figure, err := mlplot.LearningCurve(curve, "accuracy")
	if err != nil {
		log.Fatal(err)
	}
	var picture bytes.Buffer
	if err := figure.Write(&picture, mlplot.PNG); err != nil {
		log.Fatal(err)
	}
	fmt.Println(curve.TrainSizes)
	// Output:
	// [16 52 88 124 160]
}
