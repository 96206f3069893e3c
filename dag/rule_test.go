package dag_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/rule"
)

// parent adds a task that ends in the given state.
func parent(d *dag.DAG, id string, s dag.State) *dag.Ref[int] {
	switch s {
	case dag.Failed:
		return dag.Task(d, id, func(context.Context) (int, error) { return 0, errBoom })
	case dag.Skipped:
		return dag.Task(d, id, func(context.Context) (int, error) { return 0, fmt.Errorf("nothing new: %w", dag.ErrSkip) })
	case dag.UpstreamFailed:
		return dag.Task(d, id, value(1)).SetUpstream(dag.Do(d, id+"_before", fail))
	}
	return dag.Task(d, id, value(1))
}

func TestTriggerRules(t *testing.T) {
	const ok, bad, up, skip = dag.Succeeded, dag.Failed, dag.UpstreamFailed, dag.Skipped
	tests := []struct {
		when rule.Rule
		a, b dag.State
		want dag.State
	}{
		{rule.AllSuccess, ok, ok, ok}, {rule.AllSuccess, ok, bad, up}, {rule.AllSuccess, ok, up, up}, {rule.AllSuccess, ok, skip, skip},
		{rule.AllSuccess, skip, bad, up},
		{rule.AllDone, bad, up, ok}, {rule.AllDone, skip, skip, ok},
		{rule.OneSuccess, bad, ok, ok}, {rule.OneSuccess, bad, skip, up}, {rule.OneSuccess, skip, skip, skip},
		{rule.NoneFailed, ok, skip, ok}, {rule.NoneFailed, skip, skip, ok}, {rule.NoneFailed, skip, up, up},
		{rule.NoneFailedMinOne, ok, skip, ok}, {rule.NoneFailedMinOne, skip, skip, skip}, {rule.NoneFailedMinOne, ok, bad, up},
		{rule.OneFailed, ok, bad, ok}, {rule.OneFailed, skip, up, ok}, {rule.OneFailed, ok, skip, skip},
		{rule.Always, bad, up, ok}, {rule.Always, ok, skip, ok},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%v/%s/%s", tt.when, tt.a, tt.b), func(t *testing.T) {
			d := dag.New("d")
			x := dag.TaskR2(d, "x", tt.when, parent(d, "a", tt.a), parent(d, "b", tt.b),
				func(context.Context, dag.Result[int], dag.Result[int]) (int, error) { return 7, nil })
			after := dag.Task1(d, "after", x, func(_ context.Context, n int) (int, error) { return n, nil })
			res, err := d.Run(t.Context())
			assert.Equal(t, tt.want, res.State("x"))
			assert.Equal(t, tt.want, res.State("after"), "the same follows")
			v, ofErr := after.Of(res)
			switch tt.want {
			case ok:
				require.NoError(t, ofErr)
				assert.Equal(t, 7, v)
			case skip:
				require.ErrorIs(t, ofErr, dag.ErrSkip)
			default:
				require.ErrorIs(t, ofErr, errBoom)
			}
			failed := tt.a == bad || tt.a == up || tt.b == bad || tt.b == up
			assert.Equal(t, failed, err != nil, "a failure is the run's, whoever looked at it")
		})
	}
}

// What a task under a rule is told is never a zero value that looks like an output.
func TestResultsOfARule(t *testing.T) {
	d := dag.New("d")
	a, b, c := parent(d, "a", dag.Succeeded), parent(d, "b", dag.Failed), parent(d, "c", dag.Skipped)
	x := dag.TaskR3(d, "x", rule.AllDone, a, b, c, func(_ context.Context, a, b, c dag.Result[int]) ([]string, error) {
		assert.Equal(t, dag.Result[int]{ID: "a", State: dag.Succeeded, Value: 1}, a)
		assert.Equal(t, dag.Failed, b.State)
		require.ErrorIs(t, b.Err, errBoom)
		require.EqualError(t, c.Err, `dag: d: task "c": nothing new: skipped`)
		require.ErrorIs(t, c.Err, dag.ErrSkip)
		return []string{a.ID, b.ID, c.ID}, nil
	})
	res, err := d.Run(t.Context())
	require.EqualError(t, err, `dag: d: task "b" failed on try 1: boom`)
	ids, err := x.Of(res)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c"}, ids)
}

// OneSuccess and OneFailed do not wait; what has not ended says so.
func TestRulesThatDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		slow := dag.Task(d, "slow", func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
		start := time.Now()
		for _, tt := range []struct {
			when rule.Rule
			a    *dag.Ref[int]
		}{{rule.OneSuccess, parent(d, "ok", dag.Succeeded)}, {rule.OneFailed, parent(d, "bad", dag.Failed)}} {
			dag.TaskR2(d, tt.when.String(), tt.when, tt.a, slow, func(_ context.Context, _, slow dag.Result[int]) (int, error) {
				assert.Zero(t, time.Since(start))
				assert.Equal(t, dag.State(""), slow.State)
				assert.EqualError(t, slow.Err, `dag: d: task "slow" has not ended yet`)
				return 0, nil
			})
		}
		res, _ := d.Run(t.Context())
		assert.Equal(t, dag.Succeeded, res.State("OneSuccess"))
		assert.Equal(t, dag.Succeeded, res.State("OneFailed"))
	})
}

// A clean-up runs when the run is cancelled too, with a context that is not.
func TestAlwaysRunsAfterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		d := dag.New("d")
		a := dag.Task(d, "a", func(ctx context.Context) (int, error) { return 0, waitForCancel(ctx) })
		b := dag.Task1(d, "b", a, func(context.Context, int) (int, error) { return 0, nil })
		tries := 0
		dag.TaskR2(d, "clean", rule.Always, a, b, func(ctx context.Context, a, b dag.Result[int]) (int, error) {
			tries++
			assert.NoError(t, ctx.Err())
			assert.Equal(t, dag.Cancelled, a.State)
			assert.Equal(t, dag.Cancelled, b.State)
			if tries == 1 {
				return 0, errBoom
			}
			return 0, nil
		}, dag.Retry{Max: 1, Delay: time.Second})
		dag.TaskR1(d, "not_this", rule.AllDone, a, func(context.Context, dag.Result[int]) (int, error) { return 0, nil })
		start := time.Now()
		res, err := d.Run(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []string{"a=cancelled", "b=cancelled", "clean=succeeded", "not_this=cancelled"}, states(res))
		assert.Equal(t, time.Minute+time.Second, time.Since(start))
	})
}

func TestPermanentAndRetryAfter(t *testing.T) {
	tests := []struct {
		name      string
		err       error
		wantTries int
		wantAfter time.Duration
	}{
		{"Plain", errBoom, 3, 2 * time.Minute},
		{"Permanent", dag.Permanent(errBoom), 1, 0},
		{"PermanentWrapped", fmt.Errorf("late: %w", dag.Permanent(errBoom)), 1, 0},
		{"RetryAfter", dag.RetryAfter(errBoom, time.Second), 3, 2 * time.Second},
		{"RetryAtOnce", dag.RetryAfter(errBoom, 0), 3, 0},
		{"Both", dag.Permanent(dag.RetryAfter(errBoom, time.Second)), 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dag.New("d", dag.Retry{Max: 2, Delay: time.Minute})
				dag.Do(d, "x", func(context.Context) error { return tt.err })
				start := time.Now()
				res, err := d.Run(t.Context())
				require.ErrorIs(t, err, errBoom)
				assert.Equal(t, tt.wantTries, res.Task("x").Tries)
				assert.Equal(t, tt.wantAfter, time.Since(start))
				assert.Equal(t, fmt.Sprintf(`dag: d: task "x" failed on try %d: %v`, tt.wantTries, tt.err), err.Error())
			})
		})
	}
	assert.NoError(t, dag.Permanent(nil))
	assert.NoError(t, dag.RetryAfter(nil, time.Second))
	assert.False(t, errors.Is(dag.Permanent(errBoom), dag.ErrSkip))
}

func TestRetryGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		d := dag.New("d")
		dag.Do(d, "x", func(context.Context) error {
			at = append(at, time.Since(start))
			return errBoom
		}, dag.Retry{Max: 4, Delay: time.Second, Factor: 2})
		_, err := d.Run(t.Context())
		require.Error(t, err)
		assert.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}, at)
	})
}

// Scenario 8: many tasks fail together, and their second tries do not come together.
func TestRetryStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		d := dag.New("d", dag.Pool("db", 7))
		gauge := newGauge()
		at := map[time.Duration]int{}
		start := time.Now()
		for i := range n {
			dag.Do(d, fmt.Sprint(i), func(ctx context.Context) error {
				defer gauge.enter()()
				if dag.RunFrom(ctx).Try == 1 {
					return errBoom
				}
				gauge.note(func() { at[time.Since(start).Truncate(time.Second)]++ })
				return nil
			}, dag.Retry{Max: 1, Delay: 10 * time.Second, Jitter: 0.5}, dag.Pool("db", 1))
		}
		mustRun(t, d)
		assert.LessOrEqual(t, gauge.peak, 7)
		for s := 5 * time.Second; s < 15*time.Second; s += time.Second {
			assert.InDelta(t, n/10, at[s], n/50, "second tries after %v", s)
		}
		assert.Len(t, at, 10)
	})
}
