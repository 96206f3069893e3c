package ui

import (
	"net/http"
	"slices"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const (
	apiRunsLimit = 1000 // runs of an answer
	apiRunsUsual = 100
)

func (q *request) apiDAGs(*noInput) ([]apiDAG, error) {
	all := []apiDAG{}
	for _, name := range q.engine.DAGs() {
		d, err := q.engine.DAG(name)
		if err != nil {
			continue // it was removed just now
		}
		a, err := q.newAPIDAG(d)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func (q *request) newAPIDAG(d *dag.DAG) (a apiDAG, err error) {
	info, err := q.engine.Schedule(d.Name())
	if err != nil {
		return a, orNotFound(err)
	}
	last, runs, err := q.engine.Recent(d.Name(), 0, 1)
	if err != nil {
		return a, orNotFound(err)
	}
	a = apiDAG{
		Name: d.Name(), Owner: d.Owner(), Description: d.Description(), Tags: d.Tags(), Schedule: info.Text, Paused: info.Paused, Active: info.Active,
		Next: known(info.Next.End), Waiting: info.Waiting, Runs: runs,
	}
	if len(last) > 0 {
		r := newAPIRun(last[0])
		a.Last = &r
	}
	return a, nil
}

func (q *request) apiDAG(in *dagInput) (a apiDAGDetail, err error) {
	d, err := q.engine.DAG(in.DAG)
	if err != nil {
		return a, orNotFound(err)
	}
	if a.DAG, err = q.newAPIDAG(d); err != nil {
		return a, err
	}
	a.Params, a.Tasks = []apiParam{}, []apiNode{}
	for _, p := range q.declared(d) {
		a.Params = append(a.Params, apiParam{p.Name, p.Type, p.Value, p.Secret})
	}
	plan, _ := d.Graph().Compile()
	for _, n := range plan.Nodes {
		a.Tasks = append(a.Tasks, apiNode{ID: n.ID, Kind: kindOf(n), Rule: n.Rule.String(), Returns: n.Output.String(), Upstream: []string{}})
	}
	for v, children := range plan.Children {
		for _, w := range slices.Compact(slices.Sorted(slices.Values(children))) {
			a.Tasks[w].Upstream = append(a.Tasks[w].Upstream, plan.Nodes[v].ID)
		}
	}
	return a, nil
}

func (q *request) apiRuns(in *runsInput) (a apiRuns, err error) {
	switch {
	case in.Limit < 0 || in.Limit > apiRunsLimit:
		return a, bad("limit is %d, want 1 to %d", in.Limit, apiRunsLimit)
	case in.Offset < 0:
		return a, bad("offset is %d, want 0 or more", in.Offset)
	case in.Limit == 0:
		in.Limit = apiRunsUsual
	}
	records, total, err := q.engine.Recent(in.DAG, in.Offset, in.Limit)
	if err != nil {
		return a, orNotFound(err)
	}
	a = apiRuns{Runs: []apiRun{}, Total: total}
	for _, r := range records {
		a.Runs = append(a.Runs, newAPIRun(r))
	}
	return a, nil
}

func (q *request) apiRun(in *runInput) (a apiRunDetail, err error) {
	s, err := q.engine.Outline(q.Context(), in.Run)
	if err != nil {
		return a, orNotFound(err)
	}
	a.Run = apiRun{
		ID: s.ID, Cause: string(s.Cause), Of: s.Of, State: string(s.State), LogicalTime: s.LogicalTime.UTC(),
		Start: s.Interval.Start.UTC(), End: s.Interval.End.UTC(), Started: known(s.Started), Ended: known(s.Ended),
	}
	a.Params, a.Tasks = map[string]string{}, make([]apiTask, len(s.Tasks))
	for name, v := range s.Params {
		a.Params[name] = graph.Text(v)
	}
	for i, t := range s.Tasks {
		a.Tasks[i] = newAPITask(t)
	}
	return a, nil
}

func (q *request) apiTask(in *taskInput) (a apiTaskDetail, err error) {
	d, err := q.engine.Inspect(q.Context(), in.Run, in.Task)
	if err != nil {
		return a, orNotFound(err)
	}
	a = apiTaskDetail{Task: newAPITask(d.TaskStatus), Inputs: []apiValue{}, Checkpoints: []apiValue{}, Attempts: []apiAttempt{}}
	for _, v := range d.Inputs {
		a.Inputs = append(a.Inputs, newAPIValue(v))
	}
	if d.Returned.Type != "" {
		v := newAPIValue(d.Returned)
		a.Output = &v
	}
	for _, v := range d.Checkpoints {
		a.Checkpoints = append(a.Checkpoints, newAPIValue(v))
	}
	for _, t := range d.Attempts {
		t.Log = ""
		a.Attempts = append(a.Attempts, newAPIAttempt(t))
	}
	return a, nil
}

func (q *request) apiLogs(in *taskInput) ([]apiAttempt, error) {
	attempts, err := q.engine.Logs(q.Context(), in.Run, in.Task)
	if err != nil {
		return nil, orNotFound(err)
	}
	all := []apiAttempt{}
	for _, a := range attempts {
		all = append(all, newAPIAttempt(a))
	}
	return all, nil
}

func (q *request) apiBackfills(in *dagInput) ([]apiBackfill, error) {
	runs, err := q.engine.Backfills(in.DAG)
	if err != nil {
		return nil, orNotFound(err)
	}
	all := []apiBackfill{}
	for _, b := range slices.Backward(runs) {
		all = append(all, newAPIBackfill(b))
	}
	return all, nil
}

func (q *request) apiTrigger(in *triggerInput) (a apiDone, err error) {
	d, err := q.engine.DAG(in.DAG)
	if err != nil {
		return a, orNotFound(err)
	}
	if err := checkParams(d, texts(in.Params)); err != nil {
		return a, err
	}
	if a.Run, err = q.engine.Trigger(q.Context(), in.DAG, texts(in.Params)); err != nil {
		return a, orConflict(err)
	}
	return a, nil
}

func (q *request) apiBackfill(in *backfillInput) (a apiBackfillPlan, err error) {
	d, err := q.engine.DAG(in.DAG)
	if err != nil {
		return a, orNotFound(err)
	}
	b, err := q.newBackfill(d, in)
	if err != nil {
		return a, err
	}
	steps, err := q.engine.PlanBackfill(in.DAG, b)
	if err != nil {
		return a, orConflict(err)
	}
	a.Steps = []apiStep{}
	for _, s := range steps {
		a.Steps = append(a.Steps, apiStep{s.Interval.Start.UTC(), s.Interval.End.UTC(), s.Existing, string(s.State), s.Start})
	}
	if in.DryRun {
		return a, nil
	}
	run, err := q.engine.StartBackfill(q.Context(), in.DAG, b)
	if err != nil {
		return a, orConflict(err)
	}
	started := newAPIBackfill(run)
	a.Backfill = &started
	return a, nil
}

func (q *request) apiStop(in *stopInput) (a apiDone, err error) {
	runs, err := q.engine.Backfills(in.DAG)
	if err != nil {
		return a, orNotFound(err)
	}
	i := slices.IndexFunc(runs, func(b *engine.BackfillRun) bool { return b.ID() == in.Backfill })
	if i < 0 {
		return a, &pageError{http.StatusNotFound, "there is no such backfill"}
	}
	return a, orNil(runs[i].Cancel(q.Context()))
}

func (q *request) apiClear(in *clearInput) (a apiDone, err error) {
	if len(in.Tasks) == 0 {
		s, err := q.engine.Outline(q.Context(), in.Run)
		if err != nil {
			return a, orNotFound(err)
		}
		for _, t := range s.Tasks {
			in.Tasks = append(in.Tasks, t.ID)
		}
	}
	do := q.engine.Clear
	if in.DryRun {
		do = q.engine.PlanClear
	}
	a.Tasks, err = do(q.Context(), in.Run, in.Downstream, in.Tasks...)
	return a, orNil(err)
}

func (q *request) apiRetry(in *runInput) (a apiDone, err error) {
	a.Tasks, err = q.engine.Retry(q.Context(), in.Run)
	return a, orNil(err)
}

func (q *request) apiCancel(in *runInput) (a apiDone, err error) {
	return a, orNil(q.engine.Cancel(q.Context(), in.Run))
}

func (q *request) apiMark(in *markInput) (a apiDone, err error) {
	return a, orNil(q.engine.Mark(q.Context(), in.Run, in.Task, dag.State(in.State)))
}

func (q *request) apiPause(in *dagInput) (a apiDone, err error) {
	return a, orNil(q.engine.Pause(q.Context(), in.DAG))
}

func (q *request) apiUnpause(in *dagInput) (a apiDone, err error) {
	return a, orNil(q.engine.Unpause(q.Context(), in.DAG))
}

// orNil is orConflict for what may have gone well.
func orNil(err error) error {
	if err == nil {
		return nil
	}
	return orConflict(err)
}
