package ml_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// floor is a transformer of one's own whose model is registered.
type floor struct{ least float64 }

// floorModel has bytes that differ from call to call, as those of a map can.
type floorModel struct {
	least float64
	calls uint64
}

func init() { ml.Register[floorModel]("example.com/floor") }

func (f floor) FitTransformer(context.Context, *ml.Matrix) (ml.TransformerModel, error) {
	return &floorModel{least: f.least}, nil
}

func (m *floorModel) Transform(X *ml.Matrix) (*ml.Matrix, error) {
	return mapped(X, func(v float64) float64 { return max(v, m.least) })
}

func (m *floorModel) MarshalBinary() ([]byte, error) {
	if math.IsNaN(m.least) {
		return nil, errors.New("the floor is NaN")
	}
	m.calls++
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, math.Float64bits(m.least)), m.calls), nil
}

func (m *floorModel) UnmarshalBinary(data []byte) error {
	if len(data) != 16 {
		return fmt.Errorf("%d bytes, want 16", len(data))
	}
	m.least = math.Float64frombits(binary.BigEndian.Uint64(data))
	return nil
}

func TestRegisteredModels(t *testing.T) {
	X, y := threeClasses(t)
	m := fitted(ml.Pipe(ml.NewStandardScaler(), floor{-0.5}, ml.NewSVC()).Fit(t.Context(), X, y))(t)
	for form, data := range map[string][]byte{"binary": saved(t, m), "JSON": savedJSON(t, m)} {
		assert.Equal(t, answersOf(t.Context(), m, X), answersOf(t.Context(), loaded(t, data), X), form)
	}
	alone := loaded(t, saved(t, &floorModel{least: 7}))
	assert.Equal(t, 7.0, alone.(*floorModel).least)
	part := fitted(ml.NewColumnTransformer(ml.On(floor{5}, "x0")).Fit(t.Context(), X.AsFrame()))(t)
	assert.Equal(t, answersOf(t.Context(), part, X), answersOf(t.Context(), loaded(t, saved(t, part)), X))
}

func TestRegisteredModelsThatFail(t *testing.T) {
	X, _ := threeClasses(t)
	m := fitted(ml.Pipe(ml.NewStandardScaler(), floor{nan}).FitTransformer(t.Context(), X))(t)
	require.ErrorContains(t, ml.Save(&bytes.Buffer{}, m), "ml: Save: TransformerPipeline.steps[1].example.com/floor: the floor is NaN")
	_, err := ml.Load(bytes.NewReader(framed([]byte("\x11example.com/floor\x02ab"))))
	require.ErrorIs(t, err, ml.ErrModelData)
	require.ErrorContains(t, err, "example.com/floor: 2 bytes, want 16")
}

func TestRegisterPanics(t *testing.T) {
	assert.PanicsWithError(t, `ml: Register: the kind "floor" must have a dot or a slash in it`, func() { ml.Register[floorModel]("floor") })
	assert.PanicsWithError(t, `ml: Register: the kind "example.com/floor" or the type *ml_test.otherModel is registered already`, func() { ml.Register[otherModel]("example.com/floor") })
	assert.PanicsWithError(t, `ml: Register: the kind "example.com/roof" or the type *ml_test.floorModel is registered already`, func() { ml.Register[floorModel]("example.com/roof") })
}

type otherModel struct{ floorModel }
