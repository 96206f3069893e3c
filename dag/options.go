package dag

import (
	"maps"
	"time"

	"github.com/penstock/penstock/dag/internal/graph"
)

// DAGOption is an option of New. The options are those of this package.
type DAGOption interface{ applyDAG(*DAG) }

// TaskOption is an option of a task, of the tasks of a group, or of all tasks
// through Defaults. The options are those of this package.
type TaskOption interface{ applyTask(*graph.Settings) }

// RunOption is an option of DAG.Run. The options are those of this package.
type RunOption interface{ applyRun(*runConfig) }

// Owner names who answers for the DAG or the task.
type Owner string

// Retry grants a task further tries after an error, a panic or a timeout. The
// zero value grants none. Given to New it holds for all tasks.
type Retry struct {
	Max    int           // further tries after the first, 0 or more
	Delay  time.Duration // wait before the second try, 0 or more; it occupies no worker
	Factor float64       // by which the wait grows from try to try, 1 or more; 0 is 1
	Jitter float64       // share of the wait, 0 to 1, by which it is made longer or shorter at random
}

// Timeout bounds each try of a task through the context given to it; the time
// spent waiting for a worker or between tries does not count. A try that
// returns an error after its time is up fails with an error that wraps
// context.DeadlineExceeded. Given to New or Run it bounds the whole run, which is
// then cancelled. Zero means no bound.
type Timeout time.Duration

// Workers bounds how many tasks of a run work at the same time, as an option of
// New or Run; as an option of a Map, how many of its elements. Zero, the
// default, means no bound: every task that may start does.
type Workers int

// Priority puts tasks that could start at the same time in order: the highest
// first. The default is 0; tasks of the same priority start in the order in
// which they were added.
type Priority int

// Pool is a number of slots in a named pool. Given to New it makes the pool, with
// that many slots; given to a task it is what the task occupies while it works,
// and the task waits until so many are free. A task may take slots of several
// pools.
func Pool(name string, slots int) interface {
	DAGOption
	TaskOption
} {
	return pool{Pool: name, N: slots}
}

// Doc describes the DAG and gives it tags, by which lists can be searched.
func Doc(description string, tags ...string) DAGOption {
	return dagOption(func(d *DAG) {
		d.g.Description = description
		d.g.Tags = append(d.g.Tags, tags...)
	})
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

// WithParams gives parameters, which tasks read through RunFrom. The map is
// copied. As an option of New it declares them with their defaults; a run may then
// give those only, each in its declared type or as text that can be read as
// one. If New declares none, a run may give any.
func WithParams(p Params) interface {
	DAGOption
	RunOption
} {
	return params(maps.Clone(p))
}

type (
	dagOption func(*DAG)
	pool      graph.Slots
	params    Params
)

// runConfig is what the options of a run say.
type runConfig struct {
	params   Params
	workers  int
	timeout  time.Duration
	interval Interval
	hooks    []Hooks
}

func (f dagOption) applyDAG(d *DAG) { f(d) }

func (o Owner) applyDAG(d *DAG)               { d.g.Owner = string(o) }
func (o Owner) applyTask(s *graph.Settings)   { s.Owner = string(o) }
func (r Retry) applyDAG(d *DAG)               { r.applyTask(&d.defaults) }
func (r Retry) applyTask(s *graph.Settings)   { s.Retry = graph.Retry(r) }
func (t Timeout) applyDAG(d *DAG)             { d.g.Timeout = time.Duration(t) }
func (t Timeout) applyTask(s *graph.Settings) { s.Timeout = time.Duration(t) }
func (t Timeout) applyRun(c *runConfig)       { c.timeout = time.Duration(t) }
func (w Workers) applyDAG(d *DAG)             { d.g.Workers = int(w) }
func (w Workers) applyTask(s *graph.Settings) { s.Workers = int(w) }
func (w Workers) applyRun(c *runConfig)       { c.workers = int(w) }
func (p Priority) applyTask(s *graph.Settings) {
	s.Priority = int(p)
}

func (p pool) applyDAG(d *DAG) {
	if d.g.Pools == nil {
		d.g.Pools = map[string]int{}
	}
	d.g.Pools[p.Pool] = p.N
}

// applyTask replaces what was set for the same pool before.
func (p pool) applyTask(s *graph.Settings) {
	for i := range s.Slots {
		if s.Slots[i].Pool == p.Pool {
			s.Slots[i].N = p.N
			return
		}
	}
	s.Slots = append(s.Slots, graph.Slots(p))
}

func (p params) applyDAG(d *DAG) {
	if d.g.Params == nil {
		d.g.Params = graph.Params{}
	}
	maps.Copy(d.g.Params, p)
}

func (p params) applyRun(c *runConfig) {
	if c.params == nil {
		c.params = Params{}
	}
	maps.Copy(c.params, p)
}
