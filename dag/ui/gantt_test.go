package ui_test

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// A Gantt chart has a bar for each try and a line for each wait: for the next try, and for a place in a pool.
func TestGanttShowsTriesAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d", dag.Pool("one", 1))
		dag.Do(d, "again", func(ctx context.Context) error {
			if dag.RunFrom(ctx).Try == 1 {
				return errors.New("once")
			}
			return nil
		}, dag.Retry{Max: 1, Delay: 50 * time.Millisecond})
		dag.Do(d, "first", func(context.Context) error { time.Sleep(50 * time.Millisecond); return nil }, dag.Pool("one", 1))
		dag.Do(d, "second", func(context.Context) error { return nil }, dag.Pool("one", 1))
		e := open(t, d)
		ran(t, e, "d")
		_, body := get(ui.Handler(e, ""), "/gantt?dag=d")
		assert.Regexp(t, `aria-label="succeeded, (waits [^,"]+, )?try 1 failed, [^,"]+, waits [^,"]+, try 2 succeeded, [^,"]+"`, body)
		assert.Regexp(t, `aria-label="succeeded, waits [^,"]+, try 1 succeeded, [^,"]+"`, body)
		assert.Regexp(t, `<rect class="span s-failed" x="[\d.]+%" y="2" width="[\d.]+%" height="14"><title>try 1 failed`, body)
	})
}

// What waits now is there too, with a line that grows; what waits for other tasks is counted.
func TestGanttOfARunUnderWay(t *testing.T) {
	d := dag.New("d", dag.Pool("one", 1))
	working, hold := make(chan struct{}), make(chan struct{})
	first := dag.Do(d, "first", func(context.Context) error { close(working); <-hold; return nil }, dag.Pool("one", 1))
	dag.Do(d, "second", func(context.Context) error { return nil }, dag.Pool("one", 1))
	dag.Do(d, "last", func(context.Context) error { return nil }).SetUpstream(first)
	e := open(t, d)
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	<-working
	_, body := get(ui.Handler(e, ""), "/gantt?dag=d")
	assert.Regexp(t, `aria-label="working, (waits [^,"]+, )?try 1 working, `, body)
	assert.Regexp(t, `aria-label="ready, waits `, body)
	assert.Contains(t, body, "Not started: 1.")
	close(hold)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
}

// The tries at a map's elements lie side by side: the map is one bar.
func TestGanttOfAMap(t *testing.T) {
	e := open(t, nightly(fine))
	ran(t, e, "nightly")
	_, body := get(ui.Handler(e, ""), "/gantt?dag=nightly&q=score")
	assert.Len(t, regexp.MustCompile(`class="span s-succeeded"`).FindAllString(body, -1), 1)
}

// However often a task was tried, a page has its last tries.
func TestGanttOfManyTries(t *testing.T) {
	d := dag.New("d")
	dag.Do(d, "a", func(context.Context) error { return errors.New("no") }, dag.Retry{Max: 200, Delay: time.Nanosecond})
	e := open(t, d)
	id := ran(t, e, "d")
	_, body := get(ui.Handler(e, ""), "/gantt?dag=d")
	assert.LessOrEqual(t, len(regexp.MustCompile(`<rect class="span`).FindAllString(body, -1)), 60)
	assert.Contains(t, body, "<title>try 201 failed")
	s, err := e.Timeline(t.Context(), id)
	require.NoError(t, err)
	assert.Len(t, s.Tasks[0].Attempts, 201)
	assert.Equal(t, engine.OutcomeFailed, s.Tasks[0].Attempts[200].Outcome)
}

// The chart of a large DAG has rows for its groups, which lead into them, and finds tasks wherever they are.
func TestGanttOfALargeDAG(t *testing.T) {
	e := open(t, large("large", "%04d"))
	ran(t, e, "large")
	h := ui.Handler(e, "")
	_, body := get(h, "/gantt?dag=large")
	assert.Len(t, regexp.MustCompile(`<th scope="row">`).FindAllString(body, -1), 4)
	assert.Regexp(t, `<a href="gantt\?dag=large&amp;in=\d" title="load_\*">`, body)
	assert.Regexp(t, `aria-label="succeeded, 2,499 succeeded, (waits [^,"]+, )?succeeded, `, body)
	_, body = get(h, "/gantt?dag=large&q=load_123")
	assert.Len(t, regexp.MustCompile(`title="load_123\d">`).FindAllString(body, -1), 10)
	assert.Contains(t, body, "try 1 succeeded")
}

// A run on an older version of a DAG has the rows of its own tasks.
func TestGanttOfAnOlderVersion(t *testing.T) {
	d := func(ids ...string) *dag.DAG {
		d := dag.New("d")
		for _, id := range ids {
			dag.Do(d, id, func(context.Context) error { return nil })
		}
		return d
	}
	e := open(t, d("a", "gone"))
	ran(t, e, "d")
	require.NoError(t, e.Replace(t.Context(), d("new", "a")))
	code, body := get(ui.Handler(e, ""), "/gantt?dag=d")
	assert.Equal(t, 200, code)
	assert.Contains(t, body, `title="a"`)
}
