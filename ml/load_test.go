package ml_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// framed puts what the binary form wants around a model's bytes.
func framed(body []byte) []byte {
	data := binary.AppendUvarint([]byte("PnsM\x01"), uint64(len(body)))
	return sealed(append(data, body...))
}

func sealed(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(bytes.Clone(data), crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
}

// What an earlier version has written must stay readable: these are the forms.
func TestBinaryForm(t *testing.T) {
	X := fitted(ml.NewMatrix(2, 1, []float64{1, math.Copysign(0, -1)}, "x"))(t)
	body := "\x06Matrix" + "\x04" + // kind, rows
		"\x01\x02" + "\x00\x00\x00\x00\x00\x00\xf0\x3f" + "\x00\x00\x00\x00\x00\x00\x00\x80" + // a column of two numbers
		"\x01\x01x" // a name
	assert.Equal(t, framed([]byte(body)), saved(t, X))
	assert.Equal(t, "PnsM\x01"+"\x1d"+body, string(saved(t, X)[:6+len(body)]))
}

func TestJSONForm(t *testing.T) {
	X := fitted(ml.NewMatrix(3, 1, []float64{-0.1, nan, math.Inf(-1)}, "a \"quoted\" <name>\n"))(t)
	assert.Equal(t, `{
  "format": "penstock/ml",
  "version": 1,
  "kind": "Matrix",
  "model": {
    "rows": 3,
    "columns": [
      ["-0x1.999999999999ap-04", "NaN", "-Inf"]
    ],
    "names": ["a \"quoted\" <name>\n"]
  },
  "crc32c": "da8b8e26"
}
`, string(savedJSON(t, X)))
}

func TestShortNumbers(t *testing.T) {
	X, y := dataSet(t, "wine")
	f := ml.NewRandomForest()
	f.NEstimators = 1
	m := fitted(f.Fit(t.Context(), X, y))(t)
	odd := []float64{math.Copysign(0, -1), 0, -2, -3, 244, 245, 0.5, -1.5, 1 << 53, math.MaxFloat64, math.SmallestNonzeroFloat64}
	impurity := m.Trees[0].Impurity
	require.Equal(t, len(odd), copy(impurity, odd))
	got := loaded(t, saved(t, m)).(*ml.ForestModel)
	assert.Equal(t, hexOf(impurity), hexOf(got.Trees[0].Impurity))
}

func TestLoadRefusesBytes(t *testing.T) {
	good := saved(t, ml.Classes{"a", "bc"})
	matrix := func(after string) []byte { return framed([]byte("\x06Matrix" + after)) }
	forest := func(threshold string) []byte {
		return framed([]byte("\x06Forest\x0cRandomForest\x01\x00\x02\x00\x00\x01\x01\x00\x01" + threshold))
	}
	huge := string(binary.AppendUvarint(nil, math.MaxUint64))
	for _, c := range []struct {
		name, why string
		data      []byte
		err       string
	}{
		{"Nothing", "", nil, "it is empty"},
		{"Space", "", []byte(" \n"), `it begins with " \n"`},
		{"Another file", "", []byte("PK\x03\x04 and so on"), `it begins with "PK\x03\x04", a model with "PnsM" or, as JSON, with {`},
		{"A table", "of package monary", []byte("PnsT\x01"), `it begins with "PnsT"`},
		{"Half the magic", "", good[:2], "it is cut off after 2 bytes"},
		{"Only the magic", "", good[:4], "it is cut off after 4 bytes"},
		{"A later version", "its form is unknown", sealed([]byte("PnsM\x02\x00")), "it is of version 2, only 1 can be read"},
		{"Version 0", "", sealed([]byte("PnsM\x00\x00")), "it is of version 0, only 1 can be read"},
		{"No length", "", good[:5], "its length: the data ends within a number"},
		{"Cut off", "", good[:len(good)-1], fmt.Sprintf("it is cut off: the head promises %d bytes and a checksum of 4, there are %d", len(good)-10, len(good)-7)},
		{"A length beyond the data", "nothing is allocated for it", sealed([]byte("PnsM\x01" + huge)), "cut off"},
		{"A longer length", "a model has one form", sealed(append([]byte("PnsM\x01\x89\x00"), bodyOf(good)...)), "its length: a number is longer than it need be"},
		{"Followed by a byte", "", append(bytes.Clone(good), 0), "1 bytes are left over behind the model"},
		{"Followed by a model", "", append(bytes.Clone(good), good...), fmt.Sprintf("%d bytes are left over behind the model", len(good))},
		{"Damaged", "", append(bytes.Clone(good[:len(good)-5]), good[len(good)-5]^1, good[len(good)-4], good[len(good)-3], good[len(good)-2], good[len(good)-1]), "it is damaged"},
		{"No kind", "", framed(nil), "the data ends within a number"},
		{"Unknown kind", "", framed([]byte("\x03SVX")), `the kind "SVX" is neither one of package ml nor given to Register`},
		{"No fields", "", matrix(""), "Matrix.rows: the data ends within a number"},
		{"More than the fields", "", matrix("\x00\x00\x00!"), "1 bytes are left over behind the fields"},
		{"A longer number", "a model has one form", matrix("\x80\x00\x00\x00"), "Matrix.rows: a number is longer than it need be"},
		{"A number beyond 64 bits", "", matrix(strings.Repeat("\xff", 10) + "\x00"), "Matrix.rows: a number is beyond 64 bits"},
		{"Rows below 0", "", matrix("\x01\x00\x00"), "Matrix: rows is -1, want at least 0"},
		{"Missing columns", "", matrix("\x02" + huge), "Matrix.columns: 18446744073709551615 values of at least 1 bytes are to follow, 0 bytes are left"},
		{"Missing cells", "", matrix("\x02\x01" + huge), "Matrix.columns[0]: 18446744073709551615 values of at least 8 bytes are to follow"},
		{"Columns of two lengths", "", matrix("\x02\x02\x01" + strings.Repeat("\x00", 8) + "\x00\x00"), "Matrix: there are 0 of columns[1], want 1"},
		{"Names for other columns", "", matrix("\x00\x00\x01\x01x"), "Matrix: there are 1 of names, want 0"},
		{"Text beyond the data", "", framed([]byte("\x07Classes\x01" + huge)), "Classes.classes: "},
		{"Neither true nor false", "", framed([]byte("\x0eStandardScaler\x02\x00\x02")), "StandardScaler.withMean: found the byte 2, allowed are 0 and 1"},
		{"No name of a choice", "", framed([]byte("\x0eOrdinalEncoder\x03any")), `OrdinalEncoder.unknown: "any" is none of ["error" "ignore"]`},
		{"A whole number as a float", "a model has one form", forest("\x01\x40"), "Forest.trees[0].threshold: a number is longer than it need be"},
		{"A float that ends with a zero", "", forest("\x03\x40\xf8\x00"), "Forest.trees[0].threshold: a number is longer than it need be"},
		{"A float of nothing", "it is 0", forest("\x00"), "Forest.trees[0].threshold: a number is longer than it need be"},
		{"A float that is cut off", "", forest("\x08\x40"), "Forest.trees[0].threshold: the data ends within a number"},
		{"No classifier", "", framed([]byte("\x08Pipeline\x00\x07Classes\x00")), "Pipeline.classifier: it is a ml.Classes, which is no ml.ClassifierModel"},
		{"Pipelines without end", "the stack has one", framed(bytes.Repeat([]byte("\x08Pipeline\x00"), 100)), "models lie in each other more than 64 deep"},
	} {
		t.Run(c.name, func(t *testing.T) {
			model, err := ml.Load(bytes.NewReader(c.data))
			require.ErrorIs(t, err, ml.ErrModelData, c.why)
			require.ErrorContains(t, err, "ml: Load: bad model data: ", c.why)
			require.ErrorContains(t, err, c.err, c.why)
			require.Nil(t, model)
		})
	}
}

// edited saves a model as JSON and replaces what a pattern matches once.
func edited(t *testing.T, model any, pattern, with string) []byte {
	t.Helper()
	text := savedJSON(t, model)
	place := regexp.MustCompile(pattern).FindIndex(text)
	require.NotNil(t, place, "%s in %s", pattern, text)
	return append(append(bytes.Clone(text[:place[0]]), with...), text[place[1]:]...)
}

func TestLoadRefusesJSON(t *testing.T) {
	X := fitted(ml.NewMatrix(2, 1, []float64{1, 2}, "x"))(t)
	text := savedJSON(t, X)
	for _, c := range []struct {
		name, why string
		data      []byte
		err       string
	}{
		{"Cut off", "", text[:len(text)/2], "unexpected end of JSON input"},
		{"Followed by something", "", append(bytes.Clone(text), '1'), "invalid character '1' after top-level value"},
		{"Another object", "", []byte(`{"a": 1}`), "the field is missing"},
		{"Another format", "", edited(t, X, `penstock/ml`, "penstock/dag"), `the format is "penstock/dag", want "penstock/ml"`},
		{"A later version", "whatever its fields are", []byte(`{"format": "penstock/ml", "version": 2, "models": []}`), "it is of version 2, only 1 can be read"},
		{"A version as text", "", edited(t, X, `1,`, `"1",`), `version: found "1", want a whole number`},
		{"Unknown kind", "", edited(t, X, `"Matrix"`, `"Tensor"`), `the kind "Tensor" is neither`},
		{"Another kind", "", edited(t, X, `"Matrix"`, `"SVC"`), "SVC.kernel: the field is missing"},
		{"Unknown field", "", edited(t, X, `"rows": 2`, `"rows": 2, "cols": 1`), `Matrix: the field "cols" is not known`},
		{"Unknown field of the head", "", edited(t, X, `"version"`, `"author": "me", "version"`), `the field "author" is not known`},
		{"Twice the same field", "", edited(t, X, `"rows": 2`, `"rows": 2, "rows": 2`), `the field "rows" stands there twice`},
		{"Twice the same, escaped", "", edited(t, X, `"rows": 2`, `"rows": 2, "\u0072ows": 2`), `the field "rows" stands there twice`},
		{"Missing field", "", edited(t, X, `"rows": 2,`, ""), "Matrix.rows: the field is missing"},
		{"No checksum", "", edited(t, X, `,\s*"crc32c": "\w+"`, ""), "crc32c: the field is missing"},
		{"Another digit", "the checksum tells", edited(t, X, `0x1p\+01`, "0x1p+02"), "they have been changed"},
		{"Another name", "", edited(t, X, `"x"`, `"y"`), "they have been changed"},
		{"Another checksum", "", edited(t, X, `"crc32c": "\w`, `"crc32c": "g`), "they have been changed"},
		{"A number that is none", "", edited(t, X, `"0x1p\+01"`, "2.0"), `Matrix.columns[0]: found 2.0, want a number as text`},
		{"A number of other words", "", edited(t, X, `0x1p\+01`, "two"), `Matrix.columns[0]: found "two", want a number as text`},
		{"The same number", "a changed digit is found", edited(t, X, `0x1p\+01`, "0x1.0p+01"), `Matrix.columns[0]: found "0x1.0p+01"`},
		{"A number beyond float64", "", edited(t, X, `0x1p\+01`, "0x1p+9999"), `Matrix.columns[0]: found "0x1p+9999"`},
		{"A fraction of rows", "", edited(t, X, `"rows": 2`, `"rows": 2.0`), "Matrix.rows: found 2.0, want a whole number"},
		{"More rows than numbers", "", edited(t, X, `"rows": 2`, `"rows": 1e3`), "Matrix.rows: found 1e3, want a whole number"},
		{"Null", "", edited(t, X, `"names": \[[^]]*\]`, `"names": null`), "Matrix.names: found null, want a list"},
		{"A list of lists", "", edited(t, X, `"names": \["x"\]`, `"names": [["x"]]`), `Matrix.names: found ["x"], want a text`},
		{"A list for an object", "", edited(t, X, `"model": \{[^}]*\}`, `"model": []`), "found [], want an object"},
		{"Bytes that are no base64", "", edited(t, ml.Classes{"\xff"}, `/w==`, `/w=`), `Classes.classes: found "/w=", want bytes as text in base64`},
		{"Bytes and more", "", edited(t, ml.Classes{"\xff"}, `\{"base64"`, `{"a": 1, "base64"`), `Classes.classes: the field "a" is not known`},
	} {
		t.Run(c.name, func(t *testing.T) {
			model, err := ml.Load(bytes.NewReader(c.data))
			require.ErrorIs(t, err, ml.ErrModelData, c.why)
			require.ErrorContains(t, err, "ml: Load: bad model data: ", c.why)
			require.ErrorContains(t, err, c.err, c.why)
			require.Nil(t, model)
		})
	}
}

// JSON that was only laid out in another way is the same.
func TestLoadJSONOfOtherTools(t *testing.T) {
	for _, c := range savedModels(t) {
		t.Run(c.name, func(t *testing.T) {
			var fields map[string]any
			text := savedJSON(t, c.model)
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.UseNumber()
			require.NoError(t, decoder.Decode(&fields))
			sorted, err := json.MarshalIndent(fields, " ", "\t")
			require.NoError(t, err)
			require.Equal(t, saved(t, c.model), saved(t, loaded(t, append([]byte("\n \t"), sorted...))))
		})
	}
}

// Each state here would end in a panic, a loop or a wrong answer.
func TestLoadRefusesImpossibleModels(t *testing.T) {
	byName := make(map[string]any)
	for _, c := range savedModels(t) {
		byName[c.name] = c.model
	}
	const number = `"[^"]*"`
	for _, c := range []struct {
		name, model   string
		pattern, with string
		err           string
	}{
		{"Scaler of two widths", "scaler", `"mean": \[` + number + `, `, `"mean": [`, "StandardScaler: there are 2 of mean, want 3"},
		{"Scaler that divides by zero", "scaler", `"scale": \[` + number, `"scale": ["0x0p+00"`, "StandardScaler: scale[0] is 0, want a number above 0"},
		{"Scaler of nothing", "scaler", `"count": 3`, `"count": 0`, "StandardScaler: there are 0 columns, want 1 to 16777216"},
		{"Frame of two lengths", "frame", `"rows": 6`, `"rows": 5`, "Frame: there are 6 of columns[0], want 5"},
		{"Frame with marks beyond its end", "frame", `"absent": \[1, 5\]`, `"absent": [1, 6]`, "Frame.columns[1]: absent[1] is 6, want a number from 0 to 5"},
		{"Frame with marks in disorder", "frame", `"absent": \[1, 5\]`, `"absent": [5, 1]`, "Frame.columns[1]: absent[1] is 1, want a number above 5"},
		{"Classes that are the same", "classes", `"10"`, `"9"`, `Classes: two classes are "9"`},
		{"Yes and no that are the same", "yes and no", `"nein"`, `"ja"`, `YesNo: No is "ja", must be another text than those of Yes`},
		{"Categories in disorder", "one-hot encoder", `"Oslo", `, `"zz", `, "OneHotEncoder: values[1] of column 1 is not above the one before"},
		{"Categories that are the same", "ordinal encoder", `"0x1.bp\+04"`, `"-0x0p+00"`, "OrdinalEncoder: values[1] of column 0 is not above the one before"},
		{"A category that is NaN", "one-hot encoder", `"0x1.bp\+04"`, `"NaN"`, "OneHotEncoder.columns[0]: values[1] is NaN"},
		{"A category of absent cells that are none", "ordinal encoder", `"missing": false`, `"missing": true`, "column 0 has a category for absent cells, which the parameters exclude"},
		{"An encoder of nothing", "yes and no", `(?s)"YesNo",.*}`, `"OrdinalEncoder", "model": {"unknown": "error", "missing": "zeros", "columns": []}, "crc32c": ""}`, "OrdinalEncoder: there are no columns"},
		{"A transformer without parts", "column transformer", `(?s)"parts": .*\]\n`, `"parts": []`, "the number of parts is 0, want at least 1"},
		{"A pipeline of no steps", "pipeline of transformers", `(?s)"steps": .*\]\n`, `"steps": []`, "the number of steps is 0, want at least 1"},
		{"A step that is text", "pipeline", `(?s)"steps": .*\],\s*"classifier"`, `"steps": ["StandardScaler"], "classifier"`, `Pipeline.steps[0]: found "StandardScaler", want an object of one field`},
		{"A step that transforms nothing", "pipeline", `(?s)"steps": .*\],\s*"classifier"`, `"steps": [{"Classes": {"classes": []}}], "classifier"`, "Pipeline: step 0 is a ml.Classes, which transforms nothing"},
		{"Two steps in one", "pipeline", `"SVC": \{`, `"Classes": {}, "SVC": {`, "Pipeline.classifier: found {"},
		{"Unknown kernel", "svc", `"rbf"`, `"cubic"`, `SVC.kernel: "cubic" is none of ["rbf" "linear" "poly" "sigmoid" "precomputed"]`},
		{"A kernel of NaN", "svc", `"gamma": ` + number, `"gamma": "NaN"`, "SVC: gamma is NaN, want a finite number"},
		{"Infinite coef0", "svc with a polynomial", `"coef0": ` + number, `"coef0": "+Inf"`, "SVC: coef0 is +Inf, want a finite number"},
		{"Degree below 0", "svc with a polynomial", `"degree": 2`, `"degree": -2`, "SVC: degree is -2, want at least 0"},
		{"No columns", "svc", `"count": 4`, `"count": 0`, "SVC: there are 0 columns, want 1 to 16777216"},
		{"Other columns", "svc", `"count": 4`, `"count": 5`, "SVC: there are 4 of samples[0], want 5"},
		{"Codes in disorder", "svc", `\[1, 11, 21\]`, `[1, 21, 11]`, "SVC: codes[2] is 11, want a number above 21"},
		{"One code", "svc", `\[1, 11, 21\]`, `[1]`, "SVC: the number of codes is 1, want at least 2"},
		{"More codes", "svc", `\[1, 11, 21\]`, `[1, 11, 21, 31]`, "SVC: there are 3 of numSupport, want 4"},
		{"Support vectors of no class", "svc", `"numSupport": \[\d+`, `"numSupport": [1`, "SVC: "},
		{"Support vectors below 0", "svc", `"numSupport": \[`, `"numSupport": [-`, "SVC: numSupport[0] is -"},
		{"More support vectors", "svc", `"numSupport": \[`, `"numSupport": [1`, "support vectors are left"},
		{"A row that does not exist", "svc with a precomputed kernel", `"support": \[1, 2\]`, `"support": [1, 3]`, "SVC: support[1] is row 3, the kernel was computed for 3 rows"},
		{"A support vector of NaN", "svc", `"samples": \[\s*\[` + number, `"samples": [["NaN"`, "SVC: samples[0][0] is NaN, want a finite number"},
		{"A missing support vector", "svc", `"samples": \[\s*\[[^]]*\],`, `"samples": [`, "of samples, want "},
		{"A missing coefficient", "svc", `"dualCoef": \[\s*\[` + number + `,`, `"dualCoef": [[`, "of dualCoef[0], want "},
		{"An infinite coefficient", "svc", `"dualCoef": \[\s*\[` + number, `"dualCoef": [["+Inf"`, "SVC: dualCoef[0][0] is +Inf"},
		{"A missing intercept", "svc", `"intercept": \[` + number + `, `, `"intercept": [`, "SVC: there are 2 of intercept, want 3"},
		{"An intercept of NaN", "svc", `"intercept": \[` + number, `"intercept": ["NaN"`, "SVC: intercept[0] is NaN"},
		{"A missing objective", "svc", `"objective": \[` + number + `, `, `"objective": [`, "SVC: there are 2 of objective, want 3"},
		{"A missing number of steps", "svc", `"iterations": \[\d+, `, `"iterations": [`, "SVC: there are 2 of iterations, want 3"},
		{"No trees", "forest", `(?s)"trees": .*\],\s*"oob"`, `"trees": [], "oob"`, "Forest: the number of trees is 0"},
		{"A tree of nothing", "forest", `(?s)"trees": .*\],\s*"oob"`, `"trees": [{"feature": [], "threshold": [], "left": [], "right": [], "impurity": [], "nodeSamples": [], "nodeWeight": [], "value": []}], "oob"`, "Forest: trees[0]: the number of nodes is 0, want at least 1"},
		{"Columns that do not exist", "forest", `"feature": \[\d+`, `"feature": [4`, "Forest: trees[0]: node 0 of "},
		{"Columns below 0", "forest", `"feature": \[`, `"feature": [-1`, "Forest: trees[0]: node 0 of "},
		{"A cycle", "forest", `"left": \[1`, `"left": [0`, ": 0 cannot be its child"},
		{"A child below 0", "forest", `"left": \[1`, `"left": [-5`, ": -5 cannot be its child"},
		{"A child that does not exist", "forest", `"right": \[`, `"right": [100`, "cannot be its child"},
		{"Two parents", "forest", `"right": \[\d+`, `"right": [1`, ": 1 cannot be its child"},
		{"Half a leaf", "forest", `"left": \[1`, `"left": [-1`, ": a leaf has right -1, feature -2 and threshold -2"},
		{"A weight of NaN", "forest of one class", `"value": \[` + number, `"value": ["NaN"`, "Forest: trees[0]: value[0] is NaN, want a finite number"},
		{"A forest of nobody", "forest", `"learner": "RandomForest"`, `"learner": "Jungle"`, `Forest: the learner is "Jungle"`},
		{"A missing seed", "forest", `"seeds": \[\d+, `, `"seeds": [`, "Forest: there are 3 of seeds, want 4"},
		{"A seed beyond numpy's", "forest", `"seeds": \[\d+`, `"seeds": [4294967296`, "Forest.seeds: 4294967296 is beyond the range of uint32"},
		{"A missing class out of the bag", "forest of weighted classes", `(?s)"columns": \[\s*\[[^]]*\],`, `"columns": [`, "Forest: oob has no column for each of 3 classes"},
		{"No tree", "decision tree", `(?s)"trees": .*\],\s*"oob"`, `"trees": [], "oob"`, "DecisionTree: there are 0 of trees, want 1"},
		{"No function", "function", `"Log1p"`, `"Sin"`, `Function.function: "Sin" is none of ["Sqrt" "Log" "Log1p" "Reciprocal"]`},
		{"A column centred that is none", "power transformer of late times", `"column": 0`, `"column": 2`, "PowerTransformer: column 2 of 2 is centred"},
		{"No scaler", "power transformer", `"standardize": true`, `"standardize": false`, "PowerTransformer: there is a scaler if and only if it is to standardize"},
		{"A power less", "power transformer", `"lambda": \[` + number + `, `, `"lambda": [`, "PowerTransformer: there are 1 of lambda, want 2"},
		{"Quantiles in disorder", "quantile transformer", `"quantiles": \[\s*\[` + number, `"quantiles": [["0x1p+10"`, "QuantileTransformer: quantile 1 of column 0 is 3, behind 1024"},
		{"Quantiles of two lengths", "quantile transformer", `"quantiles": \[\s*\[` + number + `,`, `"quantiles": [[`, "QuantileTransformer: there are 3 quantiles of column 1, and 2 of the first"},
		{"A quantile of NaN", "quantile transformer", `"quantiles": \[\s*\[` + number, `"quantiles": [["NaN"`, "QuantileTransformer: quantile 1 of column 0 is 3, behind NaN"},
		{"A threshold of NaN", "forest", `"threshold": \[` + number, `"threshold": ["NaN"`, "Forest: trees[0]: threshold[0] is NaN"},
		{"Missing weights", "forest", `"value": \[` + number + `, `, `"value": [`, "of value, want "},
		{"More codes than a tree has", "forest", `\[1, 11, 21\]`, `[1, 11, 21, 31]`, "of value, want "},
		{"A best result that is none", "search", `"best": \d`, `"best": 3`, "SearchCV: result 3 of 3 is the best"},
		{"A rank of nobody", "search", `"rank": \d`, `"rank": 4`, "SearchCV: the rank of results[0] is 4 of 3"},
		{"A parameter of another type", "search", `"int8"`, `"func"`, `SearchCV.results[1].params`},
		{"A parameter beyond its type", "search", `-128`, `-129`, "a parameter is beyond the range of int8"},
		{"A parameter of another choice", "search", `"linear"`, `"cubic"`, `SearchCV.results[0].params[3].value: "cubic" is none of`},
		{"Parameters in disorder", "search", `"name": "C"`, `"name": "zz"`, `"zz" does not come before "flag"`},
		{"Missing scores", "search", `"scores": \[` + number + `, `, `"scores": [`, "SearchCV: results[0]: "},
		{"A range that is none", "min-max scaler", `"to": ` + number, `"to": "-0x1p+01"`, "MinMaxScaler: FeatureRange is [-1 -2], must be"},
		{"Names of other columns", "robust scaler", `"count": 3`, `"count": 2`, "RobustScaler: there are 3 of names, want 2"},
		{"Columns without end", "normalizer", `"count": 2`, `"count": 1000000000`, "Normalizer: there are 1000000000 columns, want 1 to 16777216"},
		{"A norm that is none", "normalizer", `"l1"`, `"l3"`, `Normalizer.norm: "l3" is none of ["l2" "l1" "max"]`},
		{"A scaler inside of two widths", "spatial sign", `"mean": \[` + number + `, `, `"mean": [`, "SpatialSign: there are 1 of mean, want 2"},
		{"A column kept and empty", "imputer", `"kept": false`, `"kept": true`, "SimpleImputer: fills[2] is NaN, want a finite number, or NaN if the column is left out"},
		{"A strategy that is none", "imputer", `"mean"`, `"mode"`, `SimpleImputer.strategy: "mode" is none of ["mean" "median" "most_frequent" "constant"]`},
		{"A column to keep that is none", "variance threshold", `"kept": \[[^]]*\]`, `"kept": [0, 3]`, "VarianceThreshold: kept[1] is 3, want a number from 0 to 2"},
		{"Columns to keep in disorder", "near-zero variance", `"kept": \[[^]]*\]`, `"kept": [2, 1]`, "NearZeroVariance: kept[1] is 1, want a number above 2"},
		{"No column to keep", "near-zero variance", `"kept": \[[^]]*\]`, `"kept": []`, "NearZeroVariance: the number of columns kept is 0, want at least 1"},
		{"A column kept and dropped", "correlation filter", `"column": \d`, `"column": 2`, "CorrelationFilter: dropped[0] is column 2"},
		{"A solver that is none", "pca", `"svdSolver": "full"`, `"svdSolver": "auto"`, `PCA: svdSolver is "auto", want "full" or "randomized"`},
		{"A missing component", "pca", `"components": \[\s*\[[^]]*\],`, `"components": [`, "PCA: there are 3 of explainedVariance, want 2"},
		{"A missing mean", "pca", `"mean": \[` + number + `, `, `"mean": [`, "PCA: there are 2 of mean, want 3"},
		{"A product of nothing", "polynomial features", `"rest": \[0, 0, 0\]`, `"rest": [0, 1, 0]`, "PolynomialFeatures: product 1 of degree 1 is column 1 times product 1 of 1"},
		{"A product of no column", "polynomial features", `"column": \[0, 1, 2\]`, `"column": [0, 1, 3]`, "PolynomialFeatures: product 2 of degree 1 is column 3"},
		{"Products of some columns", "products", `(?s)"count": 3,\s*"names": \[[^]]*\]`, `"count": 4000000, "names": []`, "PolynomialFeatures: there are 3 of products of degree 1, want 4000000"},
		{"Products of half", "polynomial features", `"column": \[0, 1, 2\]`, `"column": [0, 1]`, "PolynomialFeatures.levels[0]: 2 columns are multiplied by 3 products"},
		{"A degree of nothing", "polynomial features", `"degree": 2`, `"degree": 1000000000`, "PolynomialFeatures: there are 2 of levels, want 1000000000"},
		{"Fewer names", "polynomial features", `"names": \["1", `, `"names": [`, "PolynomialFeatures: there are 9 of names, want 10"},
		{"A missing class", "logistic regression", `\[1, 11, 21\]`, `[1, 11]`, "LogisticRegression: there are 3 of coef, want 1"},
		{"A coefficient of NaN", "logistic regression", `"coef": \[\s*\[` + number, `"coef": [["NaN"`, "LogisticRegression: coef[0][0] is NaN"},
		{"A missing intercept of a class", "logistic regression", `"intercept": \[` + number + `, `, `"intercept": [`, "LogisticRegression: there are 2 of intercept, want 3"},
		{"More neighbours than rows", "neighbours", `"nNeighbors": 5`, `"nNeighbors": 50`, "KNeighborsClassifier: the number of training rows is 38, want at least 50"},
		{"A neighbour of no class", "neighbours", `"class": \[0`, `"class": [3`, "KNeighborsClassifier: class[0] is 3, there are 3"},
		{"A neighbour of NaN", "neighbours", `"columns": \[\s*\[` + number, `"columns": [["NaN"`, "KNeighborsClassifier: training[0] is NaN"},
		{"No distance", "neighbours", `"p": ` + number, `"p": "0x0p+00"`, "KNeighborsClassifier: P is 0, must be >= 1"},
		{"Weights of other columns", "pls", `(?s)"xWeights": \{\s*"rows": 2,\s*"columns": \[\s*\[[^]]*\],`, `"xWeights": {"rows": 2, "columns": [`, "PLSRegression: yWeights is 2×2, want 2×1"},
		{"A scale of zero", "pls", `"xScale": \[` + number, `"xScale": ["0x0p+00"`, "PLSRegression: xScale[0] is 0, want a number above 0"},
		{"Names of other targets", "pls", `"yNames": \["p", `, `"yNames": [`, "PLSRegression: there are 1 of yNames, want 2"},
		{"A classifier for a regressor", "pipeline with a regressor", `(?s)"regressor": .*\},\s*"crc32c"`, `"regressor": {"AsIs": {}}}, "crc32c"`, "RegressorPipeline.regressor: it is a ml.asIs, which is no ml.RegressorModel"},
		{"No model", "search", `"model": \{\s*"SVC"`, `"model": {"StandardScaler"`, "SearchCV.model.StandardScaler.withMean: the field is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, byName, c.model)
			_, err := ml.Load(bytes.NewReader(edited(t, byName[c.model], c.pattern, c.with)))
			require.ErrorIs(t, err, ml.ErrModelData)
			require.ErrorContains(t, err, c.err)
			require.NotContains(t, err.Error(), "changed", "a right checksum would not make it a model")
		})
	}
}

// Each single bit that changes is found, and each place to end at.
func TestLoadFindsDamage(t *testing.T) {
	for _, c := range savedModels(t) {
		data := saved(t, c.model)
		every := 1 + len(data)/200
		t.Run(c.name, func(t *testing.T) {
			for i := 0; i < 8*len(data); i += every {
				bad := bytes.Clone(data)
				bad[i/8] ^= 1 << (i % 8)
				_, err := ml.Load(bytes.NewReader(bad))
				require.ErrorIs(t, err, ml.ErrModelData, "bit %d", i)
			}
			for n := 0; n < len(data); n += every {
				_, err := ml.Load(bytes.NewReader(data[:n]))
				require.ErrorIs(t, err, ml.ErrModelData, "%d bytes", n)
			}
		})
	}
}

// Each hexadecimal digit that changes in JSON is found.
func TestLoadFindsAnotherDigit(t *testing.T) {
	X, y := threeClasses(t)
	text := savedJSON(t, fitted(ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()).Fit(t.Context(), X, y))(t))
	for i := 0; i < len(text); i += 3 {
		if text[i] < '0' || text[i] > '9' {
			continue
		}
		bad := bytes.Clone(text)
		bad[i] = '0' + (bad[i]-'0'+1)%10
		_, err := ml.Load(bytes.NewReader(bad))
		require.ErrorIs(t, err, ml.ErrModelData, "%s", bad[max(0, i-20):i+1])
	}
}

// allocated returns the bytes that f takes in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What a few bytes promise is not allocated before it is there.
func TestLoadAllocatesForWhatIsThere(t *testing.T) {
	many := string(binary.AppendUvarint(nil, 1<<40))
	for _, body := range []string{
		"\x06Matrix\x00" + many, "\x06Matrix\x00\x01" + many, "\x07Classes" + many, "\x07Classes\x01" + many,
		"\x06Forest" + many, "\x06Forest\x00\x02" + many, "\x06Forest\x00\x02\x01\x01\x00" + many,
		"\x05Frame\x00" + many, "\x03SVC\x03rbf" + strings.Repeat("\x00", 18) + many, "\x08Pipeline" + many, many,
	} {
		data := framed([]byte(body))
		var err error
		bytes := allocated(func() { _, err = ml.Load(bytes.NewReader(data)) })
		require.ErrorIs(t, err, ml.ErrModelData)
		require.Less(t, bytes, uint64(100_000), "%q", body)
	}
}

// The name of a column stands once in the file, and once for each of its dummies in
// memory.
func TestLoadRefusesNamesWithoutEnd(t *testing.T) {
	texts := make([]string, 5000)
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	for length, ok := range map[int]bool{1000: true, 100_000: false} {
		X := fitted(ml.NewFrame(ml.Texts(strings.Repeat("x", length), texts)))(t)
		m := fitted(ml.NewOneHotEncoder().Fit(t.Context(), X))(t)
		err := ml.Save(&bytes.Buffer{}, m)
		if ok {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "OneHotEncoder: the names of the dummies take 500")
		}
	}
}
