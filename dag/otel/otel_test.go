package otel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/otel"
)

// traced returns a Tracing whose spans are kept, and its provider.
func traced(t testing.TB, opts ...sdktrace.TracerProviderOption) (*otel.Tracing, *sdktrace.TracerProvider, *tracetest.InMemoryExporter) {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(append(opts, sdktrace.WithSyncer(kept))...)
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return otel.New(otel.Config{Provider: provider, Namespace: "test"}), provider, kept
}

func named() sdktrace.TracerProviderOption { return sdktrace.WithIDGenerator(otel.IDGenerator{}) }

// open returns an engine that is closed at the end.
func open(t testing.TB, store engine.Store, hooks dag.Hooks, dags ...*dag.DAG) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), engine.Config{Store: store, Hooks: []dag.Hooks{hooks}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close(context.Background())) })
	for _, d := range dags {
		require.NoError(t, e.Register(t.Context(), d))
	}
	return e
}

// trigger runs a DAG to its end; the hooks have been told of all of it once the engine is closed.
func trigger(t testing.TB, e *engine.Engine, name string) (id string, err error) {
	t.Helper()
	id, err = e.Trigger(t.Context(), name, nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	return id, err
}

// tree draws spans, those below another one indented, in the order of their starts and names.
func tree(spans tracetest.SpanStubs) string {
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	known := map[trace.SpanID]bool{}
	for _, s := range spans {
		known[s.SpanContext.SpanID()] = true
	}
	var b strings.Builder
	var draw func(parent trace.SpanID, indent string)
	draw = func(parent trace.SpanID, indent string) {
		for _, s := range spans {
			up := s.Parent.SpanID()
			if up == parent && parent.IsValid() || !parent.IsValid() && !known[up] {
				if up.IsValid() && !known[up] {
					b.WriteString("(lost) ")
				}
				b.WriteString(strings.TrimRight(indent+s.Name+" "+attr(s, "dag.state"), " ") + "\n")
				draw(s.SpanContext.SpanID(), indent+"  ")
			}
		}
	}
	draw(trace.SpanID{}, "")
	return b.String()
}

// attr returns an attribute of a span as text.
func attr(s tracetest.SpanStub, key string) string {
	for _, a := range s.Attributes {
		if string(a.Key) == key {
			return a.Value.Emit()
		}
	}
	return ""
}

func find(t *testing.T, spans tracetest.SpanStubs, name string) tracetest.SpanStub {
	t.Helper()
	i := slices.IndexFunc(spans, func(s tracetest.SpanStub) bool { return s.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return spans[i]
}

func ExampleTracing() {
	kept := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept), sdktrace.WithIDGenerator(otel.IDGenerator{}))
	spans := otel.New(otel.Config{Provider: provider, Namespace: "production"})

	d := dag.New("churn")
	load := dag.Task(d, "load", func(ctx context.Context) (int, error) {
		_, query := provider.Tracer("driver").Start(ctx, "find customers") // as a database driver does
		defer query.End()
		return 3333, nil
	})
	dag.Do1(d, "train", load, func(ctx context.Context, rows int) error {
		if dag.RunFrom(ctx).Try == 1 {
			return errors.New("no memory")
		}
		return nil
	}, dag.Retry{Max: 1})
	e, err := engine.Open(context.Background(), engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{spans.Hooks()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := e.Register(context.Background(), d); err != nil {
		fmt.Println(err)
		return
	}
	id, err := e.Trigger(context.Background(), "churn", nil)
	if err == nil {
		_, err = e.Wait(context.Background(), id)
	}
	fmt.Println(err, e.Close(context.Background()))
	fmt.Print(tree(kept.GetSpans()))
	// Output:
	// <nil> <nil>
	// run churn succeeded
	//   task load succeeded
	//     try load succeeded
	//       find customers
	//   task train succeeded
	//     try train failed
	//     try train succeeded
}

// Times, attributes and errors are the engine's.
func TestSpans(t *testing.T) {
	spans, _, kept := traced(t, named())
	d := dag.New("d")
	ok := dag.Task(d, "ok", func(context.Context) (int, error) { return 1, nil })
	dag.Do1(d, "fails", ok, func(context.Context, int) error { return fmt.Errorf("bad\xff: %w", context.DeadlineExceeded) })
	panics := dag.Task(d, "panics", func(context.Context) (int, error) { panic("oh") })
	dag.Do1(d, "never", panics, func(context.Context, int) error { return nil })
	dag.Do(d, "skips", func(context.Context) error { return dag.ErrSkip })
	looks := 0
	dag.WaitFor(d, "sensor", time.Millisecond, func(context.Context) (bool, error) { looks++; return looks == 3, nil })
	tasks := map[string]dag.Result[any]{}
	var started time.Time
	hooks := spans.Hooks()
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{hooks, {OnTask: func(i dag.RunInfo, r dag.Result[any]) {
		tasks[r.ID], started = r, i.Started
	}}}})
	require.NoError(t, err)
	require.NoError(t, e.Register(t.Context(), d))
	id, err := trigger(t, e, "d")
	require.Error(t, err)
	require.NoError(t, e.Close(t.Context()))
	all := kept.GetSpans()
	assert.Len(t, all, 10, tree(all))
	run := find(t, all, "run d")
	assert.Equal(t, spans.TraceID(id), run.SpanContext.TraceID())
	assert.False(t, run.Parent.IsValid())
	assert.True(t, run.StartTime.Equal(started), "%v %v", run.StartTime, started)
	assert.Equal(t, codes.Error, run.Status.Code)
	assert.Equal(t, "d "+id, attr(run, "dag.name")+" "+attr(run, "dag.run.id"))
	assert.Equal(t, "2 2 1 1", strings.Join([]string{
		attr(run, "dag.tasks.succeeded"), attr(run, "dag.tasks.failed"), attr(run, "dag.tasks.skipped"), attr(run, "dag.tasks.upstream_failed"),
	}, " "))
	last := time.Time{}
	for _, task := range tasks {
		if task.ID == "never" {
			continue
		}
		ended := task.Start.Add(task.Duration)
		span := find(t, all, "task "+task.ID)
		assert.Equal(t, string(task.State), attr(span, "dag.state"))
		assert.Equal(t, run.SpanContext.SpanID(), span.Parent.SpanID())
		assert.True(t, span.StartTime.Equal(task.Start), "%s: %v %v", task.ID, span.StartTime, task.Start)
		assert.True(t, span.EndTime.Equal(ended), "%s: %v %v", task.ID, span.EndTime, ended)
		if ended.After(last) {
			last = ended
		}
	}
	assert.True(t, run.EndTime.Equal(last), "%v %v", run.EndTime, last)
	for _, name := range []string{"task fails", "try fails"} {
		span := find(t, all, name)
		assert.Equal(t, codes.Error, span.Status.Code)
		assert.Contains(t, span.Status.Description, "bad\ufffd: context deadline exceeded")
		assert.Equal(t, "*fmt.wrapError", attr(span, "error.type"))
		require.Len(t, span.Events, 1)
		assert.Equal(t, "exception", span.Events[0].Name)
	}
	span := find(t, all, "try panics")
	assert.Equal(t, "exception.stacktrace", string(span.Events[0].Attributes[2].Key))
	assert.Contains(t, span.Events[0].Attributes[2].Value.AsString(), "otel_test.go")
	assert.Equal(t, codes.Unset, find(t, all, "try skips").Status.Code)
	assert.Equal(t, "1", attr(find(t, all, "task sensor"), "dag.task.tries"))
}

// A run that another process goes on with goes on with its trace: what was exported before finds its parents.
func TestResumedRun(t *testing.T) {
	store := engine.NewMemory()
	begun := make(chan struct{}, 2)
	build := func(wait bool) *dag.DAG {
		d := dag.New("d")
		first := dag.Task(d, "first", func(context.Context) (int, error) { return 1, nil })
		each := dag.Task1(d, "list", first, func(context.Context, int) ([]int, error) { return []int{1, 2}, nil })
		dag.Map(d, "each", each, func(ctx context.Context, n int) (int, error) {
			if wait && n == 2 {
				begun <- struct{}{}
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return n, nil
		}, dag.Workers(1))
		return d
	}
	spans, _, before := traced(t, named())
	e := open(t, store, spans.Hooks(), build(true))
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	<-begun
	require.NoError(t, e.Close(t.Context()))
	spans, _, after := traced(t, named())
	e = open(t, store, spans.Hooks(), build(false))
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	all := append(before.GetSpans(), after.GetSpans()...)
	for _, s := range all {
		assert.Equal(t, spans.TraceID(id), s.SpanContext.TraceID(), s.Name)
	}
	assert.Empty(t, slices.DeleteFunc(before.GetSpans(), func(s tracetest.SpanStub) bool { return s.Name != "run d" }), "it had not ended")
	assert.Equal(t, ""+
		"run d succeeded\n"+
		"  task first succeeded\n"+
		"    try first succeeded\n"+
		"  task list succeeded\n"+
		"    try list succeeded\n"+
		"  task each succeeded\n"+
		"    try each succeeded\n"+
		"    try each failed\n"+
		"    try each succeeded\n", tree(all))
}

// The second start of a run is another span of the same trace.
func TestClearedRun(t *testing.T) {
	spans, _, kept := traced(t, named())
	d := dag.New("d")
	dag.Do(d, "task", func(context.Context) error { return nil })
	e := open(t, engine.NewMemory(), spans.Hooks(), d)
	id, err := trigger(t, e, "d")
	require.NoError(t, err)
	_, err = e.Clear(t.Context(), id, false, "task")
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	one := "run d succeeded\n  task task succeeded\n    try task succeeded\n"
	all := kept.GetSpans()
	assert.Equal(t, one+one, tree(all))
	for _, s := range all {
		assert.Equal(t, spans.TraceID(id), s.SpanContext.TraceID())
	}
	last := all[len(all)-1]
	assert.Equal(t, "1", attr(last, "dag.run.clears"))
}

// Tasks that are cleared while others of the run work leave no span of it open.
func TestClearedWhileItWorks(t *testing.T) {
	spans, _, kept := traced(t, named())
	failed, hold := make(chan struct{}, 1), make(chan struct{})
	hooks := spans.Hooks()
	hooks.OnTask = func(i dag.RunInfo, res dag.Result[any]) {
		spans.Hooks().OnTask(i, res)
		if res.State == dag.Failed {
			failed <- struct{}{}
		}
	}
	d := dag.New("d")
	dag.Do(d, "slow", func(context.Context) error { <-hold; return nil })
	dag.Do(d, "once", func(ctx context.Context) error {
		if dag.RunFrom(ctx).Clears == 0 {
			return errors.New("no")
		}
		close(hold)
		return nil
	})
	e := open(t, engine.NewMemory(), hooks, d)
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	<-failed
	_, err = e.Retry(t.Context(), id)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	runs, _ := spans.Remembered()
	assert.Zero(t, runs)
	var clears []string
	for _, s := range kept.GetSpans() { // those that have ended
		if s.Name == "run d" {
			clears = append(clears, attr(s, "dag.run.clears"))
		}
	}
	assert.Len(t, clears, 2)
}

// What a run is because of is linked to it.
func TestLinks(t *testing.T) {
	spans, provider, kept := traced(t, named())
	first, second := dag.New("first"), dag.New("second")
	dag.Do(first, "task", func(context.Context) error { return nil })
	done := make(chan struct{})
	dag.Do(second, "task", func(context.Context) error { close(done); return nil })
	e := open(t, engine.NewMemory(), spans.Hooks(), first)
	require.NoError(t, e.Register(t.Context(), second, engine.After("first")))
	ctx, request := provider.Tracer("web").Start(t.Context(), "POST /trigger")
	id, err := e.Trigger(ctx, "first", nil)
	request.End()
	require.NoError(t, err)
	<-done
	records, _, err := e.Recent("second", 0, 1)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), records[0].ID)
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	all := kept.GetSpans()
	run := find(t, all, "run first")
	assert.False(t, run.Parent.IsValid())
	require.Len(t, run.Links, 1)
	assert.Equal(t, request.SpanContext(), run.Links[0].SpanContext)
	after := find(t, all, "run second")
	require.Len(t, after.Links, 1)
	assert.Equal(t, spans.TraceID(id), after.Links[0].SpanContext.TraceID())
	assert.Equal(t, run.SpanContext.SpanID(), after.Links[0].SpanContext.SpanID())
	assert.Equal(t, id, after.Links[0].Attributes[1].Value.AsString())
}

// A run without an engine is below its caller's span, also beside another one of the same DAG.
func TestPlainRun(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []sdktrace.TracerProviderOption
		want string
	}{
		{"Named", []sdktrace.TracerProviderOption{named()}, "  run d succeeded\n    task task succeeded\n      try task succeeded\n"},
		{"Random", nil, "  run d succeeded\n    task task succeeded\n    try task succeeded\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spans, provider, kept := traced(t, c.opts...)
			d := dag.New("d", spans.Hooks())
			dag.Do(d, "task", func(context.Context) error { return nil })
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					ctx, caller := provider.Tracer("main").Start(t.Context(), "caller")
					defer caller.End()
					_, err := d.Run(ctx)
					assert.NoError(t, err)
				})
			}
			all.Wait()
			byTrace := map[trace.TraceID]tracetest.SpanStubs{}
			for _, s := range kept.GetSpans() {
				byTrace[s.SpanContext.TraceID()] = append(byTrace[s.SpanContext.TraceID()], s)
			}
			require.Len(t, byTrace, 20)
			for _, s := range byTrace {
				lines := strings.Split(tree(s), "\n") // tasks and tries begin at the same time, almost
				slices.Sort(lines)
				want := strings.Split("caller\n"+c.want, "\n")
				slices.Sort(want)
				assert.Equal(t, want, lines)
			}
		})
	}
}

// Without our ids nothing is lost: tries are below their run.
func TestRandomIDs(t *testing.T) {
	spans, _, kept := traced(t)
	d := dag.New("d")
	dag.Do(d, "task", func(context.Context) error { return nil })
	e := open(t, engine.NewMemory(), spans.Hooks(), d)
	_, err := trigger(t, e, "d")
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	all := kept.GetSpans()
	run := find(t, all, "run d").SpanContext
	assert.Len(t, all, 3)
	for _, name := range []string{"task task", "try task"} {
		assert.Equal(t, run.SpanID(), find(t, all, name).Parent.SpanID())
	}
}

// A map of thousands has a hundred spans; the context of the others is that of their task.
func TestManyElements(t *testing.T) {
	spans, provider, kept := traced(t, named())
	d := dag.New("d")
	list := dag.Task(d, "list", func(context.Context) ([]int, error) { return make([]int, 5000), nil })
	dag.Map(d, "each", list, func(ctx context.Context, _ int) (int, error) {
		if dag.RunFrom(ctx).Element == 4999 {
			_, s := provider.Tracer("driver").Start(ctx, "find")
			s.End()
		}
		return 0, nil
	})
	e := open(t, engine.NewMemory(), spans.Hooks(), d)
	_, err := trigger(t, e, "d")
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	all := kept.GetSpans()
	assert.Len(t, all, 1+2+1+100+1)
	assert.Equal(t, find(t, all, "task each").SpanContext.SpanID(), find(t, all, "find").Parent.SpanID())
}

// What the provider does not want is not made, and what is below it is not either.
func TestUnsampled(t *testing.T) {
	spans, provider, kept := traced(t, named(), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	d := dag.New("d")
	dag.Do(d, "task", func(ctx context.Context) error {
		_, s := provider.Tracer("driver").Start(ctx, "find")
		s.End()
		return nil
	})
	e := open(t, engine.NewMemory(), spans.Hooks(), d)
	_, err := trigger(t, e, "d")
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	assert.Empty(t, kept.GetSpans())
}

// Names and texts of whatever length are bounded.
func TestLongTexts(t *testing.T) {
	spans, _, kept := traced(t, named())
	d := dag.New(strings.Repeat("é", 5000))
	dag.Do(d, strings.Repeat("ü", 5000), func(context.Context) error { return errors.New(strings.Repeat("ö", 1<<20)) })
	_, err := d.Run(t.Context(), spans.Hooks())
	require.Error(t, err)
	require.Len(t, kept.GetSpans(), 3)
	for _, s := range kept.GetSpans() {
		assert.Less(t, len(s.Name), 220)
		assert.Less(t, len(s.Status.Description), 5000)
		for _, a := range s.Attributes {
			assert.Less(t, len(a.Value.Emit()), 5000)
		}
	}
}

// Runs that were triggered and refused leave nothing behind but a bounded memory of them.
func TestRefusedTriggers(t *testing.T) {
	spans, provider, _ := traced(t, named())
	ctx, s := provider.Tracer("web").Start(t.Context(), "request")
	defer s.End()
	e := open(t, engine.NewMemory(), spans.Hooks())
	for range 3000 {
		_, err := e.Trigger(ctx, "none", nil)
		require.Error(t, err)
	}
	_, triggers := spans.Remembered()
	assert.Positive(t, triggers)
	assert.LessOrEqual(t, triggers, otel.MaxTriggers)
}
