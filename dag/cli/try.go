package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/codec"
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/mask"
	"github.com/penstock/penstock/dag/internal/task"
)

const testText = `Tries one task alone: once, without retries, whatever its trigger rule and without
the tasks before and after it. Its log goes to standard error, with what it returned.

A task that is given values needs them: -in TASK=JSON says what a task upstream would
have returned, and -upstream runs those that it does not name first, once each. A
sensor looks once.
`

func test(ctx context.Context, k *call, args []string) error {
	t := &trial{call: k, given: map[string]string{}, values: map[int]any{}, saved: map[flow.Attempt][]byte{}}
	k.flags.BoolVar(&t.upstream, "upstream", false, "run the tasks whose values it needs first")
	k.flags.Func("in", "`task=JSON`: what a task upstream would have returned; may be repeated", t.give)
	var from, to dayFlag
	k.flags.Var(&from, "from", "start of the data interval, a `date` or RFC 3339 time (default now)")
	k.flags.Var(&to, "to", "end of the data interval, not part of it, a `date` or time (default its start)")
	rest, err := k.parse(args, true)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return k.usage("want the id of one task, got %d: %q", len(rest), rest)
	}
	if _, err := k.interval(nil, from.Time, to.Time); err != nil {
		return err
	}
	if t.plan, err = k.plan(); err != nil {
		return err
	}
	n, err := t.node(rest[0])
	if err != nil {
		return err
	}
	if err := t.prepare(from.Time, to.Time); err != nil {
		return err
	}
	if err := t.check(n); err != nil {
		return err
	}
	began := time.Now()
	switch _, err := t.value(ctx, n); {
	case errors.Is(err, dag.ErrSkip):
		fmt.Fprintf(k.Stderr, "%s: skipped: %v\n", n.ID, err)
		return nil
	case err != nil:
		return failure{err}
	}
	fmt.Fprintf(k.Stderr, "%s: succeeded after %v\n", n.ID, time.Since(began).Round(time.Millisecond))
	return nil
}

// trial is a test of one task.
type trial struct {
	*call
	plan     *graph.Plan
	env      task.Env
	logger   *slog.Logger
	upstream bool
	given    map[string]string // outputs as JSON
	values   map[int]any       // outputs by index

	mu    sync.Mutex
	saved map[flow.Attempt][]byte // checkpoints
}

func (t *trial) give(text string) error {
	id, value, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want task=JSON")
	}
	t.given[id] = value
	return nil
}

func (t *trial) node(id string) (*graph.Node, error) {
	i, ok := t.plan.Index[id]
	if !ok {
		return nil, t.call.usage("%s has no task %q; %s show %s lists them", t.dag.Name(), id, t.Name, t.dag.Name())
	}
	return t.plan.Nodes[i], nil
}

// prepare reads the parameters and the outputs that were given.
func (t *trial) prepare(from, to time.Time) error {
	params, err := t.plan.Graph.Params.With(graph.Params(t.params))
	if err != nil {
		return t.call.usage("%v", err)
	}
	if from.IsZero() {
		from = time.Now()
	}
	if to.IsZero() {
		to = from
	}
	t.env = task.Env{Run: &task.Run{DAG: t.dag.Name(), LogicalTime: from, Start: from, End: to, Params: params, Mask: mask.New(t.Engine.Secrets...).With(params.Secrets()...)}}
	t.logger = slog.New(slog.NewTextHandler(t.Stderr, nil))
	for id, text := range t.given {
		n, err := t.node(id)
		if err != nil {
			return err
		}
		v := reflect.New(n.Output)
		if err := codec.Check(n.Output); err != nil {
			return t.call.usage("-in %s: %v; use -upstream", id, err)
		}
		if err := codec.Decode([]byte(text), v.Interface()); err != nil {
			return t.call.usage("-in %s: want a %v as JSON: %v", id, n.Output, err)
		}
		t.values[n.Index] = v.Elem().Interface()
	}
	return nil
}

// check makes sure that the inputs can be had before anything is run.
func (t *trial) check(n *graph.Node) error {
	for _, in := range n.Inputs {
		if _, ok := t.values[in.Index]; !ok && !t.upstream {
			return t.call.usage("%s is given what %s returns: give -in %s=JSON, or -upstream to run it", n.ID, in.ID, in.ID)
		}
	}
	return nil
}

// value returns what a task returns; inputs that are not known yet come first.
func (t *trial) value(ctx context.Context, n *graph.Node) (any, error) {
	var in []graph.Input
	for _, u := range n.Inputs {
		v, ok := t.values[u.Index]
		if !ok {
			var err error
			if v, err = t.value(ctx, u); err != nil {
				return nil, err
			}
			t.values[u.Index] = v
		}
		in = append(in, graph.Input{Value: v, State: graph.Succeeded})
	}
	if n.Kind == graph.Map {
		return t.mapped(ctx, n, in[0].Value)
	}
	return t.attempt(ctx, n, -1, in)
}

// mapped calls a Map for each element of its list, one after the other.
func (t *trial) mapped(ctx context.Context, n *graph.Node, list any) (any, error) {
	size := n.List.Len(list)
	values, skipped := make([]any, size), make([]bool, size)
	for i := range size {
		v, err := t.attempt(ctx, n, int32(i), []graph.Input{{Value: n.List.At(list, i), State: graph.Succeeded}})
		skipped[i] = errors.Is(err, dag.ErrSkip)
		if err != nil && !skipped[i] {
			return nil, err
		}
		values[i] = v
	}
	return n.List.Join(values, skipped), nil
}

// attempt calls a task's function.
func (t *trial) attempt(ctx context.Context, n *graph.Node, elem int32, in []graph.Input) (any, error) {
	result := make(chan flow.Outcome, 1)
	j := task.Job{
		Attempt: flow.Attempt{Task: int32(n.Index), Elem: elem, Try: 1}, Plan: t.plan, Parent: ctx, In: in,
		Env: t.env, Loggers: []*slog.Logger{t.logger}, Keeper: t,
		Exited: func(_ *task.Job, o flow.Outcome, _ []byte) { result <- o },
	}
	if n.Timeout > 0 {
		j.End = time.Now().Add(n.Timeout)
	}
	go func() {
		o, _ := t.dag.Attempt(j)
		result <- o
	}()
	o := <-result
	if o.Again && o.Err == nil {
		return nil, fmt.Errorf("task %q: the condition is not true yet", n.ID)
	}
	return o.Value, o.Err
}

var _ task.Keeper = (*trial)(nil)

// Load returns the checkpoint of this test.
func (t *trial) Load(_ context.Context, a flow.Attempt) ([]byte, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	data, ok := t.saved[a]
	return data, ok
}

// Save keeps a checkpoint for as long as the test lasts.
func (t *trial) Save(_ context.Context, a flow.Attempt, data []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.saved[a] = slices.Clone(data)
	return nil
}
