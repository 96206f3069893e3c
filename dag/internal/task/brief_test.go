package task_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag/internal/mask"
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
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, task.Brief(tt.v, nil)) })
	}
	deep := [][][][]string{}
	for range 100 {
		deep = append(deep, [][][]string{{{strings.Repeat("x", 500)}, {"y"}}, {{"z"}}})
	}
	assert.Less(t, len(task.Brief(deep, nil)), 2000)
}

// What is left of a text that is cut has no part of a secret, and fields are hidden by their names.
func TestBriefHidesSecrets(t *testing.T) {
	m := mask.New("hunter2", "3.2501")
	type login struct {
		User, Password, Token string
		Rate                  float64
	}
	assert.Equal(t, `{User:"ana" Password:*** Token:"" Rate:***}`, task.Brief(login{"ana", "x", "", 3.2501}, m))
	assert.Equal(t, "[*** b]", strings.ReplaceAll(task.Brief([]string{"hunter2", "b"}, m), `"`, ""))
	assert.Equal(t, "bad ***", task.Brief(errors.New("bad hunter2"), m))
	for before := 190; before <= 200; before++ {
		text := strings.Repeat("x", before) + "hunter2" + strings.Repeat("y", 1000)
		brief := task.Brief(text, m)
		assert.NotContains(t, brief, "h", before)
		assert.Contains(t, brief, "… ", before)
		assert.NotContains(t, task.Preview(strings.Repeat("x", 3896)+text, m), "h")
		assert.NotContains(t, task.PreviewBytes([]byte(strings.Repeat("x", 3896)+text), m), "h")
	}
}
