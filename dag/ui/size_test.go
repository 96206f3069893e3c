package ui_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// large is a graph of 5,000 tasks: two steps for each of 2,499 parts, behind a start and before an end that takes
// all their values' places.
func large(name, format string) *dag.DAG {
	d := dag.New(name)
	start := dag.Do(d, "start", func(context.Context) error { return nil })
	end := dag.Do(d, "end", func(context.Context) error { return nil })
	for i := range 2499 {
		load := dag.Task(d, fmt.Sprintf("load_"+format, i), func(context.Context) (int, error) { return i, nil })
		store := dag.Do1(d, fmt.Sprintf("store_"+format, i), load, func(context.Context, int) error { return nil })
		load.SetUpstream(start)
		store.SetDownstream(end)
	}
	return d
}

// often is a small graph that is run very often, chatty a task that says very much.
func often() *dag.DAG {
	d := dag.New("often")
	a := dag.Do(d, "a", func(context.Context) error { return nil })
	dag.Do(d, "b", func(context.Context) error { return nil }).SetUpstream(a)
	return d
}

func chatty(lines int) *dag.DAG {
	d := dag.New("chatty")
	dag.Do(d, "talk", func(ctx context.Context) error {
		log := dag.RunFrom(ctx).Log()
		for i := range lines {
			log.Info("l", "i", i)
		}
		return nil
	})
	return d
}

// city is an engine with much to show. It returns the pages that show it, by what is large in them.
func city(t testing.TB, runsOfLarge, runs int) (h http.Handler, pages map[string]string) {
	e := open(t, large("large", "%04d"))
	for _, d := range []*dag.DAG{often(), chatty(50_000)} {
		require.NoError(t, e.Register(t.Context(), d))
	}
	for range runsOfLarge {
		ran(t, e, "large")
	}
	ran(t, e, "chatty")
	last := ""
	for range runs {
		id, err := e.Trigger(t.Context(), "often", nil)
		require.NoError(t, err)
		last = id
	}
	_, _ = e.Wait(t.Context(), last)
	pages = map[string]string{
		"list": "/", "log/lines=50000": "/task?dag=chatty&task=talk", "calendar/runs=8000": "/calendar?dag=often",
		"search/tasks=5000": "/graph?dag=large&q=load", "group/tasks=5000": "/graph?dag=large&in=2", "task/tasks=5000": "/task?dag=large&task=end",
		"clear/tasks=5000": "/clear?dag=large&run=" + url.QueryEscape(newest(t, e, "large")),
	}
	for _, p := range []string{"graph", "grid", "gantt", "duration", "landing", "run"} {
		pages[p+"/tasks=5000"] = "/" + p + "?dag=large"
	}
	for _, p := range []string{"graph", "grid", "gantt", "duration", "landing", "runs", "runs?state=succeeded&page=150"} {
		name, query, _ := strings.Cut(p, "?")
		pages[p+"/runs=8000"] = "/" + name + "?dag=often&" + query
	}
	return ui.Handler(e, ""), pages
}

func newest(t testing.TB, e *engine.Engine, name string) string {
	records, _, err := e.Recent(name, 0, 1)
	require.NoError(t, err)
	return records[0].ID
}

// With 5,000 tasks, 8,000 runs, 50,000 lines no page is larger than a megabyte or takes 200 ms; nor is one larger with
// tasks of the longest names that people give.
func TestPagesStaySmall(t *testing.T) {
	runsOfLarge, runs := 3, 8000
	if testing.Short() {
		runsOfLarge, runs = 1, 300
	}
	h, pages := city(t, runsOfLarge, runs)
	for name, address := range pages {
		code, body := get(h, address)
		assert.Equal(t, http.StatusOK, code, name)
		assert.Less(t, len(body), 1<<20, name)
		if testing.Short() {
			continue // the race detector, which runs the short tests, takes much longer
		}
		took := work(func() { get(h, address) })
		for i := 0; i < 4 && took >= firstByte; i++ { // the collector of garbage may have been at work
			took = work(func() { get(h, address) })
		}
		assert.Less(t, took, firstByte, name)
	}
	_, body := get(h, "/task?dag=chatty&task=talk&line=0")
	assert.Equal(t, 1000, strings.Count(body, "<i>"), "a page of the log")
	_, body = get(h, "/task?dag=chatty&task=talk")
	assert.Less(t, strings.Count(body, "<i>"), 1000)
	assert.Contains(t, body, "lines left out", "the last page, where the end of the log is")
	_, body = get(h, "/graph?dag=large")
	assert.Contains(t, body, "load_*: 2,499 tasks · 2,499 succeeded")

	if testing.Short() {
		return
	}
	e := open(t, large("long", strings.Repeat("somewhat_longer_than_usual_", 7)+"%04d"))
	ran(t, e, "long")
	h = ui.Handler(e, "")
	for _, p := range []string{"graph", "graph?in=2", "grid", "gantt", "duration", "run", "clear?run=" + url.QueryEscape(newest(t, e, "long")), "task?task=end"} {
		name, query, _ := strings.Cut(p, "?")
		code, body := get(h, "/"+name+"?dag=long&"+query)
		assert.Equal(t, http.StatusOK, code, p)
		assert.Less(t, len(body), 1<<20, p)
	}
}

// firstByte is how long a page may take at most: it is made as a whole before its first byte is sent.
const firstByte = 200 * time.Millisecond

// work returns how long the processors worked for the program while f ran: on a machine that is busy with something
// else f takes longer.
func work(f func()) time.Duration {
	worked := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := worked()
	f()
	return worked() - before
}

// BenchmarkPages measures the time until a page is there as a whole, which is that to its first byte.
func BenchmarkPages(b *testing.B) {
	h, pages := city(b, 25, 8000)
	for name, address := range pages {
		b.Run("page="+name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				_, body := get(h, address)
				size = len(body)
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// BenchmarkFirstGrid measures a grid of runs that nobody has looked at before: they are read from the store.
func BenchmarkFirstGrid(b *testing.B) {
	e := open(b, large("large", "%04d"))
	for range 25 {
		ran(b, e, "large")
	}
	for b.Loop() {
		code, _ := get(ui.Handler(e, ""), "/grid?dag=large")
		require.Equal(b, http.StatusOK, code)
	}
}
