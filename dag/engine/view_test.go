package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// sheet has rows and columns, and counts how often one is read back.
type sheet struct{ rows int }

var sheetsRead int

func (s sheet) Dims() (rows, cols int)         { return s.rows, 21 }
func (s sheet) String() string                 { return strings.Repeat("row\n", s.rows) }
func (s sheet) MarshalBinary() ([]byte, error) { return make([]byte, s.rows), nil }
func (s *sheet) UnmarshalBinary(data []byte) error {
	sheetsRead++
	s.rows = len(data)
	return nil
}

// viewed is a graph with a value to look at, a list that is mapped, and a branch.
func viewed() *dag.DAG {
	d := dag.New("d")
	load := dag.Task(d, "load", func(ctx context.Context) (sheet, error) {
		return sheet{3333}, dag.SaveCheckpoint(ctx, map[string]int{"at": 7})
	})
	parts := dag.Task1(d, "parts", load, func(context.Context, sheet) ([]int, error) { return []int{1, 2, 3}, nil })
	dag.Map(d, "each", parts, func(_ context.Context, n int) ([]string, error) { return make([]string, n), nil })
	left := dag.Do(d, "left", func(context.Context) error { return nil })
	right := dag.Do(d, "right", func(context.Context) error { return nil })
	choose := dag.Branch(d, "choose", load, func(context.Context, sheet) ([]dag.AnyTask, error) { return []dag.AnyTask{right}, nil })
	dag.Chain(choose, left)
	dag.Chain(choose, right)
	after := dag.Do(d, "after", func(context.Context) error { return nil })
	after.SetUpstream(dag.Do1(d, "fails", load, func(context.Context, sheet) error { return errors.New("boom") }))
	return d
}

// An outline tells of each task what Status does, also after a restart, and reads no large output.
func TestOutlineIsStatusWithoutValues(t *testing.T) {
	s := engine.NewMemory()
	e := reopened(t, s, viewed())
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.Error(t, err)
	require.NoError(t, e.Close(t.Context()))

	e = reopened(t, s, viewed())
	defer e.Close(t.Context())
	sheetsRead = 0
	got, err := e.Outline(t.Context(), id)
	require.NoError(t, err)
	assert.Zero(t, sheetsRead)
	want, err := e.Status(t.Context(), id)
	require.NoError(t, err)
	assert.Positive(t, sheetsRead)
	for i := range want.Tasks {
		for _, a := range want.Tasks[i].Attempts {
			assert.Empty(t, a.Log, "Logs has those")
		}
		want.Tasks[i].Output, want.Tasks[i].Attempts = "", nil
	}
	assert.Equal(t, want, got)
	assert.Equal(t, engine.Triggered, got.Cause)
	sizes := map[string]string{}
	for _, task := range got.Tasks {
		sizes[task.ID] = fmt.Sprintf("%s %s", task.State, task.Size)
	}
	assert.Equal(t, map[string]string{
		"load": "succeeded 3333x21", "parts": "succeeded 3", "each": "succeeded 3", "choose": "succeeded 1", "left": "skipped ",
		"right": "succeeded ", "fails": "failed ", "after": "upstream_failed ",
	}, sizes)
	_, err = e.Outline(t.Context(), "d/none")
	require.ErrorContains(t, err, `run "d/none": there is no such run`)
}

// Of a task that is looked at, its values are read and no others.
func TestInspect(t *testing.T) {
	s := engine.NewMemory()
	e := reopened(t, s, viewed())
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.Error(t, err)
	require.NoError(t, e.Close(t.Context()))

	e = reopened(t, s, viewed())
	defer e.Close(t.Context())
	sheetsRead = 0
	each, err := e.Inspect(t.Context(), id, "each")
	require.NoError(t, err)
	assert.Zero(t, sheetsRead, "load is not an input of each")
	assert.Equal(t, []engine.Value{{Task: "parts", Element: -1, Type: "[]int", Size: "3", Text: "[1 2 3]"}}, each.Inputs)
	assert.Equal(t, engine.Value{Task: "each", Element: -1, Type: "[][]string", Size: "3", Text: `[[""] ["" ""] ["" "" ""]]`}, each.Returned)
	assert.Len(t, each.Attempts, 3)

	load, err := e.Inspect(t.Context(), id, "load")
	require.NoError(t, err)
	assert.Equal(t, 1, sheetsRead)
	assert.Equal(t, "engine_test.sheet 3333x21", load.Returned.Type+" "+load.Returned.Size)
	assert.True(t, strings.HasPrefix(load.Returned.Text, "row\nrow\n"))
	assert.Less(t, len(load.Returned.Text), 5000, "a preview is short")
	assert.Equal(t, []engine.Value{{Task: "load", Element: -1, Text: `{"at":7}`}}, load.Checkpoints)

	left, err := e.Inspect(t.Context(), id, "left")
	require.NoError(t, err)
	assert.Zero(t, left.Returned)
	_, err = e.Inspect(t.Context(), id, "none")
	require.ErrorContains(t, err, `it has no task "none"`)
}

func TestRecent(t *testing.T) {
	d := dag.New("d")
	dag.Do(d, "a", func(context.Context) error { return nil })
	e := reopened(t, engine.NewMemory(), d)
	defer e.Close(t.Context())
	var ids []string
	for range 5 {
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	for _, c := range []struct {
		name    string
		skip, n int
		want    []string
	}{
		{"Newest", 0, 2, []string{ids[4], ids[3]}},
		{"Next", 2, 2, []string{ids[2], ids[1]}},
		{"Last", 4, 2, []string{ids[0]}},
		{"BehindTheLast", 5, 2, nil},
		{"None", 0, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			records, total, err := e.Recent("d", c.skip, c.n)
			require.NoError(t, err)
			assert.Equal(t, 5, total)
			var got []string
			for _, r := range records {
				got = append(got, r.ID)
			}
			assert.Equal(t, c.want, got)
		})
	}
	_, _, err := e.Recent("none", 0, 1)
	require.ErrorContains(t, err, `no DAG "none"`)
	_, err = e.DAG("none")
	require.ErrorContains(t, err, `no DAG "none"`)
	got, err := e.DAG("d")
	require.NoError(t, err)
	assert.Same(t, d, got)
}

// Whoever watches is told of the end of a task, of lines and of a pause, and of each run and DAG once.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d/1")
		dag.Do(d, "a", func(ctx context.Context) error {
			time.Sleep(time.Hour)
			dag.RunFrom(ctx).Log().Info("half")
			time.Sleep(time.Hour)
			return nil
		})
		e := reopened(t, engine.NewMemory(), d)
		defer e.Close(t.Context())
		w, idle := e.Watch(), e.Watch()
		defer idle.Close()
		id, err := e.Trigger(t.Context(), "d/1", nil)
		require.NoError(t, err)
		for _, c := range []struct {
			name       string
			within     time.Duration
			runs, dags []string
		}{
			{"Start", 2 * time.Second, []string{id}, []string{"d/1"}},
			{"StartOfTask", 2 * time.Second, []string{id}, nil},
			{"Lines", time.Hour + 2*time.Second, []string{id}, nil},
			{"EndOfTaskAndRun", time.Hour + 2*time.Second, []string{id}, []string{"d/1"}},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), c.within)
			runs, dags, err := w.Next(ctx)
			require.NoError(t, err, c.name)
			if len(dags) < len(c.dags) { // the end of the run may come apart from that of its task
				runs, dags, err = w.Next(ctx)
				require.NoError(t, err, c.name)
			}
			assert.Equal(t, [][]string{c.runs, c.dags}, [][]string{runs, dags}, c.name)
			if c.name == "Lines" {
				logs, err := e.Logs(ctx, id, "a")
				require.NoError(t, err)
				assert.Contains(t, logs[0].Log, "half")
			}
			cancel()
		}
		w.Close()
		require.NoError(t, e.Pause(t.Context(), "d/1"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, _, err = w.Next(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded, "it is closed")
		runs, dags, err := idle.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, [][]string{{id}, {"d/1"}}, [][]string{runs, dags}, "all at once, each once")
	})
}
