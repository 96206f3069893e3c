package ml_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// scalers are the transformers that keep the columns, each with its inverse.
func scalers() map[string]ml.Transformer {
	return map[string]ml.Transformer{
		"StandardScaler": ml.NewStandardScaler(),
		"MinMaxScaler":   ml.NewMinMaxScaler(),
		"MaxAbsScaler":   ml.NewMaxAbsScaler(),
		"RobustScaler":   ml.NewRobustScaler(),
	}
}

// randomMatrix has columns on scales from 1e-5 to 1e5, and NaN in some cells.
func randomMatrix(t testing.TB, seed uint32, missing float64) *ml.Matrix {
	t.Helper()
	r := ml.NewRandomState(ml.NewSeed(seed))
	rows, cols := int(r.Randint(1, 41)), int(r.Randint(1, 10))
	cells := make([]float64, rows*cols)
	for i := range cells {
		cells[i] = (r.Normal() + 3) * math.Pow(10, float64(i/rows%11-5))
		if r.RandomSample() < missing {
			cells[i] = nan
		}
	}
	X, err := ml.NewMatrix(rows, cols, cells)
	require.NoError(t, err)
	return X
}

func TestScalersInvert(t *testing.T) {
	for name, scaler := range scalers() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint32(60) {
				X := randomMatrix(t, seed, 0.1)
				m, err := scaler.FitTransformer(t.Context(), X)
				require.NoError(t, err)
				Z, err := m.Transform(X)
				require.NoError(t, err)
				back, err := m.(inverter).InverseTransform(Z)
				require.NoError(t, err)
				rows, cols := X.Dims()
				for j := range cols {
					size := largest(X.Col(j))
					for i := range rows {
						x, z, b := X.At(i, j), Z.At(i, j), back.At(i, j)
						require.Equal(t, math.IsNaN(x), math.IsNaN(z), "NaN is kept")
						require.True(t, math.IsNaN(x) || math.Abs(x-b) <= 1e-14*size, "seed %d: %v came back as %v", seed, x, b)
					}
				}
			}
		})
	}
}

func largest(col []float64) float64 {
	size := 0.0
	for _, v := range col {
		if !math.IsNaN(v) {
			size = max(size, math.Abs(v))
		}
	}
	return size
}

func TestScalersReachTheirRange(t *testing.T) {
	for seed := range uint32(60) {
		X := randomMatrix(t, seed, 0)
		minMax, err := ml.MinMaxScaler{FeatureRange: [2]float64{-2, 3}}.Fit(t.Context(), X)
		require.NoError(t, err)
		maxAbs, err := ml.NewMaxAbsScaler().Fit(t.Context(), X)
		require.NoError(t, err)
		sign, err := ml.NewSpatialSign().Fit(t.Context(), X)
		require.NoError(t, err)
		inRange, err := minMax.Transform(X)
		require.NoError(t, err)
		unit, err := maxAbs.Transform(X)
		require.NoError(t, err)
		sphere, err := sign.Transform(X)
		require.NoError(t, err)
		rows, cols := X.Dims()
		for j := range cols {
			lo, hi := inRange.At(0, j), inRange.At(0, j)
			for i := range rows {
				lo, hi = min(lo, inRange.At(i, j)), max(hi, inRange.At(i, j))
			}
			assert.InDelta(t, -2, lo, 1e-12)
			if rows > 1 {
				assert.InDelta(t, 3, hi, 1e-12)
			}
			assert.Equal(t, 1.0, largest(unit.Col(j)))
		}
		for i := range rows {
			length := 0.0
			for _, v := range sphere.Row(nil, i) {
				length += v * v
			}
			if rows > 1 {
				assert.InDelta(t, 1, length, 1e-12, "seed %d", seed)
			} else {
				assert.Zero(t, length, "a single row is the mean")
			}
		}
	}
}

func TestScalersOfScaledColumnsChangeNothing(t *testing.T) {
	all := scalers()
	all["Normalizer"], all["SpatialSign"] = ml.NewNormalizer(), ml.SpatialSign{}
	for name, scaler := range all {
		t.Run(name, func(t *testing.T) {
			X, _ := dataSet(t, "wine")
			once := fitTransform(t, scaler, X)
			twice := fitTransform(t, scaler, once)
			require.InDeltaSlice(t, rowMajor(once), rowMajor(twice), 1e-12)
		})
	}
}

func fitTransform(t testing.TB, transformer ml.Transformer, X *ml.Matrix) *ml.Matrix {
	t.Helper()
	m, err := transformer.FitTransformer(t.Context(), X)
	require.NoError(t, err)
	Z, err := m.Transform(X)
	require.NoError(t, err)
	return Z
}

func TestSpatialSignBehindAScalerIsTheSame(t *testing.T) {
	X, _ := dataSet(t, "wine")
	alone := fitTransform(t, ml.NewSpatialSign(), X)
	behind := fitTransform(t, ml.Pipe(ml.NewStandardScaler(), ml.NewSpatialSign()), X)
	assert.InDeltaSlice(t, rowMajor(alone), rowMajor(behind), 1e-12)
}

func TestNormalizerRows(t *testing.T) {
	for _, c := range []struct {
		name, why string
		norm      ml.Norm
		row, want []float64
	}{
		{"L2", "", ml.NormL2, []float64{3, -4}, []float64{0.6, -0.8}},
		{"L1", "", ml.NormL1, []float64{1, -3}, []float64{0.25, -0.75}},
		{"Max", "", ml.NormMax, []float64{1, -4}, []float64{0.25, -1}},
		{"Zero", "there is no direction", ml.NormL2, []float64{0, 0}, []float64{0, 0}},
		{"Tiny", "scikit-learn takes it for zero", ml.NormL2, []float64{3e-17, 4e-17}, []float64{3e-17, 4e-17}},
		{"Huge", "the squares overflow, the result does not", ml.NormL2, []float64{3e200, -4e200}, []float64{0.6, -0.8}},
		{"HugeSum", "the sum overflows, the result does not", ml.NormL1, []float64{1.5e308, -1.5e308}, []float64{0.5, -0.5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			X := matrixOf(t, c.row, []float64{1, 1})
			m, err := ml.Normalizer{Norm: c.norm}.Fit(t.Context(), X)
			require.NoError(t, err)
			Z, err := m.Transform(X)
			require.NoError(t, err)
			assert.InDeltaSlice(t, c.want, Z.Row(nil, 0), 1e-15, c.why)
			assert.Equal(t, Z.At(1, 0), Z.At(1, 1), "other rows are not touched")
			assert.Equal(t, c.row, X.Row(nil, 0), "the input stays as it is")
		})
	}
}

func TestPartialFitIsFit(t *testing.T) {
	for seed := range uint32(30) {
		X := randomMatrix(t, seed, 0.3)
		var standard *ml.StandardScalerModel
		var minMax *ml.MinMaxScalerModel
		var maxAbs *ml.MaxAbsScalerModel
		var err error
		for i := range X.NumRows() {
			row := X.Take([]int{i})
			standard, err = ml.NewStandardScaler().PartialFit(t.Context(), standard, row)
			require.NoError(t, err)
			minMax, err = ml.NewMinMaxScaler().PartialFit(t.Context(), minMax, row)
			require.NoError(t, err)
			maxAbs, err = ml.NewMaxAbsScaler().PartialFit(t.Context(), maxAbs, row)
			require.NoError(t, err)
		}
		whole, err := ml.NewStandardScaler().Fit(t.Context(), X)
		require.NoError(t, err)
		assert.Equal(t, whole.SamplesSeen, standard.SamplesSeen)
		for j := range whole.Mean {
			assertClose(t, whole.Mean[j], standard.Mean[j])
			assertClose(t, whole.Var[j], standard.Var[j])
		}
		wholeMinMax, err := ml.NewMinMaxScaler().Fit(t.Context(), X)
		require.NoError(t, err)
		sameBits(t, wholeMinMax.Min, minMax.Min)
		sameBits(t, wholeMinMax.Scale, minMax.Scale)
		wholeMaxAbs, err := ml.NewMaxAbsScaler().Fit(t.Context(), X)
		require.NoError(t, err)
		sameBits(t, wholeMaxAbs.Scale, maxAbs.Scale)
	}
}

func assertClose(t *testing.T, want, got float64) {
	t.Helper()
	if !math.IsNaN(want) || !math.IsNaN(got) {
		assert.InDelta(t, want, got, 1e-12*max(1, math.Abs(want)))
	}
}

func TestPartialFitLeavesThePreviousModelAlone(t *testing.T) {
	first, err := ml.NewStandardScaler().PartialFit(t.Context(), nil, matrixOf(t, []float64{1}, []float64{3}))
	require.NoError(t, err)
	_, err = ml.NewStandardScaler().PartialFit(t.Context(), first, matrixOf(t, []float64{100}))
	require.NoError(t, err)
	assert.Equal(t, []float64{2}, first.Mean)
	assert.Equal(t, []float64{2}, first.SamplesSeen)
}

func TestPartialFitSkipsColumnsWithoutAValue(t *testing.T) {
	batches := [][]float64{{nan, nan}, {1, nan}, {3, nan}, {nan, nan}}
	var standard *ml.StandardScalerModel
	var minMax *ml.MinMaxScalerModel
	var maxAbs *ml.MaxAbsScalerModel
	var err error
	for _, row := range batches {
		standard, err = ml.NewStandardScaler().PartialFit(t.Context(), standard, matrixOf(t, row))
		require.NoError(t, err)
		minMax, err = ml.NewMinMaxScaler().PartialFit(t.Context(), minMax, matrixOf(t, row))
		require.NoError(t, err)
		maxAbs, err = ml.NewMaxAbsScaler().PartialFit(t.Context(), maxAbs, matrixOf(t, row))
		require.NoError(t, err)
	}
	sameBits(t, []float64{2, nan}, standard.Mean)
	sameBits(t, []float64{1, nan}, standard.Var)
	sameBits(t, []float64{2, nan}, minMax.DataRange)
	sameBits(t, []float64{3, nan}, maxAbs.MaxAbs)
	assert.Equal(t, 4, minMax.SamplesSeen, "rows are counted with what they lack")
}

func TestWeightTwoIsTwice(t *testing.T) {
	X, twice := matrixOf(t, []float64{1, 5}, []float64{2, 7}, []float64{4, 1}), []int{0, 1, 1, 2, 2}
	weighted, err := ml.NewStandardScaler().FitWeighted(t.Context(), X, []float64{1, 2, 2})
	require.NoError(t, err)
	plain, err := ml.NewStandardScaler().Fit(t.Context(), X.Take(twice))
	require.NoError(t, err)
	assert.InDeltaSlice(t, plain.Mean, weighted.Mean, 1e-14)
	assert.InDeltaSlice(t, plain.Scale, weighted.Scale, 1e-14)
	assert.Equal(t, plain.SamplesSeen, weighted.SamplesSeen)
}

func TestOneRowBecomesZeros(t *testing.T) {
	for _, name := range []string{"StandardScaler", "MinMaxScaler", "RobustScaler"} {
		Z := fitTransform(t, scalers()[name], matrixOf(t, []float64{3.3, -1e300, 0}))
		assert.Equal(t, []float64{0, 0, 0}, rowMajor(Z), name)
	}
}

func TestColumnsWithoutAValueStayWithoutOne(t *testing.T) {
	for name, scaler := range scalers() {
		m, err := scaler.FitTransformer(t.Context(), matrixOf(t, []float64{1, nan}, []float64{2, nan}))
		require.NoError(t, err)
		Z, err := m.Transform(matrixOf(t, []float64{1, 7}))
		require.NoError(t, err)
		assert.True(t, math.IsNaN(Z.At(0, 1)), "%s: 7 has nothing to be measured by", name)
	}
}

func TestScalersKeepNamesAndRefuseOthers(t *testing.T) {
	X, err := ml.NewMatrix(2, 2, []float64{1, 2, 3, 5}, "a", "b")
	require.NoError(t, err)
	swapped, err := ml.NewMatrix(1, 2, []float64{1, 2}, "b", "a")
	require.NoError(t, err)
	for name, scaler := range scalers() {
		m, err := scaler.FitTransformer(t.Context(), X)
		require.NoError(t, err)
		Z, err := m.Transform(X)
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "b"}, Z.Names())
		_, err = m.Transform(swapped)
		assert.EqualError(t, err, "ml: "+name+`: column 0 is "b", the model was fitted on "a"`)
		_, err = m.(inverter).InverseTransform(swapped)
		assert.Error(t, err)
		_, err = m.Transform(matrixOf(t, []float64{1, 2}))
		assert.NoError(t, err, "columns without names are taken by their places")
		none, err := m.Transform(X.Take(nil))
		require.NoError(t, err)
		assert.Zero(t, none.NumRows())
	}
}

func TestScalersRefuse(t *testing.T) {
	inf := math.Inf(1)
	two := matrixOf(t, []float64{1, 2}, []float64{3, 4})
	fit := func(transformer ml.Transformer, rows ...[]float64) func() error {
		return func() error { _, err := transformer.FitTransformer(t.Context(), matrixOf(t, rows...)); return err }
	}
	transform := func(transformer ml.Transformer, row ...float64) func() error {
		return func() error {
			m, err := transformer.FitTransformer(t.Context(), two)
			require.NoError(t, err)
			_, err = m.Transform(matrixOf(t, row))
			return err
		}
	}
	weighted := func(weights ...float64) func() error {
		return func() error { _, err := ml.NewStandardScaler().FitWeighted(t.Context(), two, weights); return err }
	}
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"Range", fit(ml.MinMaxScaler{FeatureRange: [2]float64{1, 1}}, []float64{1}),
			"ml: MinMaxScaler: FeatureRange is [1 1], must be two finite numbers in ascending order"},
		{"Quantiles", fit(ml.RobustScaler{QuantileRange: [2]float64{-1, nan}}, []float64{1}),
			"ml: RobustScaler: QuantileRange is [-1 NaN], must be two numbers from 0 to 100 in ascending order"},
		{"UnitVariance", fit(ml.RobustScaler{QuantileRange: [2]float64{0, 100}, UnitVariance: true}, []float64{1}),
			"ml: RobustScaler: QuantileRange is [0 100], must be two different numbers between 0 and 100 for UnitVariance"},
		{"Norm", fit(ml.Normalizer{Norm: 3}, []float64{1}), "ml: Normalizer: Norm is Norm(3), must be l2, l1 or max"},
		{"WeightsTooFew", weighted(1), "ml: StandardScaler: 1 weights for 2 rows"},
		{"WeightNegative", weighted(1, -1), "ml: StandardScaler: weight of row 1 is -1, must be a finite number >= 0"},
		{"WeightNaN", weighted(nan, 1), "ml: StandardScaler: weight of row 0 is NaN, must be a finite number >= 0"},
		{"WeightsZero", weighted(0, 0), "ml: StandardScaler: all weights are 0"},
		{"WeightsHuge", weighted(1e308, 1e308), "ml: StandardScaler: the weights sum to +Inf, must be a finite number"},
		{"SumOverflows", fit(ml.NewStandardScaler(), []float64{0, 1e308}, []float64{0, 1e308}),
			"ml: StandardScaler: column 1: the sum of the values is more than a float64 can hold"},
		{"VarianceOverflows", fit(ml.NewStandardScaler(), []float64{0, 1e200}, []float64{0, -1e200}),
			"ml: StandardScaler: column 1: the mean or the variance is more than a float64 can hold"},
		{"RangeOverflows", fit(ml.NewMinMaxScaler(), []float64{1e308}, []float64{-1e308}),
			"ml: MinMaxScaler: column 0: the range of the values is more than a float64 can hold"},
		{"QuantilesOverflow", fit(ml.RobustScaler{QuantileRange: [2]float64{0, 100}, WithScaling: true}, []float64{1e308}, []float64{-1e308}),
			"ml: RobustScaler: column 0: the range of the quantiles is more than a float64 can hold"},
		{"MinMaxInfinite", fit(ml.NewMinMaxScaler(), []float64{1, -inf}), "ml: MinMaxScaler: row 0, column 1: -Inf, only finite numbers and NaN are allowed"},
		{"MaxAbsInfinite", fit(ml.NewMaxAbsScaler(), []float64{1, inf}), "ml: MaxAbsScaler: row 0, column 1: +Inf, only finite numbers and NaN are allowed"},
		{"RobustInfinite", fit(ml.NewRobustScaler(), []float64{1, inf}), "ml: RobustScaler: row 0, column 1: +Inf, only finite numbers and NaN are allowed"},
		{"NormalizerNaN", fit(ml.NewNormalizer(), []float64{1, nan}), "ml: Normalizer: row 0, column 1: NaN, only finite numbers are allowed"},
		{"SpatialSignNaN", fit(ml.NewSpatialSign(), []float64{1, nan}), "ml: SpatialSign: row 0, column 1: NaN, only finite numbers are allowed"},
		{"TransformInfinite", transform(ml.NewMinMaxScaler(), 1, inf), "ml: MinMaxScaler: row 0, column 1: +Inf, only finite numbers and NaN are allowed"},
		{"TransformOverflows", transform(ml.MinMaxScaler{FeatureRange: [2]float64{0, 1e10}}, 1, 1e300),
			"ml: MinMaxScaler: row 0, column 1: 1e+300 becomes +Inf, which a float64 cannot hold"},
		{"NormalizeNaN", transform(ml.NewNormalizer(), 1, nan), "ml: Normalizer: row 0, column 1: NaN, only finite numbers are allowed"},
		{"SignOfNaN", transform(ml.NewSpatialSign(), 1, nan), "ml: SpatialSign: row 0, column 1: NaN, only finite numbers are allowed"},
		{"SignOfInfinite", transform(ml.NewSpatialSign(), 1, inf), "ml: SpatialSign: row 0, column 1: +Inf, only finite numbers and NaN are allowed"},
		{"NormalizerWidth", transform(ml.NewNormalizer(), 1), "ml: Normalizer: the matrix has 1 columns, the model was fitted on 2"},
		{"PartialWidth", func() error {
			m, err := ml.NewMinMaxScaler().Fit(t.Context(), two)
			require.NoError(t, err)
			_, err = ml.NewMinMaxScaler().PartialFit(t.Context(), m, matrixOf(t, []float64{1}))
			return err
		}, "ml: MinMaxScaler: the matrix has 1 columns, the model was fitted on 2"},
		{"MaxAbsPartialWidth", func() error {
			m, err := ml.NewMaxAbsScaler().Fit(t.Context(), two)
			require.NoError(t, err)
			_, err = ml.NewMaxAbsScaler().PartialFit(t.Context(), m, matrixOf(t, []float64{1}))
			return err
		}, "ml: MaxAbsScaler: the matrix has 1 columns, the model was fitted on 2"},
		{"StandardPartialWidth", func() error {
			m, err := ml.NewStandardScaler().Fit(t.Context(), two)
			require.NoError(t, err)
			_, err = ml.NewStandardScaler().PartialFit(t.Context(), m, matrixOf(t, []float64{1}))
			return err
		}, "ml: StandardScaler: the matrix has 1 columns, the model was fitted on 2"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.EqualError(t, c.do(), c.want) })
	}
}

func TestTransformersNeedData(t *testing.T) {
	empty, err := ml.NewMatrix(0, 2, nil)
	require.NoError(t, err)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	all := scalers()
	all["Normalizer"], all["SpatialSign"], all["PolynomialFeatures"] = ml.NewNormalizer(), ml.NewSpatialSign(), ml.NewPolynomialFeatures()
	all["VarianceThreshold"], all["NearZeroVariance"] = ml.NewVarianceThreshold(), ml.NewNearZeroVariance()
	for name, transformer := range all {
		_, err := transformer.FitTransformer(t.Context(), empty)
		assert.EqualError(t, err, "ml: "+name+": the matrix is 0×2, at least one row and one column are needed")
		_, err = transformer.FitTransformer(cancelled, matrixOf(t, []float64{1}, []float64{2}))
		assert.EqualError(t, err, "ml: "+name+": context canceled")
	}
}

func TestMinMaxScalerRefusesAScaleBeyondFloat64(t *testing.T) {
	X, err := ml.NewMatrix(2, 1, []float64{1, 1 + 0x1p-40}, "a")
	require.NoError(t, err)
	_, err = ml.MinMaxScaler{FeatureRange: [2]float64{0, 1e300}}.Fit(t.Context(), X)
	require.EqualError(t, err, `ml: MinMaxScaler: column "a": the values lie so close that their scale for FeatureRange [0 1e+300] is more than a float64 can hold`)
}

func TestClipKeepsNaN(t *testing.T) {
	s := ml.NewMinMaxScaler()
	s.Clip = true
	m, err := s.Fit(t.Context(), matrixOf(t, []float64{0}, []float64{10}))
	require.NoError(t, err)
	Z, err := m.Transform(matrixOf(t, []float64{-5}, []float64{nan}, []float64{5}, []float64{1e300}))
	require.NoError(t, err)
	sameBits(t, []float64{0, nan, 0.5, 1}, rowMajor(Z))
}

func TestLargeDataIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	X, _ := rings(3, 9000, 11)
	all := scalers()
	all["Normalizer"], all["SpatialSign"], all["PolynomialFeatures"] = ml.NewNormalizer(), ml.NewSpatialSign(), ml.NewPolynomialFeatures()
	for _, transformer := range all {
		want := rowMajor(fitTransform(t, transformer, X))
		for _, workers := range []int{1, 3} {
			ctx := ml.WithPool(t.Context(), workers)
			m, err := transformer.FitTransformer(ctx, X)
			require.NoError(t, err)
			Z, err := m.Transform(X)
			require.NoError(t, err)
			sameBits(t, want, rowMajor(Z))
		}
	}
}

func TestRobustScalerOfOrdersThatAreHardToSelectFrom(t *testing.T) {
	const n = 4001
	for _, c := range []struct {
		name string
		at   func(i int) float64
	}{
		{"Rising", func(i int) float64 { return float64(i) }},
		{"Falling", func(i int) float64 { return float64(-i) }},
		{"OrganPipe", func(i int) float64 { return float64(min(i, n-i)) }},
		{"Same", func(int) float64 { return 7 }},
		{"TwoValues", func(i int) float64 { return float64(i % 2) }},
		{"Sawtooth", func(i int) float64 { return float64(i % 50) }},
		{"BadPivots", func(i int) float64 { // the median of first, middle and last is always near the end
			if i%2 == 0 {
				return float64(i)
			}
			return float64(2*n - i)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			col := make([]float64, n)
			for i := range col {
				col[i] = c.at(i)
			}
			sorted := slices.Sorted(slices.Values(col))
			X, err := ml.NewMatrix(n, 1, col)
			require.NoError(t, err)
			m, err := ml.NewRobustScaler().Fit(t.Context(), X)
			require.NoError(t, err)
			assert.Equal(t, sorted[n/2], m.Center[0])
			if width := sorted[3*n/4] - sorted[n/4]; width > 0 {
				assert.Equal(t, width, m.Scale[0])
			}
		})
	}
}
