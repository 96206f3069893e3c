// Package ml learns from columns of numbers and gives the answers
// scikit-learn gives: the same folds, the same forest and the same support
// vectors for the same seed. It is for programs that already hold their data
// in Go and want a model without leaving the process.
//
// # Basics
//
// A [Matrix] holds n rows of p columns as float64, column by column. It comes
// from a table ([MatrixOf], any type with the three methods of [Columns]), from
// a slice ([NewMatrix]) or from gonum ([MatrixFrom]). [Labels] turns a column of
// names into codes 0..K−1 and keeps the names as [Classes].
//
// A learner is a struct of parameters: its constructor gives scikit-learn's
// defaults, its fields may be changed, copying it clones it. [SVC], [NuSVC], [LinearSVC],
// [RandomForest], [ExtraTrees], [DecisionTree], [GradientBoosting], [HistGradientBoosting], [LogisticRegression], [GaussianNB],
// [KNeighborsClassifier] and [DummyClassifier] are a [Classifier], [CalibratedClassifier]
// makes probabilities of what one says; [LinearRegression], [Ridge], [Lasso], [ElasticNet], [SVR], [NuSVR],
// [RandomForestRegressor], [ExtraTreesRegressor], [DecisionTreeRegressor], [GradientBoostingRegressor], [HistGradientBoostingRegressor], [KNeighborsRegressor], [PLSRegression] and [DummyRegressor] are a [Regressor].
// [Pipe] chains transformers in front of one, as a classifier again.
// Fit checks the parameters and the data and returns a model, which is another
// type: a learner that has not been fitted cannot predict.
//
// [StandardScaler], [MinMaxScaler], [MaxAbsScaler], [RobustScaler], [Normalizer],
// [SpatialSign], [SimpleImputer], [PolynomialFeatures] and the filters
// [VarianceThreshold], [NearZeroVariance] and [CorrelationFilter] are a
// [Transformer]. The first three have PartialFit for data that comes batch by
// batch: the previous model goes in, the next comes out.
//
// [KFold], [StratifiedKFold], [GroupKFold], [TimeSeriesSplit], [ShuffleSplit],
// [StratifiedShuffleSplit] and [LeaveOneOut] are a [Splitter]; [TrainTestSplit]
// divides once. [CrossValPredict] predicts every row with a model
// that has not seen it; [Accuracy] compares the result with the truth.
//
// Metrics compare truth with predictions ([F1], [ClassificationReport],
// [ConfusionMatrix]), scores ([ROC], [ROCAUC], [AveragePrecision]), probabilities
// ([LogLoss]) or numbers ([R2]); [MetricOption] lists what they take. [WithScoring]
// has cross-validation judge by them. Package mlplot draws them.
//
// Functions whose name ends in Regressor cross-validate a [Regressor]. [PLSRegression] is
// inside a pipeline a [SupervisedTransformer] as well.
//
// [Save] writes a fitted model or pipeline, [Load] and [LoadAs] read it back to the
// last bit; [SaveJSON] writes it to be looked at. [Register] lets models of your own
// take part.
//
// # Caveats
//
// The reference is scikit-learn 1.2.1 with numpy 1.24. Folds, scaling and forests
// agree bit for bit. A support vector machine takes the steps of libsvm, the same
// number of them, and agrees to about 1e-12 in its decision values. Where two steps
// promise the same but for the rounding of an inner product it may take the other
// one, and then the values agree to about Tol.
//
// [PCA] agrees to 1e-9, its randomized solver to 1e-6 for the same seed. Nearly
// square matrices with all components are slower than LAPACK.
//
// Partial least squares agrees to 1e-9; it stops, and says so, where only rounding
// errors are left.
//
// Models, and all slices they show, are to be read only; models are then safe
// for concurrent use. Inputs are never written to. A [RandomState] is not safe
// for concurrent use.
//
// Bad data is an error that starts with "ml: " and names the row and column.
// An index or a length that is wrong in the caller's own code panics, as it
// does with slices.
package ml
