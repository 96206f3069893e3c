package ui

import (
	"maps"
	"net/http"
	"slices"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const (
	apiRunsLimit = 1000 // runs of an answer
	apiRunsUsual = 100
)

func (q *request) apiDAGs(*api.None) ([]api.DAG, error) {
	all := []api.DAG{}
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

func (q *request) newAPIDAG(d *dag.DAG) (a api.DAG, err error) {
	info, err := q.engine.Schedule(d.Name())
	if err != nil {
		return a, orNotFound(err)
	}
	last, runs, err := q.engine.Recent(d.Name(), 0, 1)
	if err != nil {
		return a, orNotFound(err)
	}
	a = api.DAG{
		Name: d.Name(), Owner: d.Owner(), Description: d.Description(), Tags: d.Tags(), Tasks: len(d.Tasks()), Schedule: info.Text, Paused: info.Paused, Active: info.Active,
		Next: info.Next.End.UTC(), Waiting: info.Waiting, Runs: runs,
	}
	if len(last) > 0 {
		r := newAPIRun(last[0])
		a.Last = &r
	}
	return a, nil
}

func (q *request) apiDAG(in *api.DAGName) (a api.DAGDetail, err error) {
	d, err := q.engine.DAG(in.DAG)
	if err != nil {
		return a, orNotFound(err)
	}
	if a.DAG, err = q.newAPIDAG(d); err != nil {
		return a, err
	}
	a.Params, a.Pools, a.Tasks = []api.Param{}, []api.Slots{}, []api.Node{}
	for _, p := range q.declared(d) {
		a.Params = append(a.Params, api.Param{Name: p.Name, Type: p.Type, Default: p.Value, Secret: p.Secret})
	}
	pools := d.Graph().Pools
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		a.Pools = append(a.Pools, api.Slots{Pool: name, Slots: pools[name]})
	}
	plan, _ := d.Graph().Compile()
	for _, n := range plan.Nodes {
		a.Tasks = append(a.Tasks, newAPINode(n))
	}
	for v, children := range plan.Children {
		for _, w := range slices.Compact(slices.Sorted(slices.Values(children))) {
			a.Tasks[w].Upstream = append(a.Tasks[w].Upstream, plan.Nodes[v].ID)
		}
	}
	return a, nil
}

func (q *request) apiRuns(in *api.RunsQuery) (a api.Runs, err error) {
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
	a = api.Runs{Runs: []api.Run{}, Total: total}
	for _, r := range records {
		a.Runs = append(a.Runs, newAPIRun(r))
	}
	return a, nil
}

func (q *request) apiRun(in *api.RunQuery) (a api.RunDetail, err error) {
	read := q.engine.Outline
	if in.Outputs {
		read = q.engine.Status
	}
	s, err := read(q.Context(), in.Run)
	if err != nil {
		return a, orNotFound(err)
	}
	a.Run = api.Run{
		ID: s.ID, Cause: string(s.Cause), Of: s.Of, State: string(s.State), LogicalTime: s.LogicalTime.UTC(),
		Start: s.Interval.Start.UTC(), End: s.Interval.End.UTC(), Started: s.Started.UTC(), Ended: s.Ended.UTC(),
	}
	a.Params, a.Tasks = map[string]string{}, make([]api.Task, len(s.Tasks))
	for name, v := range s.Params {
		a.Params[name] = graph.Text(v)
	}
	for i, t := range s.Tasks {
		a.Tasks[i] = newAPITask(t)
	}
	return a, nil
}

func (q *request) apiTask(in *api.TaskQuery) (a api.TaskDetail, err error) {
	d, err := q.engine.Inspect(q.Context(), in.Run, in.Task)
	if err != nil {
		return a, orNotFound(err)
	}
	a = api.TaskDetail{Task: newAPITask(d.TaskStatus), Inputs: []api.Value{}, Checkpoints: []api.Value{}, Attempts: []api.Attempt{}}
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

const (
	maxLogs      = 8 << 20 // bytes behind which an answer ends: as JSON it may be six times as large, and clients take 64 MiB
	attemptBytes = 256     // of an attempt but for its log and error
)

// apiLogs gives one attempt at least, unless there are none.
func (q *request) apiLogs(in *api.LogsQuery) (a api.Logs, err error) {
	if in.Skip < 0 {
		return a, bad("skip is %d, want 0 or more", in.Skip)
	}
	s, err := q.engine.Outline(q.Context(), in.Run) // first: the last lines of a task that has ended are there then
	if err != nil {
		return a, orNotFound(err)
	}
	attempts, err := q.engine.Logs(q.Context(), in.Run, in.Task)
	if err != nil {
		return a, orNotFound(err)
	}
	a = api.Logs{State: "none", Attempts: []api.Attempt{}}
	if i := slices.IndexFunc(s.Tasks, func(t engine.TaskStatus) bool { return t.ID == in.Task }); i >= 0 {
		a.State = taskState(&s.Tasks[i]).Name
	}
	bytes := 0
	for _, t := range attempts[min(in.Skip, len(attempts)):] {
		if a.More = bytes >= maxLogs; a.More {
			break
		}
		a.Attempts = append(a.Attempts, newAPIAttempt(t))
		bytes += len(t.Log) + len(t.Err) + attemptBytes
	}
	return a, nil
}

func (q *request) apiBackfills(in *api.DAGName) ([]api.Backfill, error) {
	runs, err := q.engine.Backfills(in.DAG)
	if err != nil {
		return nil, orNotFound(err)
	}
	all := []api.Backfill{}
	for _, b := range slices.Backward(runs) {
		all = append(all, newAPIBackfill(b))
	}
	return all, nil
}

func (q *request) apiTrigger(in *api.Trigger) (a api.Done, err error) {
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

func (q *request) apiBackfill(in *api.BackfillOrder) (a api.BackfillPlan, err error) {
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
	a.Steps = []api.Step{}
	for _, s := range steps {
		a.Steps = append(a.Steps, api.Step{Start: s.Interval.Start.UTC(), End: s.Interval.End.UTC(), Existing: s.Existing, State: string(s.State), Starts: s.Start})
	}
	if in.DryRun {
		return a, nil
	}
	run, err := q.engine.StartBackfill(q.Context(), in.DAG, b)
	if err != nil {
		return a, orConflict(err)
	}
	started := newAPIProgress(run.ID(), run.First())
	a.Backfill = &started
	return a, nil
}

func (q *request) apiStop(in *api.BackfillID) (a api.Done, err error) {
	b, err := q.backfillOf(in.DAG, in.Backfill)
	if err != nil {
		return a, err
	}
	return a, orNil(b.Cancel(q.Context()))
}

func (q *request) backfillOf(name, id string) (*engine.BackfillRun, error) {
	runs, err := q.engine.Backfills(name)
	if err != nil {
		return nil, orNotFound(err)
	}
	i := slices.IndexFunc(runs, func(b *engine.BackfillRun) bool { return b.ID() == id })
	if i < 0 {
		return nil, &pageError{http.StatusNotFound, "there is no such backfill"}
	}
	return runs[i], nil
}

func (q *request) apiClear(in *api.Clear) (a api.Done, err error) {
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

func (q *request) apiRetry(in *api.RunID) (a api.Done, err error) {
	a.Tasks, err = q.engine.Retry(q.Context(), in.Run)
	return a, orNil(err)
}

func (q *request) apiCancel(in *api.RunID) (a api.Done, err error) {
	return a, orNil(q.engine.Cancel(q.Context(), in.Run))
}

func (q *request) apiMark(in *api.Mark) (a api.Done, err error) {
	return a, orNil(q.engine.Mark(q.Context(), in.Run, in.Task, dag.State(in.State)))
}

func (q *request) apiPause(in *api.DAGName) (a api.Done, err error) {
	return a, orNil(q.engine.Pause(q.Context(), in.DAG))
}

func (q *request) apiUnpause(in *api.DAGName) (a api.Done, err error) {
	return a, orNil(q.engine.Unpause(q.Context(), in.DAG))
}

// orNil is orConflict for what may have gone well.
func orNil(err error) error {
	if err == nil {
		return nil
	}
	return orConflict(err)
}
