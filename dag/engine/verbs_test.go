package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/rule"
)

// line is a chain of three tasks, each of which counts its calls; the second fails while
// broken is set.
func line(broken *atomic.Bool) (d *dag.DAG, calls *[3]atomic.Int64) {
	calls = new([3]atomic.Int64)
	d = dag.New("line")
	a := dag.Task(d, "a", func(context.Context) (int64, error) { return calls[0].Add(1), nil })
	b := dag.Task1(d, "b", a, func(_ context.Context, n int64) (int64, error) {
		if calls[1].Add(1); broken.Load() {
			return 0, errBoom
		}
		return n * 10, nil
	})
	dag.Do1(d, "c", b, func(context.Context, int64) error { calls[2].Add(1); return nil })
	return d, calls
}

func counts(calls *[3]atomic.Int64) []int64 {
	return []int64{calls[0].Load(), calls[1].Load(), calls[2].Load()}
}

// reopened opens an engine on the store as another process would, with the DAG.
func reopened(t *testing.T, s engine.Store, d *dag.DAG) *engine.Engine {
	e := open(t, engine.Config{Store: s})
	require.NoError(t, e.Register(t.Context(), d))
	return e
}

func TestRetryRunsWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		d, calls := line(&broken)
		s := engine.NewMemory()
		e := reopened(t, s, d)
		id, err := e.Trigger(t.Context(), "line", nil)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.ErrorContains(t, err, "boom") // by its text: the run may have ended, and be read back
		st, err := e.Status(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, engine.RunFailed, st.State)

		broken.Store(false)
		ids, err := e.Retry(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, []string{"b", "c"}, ids)
		res, err := e.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, []string{"a=succeeded", "b=succeeded", "c=succeeded"}, states(res))
		assert.Equal(t, []int64{1, 2, 1}, counts(calls))

		ids, err = e.Retry(t.Context(), id)
		require.NoError(t, err)
		assert.Empty(t, ids, "nothing has failed")
		require.NoError(t, e.Close(t.Context()))

		e = reopened(t, s, d)
		again, err := e.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, states(res), states(again), "read back")
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestClear(t *testing.T) {
	tests := []struct {
		name       string
		downstream bool
		tasks      []string
		want       []string
		calls      []int64
	}{
		{"OneTask", false, []string{"b"}, []string{"b"}, []int64{1, 2, 1}},
		{"WithDownstream", true, []string{"b"}, []string{"b", "c"}, []int64{1, 2, 2}},
		{"All", true, []string{"a", "b"}, []string{"a", "b", "c"}, []int64{2, 2, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, calls := line(new(atomic.Bool))
				s := engine.NewMemory()
				e := reopened(t, s, d)
				id, err := e.Trigger(t.Context(), "line", nil)
				require.NoError(t, err)
				_, err = e.Wait(t.Context(), id)
				require.NoError(t, err)

				plan, err := e.PlanClear(t.Context(), id, tt.downstream, tt.tasks...)
				require.NoError(t, err)
				assert.Equal(t, tt.want, plan)
				assert.Equal(t, []int64{1, 1, 1}, counts(calls), "a plan does nothing")
				got, err := e.Clear(t.Context(), id, tt.downstream, tt.tasks...)
				require.NoError(t, err)
				assert.Equal(t, tt.want, got)
				_, err = e.Wait(t.Context(), id)
				require.NoError(t, err)
				assert.Equal(t, tt.calls, counts(calls))
				require.NoError(t, e.Close(t.Context()))

				e = reopened(t, s, d) // which has nothing to do
				_, err = e.Wait(t.Context(), id)
				require.NoError(t, err)
				assert.Equal(t, tt.calls, counts(calls))
				require.NoError(t, e.Close(t.Context()))
			})
		})
	}
}

// A run that was cleared and not ended goes on in the next process.
func TestClearSurvivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var slow atomic.Bool
		d := dag.New("d")
		dag.Do(d, "a", func(ctx context.Context) error {
			if slow.Load() {
				select {
				case <-hang:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
		s := engine.NewMemory()
		e := reopened(t, s, d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.NoError(t, err)
		slow.Store(true)
		_, err = e.Clear(t.Context(), id, false, "a")
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, e.Close(t.Context()))

		slow.Store(false)
		e = reopened(t, s, d)
		res, err := e.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, []string{"a=succeeded"}, states(res))
		require.NoError(t, e.Close(t.Context()))
	})
}

// The checkpoint of a task is gone after Clear and there after Retry.
func TestCheckpointsOfClearedTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var saw []int
		d := dag.New("d")
		dag.Do(d, "a", func(ctx context.Context) error {
			n, _ := dag.Checkpoint[int](ctx)
			saw = append(saw, n)
			if err := dag.SaveCheckpoint(ctx, n+1); err != nil {
				return err
			}
			return errBoom
		})
		e := reopened(t, engine.NewMemory(), d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		for _, verb := range []func() ([]string, error){
			func() ([]string, error) { return nil, nil },
			func() ([]string, error) { return e.Retry(t.Context(), id) },
			func() ([]string, error) { return e.Clear(t.Context(), id, false, "a") },
		} {
			_, err := verb()
			require.NoError(t, err)
			_, err = e.Wait(t.Context(), id)
			require.ErrorContains(t, err, "boom") // by its text: the run may have ended, and be read back
		}
		assert.Equal(t, []int{0, 1, 0}, saw)
		require.NoError(t, e.Close(t.Context()))
	})
}

// A task that a branch has passed by is passed by again.
func TestClearBehindBranch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := map[string]int{}
		d := dag.New("d")
		do := func(id string) *dag.Ref[struct{}] {
			return dag.Do(d, id, func(context.Context) error { ran[id]++; return nil })
		}
		left, right := do("left"), do("right")
		dag.Branch(d, "which", dag.Task(d, "n", func(context.Context) (int, error) { return 1, nil }), func(context.Context, int) ([]dag.AnyTask, error) {
			return []dag.AnyTask{left}, nil
		}).SetDownstream(left, right)
		e := reopened(t, engine.NewMemory(), d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.NoError(t, err)
		_, err = e.Clear(t.Context(), id, false, "left", "right")
		require.NoError(t, err)
		res, err := e.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, dag.Skipped, res.State("right"))
		assert.Equal(t, map[string]int{"left": 2}, ran)
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cleanup := 0
		d := dag.New("d")
		a := dag.Do(d, "a", func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
		dag.Do(d, "b", func(context.Context) error { return nil }).SetUpstream(a)
		dag.Do(d, "sleeps", func(context.Context) error { return errBoom }, dag.Retry{Max: 3, Delay: time.Hour})
		dag.Do(d, "done", func(context.Context) error { return nil })
		dag.TaskR1(d, "always", rule.Always, a, func(ctx context.Context, r dag.Result[struct{}]) (int, error) {
			cleanup++
			return 1, ctx.Err()
		})
		s := engine.NewMemory()
		e := reopened(t, s, d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, e.Cancel(t.Context(), id))
		res, err := e.Wait(t.Context(), id)
		require.ErrorIs(t, err, context.Canceled)
		want := []string{"a=cancelled", "b=cancelled", "sleeps=cancelled", "done=succeeded", "always=succeeded"}
		assert.Equal(t, want, states(res))
		assert.Equal(t, 1, cleanup)
		st, err := e.Status(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, engine.RunCancelled, st.State)
		require.ErrorContains(t, e.Cancel(t.Context(), id), "has ended")
		require.NoError(t, e.Close(t.Context()))

		e = reopened(t, s, d)
		res, err = e.Wait(t.Context(), id)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, want, states(res), "read back")
		require.NoError(t, e.Close(t.Context()))
	})
}

// A process that ends while a run is being cancelled leaves no run that goes on.
func TestCancelSurvivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		stubborn := true
		release := make(chan struct{})
		a := dag.Do(d, "a", func(context.Context) error {
			if stubborn {
				<-release
			}
			return errBoom
		}, dag.Retry{Max: 5})
		dag.Do(d, "b", func(context.Context) error { return nil }).SetUpstream(a)
		s := engine.NewMemory()
		e := reopened(t, s, d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, e.Cancel(t.Context(), id))
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, e.Close(gone), "a still works")

		stubborn = false
		e = reopened(t, s, d)
		res, err := e.Wait(t.Context(), id)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, []string{"a=cancelled", "b=cancelled"}, states(res))
		synctest.Wait()
		res, err = e.Wait(t.Context(), id)
		close(release)
		require.ErrorIs(t, err, context.Canceled, "read back")
		assert.Equal(t, []string{"a=cancelled", "b=cancelled"}, states(res), "read back")
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestRunTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d", dag.Timeout(time.Hour))
		dag.Do(d, "a", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		s := engine.NewMemory()
		e := reopened(t, s, d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		time.Sleep(40 * time.Minute)
		require.NoError(t, e.Close(t.Context()))
		time.Sleep(10 * time.Minute)

		e = reopened(t, s, d)
		begun := time.Now()
		_, err = e.Wait(t.Context(), id)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "timed out after 1h0m0s")
		assert.Equal(t, 10*time.Minute, time.Since(begun), "the time while no process ran counts")
		st, err := e.Status(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, engine.RunFailed, st.State)
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		ran := 0
		a := dag.Do(d, "a", func(context.Context) error { return errBoom })
		b := dag.Task(d, "b", func(context.Context) (int, error) { ran++; return 1, nil }).SetUpstream(a)
		dag.Do1(d, "c", b, func(context.Context, int) error { ran++; return nil })
		s := engine.NewMemory()
		e := reopened(t, s, d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		_, err = e.Wait(t.Context(), id)
		require.ErrorContains(t, err, "boom") // by its text: the run may have ended, and be read back
		require.NoError(t, e.Mark(t.Context(), id, "a", dag.Succeeded))
		require.ErrorContains(t, e.Mark(t.Context(), id, "b", dag.Succeeded), `task "c" takes its output`)
		require.ErrorContains(t, e.Mark(t.Context(), id, "x", dag.Failed), `no task "x"`)
		require.ErrorContains(t, e.Mark(t.Context(), id, "a", dag.Cancelled), "only succeeded, failed or skipped")
		_, err = e.Clear(t.Context(), id, true, "b")
		require.NoError(t, err)
		res, err := e.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, []string{"a=succeeded", "b=succeeded", "c=succeeded"}, states(res))
		assert.Equal(t, 2, ran)
		require.NoError(t, e.Close(t.Context()))

		e = reopened(t, s, d)
		res, err = e.Wait(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, []string{"a=succeeded", "b=succeeded", "c=succeeded"}, states(res), "read back")
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestVerbsRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		dag.Do(d, "a", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		e := reopened(t, engine.NewMemory(), d)
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		synctest.Wait()
		for name, verb := range map[string]func() error{
			"is at work":            func() error { _, err := e.Clear(t.Context(), id, true, "a"); return err },
			`no task "b"`:           func() error { _, err := e.Clear(t.Context(), id, true, "b"); return err },
			"no task is named":      func() error { _, err := e.PlanClear(t.Context(), id, true); return err },
			"at work or between":    func() error { return e.Mark(t.Context(), id, "a", dag.Skipped) },
			"not known":             func() error { return e.Cancel(t.Context(), "d/none") },
			"there is no such run":  func() error { _, err := e.Retry(t.Context(), "d/none"); return err },
			"DAG is not registered": func() error { _, err := e.Status(t.Context(), "x/none"); return err },
		} {
			assert.ErrorContains(t, verb(), name)
		}
		require.NoError(t, e.Close(t.Context()))
	})
}
