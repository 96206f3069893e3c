package dag

import (
	"maps"
	"time"
)

// DAGOption is an option of New.
type DAGOption interface{ applyDAG(*DAG) }

// TaskOption is an option of a task, or of all tasks through Defaults.
type TaskOption interface{ applyTask(*taskConfig) }

// RunOption is an option of DAG.Run.
type RunOption interface{ applyRun(*runConfig) }

// Retry grants a task further tries after an error, a panic or a timeout. The
// zero value grants none.
type Retry struct {
	Max   int           // further tries after the first, 0 or more
	Delay time.Duration // wait before each of them, 0 or more; it occupies no worker
}

// Owner names who answers for the DAG.
func Owner(name string) DAGOption {
	return dagOption(func(d *DAG) { d.owner = name })
}

// Defaults sets options for every task of the DAG; a task's own options
// override them.
func Defaults(opts ...TaskOption) DAGOption {
	return dagOption(func(d *DAG) {
		for _, o := range opts {
			o.applyTask(&d.defaults)
		}
	})
}

// Timeout bounds each try of a task, through the context given to it; the time
// spent waiting for a worker or between tries does not count. Zero means no
// bound. A try that returns an error after its time is up fails with an error
// that wraps context.DeadlineExceeded.
func Timeout(d time.Duration) TaskOption {
	return taskOption(func(c *taskConfig) { c.timeout = d })
}

// Workers bounds how many tasks run at the same time. Zero, the default, means
// no bound: every task that may start does.
func Workers(n int) RunOption {
	return runOption(func(c *runConfig) { c.workers = n })
}

// WithParams gives the run parameters, which tasks read through RunFrom. The
// map is copied.
func WithParams(p Params) RunOption {
	p = maps.Clone(p)
	return runOption(func(c *runConfig) { c.params = p })
}

// OnProgress has fn called after each task that has run to its end, well or
// not; retries do not count. total is the number of tasks in the DAG, reached
// by done unless tasks were left out because of a failure or a cancellation.
// Calls come one at a time, from the goroutine that called Run, and no task
// starts meanwhile: fn must be quick.
func OnProgress(fn func(done, total int64)) RunOption {
	return runOption(func(c *runConfig) { c.onProgress = fn })
}

type taskConfig struct {
	retry   Retry
	timeout time.Duration
}

type runConfig struct {
	workers    int
	params     Params
	onProgress func(done, total int64)
}

type (
	dagOption  func(*DAG)
	taskOption func(*taskConfig)
	runOption  func(*runConfig)
)

func (f dagOption) applyDAG(d *DAG)          { f(d) }
func (f taskOption) applyTask(c *taskConfig) { f(c) }
func (f runOption) applyRun(c *runConfig)    { f(c) }
func (r Retry) applyTask(c *taskConfig)      { c.retry = r }
