package api

// What operations take. What is not required has omitempty.
type (
	// None is what an operation takes that takes nothing.
	None struct{}

	// DAGName names a DAG.
	DAGName struct {
		DAG string `json:"dag" doc:"name of the DAG"`
	}

	// RunID names a run.
	RunID struct {
		Run string `json:"run" doc:"id of the run"`
	}

	// RunsQuery asks for runs of a DAG, the newest first.
	RunsQuery struct {
		DAG    string `json:"dag" doc:"name of the DAG"`
		Limit  int    `json:"limit,omitempty" doc:"how many runs at most, 1 to 1000; 100 without it"`
		Offset int    `json:"offset,omitempty" doc:"how many of the newest are left out"`
	}

	// RunQuery asks for a run.
	RunQuery struct {
		Run     string `json:"run" doc:"id of the run"`
		Outputs bool   `json:"outputs,omitempty" doc:"the beginning of what each task has returned too, which takes the server longer"`
	}

	// TaskQuery asks for a task of a run.
	TaskQuery struct {
		Run  string `json:"run" doc:"id of the run"`
		Task string `json:"task" doc:"id of the task"`
	}

	// LogsQuery asks for the logs of a task's attempts.
	LogsQuery struct {
		Run  string `json:"run" doc:"id of the run"`
		Task string `json:"task" doc:"id of the task"`
		Skip int    `json:"skip,omitempty" doc:"how many of the first attempts are left out: those whose end was seen already"`
	}

	// WaitQuery asks how a run has ended, and waits a while if it has not.
	WaitQuery struct {
		Run  string `json:"run" doc:"id of the run"`
		Wait string `json:"wait,omitempty" doc:"how long at most, 1.5s say; 20s without it and at most"`
	}

	// WatchQuery asks how a backfill stands, and waits a while if it has not ended.
	WatchQuery struct {
		DAG      string `json:"dag" doc:"name of the DAG"`
		Backfill string `json:"backfill" doc:"id of the backfill"`
		Wait     string `json:"wait,omitempty" doc:"how long at most, 1.5s say; 20s without it and at most"`
	}

	// AuditQuery asks who asked for what, the newest first.
	AuditQuery struct {
		DAG    string `json:"dag,omitempty" doc:"only orders about this DAG"`
		Limit  int    `json:"limit,omitempty" doc:"how many entries at most, 1 to 1000; 100 without it"`
		Offset int    `json:"offset,omitempty" doc:"how many of the newest are left out"`
	}

	// Trigger asks for a run.
	Trigger struct {
		DAG    string            `json:"dag" doc:"name of the DAG"`
		Params map[string]string `json:"params,omitempty" doc:"parameters as text"`
	}

	// BackfillOrder asks for a backfill. Days are those of the time zone of the schedule.
	BackfillOrder struct {
		DAG       string            `json:"dag" doc:"name of the DAG"`
		From      string            `json:"from" doc:"the first day, 2015-01-31, or time, 2015-01-31T06:00:00Z or, in the time zone of the schedule, 2015-01-31T06:00"`
		To        string            `json:"to,omitempty" doc:"the last day, all of it, or time; the first without it"`
		Backward  bool              `json:"backward,omitempty" doc:"start with the last"`
		Reprocess string            `json:"reprocess,omitempty" doc:"which times that have a run get another: none, failed or completed"`
		Parallel  int               `json:"parallel,omitempty" doc:"runs at the same time at most; 10 without it"`
		Params    map[string]string `json:"params,omitempty" doc:"parameters as text"`
		DryRun    bool              `json:"dryRun,omitempty" doc:"only tell which runs there would be"`
	}

	// BackfillID names a backfill of a DAG.
	BackfillID struct {
		DAG      string `json:"dag" doc:"name of the DAG"`
		Backfill string `json:"backfill" doc:"id of the backfill"`
	}

	// Clear asks for tasks to be forgotten and run again.
	Clear struct {
		Run        string   `json:"run" doc:"id of the run"`
		Tasks      []string `json:"tasks,omitempty" doc:"ids of the tasks; all without them"`
		Downstream bool     `json:"downstream,omitempty" doc:"all tasks behind them too"`
		DryRun     bool     `json:"dryRun,omitempty" doc:"only tell which"`
	}

	// Mark asks for a state to be given to a task.
	Mark struct {
		Run   string `json:"run" doc:"id of the run"`
		Task  string `json:"task" doc:"id of the task"`
		State string `json:"state" doc:"succeeded, failed or skipped"`
	}
)
