package task_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag/internal/task"
)

type table struct{ rows, cols int }

func (t *table) NumRows() int    { return t.rows }
func (t *table) NumColumns() int { return t.cols }

type matrix struct{}

func (matrix) Dims() (rows, cols int) { return 4, 2 }

type list struct{}

func (list) NumRows() int { return 9 }

func TestRows(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  int
		none  bool
	}{
		{name: "Nothing", none: true},
		{name: "Table", value: &table{3333, 21}, want: 3333},
		{name: "NilTable", value: (*table)(nil), none: true},
		{name: "Matrix", value: matrix{}, want: 4},
		{name: "Tables", value: []*table{{3, 1}, nil, {4, 1}}, want: 7},
		{name: "Matrices", value: [2]matrix{}, want: 8},
		{name: "Slice", value: []string{"a", "b"}, want: 2},
		{name: "Map", value: map[string]int{"a": 1}, want: 1},
		{name: "Number", value: int32(42), want: 42},
		{name: "LargeNumber", value: uint64(math.MaxUint64), want: math.MaxInt},
		{name: "Duration", value: time.Second, none: true},
		{name: "Bytes", value: []byte("abc"), none: true},
		{name: "Text", value: "abc", none: true},
		{name: "Struct", value: struct{}{}, none: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, ok := task.Rows(c.value)
			assert.Equal(t, !c.none, ok)
			if ok {
				assert.Equal(t, c.want, n)
			}
		})
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"Nothing", nil, ""},
		{"Table", &table{3333, 21}, "3333x21"},
		{"NilTable", (*table)(nil), ""},
		{"Matrix", matrix{}, "4x2"},
		{"Rows", list{}, "9"},
		{"Slice", []int{1, 2}, "2"},
		{"NoSlice", []int(nil), "0"},
		{"Map", map[string]int{"a": 1}, "1"},
		{"Text", "abc", ""},
		{"Number", 3, ""},
		{"Struct", struct{}{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, task.Size(c.value)) })
	}
}
