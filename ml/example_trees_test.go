package ml_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"strings"

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

// The rules of a tree, and a picture of it: dot -Tsvg tree.dot -o tree.svg.
func ExampleTreeModel_WriteText() {
	ctx := context.Background()
	X, err := ml.NewMatrix(6, 2, []float64{
		20, 35, 50, 22, 41, 60, // age
		0, 1, 4, 0, 5, 9, // calls
	}, "age", "calls")
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewDecisionTree().Fit(ctx, X, []int{0, 0, 1, 0, 1, 1})
	if err != nil {
		log.Fatal(err)
	}
	rules := ml.NewTreeText()
	rules.Classes = []string{"stays", "leaves"}
	if err := model.WriteText(os.Stdout, rules); err != nil {
		log.Fatal(err)
	}
	picture := ml.NewTreeDOT()
	picture.Classes, picture.Impurity, picture.Filled = rules.Classes, "gini", true
	if err := model.WriteDOT(os.Stdout, picture); err != nil {
		log.Fatal(err)
	}
	// Output:
	// |--- calls <= 2.50
	// |   |--- class: stays
	// |--- calls >  2.50
	// |   |--- class: leaves
	// digraph Tree {
	// node [shape=box, style="filled", color="black", fontname="helvetica"] ;
	// edge [fontname="helvetica"] ;
	// 0 [label="calls <= 2.5\ngini = 0.5\nsamples = 6\nvalue = [3, 3]\nclass = stays", fillcolor="#ffffff"] ;
	// 1 [label="gini = 0.0\nsamples = 3\nvalue = [3, 0]\nclass = stays", fillcolor="#e58139"] ;
	// 0 -> 1 [labeldistance=2.5, labelangle=45, headlabel="True"] ;
	// 2 [label="gini = 0.0\nsamples = 3\nvalue = [0, 3]\nclass = leaves", fillcolor="#399de5"] ;
	// 0 -> 2 [labeldistance=2.5, labelangle=-45, headlabel="False"] ;
	// }
}

// A program that writes a model as Go source can be run by go generate: the model is then
// part of the program that uses it, with nothing to load and nothing to depend on.
func ExampleForestModel_WriteGo() {
	ctx := context.Background()
	X, err := ml.NewMatrix(4, 2, []float64{20, 35, 50, 22, 0, 1, 4, 5}, "age", "calls")
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewRandomForest().Fit(ctx, X, []int{0, 0, 1, 1})
	if err != nil {
		log.Fatal(err)
	}
	var source bytes.Buffer // or a file, churn.go
	if err := model.WriteGo(&source, "churn", "Churn"); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(source.String()) {
		if strings.HasPrefix(line, "func ") {
			fmt.Print(line)
		}
	}
	// Output:
	// func ChurnPredict(row []float64) (label int, err error) {
	// func ChurnProba(row, dst []float64) error {
	// func churnShares(row []float64, sum *[2]float64) error {
}
