package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// ShortCircuit adds a task that is skipped unless the condition holds, and with it all that follows
// under the rule AllSuccess; tasks under other rules go by theirs.
func ShortCircuit(d *dag.DAG, id string, condition func(context.Context) (bool, error), opts ...dag.TaskOption) *dag.Ref[struct{}] {
	var fn func(context.Context) error
	if condition != nil {
		fn = func(ctx context.Context) error {
			ok, err := condition(ctx)
			if err == nil && !ok {
				err = fmt.Errorf("the condition does not hold: %w", dag.ErrSkip)
			}
			return err
		}
	}
	return dag.Do(d, id, fn, opts...)
}

// Trigger adds a task that starts a run of another DAG of the engine and returns the run's id. params
// gives the run's parameters; nil is none. However often the task is tried, and
// whatever happens to the process, there is one such run for each run of d: the id comes
// from the ids of the run, the task and the element of a Map. So a task that is cleared starts none again.
func Trigger(d *dag.DAG, id, other string, params func(dag.RunInfo) dag.Params, opts ...dag.TaskOption) *dag.Ref[string] {
	return dag.Task(d, id, func(ctx context.Context) (string, error) { return trigger(ctx, other, params) }, opts...)
}

// TriggerAndWait is Trigger for a task that succeeds when the run has, and fails if that has failed
// or was cancelled. It looks every second, and occupies no worker in between. Retries wait for the
// same run: by then it may have been cleared and have succeeded.
func TriggerAndWait(d *dag.DAG, id, other string, params func(dag.RunInfo) dag.Params, opts ...dag.TaskOption) *dag.Ref[struct{}] {
	return dag.WaitFor(d, id, look, func(ctx context.Context) (bool, error) {
		run, err := trigger(ctx, other, params)
		if err != nil {
			return false, err
		}
		return succeeded(ctx, other, func(r engine.RunRecord) bool { return r.ID == run })
	}, opts...)
}

// WaitForDAG adds a task that waits for a run of another DAG of the engine, that whose logical time is
// before this run's by back: 0 waits for the same one. It succeeds when that has, also if
// that is long ago, and fails if that has failed or was cancelled; of several runs the
// newest counts. It looks every second, and occupies no worker in between; dag.Timeout says
// how long.
func WaitForDAG(d *dag.DAG, id, other string, back time.Duration, opts ...dag.TaskOption) *dag.Ref[struct{}] {
	return dag.WaitFor(d, id, look, func(ctx context.Context) (bool, error) {
		logical := dag.RunFrom(ctx).LogicalTime.Add(-back)
		return succeeded(ctx, other, func(r engine.RunRecord) bool { return r.LogicalTime.Equal(logical) })
	}, opts...)
}

// look is the time between two looks at another run.
const look = time.Second

var errNoEngine = dag.Permanent(errors.New("the run has no engine: it was started by DAG.Run"))

func trigger(ctx context.Context, other string, params func(dag.RunInfo) dag.Params) (string, error) {
	e, ok := engine.From(ctx)
	if !ok {
		return "", errNoEngine
	}
	info := dag.RunFrom(ctx)
	var p dag.Params
	if params != nil {
		p = params(info)
	}
	return e.TriggerOnce(ctx, fmt.Sprintf("%q %q %d", info.RunID, info.Task, info.Element), other, p)
}

// succeeded tells whether the newest run of a DAG that is meant has succeeded, false as well if
// there is none yet.
func succeeded(ctx context.Context, other string, meant func(engine.RunRecord) bool) (bool, error) {
	e, ok := engine.From(ctx)
	if !ok {
		return false, errNoEngine
	}
	if _, err := e.Schedule(other); err != nil { // it is not registered: it will not come
		return false, err
	}
	runs, err := e.History(ctx, other)
	if err != nil {
		return false, err
	}
	for i := len(runs) - 1; i >= 0; i-- {
		if r := runs[i]; meant(r) {
			if r.State == engine.RunFailed || r.State == engine.RunCancelled {
				return false, fmt.Errorf("run %q is %s", r.ID, r.State)
			}
			return r.State == engine.RunSucceeded, nil
		}
	}
	return false, nil
}
