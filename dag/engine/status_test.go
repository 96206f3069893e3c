package engine_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

func TestStatusAndLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d", dag.WithParams(dag.Params{"n": 2}))
		a := dag.Task(d, "a", func(ctx context.Context) ([]int, error) {
			dag.RunFrom(ctx).Log().Info("here")
			return []int{1, 2}, nil
		})
		dag.Map(d, "m", a, func(ctx context.Context, n int) (int, error) {
			dag.RunFrom(ctx).Log().Info("element", "n", n)
			if n == 2 {
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return n, nil
		})
		dag.Do(d, "sleeps", func(context.Context) error { return errBoom }, dag.Retry{Max: 1, Delay: time.Hour})
		dag.Do1(d, "waits", a, func(context.Context, []int) error { return nil }).SetUpstream(dag.WaitFor(d, "w", time.Hour, func(context.Context) (bool, error) { return false, nil }))
		s := engine.NewMemory()
		e := reopened(t, s, d)
		id, err := e.Trigger(t.Context(), "d", dag.Params{"n": 3})
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		st, err := e.Status(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, engine.RunRunning, st.State)
		assert.Equal(t, dag.Params{"n": 3}, st.Params)
		var got []string
		for _, task := range st.Tasks {
			got = append(got, fmt.Sprintf("%s %s %s %d %q %q", task.ID, task.Phase, task.State, len(task.Attempts), task.Output, task.Err))
		}
		assert.Equal(t, []string{
			`a ended succeeded 1 "[1 2]" ""`, `m working  2 "" ""`, `sleeps sleeping  1 "" "boom"`, `waits waiting  0 "" ""`, `w sleeping  0 "" ""`,
		}, got)
		require.NoError(t, e.Close(t.Context()))

		e = reopened(t, s, d)
		time.Sleep(time.Minute)
		logs, err := e.Logs(t.Context(), id, "m")
		require.NoError(t, err)
		require.Len(t, logs, 3)
		assert.Equal(t, []engine.Outcome{engine.OutcomeSucceeded, engine.OutcomeInterrupted, engine.OutcomeWorking}, []engine.Outcome{logs[0].Outcome, logs[1].Outcome, logs[2].Outcome})
		for _, l := range logs {
			assert.Contains(t, l.Log, fmt.Sprintf("n=%d", l.Element+1))
		}
		_, err = e.Logs(t.Context(), id, "none")
		require.ErrorContains(t, err, `no task "none"`)
		require.NoError(t, e.Close(t.Context()))
	})
}
