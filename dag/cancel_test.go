package dag_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

// Scenario 7: a run is cancelled whatever its tasks are doing.
func TestCancel(t *testing.T) {
	stop := errors.New("deploy")
	tests := []struct {
		name, why string
		build     func(d *dag.DAG, cancel func())
		cancelAt  time.Duration // negative: before Run
		wantErr   string
		want      []string
		wantAfter time.Duration
	}{
		{
			name: "BeforeRun", why: "nothing starts", cancelAt: -1,
			build:   func(d *dag.DAG, _ func()) { dag.Do(d, "a", fail) },
			wantErr: "dag: d: run cancelled: context canceled: deploy",
			want:    []string{"a=cancelled"},
		},
		{
			name: "WhileRunning", why: "running tasks see it, and their downstream is not blamed on them", cancelAt: time.Second,
			build: func(d *dag.DAG, _ func()) {
				a := dag.Do(d, "a", waitForCancel)
				dag.Do(d, "b", waitForCancel)
				dag.Do(d, "c", nop).SetUpstream(a)
			},
			wantErr: "dag: d: run cancelled: context canceled: deploy\n" +
				"dag: d: task \"a\" failed on try 1: context canceled\n" +
				"dag: d: task \"b\" failed on try 1: context canceled",
			want:      []string{"a=cancelled", "b=cancelled", "c=cancelled"},
			wantAfter: time.Second,
		},
		{
			name: "NoRetry", why: "a cancelled run grants no further try", cancelAt: time.Second,
			build: func(d *dag.DAG, _ func()) { dag.Do(d, "a", waitForCancel, dag.Retry{Max: 5}) },
			wantErr: "dag: d: run cancelled: context canceled: deploy\n" +
				"dag: d: task \"a\" failed on try 1: context canceled",
			want:      []string{"a=cancelled"},
			wantAfter: time.Second,
		},
		{
			name: "DuringRetryDelay", why: "the delay is not sat out, the last error is kept", cancelAt: time.Second,
			build: func(d *dag.DAG, _ func()) {
				dag.Do(d, "b", nop).SetUpstream(dag.Do(d, "a", fail, dag.Retry{Max: 1, Delay: time.Hour}))
			},
			wantErr: "dag: d: run cancelled: context canceled: deploy\n" +
				"dag: d: task \"a\" failed on try 1: boom",
			want:      []string{"b=cancelled", "a=cancelled"},
			wantAfter: time.Second,
		},
		{
			name: "TaskIgnoresIt", why: "Run waits, and a task that succeeds has succeeded", cancelAt: time.Second,
			build: func(d *dag.DAG, _ func()) {
				a := dag.Do(d, "a", func(context.Context) error { time.Sleep(time.Hour); return nil })
				dag.Do(d, "b", nop).SetUpstream(a)
			},
			wantErr:   "dag: d: run cancelled: context canceled: deploy",
			want:      []string{"a=succeeded", "b=cancelled"},
			wantAfter: time.Hour,
		},
		{
			name: "ByATask", why: "what a task cancels does not start, even if the task succeeds", cancelAt: time.Hour,
			build: func(d *dag.DAG, cancel func()) {
				a := dag.Do(d, "a", func(context.Context) error { cancel(); return nil })
				dag.Do(d, "b", nop).SetUpstream(a)
			},
			wantErr: "dag: d: run cancelled: context canceled: deploy",
			want:    []string{"a=succeeded", "b=cancelled"},
		},
		{
			name: "ByTheLastTask", why: "there was nothing left to cancel", cancelAt: time.Hour,
			build: func(d *dag.DAG, cancel func()) {
				dag.Do(d, "a", func(context.Context) error { cancel(); return nil })
			},
			want: []string{"a=succeeded"},
		},
		{
			name: "AfterAFailure", why: "what a failure had ruled out stays ruled out", cancelAt: time.Second,
			build: func(d *dag.DAG, _ func()) {
				dag.Do(d, "b", nop).SetUpstream(dag.Do(d, "a", fail))
				dag.Do(d, "c", waitForCancel)
			},
			wantErr: "dag: d: run cancelled: context canceled: deploy\n" +
				"dag: d: task \"a\" failed on try 1: boom\n" +
				"dag: d: task \"c\" failed on try 1: context canceled",
			want:      []string{"b=upstream_failed", "a=failed", "c=cancelled"},
			wantAfter: time.Second,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				if tt.cancelAt < 0 {
					cancel(stop)
				}
				alarm := time.AfterFunc(max(0, tt.cancelAt), func() { cancel(stop) })
				defer alarm.Stop()
				d := dag.New("d")
				tt.build(d, func() { cancel(stop) })
				start := time.Now()
				res, err := d.Run(ctx)
				assert.Equal(t, tt.want, states(res), tt.why)
				assert.Equal(t, tt.wantAfter, time.Since(start))
				if tt.wantErr == "" {
					require.NoError(t, err, tt.why)
					return
				}
				require.EqualError(t, err, tt.wantErr, tt.why)
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, stop)
			})
		})
	}
}

// The cancellation arrives while the tasks of a wide graph are being started.
func TestCancelBetweenStarts(t *testing.T) {
	inner, cancel := context.WithCancel(t.Context())
	ctx := &cancelOnFifthLook{Context: inner, cancel: cancel}
	d := dag.New("d")
	for i := range 100 {
		dag.Do(d, fmt.Sprint(i), nop)
	}
	res, err := d.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, dag.Cancelled, res.State("99"))
}

// cancelOnFifthLook is a context that is cancelled when it is asked for the
// fifth time whether it is.
type cancelOnFifthLook struct {
	context.Context
	cancel context.CancelFunc
	looks  atomic.Int64
}

func (c *cancelOnFifthLook) Err() error {
	if c.looks.Add(1) == 5 {
		c.cancel()
	}
	return c.Context.Err()
}

func TestCancelledTaskSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		d := dag.New("d", dag.Defaults(dag.Timeout(time.Hour)))
		a := dag.Task(d, "a", func(ctx context.Context) (int, error) { return 0, waitForCancel(ctx) })
		b := dag.Do(d, "b", nop).SetUpstream(a)
		res, err := d.Run(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = a.Of(res)
		require.EqualError(t, err, `dag: d: task "a" failed on try 1: context deadline exceeded`, "the caller's deadline is not the task's timeout")
		_, err = b.Of(res)
		require.EqualError(t, err, `dag: d: task "b" was not run: run cancelled: context deadline exceeded`)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
