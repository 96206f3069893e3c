package task_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag/internal/task"
)

func TestBrief(t *testing.T) {
	type inner struct {
		A    int
		text string
	}
	type ring struct{ Next *ring }
	loop := &ring{}
	loop.Next = loop
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"Nil", nil, "nil"},
		{"NilPointer", (*inner)(nil), "nil"},
		{"Text", "a b", "a b"},
		{"Number", 1.5, "1.5"},
		{"Stringer", 90 * time.Second, "1m30s"},
		{"Error", errors.New("oh"), "oh"},
		{"List", []string{"a", "b"}, `["a" "b"]`},
		{"LongList", make([]int, 1e6), "[0 0 0 0 0 0 0 0 … 1000000 in all]"},
		{"Map", map[string]int{"a": 1}, "map[string]int of 1"},
		{"Struct", &inner{1, "x"}, `{A:1 text:"x"}`},
		{"LongText", strings.Repeat("é", 500), strings.Repeat("é", 100) + "… 1000 bytes in all"},
		{"Func", t.Name, "func() string"},
		{"Loop", loop, "{Next:{Next:*task_test.ring…}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, task.Brief(tt.v)) })
	}
	deep := [][][][]string{}
	for range 100 {
		deep = append(deep, [][][]string{{{strings.Repeat("x", 500)}, {"y"}}, {{"z"}}})
	}
	assert.Less(t, len(task.Brief(deep)), 2000)
}
