package engine_test

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
		close(release)
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

// dropping is a store that does something, or fails, before it drops.
type dropping struct {
	*engine.Memory
	before func(logs []string) error
}

func (s *dropping) Drop(ctx context.Context, epoch int64, logs, blobs []string) error {
	if err := s.before(logs); err != nil {
		return err
	}
	return s.Memory.Drop(ctx, epoch, logs, blobs)
}

// Scenario 26: while old runs are removed, batch by batch, the others can be dealt with as ever; what is
// interrupted is removed the next time.
func TestPruneHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dropping{Memory: engine.NewMemory()}
		e := open(t, engine.Config{Store: s})
		d := one("d", func(ctx context.Context) error {
			if len(dag.RunFrom(ctx).Params) > 0 {
				<-ctx.Done()
			}
			return nil
		})
		require.NoError(t, e.Register(t.Context(), d))
		var ids []string
		for range 250 {
			id, err := e.Trigger(t.Context(), "d", nil)
			require.NoError(t, err)
			_, err = e.Wait(t.Context(), id)
			require.NoError(t, err)
			ids = append(ids, id)
		}
		running, err := e.Trigger(t.Context(), "d", dag.Params{"wait": true})
		require.NoError(t, err)
		var batches []int
		s.before = func(logs []string) error {
			batches = append(batches, len(logs))
			switch len(batches) {
			case 1:
				_, err := e.Clear(t.Context(), ids[0], false, "task")
				require.ErrorContains(t, err, "there is no such run", "it is as good as gone")
				_, err = e.Clear(t.Context(), ids[150], false, "task")
				require.NoError(t, err)
				synctest.Wait()
			case 2:
				require.NoError(t, e.Cancel(t.Context(), running))
			case 3:
				return errBoom
			}
			return nil
		}
		gone, err := e.Prune(t.Context(), "d", 0, 0)
		require.ErrorIs(t, err, errBoom)
		assert.Len(t, gone, 200)
		assert.Equal(t, []int{100, 100, 50}, batches)
		gone, err = e.Prune(t.Context(), "d", 1000, 0)
		require.NoError(t, err)
		assert.Equal(t, ids[200:], gone, "they were noted as gone")
		logs, err := s.Logs(t.Context(), "run/d/")
		require.NoError(t, err)
		assert.Len(t, logs, 1, "that of the cancelled run")
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestPrune(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		dag.Task(d, "a", func(context.Context) ([]byte, error) { return make([]byte, 1000), nil })
		s := &counting{Memory: engine.NewMemory()}
		e := open(t, engine.Config{Store: s, InlineLimit: 10})
		require.NoError(t, e.Register(t.Context(), d))
		var ids []string
		for range 5 {
			id, err := e.Trigger(t.Context(), "d", nil)
			require.NoError(t, err)
			_, err = e.Wait(t.Context(), id)
			require.NoError(t, err)
			ids = append(ids, id)
			time.Sleep(time.Hour)
		}
		gone, err := e.Prune(t.Context(), "d", 2, 4*time.Hour)
		require.NoError(t, err)
		assert.Equal(t, ids[:2], gone, "the third has ended three hours ago")
		gone, err = e.Prune(t.Context(), "d", 1, 0)
		require.NoError(t, err)
		assert.Equal(t, ids[2:4], gone)
		assert.Len(t, s.dropped, 4, "the outputs are gone too")
		_, err = e.Status(t.Context(), ids[0])
		require.ErrorContains(t, err, "there is no such run")
		_, err = e.Status(t.Context(), ids[4])
		require.NoError(t, err)
		runs, err := e.Runs(t.Context(), "d")
		require.NoError(t, err)
		assert.Equal(t, ids, runs, "they are known of")
		_, err = e.Prune(t.Context(), "d", -1, 0)
		require.ErrorContains(t, err, "want 0 or more")
		_, err = e.Prune(t.Context(), "x", 1, 0)
		require.ErrorContains(t, err, "no DAG")
		require.NoError(t, e.Close(t.Context()))
	})
}

// counting notes which blobs are dropped.
type counting struct {
	*engine.Memory
	dropped []string
}

func (c *counting) Drop(ctx context.Context, epoch int64, logs, blobs []string) error {
	for _, key := range blobs {
		if _, err := c.Blob(ctx, key); err == nil {
			c.dropped = append(c.dropped, key)
		}
	}
	return c.Memory.Drop(ctx, epoch, logs, blobs)
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

func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		note := func(who string) dag.Hooks {
			return dag.Hooks{
				OnTask: func(i dag.RunInfo, r dag.Result[any]) { got = append(got, who+" "+i.Task+" "+string(r.State)) },
				OnRun: func(_ *dag.RunResult, err error) {
					got = append(got, fmt.Sprintf("%s run failed: %v", who, err != nil))
				},
				OnProgress: func(done, total int64) { got = append(got, fmt.Sprintf("%s %d/%d", who, done, total)) },
				OnDeadline: func(i dag.RunInfo) { got = append(got, who+" late "+i.DAG) },
				Deadline:   time.Minute,
			}
		}
		d := dag.New("d", note("dag"))
		a := dag.Do(d, "a", func(context.Context) error { time.Sleep(2 * time.Minute); return nil })
		dag.Do(d, "b", func(context.Context) error { return errors.Join(errBoom) }).SetUpstream(a)
		broken := dag.Hooks{OnTask: func(dag.RunInfo, dag.Result[any]) { panic("hook") }}
		e := open(t, engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{note("engine"), broken}})
		_, err := run(t, e, d, nil)
		require.ErrorContains(t, err, "boom") // by its text: the run may have ended, and be read back
		require.NoError(t, e.Close(t.Context()))
		assert.Equal(t, []string{
			"engine late d", "dag late d", "engine a succeeded", "engine 1/2", "dag a succeeded", "dag 1/2",
			"engine b failed", "engine 2/2", "dag b failed", "dag 2/2", "engine run failed: true", "dag run failed: true",
		}, got)
	})
}

// The pools of an engine bound the tasks of all runs; the highest priority comes first.
func TestPoolsAcrossRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most int
		var order []string
		graph := func(name string, p dag.Priority) *dag.DAG {
			d := dag.New(name, dag.Pool("db", 100), dag.Defaults(p))
			for i := range 5 {
				dag.Do(d, fmt.Sprint(i), func(context.Context) error {
					now++
					most = max(most, now)
					order = append(order, name)
					time.Sleep(time.Second)
					now--
					return nil
				}, dag.Pool("db", 2))
			}
			return d
		}
		e := open(t, engine.Config{Store: engine.NewMemory(), Pools: map[string]int{"db": 2}})
		var ids []string
		for _, d := range []*dag.DAG{graph("first", 0), graph("second", 0), graph("urgent", 1)} {
			require.NoError(t, e.Register(t.Context(), d))
			id, err := e.Trigger(t.Context(), d.Name(), nil)
			require.NoError(t, err)
			ids = append(ids, id)
		}
		for _, id := range ids {
			_, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
		}
		assert.Equal(t, 1, most)
		assert.Equal(t, []string{"first", "urgent", "urgent", "urgent", "urgent", "urgent", "first", "first", "first", "first", "second", "second", "second", "second", "second"}, order)
		small := dag.New("greedy", dag.Pool("db", 100))
		dag.Do(small, "a", func(context.Context) error { return nil }, dag.Pool("db", 3))
		require.ErrorContains(t, e.Register(t.Context(), small), `takes 3 slots of pool "db", which has 2 here`)
		require.NoError(t, e.Close(t.Context()))
	})
	_, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Pools: map[string]int{"db": 0}})
	require.ErrorContains(t, err, `pool "db" has 0 slots`)
}

// Where workers are few the priority of a task counts, whatever its run.
func TestPriorityAcrossRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		e := open(t, engine.Config{Store: engine.NewMemory(), Workers: 1})
		var ids []string
		for i, name := range []string{"low", "high"} {
			d := dag.New(name, dag.Defaults(dag.Priority(i)))
			for k := range 2 {
				dag.Do(d, fmt.Sprint(k), func(context.Context) error {
					time.Sleep(time.Second)
					order = append(order, name)
					return nil
				})
			}
			require.NoError(t, e.Register(t.Context(), d))
			id, err := e.Trigger(t.Context(), name, nil)
			require.NoError(t, err)
			ids = append(ids, id)
		}
		for _, id := range ids {
			_, err := e.Wait(t.Context(), id)
			require.NoError(t, err)
		}
		assert.Equal(t, []string{"low", "high", "high", "low"}, order)
		require.NoError(t, e.Close(t.Context()))
	})
}
