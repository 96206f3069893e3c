package ml

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// kind is a type that can be saved, under a name that never changes.
//
// A new one needs a line in the registry below, the methods archive and verify, what
// marshalers.go has for every type that users see, and an example in
// savemodels_test.go. Tests ask for what is missing.
type kind struct {
	name   string
	typ    reflect.Type             // of what Load returns
	create func() archived          // to be read into
	open   func(model any) archived // to be written
	model  func(x archived) any     // what Load returns
}

var kinds = newRegistry(
	kindOf[Matrix]("Matrix"),
	kindOf[Frame]("Frame"),
	kindOfValue[Classes]("Classes"),
	kindOfValue[Seed]("Seed"),
	kindOfValue[Size]("Size"),
	kindOfValue[ClassWeight]("ClassWeight"),

	kindOf[StandardScalerModel]("StandardScaler"),
	kindOf[MinMaxScalerModel]("MinMaxScaler"),
	kindOf[MaxAbsScalerModel]("MaxAbsScaler"),
	kindOf[RobustScalerModel]("RobustScaler"),
	kindOf[NormalizerModel]("Normalizer"),
	kindOf[SpatialSignModel]("SpatialSign"),
	kindOfValue[Function]("Function"),
	kindOf[PowerTransformerModel]("PowerTransformer"),
	kindOf[QuantileTransformerModel]("QuantileTransformer"),
	kindOf[PCAModel]("PCA"),
	kindOf[SimpleImputerModel]("SimpleImputer"),
	kindOf[VarianceThresholdModel]("VarianceThreshold"),
	kindOf[NearZeroVarianceModel]("NearZeroVariance"),
	kindOf[CorrelationFilterModel]("CorrelationFilter"),
	kindOf[PolynomialFeaturesModel]("PolynomialFeatures"),
	kindOf[OneHotEncoderModel]("OneHotEncoder"),
	kindOf[OrdinalEncoderModel]("OrdinalEncoder"),
	kindOfValue[YesNo]("YesNo"),

	kindOf[SVCModel]("SVC"),
	kindOf[ForestModel]("Forest"),
	kindOf[TreeModel]("DecisionTree"),
	kindOf[ForestRegressorModel]("ForestRegressor"),
	kindOf[TreeRegressorModel]("DecisionTreeRegressor"),
	kindOf[HistGradientBoostingModel]("HistGradientBoosting"),
	kindOf[HistGradientBoostingRegressorModel]("HistGradientBoostingRegressor"),
	kindOf[GradientBoostingModel]("GradientBoosting"),
	kindOf[GradientBoostingRegressorModel]("GradientBoostingRegressor"),
	kindOf[LogisticRegressionModel]("LogisticRegression"),
	kindOf[KNeighborsModel]("KNeighborsClassifier"),
	kindOf[PLSRegressionModel]("PLSRegression"),
	kindOf[OneClassSVMModel]("OneClassSVM"),
	kindOf[IsotonicRegressionModel]("IsotonicRegression"),
	kindOf[CalibratedClassifierModel]("CalibratedClassifier"),
	kindOf[LinearSVCModel]("LinearSVC"),
	kindOf[SVRModel]("SVR"),
	kindOf[DummyRegressorModel]("DummyRegressor"),
	kindOf[DummyClassifierModel]("DummyClassifier"),
	kindOf[GaussianNBModel]("GaussianNB"),
	kindOf[KNeighborsRegressorModel]("KNeighborsRegressor"),
	kindOf[LinearModel]("LinearModel"),

	kindOf[PipelineModel]("Pipeline"),
	kindOf[RegressorPipelineModel]("RegressorPipeline"),
	kindOf[transformChain]("TransformerPipeline"),
	kindOf[ColumnTransformerModel]("ColumnTransformer"),
	kindOfValue[onNumbers]("OnNumbers"),
	kindOfValue[toNumbers]("ToNumbers"),
	kindOfValue[asIs]("AsIs"),
	kindOf[SearchModel]("SearchCV"),
	kindOf[RegressorSearchModel]("RegressorSearchCV"),
)

// kindOf is for types that users hold pointers to.
func kindOf[T any, P interface {
	*T
	archived
}](name string) *kind {
	return &kind{
		name: name, typ: reflect.TypeFor[P](),
		create: func() archived { return P(new(T)) },
		open:   func(model any) archived { return model.(P) },
		model:  func(x archived) any { return x },
	}
}

// kindOfValue is for types that users hold as they are.
func kindOfValue[T any, P interface {
	*T
	archived
}](name string) *kind {
	return &kind{
		name: name, typ: reflect.TypeFor[T](),
		create: func() archived { return P(new(T)) },
		open:   func(model any) archived { v := model.(T); return P(&v) },
		model:  func(x archived) any { return *x.(P) },
	}
}

// Register makes models of a type of one's own part of what [Save] and [Load] can
// handle, as steps of a pipeline or alone: pointers to T, which write and read
// themselves. The kind stands in the file and must not change; it has a dot or a
// slash in it, such as "example.com/clip", which ours have not. Like gob.Register it is
// called from init, and panics if the kind or the type is taken.
func Register[T any, P interface {
	*T
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}](name string) {
	if !strings.ContainsAny(name, "./") {
		panic(errorf("Register: the kind %q must have a dot or a slash in it", name))
	}
	kinds.add(&kind{
		name: name, typ: reflect.TypeFor[P](),
		create: func() archived { return &customModel{P(new(T))} },
		open:   func(model any) archived { return &customModel{model.(P)} },
		model:  func(x archived) any { return x.(*customModel).model },
	})
}

// customModel is a model of a registered type.
type customModel struct{ model customType }

type customType interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// archive asks a model for its bytes once for both the text of JSON and its checksum,
// so that they may differ from call to call.
func (m *customModel) archive(a *archive) {
	data, known := a.custom[m.model]
	if !a.reading && !known {
		var err error
		if data, err = m.model.MarshalBinary(); err != nil {
			a.fail(err)
		}
	}
	a.bytes("data", &data)
	a.custom[m.model] = data
	if a.reading && a.err == nil {
		if err := m.model.UnmarshalBinary(data); err != nil {
			a.fail(err)
		}
	}
}

func (m *customModel) verify() error { return nil }

// registry finds kinds by name and by type.
type registry struct {
	mu     sync.RWMutex
	byName map[string]*kind
	byType map[reflect.Type]*kind
}

func newRegistry(kinds ...*kind) *registry {
	r := &registry{byName: make(map[string]*kind), byType: make(map[reflect.Type]*kind)}
	for _, k := range kinds {
		r.add(k)
	}
	return r
}

func (r *registry) add(k *kind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName[k.name] != nil || r.byType[k.typ] != nil {
		panic(errorf("Register: the kind %q or the type %v is registered already", k.name, k.typ))
	}
	r.byName[k.name], r.byType[k.typ] = k, k
}

func (r *registry) named(name string) (*kind, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if k := r.byName[name]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("the kind %.100q is neither one of package ml nor given to Register", name)
}

// of returns the kind of a model.
func (r *registry) of(model any) (*kind, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k := r.byType[reflect.TypeOf(model)]
	if k == nil {
		return nil, r.unknownType(model)
	}
	if v := reflect.ValueOf(model); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, fmt.Errorf("the %T is nil", model)
	}
	return k, nil
}

func (r *registry) unknownType(model any) error {
	t := reflect.TypeOf(model)
	switch {
	case t == nil:
	case r.byType[reflect.PointerTo(t)] != nil:
		return fmt.Errorf("%v cannot be saved, *%v can", t, t)
	case t.Kind() == reflect.Pointer && r.byType[t.Elem()] != nil:
		return fmt.Errorf("%v cannot be saved, %v can", t, t.Elem())
	}
	return fmt.Errorf("%v cannot be saved: it is neither a model of package ml nor of a type given to Register", t)
}
