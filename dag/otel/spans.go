package otel

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/penstock/penstock/dag"
)

// Config says how spans are made.
type Config struct {
	// Provider makes the spans; nil is the global one.
	Provider trace.TracerProvider

	// Namespace tells runs apart that have the same id in two installations whose spans go to the same place: it is
	// part of what ids are made from. It is the same for all processes of an installation, and after restarts.
	Namespace string

	// MaxElements bounds how many elements of a Map have spans; 0 is 100.
	MaxElements int
}

// Tracing makes spans. Its hooks may be given to several engines and DAGs.
type Tracing struct {
	Config
	tracer trace.Tracer

	mu       sync.Mutex
	runs     map[runKey]*run              // under way
	triggers map[string]trace.SpanContext // by id of a run that has not begun
}

// maxTriggers bounds how many runs are remembered that were triggered and have not begun: those that were refused
// never do.
const maxTriggers = 1024

// runKey tells apart runs, and what a run was before and after tasks of it were cleared.
type runKey struct {
	dag, id string
	clears  int
	started int64 // of runs that are not stored: they have no id
}

// run is the span of a run, and what spans below it need to know.
type run struct {
	trace.Span
	sc    trace.SpanContext
	named bool // ids are made from names: the provider has an IDGenerator
}

// New returns a Tracing.
func New(c Config) *Tracing {
	if c.Provider == nil {
		c.Provider = otel.GetTracerProvider()
	}
	if c.MaxElements == 0 {
		c.MaxElements = 100
	}
	t := &Tracing{Config: c, runs: map[runKey]*run{}, triggers: map[string]trace.SpanContext{}}
	t.tracer = c.Provider.Tracer("github.com/penstock/penstock/dag/otel")
	return t
}

// Hooks are what an engine, a DAG or a run is given.
func (t *Tracing) Hooks() dag.Hooks {
	return dag.Hooks{Around: t.around, OnTask: t.onTask, OnRun: t.onRun, OnTrigger: t.onTrigger}
}

// TraceID returns the id of the trace of a stored run, for links from elsewhere. It is that of [IDGenerator].
func (t *Tracing) TraceID(runID string) trace.TraceID { return runIDs(t.Namespace, runID, 0).trace }

func (t *Tracing) onTrigger(ctx context.Context, i dag.RunInfo) {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.triggers) >= maxTriggers {
		clear(t.triggers)
	}
	t.triggers[i.RunID] = sc
}

// run returns the span of a run, which begins when it is needed first. ctx is one of the run's tasks.
func (t *Tracing) run(ctx context.Context, i dag.RunInfo) *run {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := keyOf(i)
	r := t.runs[key]
	if r == nil {
		r = t.begin(ctx, i)
		t.runs[key] = r
	}
	return r
}

func keyOf(i dag.RunInfo) runKey {
	if i.RunID == "" {
		return runKey{dag: i.DAG, started: i.Started.UnixNano()}
	}
	return runKey{dag: i.DAG, id: i.RunID, clears: i.Clears}
}

// begin is called with the lock held.
func (t *Tracing) begin(ctx context.Context, i dag.RunInfo) *run {
	opts := []trace.SpanStartOption{trace.WithTimestamp(i.Started), trace.WithAttributes(runAttributes(i)...)}
	want := ids{span: ids{}.spanID()} // any, to see whether it is taken
	if i.RunID != "" {
		want = runIDs(t.Namespace, i.RunID, i.Clears)
		opts = append(opts, trace.WithNewRoot())
		if by, known := t.triggers[i.RunID]; known {
			opts = append(opts, trace.WithLinks(trace.Link{SpanContext: by}))
			delete(t.triggers, i.RunID)
		}
	}
	_, span := t.tracer.Start(wanting(ctx, want), "run "+clip(i.DAG, maxName), opts...)
	r := &run{Span: span, sc: span.SpanContext()}
	r.named = r.sc.SpanID() == want.span
	if r.named {
		for _, name := range slices.Sorted(maps.Keys(i.Used)) {
			used := runIDs(t.Namespace, i.Used[name], 0)
			sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: used.trace, SpanID: used.span, TraceFlags: r.sc.TraceFlags(), Remote: true})
			span.AddLink(trace.Link{SpanContext: sc, Attributes: runAttributes(dag.RunInfo{DAG: name, RunID: i.Used[name]})})
		}
	}
	return r
}

// task returns what is above the tries of a task.
func (r *run) task(id string) trace.SpanContext {
	if !r.named {
		return r.sc
	}
	return r.sc.WithSpanID(taskID(r.sc, id))
}

// around gives a try its span.
func (t *Tracing) around(ctx context.Context) (context.Context, func(error)) {
	i := dag.RunFrom(ctx)
	r := t.run(ctx, i)
	below := trace.ContextWithSpanContext(ctx, r.task(i.Task))
	if !r.IsRecording() || i.Element >= t.MaxElements {
		return below, nil
	}
	below, span := t.tracer.Start(below, "try "+clip(i.Task, maxName), trace.WithAttributes(tryAttributes(i)...))
	return below, func(err error) {
		settle(span, stateOf(err), err, time.Now())
		span.End()
	}
}

// onTask makes the span of a task that has ended.
func (t *Tracing) onTask(i dag.RunInfo, res dag.Result[any]) {
	r := t.run(context.Background(), i)
	if !r.IsRecording() || res.Tries == 0 {
		return
	}
	ctx := trace.ContextWithSpan(wanting(context.Background(), ids{span: taskID(r.sc, res.ID)}), r)
	_, span := t.tracer.Start(ctx, "task "+clip(res.ID, maxName), trace.WithTimestamp(res.Start), trace.WithAttributes(taskAttributes(i, res)...))
	end := endOf(res)
	settle(span, res.State, res.Err, end)
	span.End(trace.WithTimestamp(end))
}

// onRun ends the span of a run, and those that it had before tasks of it were cleared while others worked: such spans
// are not ended by the first hook behind the clearing, as hooks may still tell of tasks below them then.
func (t *Tracing) onRun(res *dag.RunResult, err error) {
	i := res.Info()
	r := t.run(context.Background(), i)
	for _, before := range t.forget(i) {
		before.End(trace.WithTimestamp(i.Started))
	}
	end, counts := i.Started, map[dag.State]int{}
	for _, task := range res.Tasks() {
		counts[task.State]++
		if at := endOf(task); task.Tries > 0 && at.After(end) {
			end = at
		}
	}
	r.SetAttributes(countAttributes(counts)...)
	state := dag.Succeeded
	if err != nil {
		state = dag.Failed
	}
	settle(r, state, err, end)
	r.End(trace.WithTimestamp(end))
}

// forget removes a run, and returns what it was before tasks of it were cleared and has not ended.
func (t *Tracing) forget(i dag.RunInfo) (before []*run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.runs, keyOf(i))
	maps.DeleteFunc(t.runs, func(k runKey, r *run) bool {
		earlier := i.RunID != "" && k.dag == i.DAG && k.id == i.RunID && k.clears < i.Clears
		if earlier {
			before = append(before, r)
		}
		return earlier
	})
	return before
}

func endOf(res dag.Result[any]) time.Time { return res.Start.Add(res.Duration) }
