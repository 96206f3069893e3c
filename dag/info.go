package dag

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock/penstock/dag/internal/task"
)

// Params are the parameters of a run by name. A value is a string, bool, int,
// int64, float64, time.Duration or time.Time. Where text is given for one that
// New declares as another type, from a command line say, it is read as that.
//
// Where a run is shown, by a page or to a hook, "***" stands in place of a parameter that is named as a
// secret (password, api_key, token …) and of passwords in URIs; tasks are given what was given, and "***" is
// not taken for a value. An engine's store keeps parameters as they are, since a run that goes on after a
// restart needs them: who can read the store's file, or a backup of it, can read them. Better give a
// run the name of a secret and let its task fetch it.
type Params map[string]any

// Interval is the stretch of time whose data a run is about, End excluded. As an
// option of Run it also sets the logical time, to Start.
type Interval struct{ Start, End time.Time }

func (i Interval) applyRun(c *runConfig) { c.interval = i }

// RunInfo tells a task what it is running as.
type RunInfo struct {
	DAG         string // name of the DAG
	RunID       string // of a run that is stored, else ""
	Task        string // id of the task, "" in hooks of a run
	Element     int    // of a Map: which element, counted from 0; else -1
	Try         int    // counted from 1
	LogicalTime time.Time
	Started     time.Time // when the run was started or, if that is later, tasks of it were cleared
	Interval    Interval
	Clears      int               // how often tasks of the run were cleared
	Used        map[string]string // by name of a DAG which run of it this one uses (engine.After, MaxAge): read-only
	Params      Params            // shared by all tasks of the run: read-only

	runner task.Runner
}

// RunFrom returns the RunInfo of the task that was given ctx or a context made
// from it. Outside a task it is the zero RunInfo.
//
// LogicalTime is the moment that a run stands for: the start of its interval, or
// when the run was started if it was given none. It is the same in every try.
func RunFrom(ctx context.Context) RunInfo {
	e := task.From(ctx)
	if e == nil {
		return RunInfo{}
	}
	i := infoOf(e.Run)
	i.Task, i.Element, i.Try, i.runner = e.Task, e.Element, e.Try, e.Runner
	return i
}

// Log returns a logger whose lines are kept with the task's result and carry the
// number of the try. Outside a task it is slog.Default.
func (i RunInfo) Log() *slog.Logger {
	if i.runner == nil {
		return slog.Default()
	}
	return i.runner.Logger()
}
