package ml_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// Columns that changed places would be taken for each other without a word.
func TestModelsRefuseColumnsThatChangedPlaces(t *testing.T) {
	ctx := t.Context()
	y := []int{0, 0, 0, 0, 1, 1, 1, 1}
	values := []float64{1, 2, 3, 4, 5, 6, 7, 8.5}
	named := func(names ...string) *ml.Matrix {
		cells := []float64{1, 2, 3, 4, 15, 16, 17, 18, 9, 2, 7, 4, 5, 1, 3, 8}
		return fitted(ml.NewMatrix(8, 2, cells, names...))(t)
	}
	X, swapped, nameless := named("age", "income"), named("income", "age"), named()

	models := map[string]func() (any, error){}
	for name, c := range map[string]ml.Classifier{
		"SVC": ml.NewSVC(), "LinearSVC": ml.NewLinearSVC(), "LogisticRegression": ml.NewLogisticRegression(), "GaussianNB": ml.NewGaussianNB(),
		"KNeighborsClassifier": ml.NewKNeighborsClassifier(), "RandomForest": ml.NewRandomForest(), "DecisionTree": ml.NewDecisionTree(),
		"Pipeline": ml.Pipe(ml.NewStandardScaler(), ml.NewSVC()),
	} {
		models[name] = func() (any, error) { return c.FitClassifier(ctx, X, y) }
	}
	for name, r := range map[string]ml.Regressor{
		"SVR": ml.NewSVR(), "NuSVR": ml.NewNuSVR(), "LinearRegression": ml.NewLinearRegression(), "Ridge": ml.NewRidge(), "Lasso": ml.NewLasso(), "ElasticNet": ml.NewElasticNet(),
		"KNeighborsRegressor": ml.NewKNeighborsRegressor(), "RandomForestRegressor": ml.NewRandomForestRegressor(),
		"DecisionTreeRegressor": ml.NewDecisionTreeRegressor(), "PLSRegression": ml.PLSRegression{NComponents: 1, Scale: true, MaxIter: 500, Tol: 1e-6},
	} {
		models[name] = func() (any, error) { return r.FitRegressor(ctx, X, values) }
	}
	for name, f := range map[string]ml.Transformer{
		"StandardScaler": ml.NewStandardScaler(), "MinMaxScaler": ml.NewMinMaxScaler(), "MaxAbsScaler": ml.NewMaxAbsScaler(), "RobustScaler": ml.NewRobustScaler(),
		"PCA": ml.NewPCA(), "PowerTransformer": ml.NewPowerTransformer(), "QuantileTransformer": ml.NewQuantileTransformer(),
		"CorrelationFilter": ml.NewCorrelationFilter(), "VarianceThreshold": ml.VarianceThreshold{}, "PolynomialFeatures": ml.NewPolynomialFeatures(),
		"NearZeroVariance": ml.NewNearZeroVariance(),
	} {
		models[name] = func() (any, error) { return f.FitTransformer(ctx, X) }
	}
	for name, fit := range models {
		t.Run(name, func(t *testing.T) {
			model := fitted(fit())(t)
			use := func(X *ml.Matrix) error {
				switch m := model.(type) {
				case ml.ClassifierModel:
					_, err := m.Predict(ctx, X)
					return err
				case ml.RegressorModel:
					_, err := m.Predict(ctx, X)
					return err
				default:
					_, err := m.(ml.TransformerModel).Transform(X)
					return err
				}
			}
			require.NoError(t, use(X))
			require.NoError(t, use(nameless), "names are compared where both have some")
			require.ErrorContains(t, use(swapped), `column 0 is "income", the model was fitted on "age"`)
		})
	}
	one := fitted(ml.NewOneClassSVM().Fit(ctx, X))(t)
	_, err := one.Predict(ctx, swapped)
	require.ErrorContains(t, err, `column 0 is "income", the model was fitted on "age"`)
	forest := ml.NewRandomForest()
	forest.NEstimators = 1
	some := fitted(forest.Fit(ctx, X, y))(t)
	_, err = forest.FitMore(ctx, some, swapped, y, nil)
	require.ErrorContains(t, err, `column 0 is "income", the model was fitted on "age"`)
}
