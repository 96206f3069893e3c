package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// order is what a command asks of an engine, in this process or in another one.
type order struct {
	Verb       string
	Actor      string            `json:",omitempty"` // who asks; only the same user may open the socket
	DAG        string            `json:",omitempty"`
	Run        string            `json:",omitempty"`
	Task       string            `json:",omitempty"`
	Tasks      []string          `json:",omitempty"`
	State      dag.State         `json:",omitempty"`
	Downstream bool              `json:",omitempty"`
	DryRun     bool              `json:",omitempty"`
	Wait       bool              `json:",omitempty"`
	Follow     bool              `json:",omitempty"` // the log of a task
	Try        int               `json:",omitempty"` // of it, which one; 0 for all
	Last       int               `json:",omitempty"` // runs of a history, how many; 0 for all
	Params     map[string]string `json:",omitempty"`

	Limit int `json:",omitempty"` // of the audit trail

	// Of a backfill. Dates are as they were typed: the DAG's time zone is the engine's to know.
	From, To  string           `json:",omitempty"`
	Backward  bool             `json:",omitempty"`
	Reprocess engine.Reprocess `json:",omitempty"`
	Parallel  int              `json:",omitempty"`
	Every     time.Duration    `json:",omitempty"` // between lines of progress
}

// answer is what an engine says to an order, each kind of order in fields of its own.
type answer struct {
	Words  []string              `json:",omitempty"` // ids of runs or tasks
	DAGs   []dagStatus           `json:",omitempty"`
	Runs   []engine.RunRecord    `json:",omitempty"`
	Run    *engine.RunStatus     `json:",omitempty"`
	Audit  []engine.AuditEntry   `json:",omitempty"`
	Steps  []engine.BackfillStep `json:",omitempty"`
	Failed string                `json:",omitempty"` // what a run or backfill has failed with
}

// dagStatus is a line of the overview.
type dagStatus struct {
	Name, Schedule, Waiting string
	Paused                  bool
	Active                  int
	Next                    dag.Interval
	Last                    *engine.RunRecord
}

// carryOut does on an engine what an order says. tell is called with lines of progress.
func carryOut(ctx context.Context, e *engine.Engine, o order, tell func(string)) (a answer, err error) {
	ctx = engine.WithOrigin(engine.WithActor(ctx, o.Actor), engine.FromCLI)
	switch o.Verb {
	case "audit":
		a.Audit, _, err = e.Audit(ctx, o.DAG, 0, o.Limit)
	case "overview":
		a.DAGs, err = overview(ctx, e)
	case "history":
		a.Runs, err = e.History(ctx, o.DAG)
		a.Runs = lastOf(a.Runs, o.Last)
	case "status":
		a.Run, err = e.Status(ctx, o.Run)
	case "logs":
		err = printLog(ctx, logOf(e, o), o, tell)
	case "clear":
		a.Words, err = clearTasks(ctx, e, o)
	case "retry":
		a.Words, err = e.Retry(ctx, o.Run)
	case "cancel":
		err = e.Cancel(ctx, o.Run)
	case "mark":
		err = e.Mark(ctx, o.Run, o.Task, o.State)
	case "pause":
		err = e.Pause(ctx, o.DAG)
	case "unpause":
		err = e.Unpause(ctx, o.DAG)
	case "trigger":
		return startRun(ctx, e, o, tell)
	case "backfill":
		return backfillDAG(ctx, e, o, tell)
	default:
		err = fmt.Errorf("unknown order %q: the two programs may be of different versions", o.Verb)
	}
	return a, err
}

func overview(ctx context.Context, e *engine.Engine) (all []dagStatus, err error) {
	for _, name := range e.DAGs() {
		info, err := e.Schedule(name)
		if err != nil {
			return nil, err
		}
		s := dagStatus{Name: name, Schedule: info.Text, Waiting: info.Waiting, Paused: info.Paused, Active: info.Active, Next: info.Next}
		runs, err := e.History(ctx, name)
		if err != nil {
			return nil, err
		}
		if n := len(runs); n > 0 {
			s.Last = &runs[n-1]
		}
		all = append(all, s)
	}
	return all, nil
}

// clearTasks clears the tasks that are named, all if none is.
func clearTasks(ctx context.Context, e *engine.Engine, o order) ([]string, error) {
	if len(o.Tasks) == 0 {
		s, err := e.Status(ctx, o.Run)
		if err != nil {
			return nil, err
		}
		for _, t := range s.Tasks {
			o.Tasks = append(o.Tasks, t.ID)
		}
	}
	if o.DryRun {
		return e.PlanClear(ctx, o.Run, o.Downstream, o.Tasks...)
	}
	return e.Clear(ctx, o.Run, o.Downstream, o.Tasks...)
}

func startRun(ctx context.Context, e *engine.Engine, o order, tell func(string)) (a answer, err error) {
	id, err := e.Trigger(ctx, o.DAG, params(o.Params))
	if err != nil {
		return a, err
	}
	tell(id)
	if !o.Wait {
		return a, nil
	}
	a.Failed, err = waitRun(ctx, e, id)
	return a, err
}

// waitRun waits for the end of a run and says how it has failed.
func waitRun(ctx context.Context, e *engine.Engine, id string) (failed string, err error) {
	res, err := e.Wait(ctx, id)
	if res != nil && err != nil {
		return err.Error(), nil
	}
	return "", err
}

func params(texts map[string]string) dag.Params {
	p := dag.Params{}
	for name, text := range texts {
		p[name] = text
	}
	return p
}

func backfillDAG(ctx context.Context, e *engine.Engine, o order, tell func(string)) (a answer, err error) {
	info, err := e.Schedule(o.DAG)
	if err != nil {
		return a, err
	}
	b := engine.Backfill{Backward: o.Backward, Reprocess: o.Reprocess, MaxActiveRuns: o.Parallel, Params: params(o.Params)}
	if b.From, err = readDate(o.From, info.Zone); err != nil {
		return a, err
	}
	if b.To, err = readDate(o.To, info.Zone); err != nil {
		return a, err
	}
	steps, err := e.PlanBackfill(o.DAG, b)
	if err != nil || o.DryRun {
		a.Steps = steps
		return a, err
	}
	run, err := e.StartBackfill(ctx, o.DAG, b)
	if err != nil {
		return a, err
	}
	err = run.Watch(ctx, o.Every, func(p engine.Progress) { tell(p.String()) })
	tellLeftOut(steps, tell)
	if p := run.Progress(); err != nil && ctx.Err() == nil && p.Waiting == 0 {
		a.Failed, err = err.Error(), nil
	}
	if err != nil {
		return a, err
	}
	if steps, err = e.PlanBackfill(o.DAG, b); err != nil {
		return a, err
	}
	failed, err := waitForOthers(steps, func(id string) (string, error) { return waitRun(ctx, e, id) }, tell)
	a.Failed = strings.TrimSpace(a.Failed + "\n" + failed)
	return a, err
}

func tellLeftOut(steps []engine.BackfillStep, tell func(string)) {
	if n := len(slices.DeleteFunc(steps, func(s engine.BackfillStep) bool { return s.Start })); n > 0 {
		tell(fmt.Sprintf("%d left out, as they have a run already; see -reprocess", n))
	}
}

// lastOf returns the last n elements, all for 0.
func lastOf[T any](all []T, n int) []T {
	if n == 0 {
		return all
	}
	return all[max(0, len(all)-n):]
}

// waitForOthers waits for runs of a backfill's times that something else had started, such as the same command when it
// was interrupted, and says which have failed. Wait waits for one and says how it has failed.
func waitForOthers(steps []engine.BackfillStep, wait func(id string) (failed string, err error), tell func(string)) (failed string, err error) {
	steps = slices.DeleteFunc(steps, func(s engine.BackfillStep) bool { return s.State != engine.RunRunning })
	if len(steps) > 0 {
		tell(fmt.Sprintf("waiting for %d that were under way", len(steps)))
	}
	var failures []string
	for _, s := range steps {
		failed, err := wait(s.Existing)
		switch {
		case err != nil:
			return "", err
		case failed != "":
			failures = append(failures, failed)
		}
	}
	return strings.Join(failures, "\n"), nil
}

// readDate reads a date, which is its midnight in the zone, or a time.
func readDate(text string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errors.New("want a date such as 2015-01-31, or a time such as 2015-01-31T06:00:00Z")
	}
	return t, nil
}
