package api

import "time"

// What operations give. Times are in UTC; those that are not known are left out, and are zero here.
type (
	// Done is the answer to an order.
	Done struct {
		Run   string   `json:"run,omitempty" doc:"id of the run that was started"`
		Tasks []string `json:"tasks,omitempty" doc:"ids of the tasks that are run again"`
	}

	// DAG is a DAG with how its schedule stands.
	DAG struct {
		Name        string    `json:"name"`
		Owner       string    `json:"owner,omitempty"`
		Description string    `json:"description,omitempty"`
		Tags        []string  `json:"tags,omitempty"`
		Tasks       int       `json:"tasks" doc:"how many it has"`
		Schedule    string    `json:"schedule,omitempty"`
		Paused      bool      `json:"paused"`
		Active      int       `json:"active" doc:"runs under way, those of backfills aside"`
		Next        time.Time `json:"next,omitzero" doc:"when the schedule starts the next run"`
		Waiting     string    `json:"waiting,omitempty" doc:"why a run that is due has not started"`
		Runs        int       `json:"runs" doc:"how many there have been"`
		Last        *Run      `json:"last,omitempty"`
	}

	// DAGDetail is all that is known of a DAG but its code.
	DAGDetail struct {
		DAG    DAG     `json:"dag"`
		Params []Param `json:"params"`
		Pools  []Slots `json:"pools"`
		Tasks  []Node  `json:"tasks" doc:"in the order of adding"`
	}

	// Param is a parameter that a DAG declares.
	Param struct {
		Name    string `json:"name"`
		Type    string `json:"type" doc:"of Go"`
		Default string `json:"default" doc:"*** in place of a secret"`
		Secret  bool   `json:"secret,omitempty" doc:"it is not shown; left out it has its default"`
	}

	// Slots are those of a pool.
	Slots struct {
		Pool  string `json:"pool"`
		Slots int    `json:"slots"`
	}

	// Node is a task of a DAG.
	Node struct {
		ID       string   `json:"id"`
		Group    string   `json:"group,omitempty" doc:"that it is in, with those around it: outer.inner"`
		Kind     string   `json:"kind" doc:"task, map, branch or sensor"`
		Rule     string   `json:"rule"`
		Returns  string   `json:"returns" doc:"type of Go"`
		Retries  int      `json:"retries,omitempty" doc:"how often it is tried again"`
		Timeout  string   `json:"timeout,omitempty" doc:"of a try, 1m30s say"`
		Pools    []Slots  `json:"pools,omitempty" doc:"what a try occupies of them"`
		Inputs   []string `json:"inputs,omitempty" doc:"ids of the tasks whose values it is given, in their order"`
		Upstream []string `json:"upstream" doc:"ids of all tasks that it waits for, those too that pass no value"`
	}

	// Runs is a part of the runs of a DAG.
	Runs struct {
		Runs  []Run `json:"runs"`
		Total int   `json:"total" doc:"runs there are, whatever the limit"`
	}

	// Run is a run.
	Run struct {
		ID          string    `json:"id"`
		Cause       string    `json:"cause"`
		Of          string    `json:"of,omitempty" doc:"the backfill, or the run that it follows"`
		State       string    `json:"state" doc:"running, succeeded, failed or cancelled"`
		LogicalTime time.Time `json:"logicalTime"`
		Start       time.Time `json:"start" doc:"of the data interval"`
		End         time.Time `json:"end" doc:"of the data interval, not part of it"`
		Started     time.Time `json:"started,omitzero"`
		Ended       time.Time `json:"ended,omitzero"`
		Tasks       *Counts   `json:"tasks,omitempty" doc:"of a run in a list, once it has ended"`
		Pruned      bool      `json:"pruned,omitempty" doc:"only this is left of it"`
	}

	// Counts says what has become of the tasks of a run.
	Counts struct {
		Succeeded int `json:"succeeded"`
		Failed    int `json:"failed" doc:"those too that were not run because of a failure, or were cancelled"`
		Skipped   int `json:"skipped"`
	}

	// RunDetail is a run with its tasks.
	RunDetail struct {
		Run    Run               `json:"run"`
		Params map[string]string `json:"params" doc:"*** in place of secrets"`
		Tasks  []Task            `json:"tasks"`
	}

	// RunEnd says how a run has ended.
	RunEnd struct {
		Ended bool   `json:"ended" doc:"false: it goes on; ask again"`
		Error string `json:"error,omitempty" doc:"what it has failed with"`
	}

	// Task is a task of a run.
	Task struct {
		ID      string    `json:"id"`
		State   string    `json:"state" doc:"how it has ended, else waiting, ready, working or sleeping"`
		Tries   int       `json:"tries"`
		Started time.Time `json:"started,omitzero"`
		Ended   time.Time `json:"ended,omitzero"`
		Error   string    `json:"error,omitempty" doc:"of the last try"`
		Size    string    `json:"size,omitempty" doc:"of its output: 3333x21 rows and columns, 12 elements"`
		Output  string    `json:"output,omitempty" doc:"its beginning, if it was asked for"`
	}

	// TaskDetail is all that is known of a task of a run.
	TaskDetail struct {
		Task        Task      `json:"task"`
		Inputs      []Value   `json:"inputs"`
		Output      *Value    `json:"output,omitempty"`
		Checkpoints []Value   `json:"checkpoints"`
		Attempts    []Attempt `json:"attempts" doc:"without their logs"`
	}

	// Value is the picture of a value.
	Value struct {
		Task    string `json:"task" doc:"that has returned or saved it"`
		Element *int   `json:"element,omitempty"`
		Type    string `json:"type,omitempty" doc:"of Go"`
		Size    string `json:"size,omitempty"`
		Text    string `json:"text" doc:"its beginning"`
	}

	// Logs are those of a task of a run.
	Logs struct {
		State    string    `json:"state" doc:"of the task, as it was just before: how it has ended, else waiting, ready, working or sleeping; none if the DAG has it no more"`
		Attempts []Attempt `json:"attempts" doc:"the oldest first"`
		More     bool      `json:"more" doc:"there are further attempts, as an answer ends behind some MiB: skip those given, too"`
	}

	// Attempt is a try of a task, or of an element of a map.
	Attempt struct {
		Try     int       `json:"try" doc:"counted from 1"`
		Element *int      `json:"element,omitempty" doc:"of a map, counted from 0"`
		Outcome string    `json:"outcome" doc:"working, succeeded, failed, skipped or interrupted"`
		Started time.Time `json:"started,omitzero"`
		Ended   time.Time `json:"ended,omitzero"`
		Error   string    `json:"error,omitempty"`
		Log     string    `json:"log,omitempty"`
	}

	// Backfill is a backfill.
	Backfill struct {
		ID        string `json:"id"`
		Done      bool   `json:"done" doc:"it has ended"`
		Error     string `json:"error,omitempty" doc:"once it has ended: which runs have failed, or why others were not started"`
		Runs      int    `json:"runs"`
		RunsEnded int    `json:"runsEnded"`
		Waiting   int    `json:"waiting" doc:"tasks that have not ended; the following are of tasks too"`
		Working   int    `json:"working" doc:"of those waiting, how many have started"`
		Succeeded int    `json:"succeeded"`
		Failed    int    `json:"failed"`
		Skipped   int    `json:"skipped"`
	}

	// BackfillPlan says what a backfill does.
	BackfillPlan struct {
		Backfill *Backfill `json:"backfill,omitempty" doc:"as it was when it had just started; not in a dry run"`
		Steps    []Step    `json:"steps"`
	}

	// Audit is a part of the audit trail.
	Audit struct {
		Entries []AuditEntry `json:"entries" doc:"the newest first"`
		More    bool         `json:"more" doc:"there are older ones"`
	}

	// AuditEntry says who asked for what.
	AuditEntry struct {
		At      time.Time         `json:"at"`
		Actor   string            `json:"actor,omitempty" doc:"who has asked for it, if that is known"`
		Origin  string            `json:"origin,omitempty" doc:"page, api, cli or task; left out for a call of the program"`
		Verb    string            `json:"verb" doc:"trigger, backfill, stop, cancel, clear, retry, mark, pause, unpause, replace, remove or prune"`
		DAG     string            `json:"dag"`
		Run     string            `json:"run,omitempty" doc:"id of the run or the backfill"`
		Tasks   []string          `json:"tasks,omitempty" doc:"the first twenty"`
		N       int               `json:"n,omitempty" doc:"how many tasks or runs in all"`
		Params  map[string]string `json:"params,omitempty" doc:"*** in place of secrets"`
		Detail  string            `json:"detail,omitempty" doc:"the state that was marked, the dates of a backfill"`
		Refused string            `json:"refused,omitempty" doc:"why it was not done"`
	}

	// Step is a run that a backfill makes or leaves out.
	Step struct {
		Start    time.Time `json:"start"`
		End      time.Time `json:"end"`
		Existing string    `json:"existing,omitempty" doc:"the newest run for this time"`
		State    string    `json:"state,omitempty" doc:"of that run"`
		Starts   bool      `json:"starts"`
	}
)
