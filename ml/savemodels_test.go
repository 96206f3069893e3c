package ml_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// savedModel is something that can be saved, and data for it to work on.
type savedModel struct {
	name  string
	model any
	data  ml.Data
}

// savedModels has models of every kind, and of the states that are stored in other ways.
func savedModels(t testing.TB) []savedModel {
	t.Helper()
	var all []savedModel
	add := func(name string, model any, data ml.Data) { all = append(all, savedModel{name, model, data}) }
	for _, group := range []func(testing.TB, func(string, any, ml.Data)){
		savedData, savedScalers, savedShapes, savedFeatures, savedEncoders, savedMachines, savedClassifiers, savedRegressors, savedBoosting, savedPipelines, savedSearches,
	} {
		group(t, add)
	}
	return all
}

// fitted returns the model, or ends the test.
func fitted[M any](model M, err error) func(t testing.TB) M {
	return func(t testing.TB) M {
		t.Helper()
		require.NoError(t, err)
		return model
	}
}

func people(t testing.TB) *ml.Frame {
	return fitted(ml.NewFrame(
		ml.Numbers("age", []float64{31, 44, 27, 60, math.Copysign(0, -1), 0}),
		ml.Texts("city", []string{"Oslo", "", "Łódź \"x\"", "Oslo", "a\xffb", ""}, false, true, false, false, false, true),
		ml.Numbers("income", []float64{1e3, nan, 2.5e4, 0.1, 7, 1e-300}),
	))(t)
}

func savedData(t testing.TB, add func(string, any, ml.Data)) {
	odd := []float64{math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.Float64frombits(0xfff8000000abcdef), math.SmallestNonzeroFloat64, nan}
	add("matrix", fitted(ml.NewMatrix(3, 2, odd, "a", "b"))(t), nil)
	add("matrix without names", fitted(ml.NewMatrix(2, 3, odd))(t), nil)
	add("matrix without rows", fitted(ml.NewMatrix(0, 3, nil, "a", "a", ""))(t), nil)
	add("matrix without columns", fitted(ml.NewMatrix(math.MaxInt32, 0, nil))(t), nil)
	add("matrix of nothing", &ml.Matrix{}, nil)
	add("frame", people(t), nil)
	add("frame without rows", people(t).Take(nil), nil)
	add("frame of nothing", &ml.Frame{}, nil)
	add("frame whose marks mark nothing", people(t).Take([]int{0, 2}), nil)
	add("classes", ml.Classes{"b", "", "10", "9", "\xff"}, nil)
	add("seed", ml.NewSeed(math.MaxUint32), nil)
	add("size", ml.Share(0.25), nil)
	add("class weights", ml.WeightsByLabel(map[int]float64{-1: 2, 3: 0.5}), nil)
	add("classes of nothing", ml.Classes(nil), nil)
}

func savedScalers(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X := fitted(ml.NewMatrix(3, 3, []float64{1, 2, 4.5, 7, 7, 7, nan, nan, nan}, "a", "b", "c"))(t)
	nameless := matrixOf(t, []float64{1, 7}, []float64{2, 7}, []float64{4.5, 8})
	add("scaler", fitted(ml.NewStandardScaler().Fit(ctx, X))(t), X)
	add("scaler without mean", fitted(ml.StandardScaler{WithStd: true}.Fit(ctx, nameless))(t), nameless)
	add("scaler of nothing", fitted(ml.StandardScaler{}.Fit(ctx, X))(t), X)
	add("min-max scaler", fitted(ml.MinMaxScaler{FeatureRange: [2]float64{-1, 3}, Clip: true}.Fit(ctx, X))(t), X)
	add("max-abs scaler", fitted(ml.NewMaxAbsScaler().Fit(ctx, X))(t), X)
	add("robust scaler", fitted(ml.NewRobustScaler().Fit(ctx, X))(t), X)
	add("normalizer", fitted(ml.Normalizer{Norm: ml.NormL1}.Fit(ctx, nameless))(t), nameless)
	add("spatial sign", fitted(ml.NewSpatialSign().Fit(ctx, nameless))(t), nameless)
}

func savedShapes(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X := fitted(ml.NewMatrix(4, 2, []float64{1, 2, 30, 4, 1.5, 2, 3, 4.5}, "a", "b"))(t)
	late := fitted(ml.NewMatrix(4, 2, []float64{1.7e9, 1.7e9 + 1, 1.7e9 + 2, 1.7e9 + 5, 1, nan, 3, 4}))(t)
	add("function", fitted(ml.Log1p.FitTransformer(ctx, X))(t), X)
	p := ml.NewPowerTransformer()
	add("power transformer", fitted(p.Fit(ctx, X))(t), X)
	add("power transformer of late times", fitted(p.Fit(ctx, late))(t), late)
	p.Method = ml.BoxCox
	add("power transformer of late times by Box and Cox", fitted(p.Fit(ctx, late))(t), late)
	p.Standardize = false
	add("power transformer by Box and Cox", fitted(p.Fit(ctx, X))(t), X)
	q := ml.NewQuantileTransformer()
	q.Quantiles = 3
	add("quantile transformer", fitted(q.Fit(ctx, X))(t), X)
	q.Output = ml.OutputNormal
	empty := matrixOf(t, []float64{1, nan}, []float64{2, nan}, []float64{2.5, nan})
	add("quantile transformer to a normal distribution", fitted(q.Fit(ctx, empty))(t), empty)
	add("quantile transformer of one row", fitted(q.Fit(ctx, empty.Take([]int{1})))(t), empty)
}

func savedFeatures(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X := fitted(ml.NewMatrix(4, 3, []float64{1, 2, 3, 4, 1.5, 2, 3, 4.5, 0, 0, 0, 1}, "a", "b", "c"))(t)
	gaps := matrixOf(t, []float64{1, nan, nan}, []float64{3, 7, nan}, []float64{3, 7, nan})
	for name, s := range map[string]ml.SimpleImputer{
		"imputer": ml.NewSimpleImputer(), "imputer with indicators": {Strategy: ml.ImputeMedian, AddIndicator: true, KeepEmpty: true},
	} {
		add(name, fitted(s.Fit(ctx, gaps))(t), gaps)
	}
	add("imputer of text", fitted(ml.SimpleImputer{Strategy: ml.ImputeMostFrequent, AddIndicator: true}.Fit(ctx, people(t)))(t), people(t))
	add("variance threshold", fitted(ml.VarianceThreshold{Threshold: 0.5}.Fit(ctx, X))(t), X)
	add("near-zero variance", fitted(ml.NearZeroVariance{FreqCut: 2, UniqueCut: 60}.Fit(ctx, X))(t), X)
	add("correlation filter", fitted(ml.NewCorrelationFilter().Fit(ctx, X))(t), X)
	add("pca", fitted(ml.NewPCA().Fit(ctx, X))(t), X)
	add("pca of one row", fitted(ml.NewPCA().Fit(ctx, X.Take([]int{0})))(t), X)
	p := ml.NewPCA()
	p.NComponents, p.SVDSolver, p.Whiten = 2, ml.SVDRandomized, true
	add("pca, whitened", fitted(p.Fit(ctx, X))(t), X)
	p = ml.NewPCA()
	p.NComponents = 0
	add("pca of no components", fitted(p.Fit(ctx, X))(t), X)
	add("polynomial features", fitted(ml.NewPolynomialFeatures().Fit(ctx, X))(t), X)
	add("products", fitted(ml.PolynomialFeatures{Degree: 3, MinDegree: 2, InteractionOnly: true, MaxBytes: 1 << 20}.Fit(ctx, X))(t), X)
	add("products of nothing", fitted(ml.PolynomialFeatures{IncludeBias: true, MaxBytes: 1 << 20}.Fit(ctx, X))(t), X)
}

func savedEncoders(t testing.TB, add func(string, any, ml.Data)) {
	ctx, X := t.Context(), people(t)
	add("one-hot encoder", fitted(ml.NewOneHotEncoder().Fit(ctx, X))(t), X)
	add("dummies", fitted(ml.NewDummies().Fit(ctx, X))(t), X)
	add("one-hot encoder without the first", fitted(ml.OneHotEncoder{Drop: ml.DropFirst, Unknown: ml.UnknownIgnore}.Fit(ctx, X))(t), X)
	add("one-hot encoder of two values", fitted(ml.OneHotEncoder{Drop: ml.DropIfBinary}.Fit(ctx, X.Take([]int{0, 2})))(t), X.Take([]int{2, 0, 0}))
	add("ordinal encoder", fitted(ml.NewOrdinalEncoder().Fit(ctx, X))(t), X)
	add("ordinal encoder of absent cells", fitted(ml.OrdinalEncoder{}.Fit(ctx, X))(t), X)
	add("ordinal encoder of nothing but absent cells", fitted(ml.NewOrdinalEncoder().Fit(ctx, fitted(X.Select("city"))(t).Take([]int{1, 1})))(t), fitted(X.Select("city"))(t).Take([]int{1}))
	answers := fitted(ml.NewFrame(ml.Texts("q", []string{"ja", "nein", "ja"})))(t)
	add("yes and no", fitted(ml.YesNo{Yes: []string{"ja", "jo"}, No: []string{"nein"}}.FitFrameTransformer(ctx, answers))(t), answers)
	add("column transformer", fitted(ml.ColumnTransformer{
		Parts:     []ml.Part{ml.On(ml.NewStandardScaler(), "age", "income"), ml.On(ml.NewOneHotEncoder(), "city")},
		Remainder: ml.RemainderPassthrough,
	}.Fit(ctx, people(t)))(t), X)
	add("column transformer without a remainder", fitted(ml.NewColumnTransformer(ml.On(ml.NewOrdinalEncoder(), "city", "city")).Fit(ctx, X))(t), X)
}

// threeClasses returns some rows of iris.
func threeClasses(t testing.TB) (*ml.Matrix, []int) {
	X, y := dataSet(t, "iris")
	var rows, labels []int
	for i := 0; i < len(y); i += 4 {
		rows, labels = append(rows, i), append(labels, 10*y[i]+1)
	}
	return X.Take(rows), labels
}

func savedMachines(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X, y := threeClasses(t)
	svc := ml.NewSVC()
	add("svc", fitted(svc.Fit(ctx, X, y))(t), X)
	svc.BreakTies, svc.Kernel, svc.Degree, svc.Coef0, svc.Gamma = true, ml.KernelPoly, 2, 0.5, 0.1
	add("svc with a polynomial", fitted(svc.Fit(ctx, X, y))(t), X)
	two, labels := rings(3, 40, 2)
	for _, k := range []ml.Kernel{ml.KernelRBF, ml.KernelLinear, ml.KernelSigmoid} {
		svc := ml.NewSVC()
		svc.Kernel = k
		add("svc of two classes, "+k.String(), fitted(svc.Fit(ctx, two, labels))(t), two)
	}
	svc = ml.NewSVC()
	svc.MaxIter = 0
	add("svc without support vectors", fitted(svc.Fit(ctx, two, labels))(t), two)
	svc = ml.NewSVC()
	svc.Kernel = ml.KernelPrecomputed
	add("svc with a precomputed kernel", fitted(svc.Fit(ctx, matrixOf(t, []float64{2, 1, 0}, []float64{1, 2, 1}, []float64{0, 1, 2}), []int{0, 0, 1}))(t),
		matrixOf(t, []float64{2, 1, 0}, []float64{0, 0, 1}))
	text := "svm_type c_svc\nkernel_type linear\nnr_class 2\ntotal_sv 2\nrho 0.25\nlabel 1 -1\nnr_sv 1 1\nSV\n0.5 1:1 2:-1\n-0.5 2:3\n"
	add("svc of libsvm", fitted(ml.ReadLibSVM(strings.NewReader(text), 0))(t), two)
	text = "svm_type c_svc\nkernel_type precomputed\nnr_class 2\ntotal_sv 2\nrho 0\nlabel 3 1\nnr_sv 1 1\nSV\n0.5 0:3\n-0.5 0:1\n"
	add("svc of libsvm with a precomputed kernel", fitted(ml.ReadLibSVM(strings.NewReader(text), 0))(t), matrixOf(t, []float64{2, 1, 0}))
}

func savedClassifiers(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X, y := threeClasses(t)
	f := ml.NewRandomForest()
	f.NEstimators = 4
	add("forest", fitted(f.Fit(ctx, X, y))(t), X)
	add("forest of one class", fitted(f.Fit(ctx, X, make([]int, len(y))))(t), X)
	f.OOBScore, f.ClassWeight = true, ml.WeightsByLabel(map[int]float64{1: 0.1, 11: 0, 21: 3})
	add("forest of weighted classes", fitted(f.Fit(ctx, X, y))(t), X)
	extra := ml.NewExtraTrees()
	extra.NEstimators, extra.MaxLeafNodes = 3, 5
	add("extra trees", fitted(extra.Fit(ctx, X, y))(t), X)
	add("decision tree", fitted(ml.NewDecisionTree().Fit(ctx, X, y))(t), X)
	l := ml.NewLogisticRegression()
	add("logistic regression", fitted(l.Fit(ctx, X, y))(t), X)
	l.OneVsRest = true
	add("logistic regression, one versus rest", fitted(l.Fit(ctx, X, y))(t), X)
	svc := ml.NewSVC()
	svc.Probability = true
	add("svc with probabilities", fitted(svc.Fit(ctx, X, y))(t), X)
	calibrated := ml.NewCalibratedClassifier(ml.NewGaussianNB())
	calibrated.CV = ml.NewStratifiedKFold(2)
	add("calibrated", fitted(calibrated.Fit(ctx, X, y))(t), X)
	calibrated.Method, calibrated.Ensemble = ml.IsotonicCalibration, false
	add("calibrated by isotonic regressions", fitted(calibrated.Fit(ctx, X, y))(t), X)
	add("one class", fitted(ml.NewOneClassSVM().Fit(ctx, X))(t), X)
	nu := ml.NewNuSVC()
	nu.Nu, nu.Probability = 0.2, true
	add("nu svc", fitted(nu.Fit(ctx, X, y))(t), X)
	add("linear svc", fitted(ml.NewLinearSVC().Fit(ctx, X, y))(t), X)
	add("naive bayes", fitted(ml.NewGaussianNB().Fit(ctx, X, y))(t), X)
	add("dummy", fitted(ml.DummyClassifier{Strategy: ml.DummyStratified, Seed: ml.NewSeed(5)}.Fit(ctx, X, y))(t), X)
	k := ml.NewKNeighborsClassifier()
	add("neighbours", fitted(k.Fit(ctx, X, y))(t), X)
	two, labels := rings(3, 12, 2)
	add("logistic regression of two classes", fitted(l.Fit(ctx, two, labels))(t), two)
	k.Weights, k.P, k.Algorithm, k.LeafSize = ml.DistanceWeights, math.Inf(1), ml.KDTree, 2
	add("neighbours by distance", fitted(k.Fit(ctx, two, labels))(t), two)
}

func savedRegressors(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X, _ := rings(3, 12, 2)
	X = fitted(ml.NewMatrix(12, 2, append(slices.Clone(X.Col(0)), X.Col(1)...), "a", "b"))(t)
	Y := fitted(ml.NewMatrix(12, 2, append(slices.Clone(X.Col(1)), X.Col(0)...), "p", "q"))(t)
	add("pls", fitted(ml.NewPLSRegression().FitMulti(ctx, X, Y))(t), X)
	y := X.Col(0)
	add("pls of one target", fitted(ml.PLSRegression{NComponents: 1, MaxIter: 10}.Fit(ctx, X, y))(t), X)
	add("linear regression", fitted(ml.NewLinearRegression().FitMulti(ctx, X, Y))(t), X)
	lasso := ml.NewLasso()
	lasso.Alpha = 0.1
	add("lasso", fitted(lasso.Fit(ctx, X, y))(t), X)
	add("neighbours of values", fitted(ml.NewKNeighborsRegressor().Fit(ctx, X, y))(t), X)
	svr := ml.NewSVR()
	svr.Kernel, svr.Coef0, svr.C = ml.KernelPoly, 1, 2
	add("svr", fitted(svr.Fit(ctx, X, y))(t), X)
	add("nu svr", fitted(ml.NewNuSVR().Fit(ctx, X, y))(t), X)
	svr.Kernel = ml.KernelPrecomputed
	square := fitted(ml.NewMatrix(3, 3, []float64{2, 1, 0, 1, 2, 1, 0, 1, 2}))(t)
	add("svr with a precomputed kernel", fitted(svr.Fit(ctx, square, []float64{1, 2, 4}))(t), square)
	column := fitted(ml.NewMatrix(12, 1, X.Col(1)))(t)
	forest := ml.NewRandomForestRegressor()
	forest.NEstimators, forest.OOBScore = 3, true
	add("forest of values", fitted(forest.Fit(ctx, X, y))(t), X)
	forest.Criterion, forest.OOBScore, forest.Seed = ml.Poisson, false, ml.NewSeed(3)
	zeros := make([]float64, 12)
	zeros[3] = 1
	add("forest of counts", fitted(forest.Fit(ctx, X, zeros))(t), X) // trees that have drawn only zeros have an infinite impurity
	add("tree of values", fitted(ml.NewDecisionTreeRegressor().Fit(ctx, X, y))(t), X)
	add("isotonic regression", fitted(ml.IsotonicRegression{}.Fit(ctx, column, y))(t), column)
	add("dummy value", fitted(ml.NewDummyRegressor().Fit(ctx, X, y))(t), X)
	add("pipeline with a regressor", fitted(ml.Pipe(ml.NewStandardScaler(), ml.NewPLSRegression()).FitValues(ctx, X, y))(t), X)
	var candidates []ml.RegressorCandidate
	for _, k := range []int{1, 2} {
		p := ml.NewPLSRegression()
		p.NComponents = k
		candidates = append(candidates, ml.RegressorCandidate{Params: ml.Params{"NComponents": k, "norm": ml.NormMax}, Regressor: p})
	}
	search := ml.NewRegressorSearchCV(candidates, ml.WithModels())
	add("search for a regressor", fitted(search.Fit(ctx, X, y))(t), X)
}

func savedBoosting(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X, y := threeClasses(t)
	X = withGaps(X)
	h := ml.NewHistGradientBoosting()
	h.MaxIter, h.MinSamplesLeaf = 2, 3
	add("histogram boosting", fitted(h.Fit(ctx, X, y))(t), X)
	h.MaxLeafNodes, h.EarlyStopping = 2, ml.EarlyStoppingOn
	two, labels := rings(3, 30, 2)
	add("histogram boosting of two classes", fitted(h.Fit(ctx, two, labels))(t), two)
	r := ml.NewHistGradientBoostingRegressor()
	r.MaxIter, r.MinSamplesLeaf, r.Loss = 2, 2, ml.PoissonLoss
	add("histogram boosting of counts", fitted(r.Fit(ctx, X, floats(y)))(t), X)
	r.EarlyStopping, r.ValidationFraction = ml.EarlyStoppingOn, ml.Size{}
	g := ml.NewGradientBoosting()
	g.NEstimators, g.Subsample = 2, 0.7
	complete, _ := threeClasses(t)
	add("gradient boosting", fitted(g.Fit(ctx, complete, y))(t), complete)
	g.NIterNoChange, g.ValidationFraction = 1, 0.3
	add("gradient boosting of two classes", fitted(g.Fit(ctx, two, labels))(t), two)
	values := ml.NewGradientBoostingRegressor()
	values.NEstimators = 2
	add("gradient boosting of values", fitted(values.Fit(ctx, two, two.Col(1)))(t), two)
	add("histogram boosting without a split", fitted(r.Fit(ctx, X.Take([]int{0, 1}), []float64{1, 2}))(t), X)
}

func savedPipelines(t testing.TB, add func(string, any, ml.Data)) {
	ctx := t.Context()
	X, y := threeClasses(t)
	svc := ml.NewSVC()
	add("pipeline", fitted(ml.Pipe(ml.NewStandardScaler(), svc).Fit(ctx, X, y))(t), X)
	add("pipeline of a pipeline", fitted(ml.Pipe(ml.Pipe(ml.NewStandardScaler(), svc)).Fit(ctx, X, y))(t), X)
	add("pipeline of transformers", fitted(ml.Pipe(ml.NewStandardScaler(), ml.StandardScaler{}).FitTransformer(ctx, X))(t), X)
	add("pipeline on a frame", fitted(ml.Pipe(ml.NewColumnTransformer(ml.On(ml.NewDummies(), "city"), ml.On(ml.NewStandardScaler(), "age")), svc).
		Fit(ctx, people(t), []int{0, 1, 0, 1, 1, 0}))(t), people(t))
	imputer := ml.SimpleImputer{Strategy: ml.ImputeMostFrequent}
	add("pipeline that maps frames", fitted(ml.Pipe(imputer, ml.NewColumnTransformer(ml.On(ml.NewOneHotEncoder(), "city"), ml.On(imputer, "age"))).
		FitFrameTransformer(ctx, people(t)))(t), people(t))
}

func savedSearches(t testing.TB, add func(string, any, ml.Data)) {
	X, y := threeClasses(t)
	candidates := []ml.Candidate{
		{Params: ml.Params{"C": 0.5, "kernel": ml.KernelLinear, "gamma": ml.GammaAuto, "name": "a<b", "flag": true, "none": nil, "solver": ml.SVDFull, "leaf": ml.Rows(3), "weights": ml.BalancedClasses(), "parts": ml.MLEComponents}, Classifier: ml.NewSVC()},
		{Params: ml.Params{"n": 3, "i8": int8(-128), "u64": uint64(math.MaxUint64), "f32": float32(0.1), "nan": math.NaN(), "drop": ml.DropFirst}, Classifier: ml.Pipe(ml.NewStandardScaler(), ml.NewSVC())},
		{Classifier: ml.NewSVC()},
	}
	search := ml.NewSearchCV(candidates, ml.WithModels(), ml.WithTrainScores())
	search.CV = ml.NewKFold(3, ml.Shuffle(ml.NewSeed(1)))
	add("search", fitted(search.Fit(t.Context(), X, y))(t), X)
	add("search for a pipeline", fitted(ml.Pipe(ml.NewStandardScaler(), ml.NewSearchCV(candidates[2:])).Fit(t.Context(), X, y))(t), X)
}

// ask has a model say all that it can say about some data.
func ask(ctx context.Context, model any, data ml.Data, note func(method string, answer any, err error)) {
	frame, isFrame := data.(*ml.Frame)
	if !isFrame {
		frame = data.(*ml.Matrix).AsFrame()
	}
	var transformed *ml.Matrix
	if m, ok := model.(ml.FrameTransformerModel); ok {
		out, err := m.TransformFrame(frame)
		note("TransformFrame", out, err)
		transformed = out
	}
	if m, ok := model.(ml.FrameClassifierModel); ok {
		out, err := m.PredictFrame(ctx, frame)
		note("PredictFrame", out, err)
	}
	if m, ok := model.(ml.FrameRegressorModel); ok {
		out, err := m.PredictFrame(ctx, frame)
		note("PredictFrame", out, err)
	}
	if m, ok := model.(ml.FrameMapperModel); ok {
		out, err := m.MapFrame(frame)
		note("MapFrame", out, err)
	}
	if X, err := data.AsMatrix(); err == nil {
		if m, ok := model.(ml.TransformerModel); ok {
			out, err := m.Transform(X)
			note("Transform", out, err)
			transformed = out
		}
		askClassifier(ctx, model, X, note)
	}
	if transformed != nil {
		askInverse(model, transformed, note)
	}
}

func askClassifier(ctx context.Context, model any, X *ml.Matrix, note func(string, any, error)) {
	if m, ok := model.(ml.ClassifierModel); ok {
		out, err := m.Predict(ctx, X)
		note("Predict", out, err)
	}
	if m, ok := model.(ml.RegressorModel); ok {
		out, err := m.Predict(ctx, X)
		note("Predict", out, err)
	}
	if m, ok := model.(interface {
		PredictMulti(context.Context, *ml.Matrix) (*ml.Matrix, error)
	}); ok {
		out, err := m.PredictMulti(ctx, X)
		note("PredictMulti", out, err)
	}
	if m, ok := model.(*ml.OneClassSVMModel); ok {
		out, err := m.Decision(ctx, X)
		note("Decision", out, err)
	}
	if m, ok := model.(ml.ProbabilityModel); ok {
		out, err := m.PredictProba(ctx, X)
		note("PredictProba", out, err)
	}
	if m, ok := model.(ml.DecisionModel); ok {
		out, err := m.Decision(ctx, X)
		note("Decision", out, err)
	}
}

func askInverse(model any, X *ml.Matrix, note func(string, any, error)) {
	if m, ok := model.(interface {
		InverseTransform(*ml.Matrix) (*ml.Matrix, error)
	}); ok {
		out, err := m.InverseTransform(X)
		note("InverseTransform", out, err)
	}
	if m, ok := model.(interface {
		InverseTransform(*ml.Matrix) (*ml.Frame, error)
	}); ok {
		out, err := m.InverseTransform(X)
		note("InverseTransform", out, err)
	}
}

// answersOf returns what a model says, with the bits of the numbers, and its errors.
func answersOf(ctx context.Context, model any, data ml.Data) (all []string) {
	ask(ctx, model, data, func(method string, answer any, err error) {
		switch out := answer.(type) {
		case *ml.Matrix:
			if err == nil {
				answer = fmt.Sprint(out.Names(), hexOf(rowMajor(out)))
			}
		case *ml.Frame:
			if err == nil {
				answer = textOf(out)
			}
		case []float64:
			answer = hexOf(out)
		}
		all = append(all, fmt.Sprintf("%s: %v %v", method, answer, err))
	})
	return all
}

// numbersOf returns the numbers of what a model says.
func numbersOf(ctx context.Context, model any, data ml.Data) (all []float64) {
	ask(ctx, model, data, func(_ string, answer any, err error) {
		if err != nil {
			return
		}
		switch out := answer.(type) {
		case *ml.Matrix:
			all = append(all, rowMajor(out)...)
		case []int:
			for _, label := range out {
				all = append(all, float64(label))
			}
		case []float64:
			all = append(all, out...)
		}
	})
	return all
}

func hexOf(values []float64) string {
	var words []string
	for _, v := range values {
		words = append(words, fmt.Sprintf("%016x", math.Float64bits(v)))
	}
	return strings.Join(words, " ")
}

func textOf(f *ml.Frame) string {
	var text strings.Builder
	for _, name := range f.Names() {
		if numbers, err := f.Numbers(name); err == nil {
			fmt.Fprintf(&text, "%s %s\n", name, hexOf(numbers))
			continue
		}
		texts, absent, err := f.Texts(name)
		fmt.Fprintf(&text, "%s %q %v %v\n", name, texts, absent, err)
	}
	return text.String()
}
