package ui

import (
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// What the API takes. Texts behind doc are those of the document openapi.json; what is not required has
// omitempty.
type (
	noInput struct{}

	dagInput struct {
		DAG string `json:"dag" doc:"name of the DAG"`
	}
	runsInput struct {
		DAG    string `json:"dag" doc:"name of the DAG"`
		Limit  int    `json:"limit,omitempty" doc:"how many runs at most, 1 to 1000; 100 without it"`
		Offset int    `json:"offset,omitempty" doc:"how many of the newest are left out"`
	}
	runInput struct {
		Run string `json:"run" doc:"id of the run"`
	}
	taskInput struct {
		Run  string `json:"run" doc:"id of the run"`
		Task string `json:"task" doc:"id of the task"`
	}
	triggerInput struct {
		DAG    string            `json:"dag" doc:"name of the DAG"`
		Params map[string]string `json:"params,omitempty" doc:"parameters as text"`
	}
	backfillInput struct {
		DAG       string            `json:"dag" doc:"name of the DAG"`
		From      string            `json:"from" doc:"the first day, 2015-01-31, or time, 2015-01-31T06:00:00Z"`
		To        string            `json:"to,omitempty" doc:"the last day, all of it, or time; the first without it"`
		Backward  bool              `json:"backward,omitempty" doc:"start with the last"`
		Reprocess string            `json:"reprocess,omitempty" doc:"which times that have a run get another: none, failed or completed"`
		Parallel  int               `json:"parallel,omitempty" doc:"runs at the same time at most; 10 without it"`
		Params    map[string]string `json:"params,omitempty" doc:"parameters as text"`
		DryRun    bool              `json:"dryRun,omitempty" doc:"only tell which runs there would be"`
	}
	stopInput struct {
		DAG      string `json:"dag" doc:"name of the DAG"`
		Backfill string `json:"backfill" doc:"id of the backfill"`
	}
	clearInput struct {
		Run        string   `json:"run" doc:"id of the run"`
		Tasks      []string `json:"tasks,omitempty" doc:"ids of the tasks; all without them"`
		Downstream bool     `json:"downstream,omitempty" doc:"all tasks behind them too"`
		DryRun     bool     `json:"dryRun,omitempty" doc:"only tell which"`
	}
	markInput struct {
		Run   string `json:"run" doc:"id of the run"`
		Task  string `json:"task" doc:"id of the task"`
		State string `json:"state" doc:"succeeded, failed or skipped"`
	}
)

// What the API gives. Times that are not known are left out; durations are in seconds.
type (
	apiError struct {
		Error string `json:"error"`
	}
	apiDone struct {
		Run   string   `json:"run,omitempty" doc:"id of the run that was started"`
		Tasks []string `json:"tasks,omitempty" doc:"ids of the tasks that are run again"`
	}
	apiDAG struct {
		Name        string     `json:"name"`
		Owner       string     `json:"owner,omitempty"`
		Description string     `json:"description,omitempty"`
		Tags        []string   `json:"tags,omitempty"`
		Schedule    string     `json:"schedule,omitempty"`
		Paused      bool       `json:"paused"`
		Active      int        `json:"active" doc:"runs under way, those of backfills aside"`
		Next        *time.Time `json:"next,omitempty" doc:"when the schedule starts the next run"`
		Waiting     string     `json:"waiting,omitempty" doc:"why a run that is due has not started"`
		Runs        int        `json:"runs" doc:"how many there have been"`
		Last        *apiRun    `json:"last,omitempty"`
	}
	apiDAGDetail struct {
		DAG    apiDAG     `json:"dag"`
		Params []apiParam `json:"params"`
		Tasks  []apiNode  `json:"tasks"`
	}
	apiParam struct {
		Name    string `json:"name"`
		Type    string `json:"type" doc:"of Go"`
		Default string `json:"default" doc:"*** in place of a secret"`
		Secret  bool   `json:"secret,omitempty" doc:"it is not shown; left out it has its default"`
	}
	apiNode struct {
		ID       string   `json:"id"`
		Kind     string   `json:"kind" doc:"task, map, branch or sensor"`
		Rule     string   `json:"rule"`
		Returns  string   `json:"returns" doc:"type of Go"`
		Upstream []string `json:"upstream"`
	}
	apiRuns struct {
		Runs  []apiRun `json:"runs"`
		Total int      `json:"total" doc:"runs there are, whatever the limit"`
	}
	apiRun struct {
		ID          string     `json:"id"`
		Cause       string     `json:"cause"`
		Of          string     `json:"of,omitempty" doc:"the backfill, or the run that it follows"`
		State       string     `json:"state" doc:"running, succeeded, failed or cancelled"`
		LogicalTime time.Time  `json:"logicalTime"`
		Start       time.Time  `json:"start" doc:"of the data interval"`
		End         time.Time  `json:"end" doc:"of the data interval, not part of it"`
		Started     *time.Time `json:"started,omitempty"`
		Ended       *time.Time `json:"ended,omitempty"`
		Pruned      bool       `json:"pruned,omitempty"`
	}
	apiRunDetail struct {
		Run    apiRun            `json:"run"`
		Params map[string]string `json:"params" doc:"*** in place of secrets"`
		Tasks  []apiTask         `json:"tasks"`
	}
	apiTask struct {
		ID      string     `json:"id"`
		State   string     `json:"state" doc:"how it has ended, else waiting, ready, working or sleeping"`
		Tries   int        `json:"tries"`
		Started *time.Time `json:"started,omitempty"`
		Ended   *time.Time `json:"ended,omitempty"`
		Error   string     `json:"error,omitempty" doc:"of the last try"`
		Size    string     `json:"size,omitempty" doc:"of its output: 3333x21 rows and columns, 12 elements"`
	}
	apiTaskDetail struct {
		Task        apiTask      `json:"task"`
		Inputs      []apiValue   `json:"inputs"`
		Output      *apiValue    `json:"output,omitempty"`
		Checkpoints []apiValue   `json:"checkpoints"`
		Attempts    []apiAttempt `json:"attempts"`
	}
	apiValue struct {
		Task    string `json:"task" doc:"that has returned or saved it"`
		Element *int   `json:"element,omitempty"`
		Type    string `json:"type,omitempty" doc:"of Go"`
		Size    string `json:"size,omitempty"`
		Text    string `json:"text" doc:"its beginning"`
	}
	apiAttempt struct {
		Try     int        `json:"try"`
		Element *int       `json:"element,omitempty" doc:"of a map, counted from 0"`
		Outcome string     `json:"outcome"`
		Started *time.Time `json:"started,omitempty"`
		Ended   *time.Time `json:"ended,omitempty"`
		Error   string     `json:"error,omitempty"`
		Log     string     `json:"log,omitempty"`
	}
	apiBackfill struct {
		ID        string `json:"id,omitempty"`
		Done      bool   `json:"done" doc:"it has ended"`
		Runs      int    `json:"runs"`
		RunsEnded int    `json:"runsEnded"`
		Waiting   int    `json:"waiting" doc:"tasks, as the following"`
		Working   int    `json:"working"`
		Succeeded int    `json:"succeeded"`
		Failed    int    `json:"failed"`
		Skipped   int    `json:"skipped"`
	}
	apiBackfillPlan struct {
		Backfill *apiBackfill `json:"backfill,omitempty" doc:"that was started; not in a dry run"`
		Steps    []apiStep    `json:"steps"`
	}
	apiStep struct {
		Start    time.Time `json:"start"`
		End      time.Time `json:"end"`
		Existing string    `json:"existing,omitempty" doc:"the newest run for this time"`
		State    string    `json:"state,omitempty" doc:"of that run"`
		Starts   bool      `json:"starts"`
	}
)

// known returns a time, nil if there is none.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func newAPIRun(r engine.RunRecord) apiRun {
	return apiRun{
		ID: r.ID, Cause: string(r.Cause), Of: r.Of, State: string(r.State), LogicalTime: r.LogicalTime, Start: r.Interval.Start, End: r.Interval.End,
		Started: known(r.Started), Ended: known(r.Ended), Pruned: r.Pruned,
	}
}

func newAPITask(t engine.TaskStatus) apiTask {
	return apiTask{
		ID: t.ID, State: taskState(&t).Name, Tries: t.Tries, Started: known(t.Started), Ended: known(t.Ended), Error: t.Err, Size: t.Size,
	}
}

func newAPIValue(v engine.Value) apiValue {
	return apiValue{Task: v.Task, Element: element(v.Element), Type: v.Type, Size: v.Size, Text: v.Text}
}

// element returns the number of an element of a map, nil if it is of none.
func element(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func newAPIAttempt(a engine.Attempt) apiAttempt {
	return apiAttempt{a.Try, element(a.Element), string(a.Outcome), known(a.Started), known(a.Ended), a.Err, a.Log}
}

func newAPIBackfill(b *engine.BackfillRun) apiBackfill {
	l := newBackfillLine(b)
	return apiBackfill{
		ID: l.ID, Done: !l.Under, Runs: l.Runs, RunsEnded: l.RunsEnded, Waiting: l.Waiting, Working: l.KickedOff,
		Succeeded: l.Succeeded, Failed: l.Failed, Skipped: l.Skipped,
	}
}

// texts returns parameters as the engine takes them.
func texts(p map[string]string) dag.Params {
	params := dag.Params{}
	for name, text := range p {
		params[name] = text
	}
	return params
}
