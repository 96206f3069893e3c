package ml_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/penstock/penstock/ml"
)

// A program fits a pipeline and saves it; another one loads it and predicts the same.
func ExampleSave() {
	ctx := context.Background()
	X, err := ml.NewMatrix(6, 1, []float64{1, 2, 3, 11, 12, 13})
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()).Fit(ctx, X, []int{0, 0, 0, 1, 1, 1})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := ml.Save(&file, model); err != nil {
		log.Fatal(err)
	}

	same, err := ml.LoadAs[*ml.PipelineModel](&file)
	if err != nil {
		log.Fatal(err)
	}
	y, err := same.Predict(ctx, X)
	fmt.Println(y, err)
	// Output: [0 0 0 1 1 1] <nil>
}

// JSON shows every digit, and a checksum tells if one was changed.
func ExampleSaveJSON() {
	X, err := ml.NewMatrix(4, 1, []float64{1, 2, 3, 4}, "age")
	if err != nil {
		log.Fatal(err)
	}
	model, err := ml.NewStandardScaler().Fit(context.Background(), X)
	if err != nil {
		log.Fatal(err)
	}
	if err := ml.SaveJSON(os.Stdout, model); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {
	//   "format": "penstock/ml",
	//   "version": 1,
	//   "kind": "StandardScaler",
	//   "model": {
	//     "columns": {
	//       "count": 1,
	//       "names": ["age"]
	//     },
	//     "withMean": true,
	//     "withStd": true,
	//     "mean": ["0x1.4p+01"],
	//     "var": ["0x1.4p+00"],
	//     "scale": ["0x1.1e3779b97f4a8p+00"],
	//     "samplesSeen": ["0x1p+02"]
	//   },
	//   "crc32c": "904f1e58"
	// }
}

// Load says what there is, and why it refuses what it cannot read.
func ExampleLoadAs() {
	var file bytes.Buffer
	if err := ml.Save(&file, ml.Classes{"no", "yes"}); err != nil {
		log.Fatal(err)
	}
	data := file.Bytes()
	_, err := ml.LoadAs[*ml.SVCModel](bytes.NewReader(data))
	fmt.Println(err)
	_, err = ml.LoadAs[ml.Classes](bytes.NewReader(data[:20]))
	fmt.Println(err)
	// Output:
	// ml: Load: the data holds ml.Classes, *ml.SVCModel was asked for
	// ml: Load: bad model data: it is cut off: the head promises 16 bytes and a checksum of 4, there are 14
}
