package ui

import (
	"context"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

// From the engine's words to the API's.

func newAPIRun(r engine.RunRecord) api.Run {
	a := api.Run{
		ID: r.ID, Cause: string(r.Cause), Of: r.Of, State: string(r.State), LogicalTime: r.LogicalTime.UTC(),
		Start: r.Interval.Start.UTC(), End: r.Interval.End.UTC(),
		Started: r.Started.UTC(), Ended: r.Ended.UTC(), Pruned: r.Pruned,
	}
	if r.State != engine.RunRunning {
		a.Tasks = &api.Counts{Succeeded: r.Tasks.Succeeded, Failed: r.Tasks.Failed, Skipped: r.Tasks.Skipped}
	}
	return a
}

func newAPITask(t engine.TaskStatus) api.Task {
	return api.Task{
		ID: t.ID, State: taskState(&t).Name, Tries: t.Tries, Started: t.Started.UTC(), Ended: t.Ended.UTC(), Error: t.Err,
		Size: t.Size, Output: t.Output,
	}
}

func newAPIValue(v engine.Value) api.Value {
	return api.Value{Task: v.Task, Element: element(v.Element), Type: v.Type, Size: v.Size, Text: v.Text}
}

// element returns the number of an element of a map, nil if it is of none.
func element(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func newAPIAttempt(a engine.Attempt) api.Attempt {
	return api.Attempt{
		Try: a.Try, Element: element(a.Element), Outcome: string(a.Outcome), Started: a.Started.UTC(), Ended: a.Ended.UTC(), Error: a.Err, Log: a.Log,
	}
}

func newAPIBackfill(b *engine.BackfillRun) api.Backfill {
	select {
	case <-b.Done(): // before its tasks are counted
	default:
		return newAPIProgress(b.ID(), b.Progress())
	}
	a := newAPIProgress(b.ID(), b.Progress())
	a.Done = true
	if err := b.Wait(context.Background()); err != nil { // which has nothing to wait for
		a.Error = err.Error()
	}
	return a
}

func newAPIProgress(id string, p engine.Progress) api.Backfill {
	return api.Backfill{
		ID: id, Runs: p.Runs, RunsEnded: p.RunsEnded, Waiting: p.Waiting, Working: p.KickedOff, Succeeded: p.Succeeded, Failed: p.Failed, Skipped: p.Skipped,
	}
}

func newAPINode(n *graph.Node) api.Node {
	a := api.Node{
		ID: n.ID, Group: n.Group, Kind: kindOf(n), Rule: n.Rule.String(), Returns: n.Output.String(), Retries: n.Retry.Max, Upstream: []string{},
	}
	if n.Timeout > 0 {
		a.Timeout = n.Timeout.String()
	}
	for _, s := range n.Slots {
		a.Pools = append(a.Pools, api.Slots{Pool: s.Pool, Slots: s.N})
	}
	for _, in := range n.Inputs {
		a.Inputs = append(a.Inputs, in.ID)
	}
	return a
}

// texts returns parameters as the engine takes them.
func texts(p map[string]string) dag.Params {
	params := dag.Params{}
	for name, text := range p {
		params[name] = text
	}
	return params
}
