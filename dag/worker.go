package dag

import (
	"context"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/task"
	"github.com/penstock/penstock/dag/rule"
)

// work runs tasks until there is none that may start. What a task has made ready is
// taken by the same goroutine: in a chain nothing has to be woken up.
func (r *run) work() {
	r.mu.Lock()
	r.starting = false
	for {
		x := r.next()
		if x == nil {
			break
		}
		r.hire()
		r.mu.Unlock()
		o, lines := x.do()
		r.mu.Lock()
		r.finish(&x.Job, o, lines)
	}
	r.active--
	r.leave()
	r.mu.Unlock()
}

// next takes the first attempt that may start, nil if there is none.
func (r *run) next() *try {
	if !r.cancelled && r.ctx.Err() != nil {
		r.stop()
		r.proceed()
	}
	a, ok := r.queue.Pop()
	if !ok {
		return nil
	}
	n := r.plan.Nodes[a.Task]
	parent := r.taskCtx
	if n.Rule == rule.Always {
		parent = r.always
	}
	return newTry(task.Job{
		Attempt: a, Plan: r.plan, Parent: parent, In: r.flow.Inputs(a), End: r.flow.Started(a, time.Now()),
		Env: task.Env{Run: r.shared}, Loggers: r.loggers, Around: r.around, Keeper: r, Exited: r.replace,
	})
}

// finish notes the outcome of a try. It is called with the lock held.
func (r *run) finish(x *task.Job, o flow.Outcome, lines []byte) {
	if len(lines) > 0 {
		if r.logs == nil {
			r.logs = map[int32][]byte{}
		}
		r.logs[x.Task] = append(r.logs[x.Task], lines...)
	}
	if !r.cancelled && r.ctx.Err() != nil {
		r.stop()
	}
	r.queue.Release(x.Attempt)
	r.flow.Finish(x.Attempt, o, time.Now())
	r.proceed()
}

// exited takes the place of the rest of work in a goroutine that is ending.
func (r *run) exited(x *task.Job, o flow.Outcome, lines []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finish(x, o, lines)
	go r.work()
}

// place is where a checkpoint belongs: a task or an element of a Map.
type place struct{ task, elem int32 }

var _ task.Keeper = (*run)(nil)

// Load returns the checkpoint of the task or element.
func (r *run) Load(_ context.Context, a flow.Attempt) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data, ok := r.checkpoints[place{a.Task, a.Elem}]
	return data, ok
}

// Save replaces the checkpoint of the task or element.
func (r *run) Save(_ context.Context, a flow.Attempt, data []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.checkpoints == nil {
		r.checkpoints = map[place][]byte{}
	}
	r.checkpoints[place{a.Task, a.Elem}] = data
	return nil
}
