package dag_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

func TestRetry(t *testing.T) {
	tests := []struct {
		name      string
		retry     dag.Retry
		failures  int
		wantState dag.State
		wantTries int
		wantAfter time.Duration
	}{
		{"None", dag.Retry{}, 1, dag.Failed, 1, 0},
		{"NotNeeded", dag.Retry{Max: 3, Delay: time.Hour}, 0, dag.Succeeded, 1, 0},
		{"Enough", dag.Retry{Max: 2, Delay: time.Minute}, 2, dag.Succeeded, 3, 2 * time.Minute},
		{"TooFew", dag.Retry{Max: 2, Delay: time.Minute}, 3, dag.Failed, 3, 2 * time.Minute},
		{"NoDelay", dag.Retry{Max: 9}, 9, dag.Succeeded, 10, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, calls := time.Now(), 0
				d := dag.New("d", dag.Defaults(dag.Retry{Max: 77}))
				x := dag.Task(d, "x", func(ctx context.Context) (int, error) {
					calls++
					if calls <= tt.failures {
						return 0, fmt.Errorf("try %d: %w", dag.RunFrom(ctx).Try, errBoom)
					}
					return calls, nil
				}, tt.retry)
				res, err := d.Run(t.Context())
				task := res.Tasks()[0]
				assert.Equal(t, tt.wantState, task.State)
				assert.Equal(t, tt.wantTries, task.Tries)
				assert.Equal(t, tt.wantTries, calls)
				assert.Equal(t, start, task.Start)
				assert.Equal(t, tt.wantAfter, task.Duration)
				assert.Equal(t, tt.wantAfter, time.Since(start))
				_, ofErr := x.Of(res)
				if tt.wantState == dag.Succeeded {
					require.NoError(t, err)
					require.NoError(t, ofErr)
					return
				}
				want := fmt.Sprintf(`dag: d: task "x" failed on try %d: try %d: boom`, tt.wantTries, tt.wantTries)
				require.EqualError(t, err, want)
				require.EqualError(t, ofErr, want)
			})
		})
	}
}

// While tasks wait for their next try, the only worker does something else.
// They come back by time, and at the same time by insertion.
func TestRetryDelayHoldsNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		start := time.Now()
		note := func(ctx context.Context) error {
			info := dag.RunFrom(ctx)
			log = append(log, fmt.Sprintf("%v %s/%d", time.Since(start), info.Task, info.Try))
			if info.Try == 1 {
				return errBoom
			}
			return nil
		}
		d := dag.New("d")
		dag.Do(d, "later", note, dag.Retry{Max: 1, Delay: 3 * time.Second})
		dag.Do(d, "a", note, dag.Retry{Max: 1, Delay: 2 * time.Second})
		dag.Do(d, "b", note, dag.Retry{Max: 1, Delay: 2 * time.Second})
		dag.Do(d, "soon", note, dag.Retry{Max: 1, Delay: time.Second})
		dag.Do(d, "at_once", note, dag.Retry{Max: 1})
		mustRun(t, d, dag.Workers(1))
		assert.Equal(t, []string{
			"0s later/1", "0s a/1", "0s b/1", "0s soon/1", "0s at_once/1", "0s at_once/2",
			"1s soon/2", "2s a/2", "2s b/2", "3s later/2",
		}, log)
	})
}

// Scenario 6: a task that heeds its context when its time is up, and one that does not.
func TestTimeout(t *testing.T) {
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	tests := []struct {
		name, why string
		fn        func(context.Context) error
		opts      []dag.TaskOption
		wantErr   string
		wantAfter time.Duration
	}{
		{"Default", "given by Defaults", hang, nil,
			`dag: d: task "x" failed on try 1: timed out after 1m0s: context deadline exceeded`, time.Minute},
		{"Own", "overrides Defaults", hang, []dag.TaskOption{dag.Timeout(time.Second)},
			`dag: d: task "x" failed on try 1: timed out after 1s: context deadline exceeded`, time.Second},
		{"None", "zero lifts the default", func(context.Context) error { time.Sleep(time.Hour); return nil },
			[]dag.TaskOption{dag.Timeout(0)}, "", time.Hour},
		{"PerTry", "each try has the whole time", hang, []dag.TaskOption{dag.Retry{Max: 2, Delay: time.Second}},
			`dag: d: task "x" failed on try 3: timed out after 1m0s: context deadline exceeded`, 3*time.Minute + 2*time.Second},
		{"OwnError", "what the task says is kept", func(ctx context.Context) error { <-ctx.Done(); return errBoom }, nil,
			`dag: d: task "x" failed on try 1: timed out after 1m0s: boom`, time.Minute},
		{"Late", "done is done", func(ctx context.Context) error { <-ctx.Done(); return nil }, nil, "", time.Minute},
		{"Ignored", "Run waits for a task that ignores its context",
			func(ctx context.Context) error { time.Sleep(time.Hour); return ctx.Err() }, nil,
			`dag: d: task "x" failed on try 1: timed out after 1m0s: context deadline exceeded`, time.Hour},
		{"Another", "a deadline of the task's own is not called a timeout",
			func(context.Context) error { return context.DeadlineExceeded }, nil,
			`dag: d: task "x" failed on try 1: context deadline exceeded`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dag.New("d", dag.Defaults(dag.Timeout(time.Minute)))
				dag.Do(d, "x", tt.fn, tt.opts...)
				start := time.Now()
				_, err := d.Run(t.Context())
				assert.Equal(t, tt.wantAfter, time.Since(start), tt.why)
				if tt.wantErr == "" {
					require.NoError(t, err, tt.why)
					return
				}
				require.EqualError(t, err, tt.wantErr, tt.why)
				if tt.name != "OwnError" {
					require.ErrorIs(t, err, context.DeadlineExceeded)
				}
			})
		})
	}
}

// A task that answers a timeout with an error of its own still says so.
func TestTimeoutWrapsBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		dag.Do(d, "x", func(ctx context.Context) error { <-ctx.Done(); return errBoom }, dag.Timeout(time.Second))
		_, err := d.Run(t.Context())
		require.ErrorIs(t, err, errBoom)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestContextOfATryEndsWithIt(t *testing.T) {
	d := dag.New("d")
	a := dag.Task(d, "a", func(ctx context.Context) (context.Context, error) { return ctx, nil })
	dag.Do1(d, "b", a, func(_ context.Context, ctx context.Context) error {
		assert.ErrorIs(t, ctx.Err(), context.Canceled)
		return nil
	})
	mustRun(t, d)
}
