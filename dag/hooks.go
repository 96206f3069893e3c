package dag

import (
	"context"
	"log/slog"
	"time"
)

// Hooks are functions that are told how a run goes, each of which may be nil. They
// are an option of New and of Run; those of both are called. Calls come one at a
// time, from the goroutine that called Run, while tasks go on; a panic in one
// cancels the run and is the caller's. Run returns after the last call. Around and
// OnTrigger are different.
type Hooks struct {
	// Around is called before each try of a task, or of an element of a Map, but not
	// before the looks of a sensor: with the context of the try, from which RunFrom
	// tells what it is. The task is given the context that Around returns, which has to
	// be made from it. What it returns besides, if it is not nil, is called with how
	// the try has ended. Both calls are made in the goroutine of the try, many at a
	// time; a panic in them is the task's.
	Around func(ctx context.Context) (context.Context, func(error))

	// OnTrigger is called by Engine.Trigger, with its context, before the run starts;
	// that can still be refused. Of the RunInfo, only DAG and RunID are known.
	OnTrigger func(context.Context, RunInfo)

	// OnTask is called when a task has ended, well or not, and also when it was
	// not run.
	OnTask func(RunInfo, Result[any])

	// OnRetry is called when a try of a task, or of an element of a Map, has failed
	// and there will be another, so long after it.
	OnRetry func(i RunInfo, err error, wait time.Duration)

	// OnRun is called once at the end with what Run returns.
	OnRun func(*RunResult, error)

	// OnDeadline is called if the run is not over so long after its start. The
	// run goes on; Timeout is what ends it.
	OnDeadline func(RunInfo)
	Deadline   time.Duration // 0: no deadline

	// OnProgress is called after each task that has run to its end, well or not;
	// retries do not count. total is the number of tasks in the DAG, reached by
	// done unless tasks were left out.
	OnProgress func(done, total int64)

	// Logger receives the lines of all tasks, with the attributes dag, task, try
	// and element, in addition to the results, which keep them anyway.
	Logger *slog.Logger
}

func (h Hooks) applyDAG(d *DAG)       { d.hooks = append(d.hooks, h) }
func (h Hooks) applyRun(c *runConfig) { c.hooks = append(c.hooks, h) }
