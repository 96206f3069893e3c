package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
)

// carryOut does through the server's API what an order says, as the function carryOut does on an engine.
func (s *server) carryOut(ctx context.Context, o order, tell func(string)) (a answer, err error) {
	switch o.Verb {
	case "overview":
		a.DAGs = s.overview()
	case "history":
		a.Runs, err = s.history(ctx, o)
	case "status":
		a.Run, err = s.status(ctx, o.Run)
	case "logs":
		err = printLog(ctx, s.logOf(o), o, tell)
	case "audit":
		a.Audit, err = s.audit(ctx, o)
	case "clear":
		a.Words, err = s.client.Clear(ctx, api.Clear{Run: o.Run, Tasks: o.Tasks, Downstream: o.Downstream, DryRun: o.DryRun})
	case "retry":
		a.Words, err = s.client.Retry(ctx, o.Run)
	case "cancel":
		err = s.client.Cancel(ctx, o.Run)
	case "mark":
		err = s.client.Mark(ctx, api.Mark{Run: o.Run, Task: o.Task, State: string(o.State)})
	case "pause":
		err = s.client.Pause(ctx, o.DAG)
	case "unpause":
		err = s.client.Unpause(ctx, o.DAG)
	case "trigger":
		return s.startRun(ctx, o, tell)
	case "backfill":
		return s.backfill(ctx, o, tell)
	default:
		err = fmt.Errorf("a server takes no order %q", o.Verb)
	}
	return a, err
}

func (s *server) overview() []dagStatus {
	all := make([]dagStatus, len(s.listed))
	for i, d := range s.listed {
		all[i] = dagStatus{Name: d.Name, Schedule: d.Schedule, Waiting: d.Waiting, Paused: d.Paused, Active: d.Active, Next: dag.Interval{End: d.Next}}
		if d.Last != nil {
			last := recordOf(*d.Last)
			all[i].Last = &last
		}
	}
	return all
}

func recordOf(r api.Run) engine.RunRecord {
	rec := engine.RunRecord{
		ID: r.ID, Cause: engine.Cause(r.Cause), Of: r.Of, State: engine.RunState(r.State), LogicalTime: r.LogicalTime,
		Interval: dag.Interval{Start: r.Start, End: r.End}, Started: r.Started, Ended: r.Ended, Pruned: r.Pruned,
	}
	if r.Tasks != nil {
		rec.Tasks = engine.TaskCounts{Succeeded: r.Tasks.Succeeded, Failed: r.Tasks.Failed, Skipped: r.Tasks.Skipped}
	}
	return rec
}

// runsAtOnce is how many runs, or entries of the audit trail, a server gives at most.
const runsAtOnce = 1000

func (s *server) history(ctx context.Context, o order) (all []engine.RunRecord, err error) {
	for len(all) < o.Last {
		part, err := s.client.Runs(ctx, api.RunsQuery{DAG: o.DAG, Offset: len(all), Limit: min(o.Last-len(all), runsAtOnce)})
		if err != nil {
			return nil, err
		}
		if len(part.Runs) == 0 {
			break
		}
		for _, r := range part.Runs {
			all = append(all, recordOf(r))
		}
	}
	slices.Reverse(all)
	return all, nil
}

func (s *server) status(ctx context.Context, id string) (*engine.RunStatus, error) {
	d, err := s.client.Run(ctx, api.RunQuery{Run: id, Outputs: true})
	if err != nil {
		return nil, err
	}
	r := &engine.RunStatus{
		ID: d.Run.ID, State: engine.RunState(d.Run.State), LogicalTime: d.Run.LogicalTime, Started: d.Run.Started, Ended: d.Run.Ended,
		Tasks: make([]engine.TaskStatus, len(d.Tasks)),
	}
	for i, t := range d.Tasks {
		r.Tasks[i] = engine.TaskStatus{ID: t.ID, State: dag.State(t.State), Tries: t.Tries, Started: t.Started, Ended: t.Ended, Err: t.Error, Output: t.Output}
	}
	return r, nil
}

func (s *server) logOf(o order) readLog {
	return func(ctx context.Context, skip int) (attempts []engine.Attempt, ended bool, err error) {
		for more := true; more; {
			l, err := s.client.Logs(ctx, api.LogsQuery{Run: o.Run, Task: o.Task, Skip: skip + len(attempts)})
			if err != nil {
				return nil, false, err
			}
			if len(attempts) == 0 { // later states say nothing of the attempts in the first answer
				ended = !slices.Contains([]engine.Phase{engine.Waiting, engine.Ready, engine.Working, engine.Sleeping}, engine.Phase(l.State))
			}
			for _, a := range l.Attempts {
				attempts = append(attempts, attemptOf(a))
			}
			more = l.More && len(l.Attempts) > 0
		}
		return attempts, ended, nil
	}
}

func attemptOf(a api.Attempt) engine.Attempt {
	t := engine.Attempt{Element: -1, Try: a.Try, Outcome: engine.Outcome(a.Outcome), Started: a.Started, Ended: a.Ended, Err: a.Error, Log: a.Log}
	if a.Element != nil {
		t.Element = *a.Element
	}
	return t
}

func (s *server) audit(ctx context.Context, o order) (all []engine.AuditEntry, err error) {
	for len(all) < o.Limit {
		part, err := s.client.Audit(ctx, api.AuditQuery{DAG: o.DAG, Offset: len(all), Limit: min(o.Limit-len(all), runsAtOnce)})
		if err != nil {
			return nil, err
		}
		for _, e := range part.Entries {
			all = append(all, engine.AuditEntry{
				At: e.At, Actor: e.Actor, Origin: engine.Origin(e.Origin), Verb: e.Verb, DAG: e.DAG, Run: e.Run,
				Tasks: e.Tasks, N: e.N, Params: e.Params, Detail: e.Detail, Refused: e.Refused,
			})
		}
		if !part.More {
			break
		}
	}
	return all, nil
}

func (s *server) startRun(ctx context.Context, o order, tell func(string)) (a answer, err error) {
	id, err := s.client.Trigger(ctx, api.Trigger{DAG: o.DAG, Params: o.Params})
	if err != nil {
		return a, err
	}
	tell(id)
	if !o.Wait {
		return a, nil
	}
	a.Failed, err = s.waitRun(ctx, id)
	return a, err
}

func (s *server) backfill(ctx context.Context, o order, tell func(string)) (a answer, err error) {
	in := api.BackfillOrder{
		DAG: o.DAG, From: instant(o.From), To: instant(o.To), Backward: o.Backward, Parallel: o.Parallel, Params: o.Params, DryRun: o.DryRun,
	}
	for name, r := range reprocessing {
		if r == o.Reprocess {
			in.Reprocess = name
		}
	}
	plan, err := s.client.StartBackfill(ctx, in)
	if err != nil {
		return a, err
	}
	steps := stepsOf(plan)
	if o.DryRun || plan.Backfill == nil {
		a.Steps = steps
		return a, nil
	}
	report := func(b api.Backfill) { tell(progressOf(b).String()) }
	report(*plan.Backfill)
	last, err := s.client.WatchBackfill(ctx, api.BackfillID{DAG: o.DAG, Backfill: plan.Backfill.ID}, o.Every, report)
	if err != nil {
		return a, err
	}
	report(last)
	tellLeftOut(steps, tell)
	if last.Error != "" && last.Waiting > 0 {
		return a, errors.New(last.Error)
	}
	in.DryRun = true
	if plan, err = s.client.StartBackfill(ctx, in); err != nil {
		return a, err
	}
	failed, err := waitForOthers(stepsOf(plan), func(id string) (string, error) { return s.waitRun(ctx, id) }, tell)
	a.Failed = strings.TrimSpace(last.Error + "\n" + failed)
	return a, err
}

func (s *server) waitRun(ctx context.Context, id string) (failed string, err error) {
	end, err := s.client.WaitRun(ctx, id)
	if err != nil {
		return "", fmt.Errorf("%w; the run goes on there", err)
	}
	return end.Error, nil
}

func stepsOf(plan api.BackfillPlan) []engine.BackfillStep {
	steps := make([]engine.BackfillStep, len(plan.Steps))
	for i, p := range plan.Steps {
		steps[i] = engine.BackfillStep{Interval: dag.Interval{Start: p.Start, End: p.End}, Existing: p.Existing, State: engine.RunState(p.State), Start: p.Starts}
	}
	return steps
}

// instant makes the midnight of a date, which to the API is the whole day.
func instant(text string) string {
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return text + "T00:00"
	}
	return text
}

func progressOf(b api.Backfill) engine.Progress {
	return engine.Progress{
		Waiting: b.Waiting, Succeeded: b.Succeeded, KickedOff: b.Working, Failed: b.Failed, Skipped: b.Skipped, Runs: b.Runs, RunsEnded: b.RunsEnded,
	}
}
