package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/ml/mlplot"
)

// keep is the task that fits both classifiers on all customers and writes them into a
// folder, with a picture of what the forest looks at. The features come as the data have
// them: the scaler is saved with the SVM, so that ml.Load gives a model for new customers.
func keep(folder string, forest ml.RandomForest) func(context.Context, features) error {
	return func(ctx context.Context, f features) error {
		svm, err := ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()).FitClassifier(ctx, f.X, f.Y)
		if err != nil {
			return err
		}
		trees, err := forest.Fit(ctx, f.X, f.Y)
		if err != nil {
			return err
		}
		importances, err := mlplot.FeatureImportances(f.X.Names(), trees.Importances(), 0)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		return errors.Join(
			importances.Save(filepath.Join(folder, "importances.png")),
			save(filepath.Join(folder, "svm.model"), svm),
			save(filepath.Join(folder, "forest.model"), trees),
			save(filepath.Join(folder, "classes.model"), f.Classes))
	}
}

func save(file string, model any) error {
	var b bytes.Buffer
	if err := ml.Save(&b, model); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}
