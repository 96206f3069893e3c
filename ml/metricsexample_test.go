package ml_test

import (
	"context"
	"fmt"
	"log"

	"github.com/penstock/penstock/ml"
)

func ExampleClassificationReport() {
	want := []int{0, 1, 2, 2, 2, 0}
	got := []int{0, 0, 2, 2, 1, 0}
	report, err := ml.ClassificationReport(want, got, ml.ClassNames(ml.Classes{"setosa", "versicolor", "virginica"}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(report)
	fmt.Println("recall of virginica:", report.Classes[2].Recall)
	// Output:
	//               precision    recall  f1-score   support
	//
	//       setosa       0.67      1.00      0.80         2
	//   versicolor       0.00      0.00      0.00         1
	//    virginica       1.00      0.67      0.80         3
	//
	//     accuracy                           0.67         6
	//    macro avg       0.56      0.56      0.53         6
	// weighted avg       0.72      0.67      0.67         6
	// recall of virginica: 0.6666666666666666
}

func ExampleConfusionMatrix() {
	want := []int{0, 1, 0, 1, 1, 0}
	got := []int{0, 1, 1, 1, 0, 0}
	m, err := ml.ConfusionMatrix(want, got, ml.ClassNames(ml.Classes{"stays", "leaves"}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(m)
	fmt.Println("of those who leave, found:", m.Normalize(ml.ByTrue).Counts[1][1])
	// Output:
	// true \ predicted  stays  leaves
	// stays                 2       1
	// leaves                1       2
	// of those who leave, found: 0.6666666666666666
}

func ExampleF1() {
	want := []int{0, 1, 2, 0, 1, 2}
	got := []int{0, 2, 1, 0, 0, 1}
	for _, average := range []ml.Average{ml.Macro, ml.Micro, ml.Weighted} {
		f1, err := ml.F1(want, got, average)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v %.3f\n", average, f1)
	}
	_, err := ml.F1(want, got)
	fmt.Println(err)
	// Output:
	// macro 0.267
	// micro 0.333
	// weighted 0.267
	// ml: F1: the labels are 0, 1 and 2, the average binary is of two at most; use Micro, Macro or Weighted
}

func ExampleROC() {
	want := []int{0, 0, 1, 1}
	scores := []float64{0.1, 0.4, 0.35, 0.8}
	curve, err := ml.ROC(want, scores)
	if err != nil {
		log.Fatal(err)
	}
	for i, threshold := range curve.Thresholds {
		fmt.Printf("from %.2f: %.0f%% of the positive and %.0f%% of the negative rows\n", threshold, 100*curve.TPR[i], 100*curve.FPR[i])
	}
	fmt.Println("area", curve.AUC())
	// Output:
	// from 1.80: 0% of the positive and 0% of the negative rows
	// from 0.80: 50% of the positive and 0% of the negative rows
	// from 0.40: 50% of the positive and 50% of the negative rows
	// from 0.35: 100% of the positive and 50% of the negative rows
	// from 0.10: 100% of the positive and 100% of the negative rows
	// area 0.75
}

func ExampleWithScoring() {
	X, y := rings(7, 300, 4)
	r, err := ml.CrossValidate(context.Background(), ml.NewSVC(), X, y, ml.NewStratifiedKFold(3), ml.WithScoring("accuracy", "f1", "roc_auc"))
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"accuracy", "f1", "roc_auc"} {
		fmt.Printf("%s %.2f\n", name, r.TestScores[name])
	}
	// Output:
	// accuracy [0.88 0.88 0.86]
	// f1 [0.88 0.88 0.85]
	// roc_auc [0.95 0.92 0.89]
}
