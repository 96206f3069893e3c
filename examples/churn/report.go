package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/ml/mlplot"
	"github.com/penstock/penstock/monary"
)

// show has the names of the columns, and of some customers the first and last ones.
func show(_ context.Context, t *monary.Table) (string, error) {
	names := t.ColumnNames()
	ends := names
	if len(names) > 12 {
		ends = slices.Concat(names[:6], names[len(names)-6:])
	}
	sample, err := t.Slice(0, min(3, t.NumRows())).Select(ends...)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Columns: %s\n\nSample data:\n%v\n", strings.Join(names, ", "), sample), nil
}

// report says how good the classifiers are, and draws it into a folder if one is
// named.
func report(folder string, f features, svm, forest judged) (string, error) {
	rows, cols := f.X.Dims()
	labels := slices.Compact(slices.Sorted(slices.Values(f.Y)))
	var text strings.Builder
	fmt.Fprintf(&text, "Feature space holds %d observations and %d features\nUnique target labels: %v\n", rows, cols, labels)
	results := []result{{name: "Support vector machines", file: "svm", judged: svm}, {name: "Random forest", file: "forest", judged: forest}}
	for _, r := range results {
		fmt.Fprintf(&text, "%s: %.3f\n", r.name, ml.Accuracy(f.Y, r.Pred))
	}
	for i := range results {
		if err := results[i].judge(f); err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "\n%s: average precision %.3f\n%v", results[i].name, results[i].precision, results[i].confusion)
	}
	if folder == "" {
		return text.String(), nil
	}
	return text.String(), draw(folder, results)
}

// result is a classifier with what there is to say of it.
type result struct {
	name, file string
	judged

	precision float64
	confusion *ml.Confusion
	roc       *ml.ROCCurve
	pr        *ml.PRCurve
}

func (r *result) judge(f features) (err error) {
	if r.precision, err = ml.AveragePrecision(f.Y, r.Scores); err != nil {
		return err
	}
	if r.confusion, err = ml.ConfusionMatrix(f.Y, r.Pred, ml.ClassNames(f.Classes)); err != nil {
		return err
	}
	if r.roc, err = ml.ROC(f.Y, r.Scores); err != nil {
		return err
	}
	r.pr, err = ml.PrecisionRecallCurve(f.Y, r.Scores)
	return err
}

// draw writes the pictures of all classifiers into a folder.
func draw(folder string, results []result) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var rocs []mlplot.Series[*ml.ROCCurve]
	var prs []mlplot.Series[*ml.PRCurve]
	for _, r := range results {
		figure, err := mlplot.ConfusionMatrix(r.confusion)
		if err != nil {
			return err
		}
		figure.Plot.Title.Text = r.name
		if err := figure.Save(filepath.Join(folder, "confusion_"+r.file+".png")); err != nil {
			return err
		}
		rocs, prs = append(rocs, mlplot.Named(r.name, r.roc)), append(prs, mlplot.Named(r.name, r.pr))
	}
	roc, err := mlplot.ROC(rocs...)
	if err != nil {
		return err
	}
	pr, err := mlplot.PrecisionRecall(prs...)
	if err != nil {
		return err
	}
	return errors.Join(roc.Save(filepath.Join(folder, "roc.png")), pr.Save(filepath.Join(folder, "precision_recall.png")))
}
