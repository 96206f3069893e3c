package task_test

import (
	"testing"

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
