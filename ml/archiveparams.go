package ml

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
)

// paramTypes are the types that a parameter of a search can have, by their names.
var paramTypes = typesByName(
	false, "", 0.0, float32(0), 0, int8(0), int16(0), int32(0), int64(0), uint(0), uint8(0), uint16(0), uint32(0), uint64(0),
	GammaScale, AllComponents, SVDAuto,
	KernelRBF, DropNone, UnknownError, MissingCategory, RemainderDrop, ImputeMean, NormL2, L2Penalty, UniformWeights, AutoNeighbors,
	YeoJohnson, OutputUniform, Gini, BestSplits, SqrtFeatures,
)

// paramChoices are the names of the constants of those that are a choice.
var paramChoices = map[reflect.Type][]string{
	reflect.TypeFor[Kernel]():             kernelNames[:],
	reflect.TypeFor[Drop]():               dropNames,
	reflect.TypeFor[Unknown]():            unknownNames,
	reflect.TypeFor[Missing]():            missingNames,
	reflect.TypeFor[Remainder]():          {"drop", "passthrough"},
	reflect.TypeFor[ImputeStrategy]():     namesTo(ImputeConstant),
	reflect.TypeFor[PowerMethod]():        namesTo(BoxCox),
	reflect.TypeFor[OutputDistribution](): namesTo(OutputNormal),
	reflect.TypeFor[Splits]():             namesTo(RandomSplits),
	reflect.TypeFor[Criterion]():          namesTo(LogLossCriterion),
	reflect.TypeFor[Norm]():               namesTo(NormMax),
	reflect.TypeFor[Penalty]():            namesTo(NoPenalty),
	reflect.TypeFor[NeighborWeights]():    namesTo(DistanceWeights),
	reflect.TypeFor[NeighborAlgorithm]():  namesTo(KDTree),
}

func typesByName(values ...any) map[string]reflect.Type {
	types := make(map[string]reflect.Type)
	for _, v := range values {
		types[reflect.TypeOf(v).Name()] = reflect.TypeOf(v)
	}
	return types
}

// otherParam stands for a parameter of a kind, such as a Size.
const otherParam = "model"

// archiveParam is for a value of one of paramTypes, or nil, or what can be saved alone.
func archiveParam(a *archive, value *any) {
	t := reflect.TypeOf(*value)
	name := "nil"
	if t != nil {
		name = t.Name()
	}
	if t != paramTypes[name] {
		name = otherParam
	}
	a.text("type", &name)
	t = paramTypes[name]
	switch {
	case a.err != nil || name == "nil":
		return
	case name == otherParam:
		model(a, "value", value)
		return
	case t == nil:
		a.fail(fmt.Errorf("a parameter is of the unknown type %q", name))
		return
	}
	v := reflect.New(t).Elem()
	if !a.reading {
		v.Set(reflect.ValueOf(*value))
	}
	if !archiveScalar(a, v) {
		a.fail(fmt.Errorf("a parameter is beyond the range of %v", t))
	}
	*value = v.Interface()
}

// archiveScalar sets v when reading, and reports whether what is read fits. A uint64 is
// stored as the int64 with its bits.
func archiveScalar(a *archive, v reflect.Value) (fits bool) {
	switch {
	case v.Kind() == reflect.Bool:
		b := v.Bool()
		a.truth("value", &b)
		v.SetBool(b)
	case v.Kind() == reflect.String:
		s := v.String()
		a.text("value", &s)
		v.SetString(s)
	case v.CanFloat():
		f := v.Float()
		a.number("value", &f)
		v.SetFloat(f)
		return v.Float() == f || math.IsNaN(f)
	case v.CanInt():
		n := v.Int()
		whole(a, "value", &n)
		v.SetInt(n)
		return v.Int() == n
	case paramChoices[v.Type()] != nil:
		n := v.Uint()
		a.choice("value", &n, paramChoices[v.Type()])
		v.SetUint(n)
	case v.CanUint():
		n := int64(v.Uint())
		whole(a, "value", &n)
		v.SetUint(uint64(n))
		return v.Uint() == uint64(n)
	}
	return true
}

func (s *Seed) archive(a *archive) { whole(a, "number", &s.n) }

func (s *Seed) verify() error { return nil }

func (s *Size) archive(a *archive) {
	choice(a, "by", &s.by, "default", "share", "rows")
	a.number("share", &s.share)
	whole(a, "rows", &s.rows)
}

func (s *Size) verify() error { return nil }

// labelWeight is an entry of a ClassWeight.
type labelWeight struct {
	label  int
	weight float64
}

func (w *ClassWeight) archive(a *archive) {
	choice(a, "rule", &w.rule, "none", "balanced", "balanced_subsample", "by label")
	var all []labelWeight
	for _, label := range slices.Sorted(maps.Keys(w.labels)) {
		all = append(all, labelWeight{label, w.labels[label]})
	}
	objects(a, "labels", &all, func(l *labelWeight) {
		whole(a, "label", &l.label)
		a.number("weight", &l.weight)
	})
	if !a.reading || len(all) == 0 {
		return
	}
	w.labels = make(map[int]float64, len(all))
	for i, l := range all {
		if i > 0 && l.label <= all[i-1].label {
			a.fail(fmt.Errorf("label %d does not come before label %d", all[i-1].label, l.label))
		}
		w.labels[l.label] = l.weight
	}
}

func (w *ClassWeight) verify() error { return nil }
