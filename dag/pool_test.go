package dag_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag"
)

// Scenario 24: three pools, ten thousand tasks each, some in two of them: no pool
// is ever overdrawn, nothing starves, and nobody waits while there is room.
func TestPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		sizes := map[string]int{"cpu": 4, "db": 10, "net": 100}
		names := []string{"cpu", "db", "net"}
		d := dag.New("d", dag.Pool("cpu", 4), dag.Pool("db", 10), dag.Pool("net", 100))
		used, peak := map[string]int{}, map[string]int{}
		gauge := newGauge()
		for i := range 3 * n {
			needs := map[string]int{names[i%3]: 1 + i%2}
			if i%7 == 0 {
				needs[names[(i+1)%3]] = 3
			}
			var opts []dag.TaskOption
			for _, name := range names {
				if needs[name] > 0 {
					opts = append(opts, dag.Pool(name, needs[name]))
				}
			}
			dag.Do(d, fmt.Sprint(i), func(context.Context) error {
				change := func(sign int) func() {
					return func() {
						for name, k := range needs {
							used[name] += sign * k
							peak[name] = max(peak[name], used[name])
						}
					}
				}
				gauge.note(change(1))
				time.Sleep(time.Second)
				gauge.note(change(-1))
				return nil
			}, opts...)
		}
		mustRun(t, d)
		assert.Equal(t, sizes, peak)
	})
}

func TestPriority(t *testing.T) {
	var log []string
	say := func(ctx context.Context) error {
		log = append(log, dag.RunFrom(ctx).Task)
		return nil
	}
	d := dag.New("d", dag.Pool("one", 1))
	for i, p := range []dag.Priority{0, 5, -1, 5, 0} {
		dag.Do(d, fmt.Sprint(i), say, p, dag.Pool("one", 1))
	}
	mustRun(t, d)
	assert.Equal(t, []string{"1", "3", "0", "4", "2"}, log, "the highest first, then the one added first")

	log = nil
	d = dag.New("d", dag.Workers(1))
	for i, p := range []dag.Priority{0, 5, -1, 5, 0} {
		dag.Do(d, fmt.Sprint(i), say, p)
	}
	mustRun(t, d)
	assert.Equal(t, []string{"1", "3", "0", "4", "2"}, log)
}

// One that needs all slots is not overtaken for ever by those that need one.
func TestPoolWideTaskGetsItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		gauge := newGauge()
		d := dag.New("d", dag.Pool("p", 4))
		add := func(id string, slots int) {
			dag.Do(d, id, func(context.Context) error {
				var after time.Duration
				gauge.note(func() {
					order = append(order, id)
					after = time.Duration(len(order)) * time.Second
				})
				time.Sleep(after)
				return nil
			}, dag.Pool("p", slots))
		}
		for i := range 4 {
			add(fmt.Sprint("before", i), 1)
		}
		add("wide", 4)
		for i := range 100 {
			add(fmt.Sprint("after", i), 1)
		}
		mustRun(t, d)
		assert.Equal(t, 4, slices.Index(order, "wide"))
	})
}

// A retry frees the slots, and so does a sensor that is not looking.
func TestPoolSlotsAreFreedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d", dag.Pool("p", 1))
		start := time.Now()
		dag.WaitFor(d, "sensor", time.Hour, func(context.Context) (bool, error) { return time.Since(start) > 0, nil }, dag.Pool("p", 1))
		dag.Do(d, "retried", func(ctx context.Context) error {
			if dag.RunFrom(ctx).Try == 1 {
				return errBoom
			}
			return nil
		}, dag.Retry{Max: 1, Delay: time.Hour}, dag.Pool("p", 1))
		var at time.Duration
		dag.Do(d, "third", func(context.Context) error { at = time.Since(start); return nil }, dag.Pool("p", 1))
		mustRun(t, d)
		assert.Zero(t, at)
	})
}

func TestOptionFaults(t *testing.T) {
	d := dag.New("d", dag.Pool("cpu", 2), dag.Pool("none", 0), dag.Timeout(-1), dag.Workers(-2),
		dag.WithParams(dag.Params{"p": []int{1}}))
	dag.Do(d, "x", nop, dag.Pool("cpu", 3), dag.Pool("gpu", 1), dag.Workers(-1))
	dag.Do(d, "y", nop, dag.Retry{Factor: 0.5, Jitter: 2}, dag.Pool("cpu", 0))
	assert.EqualError(t, d.Validate(), `dag: d: Timeout is -1ns, want 0 or more
dag: d: Workers is -2, want 0 (no bound) or more
dag: d: pool "none" has 0 slots, want 1 to 2147483647
dag: d: parameter "p" is of type []int, want string, bool, int, int64, float64, time.Duration or time.Time
dag: d: task "x": Workers is -1, want 0 (no bound) or more
dag: d: task "x": 3 slots of pool "cpu", want 1 to 2
dag: d: task "x": pool "gpu" is unknown, want one of ["cpu" "none"]
dag: d: task "y": Retry.Factor is 0.5, want 0 (none), 1 or more
dag: d: task "y": Retry.Jitter is 2, want 0 to 1
dag: d: task "y": 0 slots of pool "cpu", want 1 to 2`)
}
