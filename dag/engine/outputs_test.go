package engine_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// spoilt is a store of which blobs are lost or changed.
type spoilt struct {
	*engine.Memory
	spoil func(data []byte, err error) ([]byte, error)
}

func (s *spoilt) Blob(ctx context.Context, key string) ([]byte, error) {
	data, err := s.Memory.Blob(ctx, key)
	if s.spoil != nil {
		return s.spoil(data, err)
	}
	return data, err
}

var spoilers = map[string]func([]byte, error) ([]byte, error){
	"Missing": func([]byte, error) ([]byte, error) { return nil, engine.ErrNoBlob },
	"Changed": func(data []byte, err error) ([]byte, error) {
		return bytes.Replace(data, []byte("xx"), []byte("xy"), 1), err
	},
	"Cut":    func(data []byte, err error) ([]byte, error) { return data[:len(data)/2], err },
	"Faulty": func([]byte, error) ([]byte, error) { return nil, errors.New("input/output error") },
}

// large is a DAG whose first task has a large output, and whose last waits for an end.
func large(made *atomic.Int64, last func(context.Context) error) (*dag.DAG, *dag.Ref[string]) {
	d := dag.New("d")
	a := dag.Task(d, "large", func(context.Context) (string, error) { made.Add(1); return strings.Repeat("x", 1<<17), nil })
	b := dag.Task1(d, "size", a, func(_ context.Context, s string) (int, error) { return len(s), nil })
	dag.Do1(d, "last", b, func(ctx context.Context, _ int) error { return last(ctx) })
	return d, a
}

// Scenario 25: a large output is lost while a run is interrupted. The task that has made it is run
// again, and never is something else handed on.
func TestOutputIsLostBeforeTheEnd(t *testing.T) {
	for name, spoil := range spoilers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &spoilt{Memory: engine.NewMemory()}
				var made atomic.Int64
				e := open(t, engine.Config{Store: store})
				d, _ := large(&made, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
				require.NoError(t, e.Register(t.Context(), d))
				id, err := e.Trigger(t.Context(), "d", nil)
				require.NoError(t, err)
				synctest.Wait()
				require.NoError(t, e.Close(t.Context()))

				store.spoil = spoil
				e = open(t, engine.Config{Store: store})
				waiting := make(chan struct{})
				d, ref := large(&made, func(context.Context) error { <-waiting; return nil })
				require.NoError(t, e.Register(t.Context(), d))
				go func() { synctest.Wait(); close(waiting) }() // a run that is over before Wait is read back, and cannot be
				res, err := e.Wait(t.Context(), id)
				require.NoError(t, err)
				text, err := ref.Of(res)
				require.NoError(t, err)
				assert.True(t, text == strings.Repeat("x", 1<<17))
				assert.EqualValues(t, 2, made.Load())
				require.NoError(t, e.Close(t.Context()))
			})
		})
	}
}

// Scenario 25: a large output of a run that is over is lost. Who asks for it hears why.
func TestOutputIsLostAfterTheEnd(t *testing.T) {
	for name, spoil := range spoilers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &spoilt{Memory: engine.NewMemory()}
				var made atomic.Int64
				e := open(t, engine.Config{Store: store})
				d, _ := large(&made, func(context.Context) error { return nil })
				_, err := run(t, e, d, nil)
				require.NoError(t, err)
				store.spoil = spoil
				runs, err := e.Runs(t.Context(), "d")
				require.NoError(t, err)
				res, err := e.Wait(t.Context(), runs[0])
				require.ErrorContains(t, err, `engine: run "`+runs[0]+`": output of task "large" is lost: `)
				assert.Nil(t, res)
				_, err = e.Clear(t.Context(), runs[0], true, "size")
				require.ErrorContains(t, err, `output of task "large" is lost: `)
				assert.EqualValues(t, 1, made.Load())
				require.NoError(t, e.Close(t.Context()))
			})
		})
	}
}

// Scenario 18: the clocks of two owners differ by ten minutes. Neither a retry nor the end of a run depends on
// which of them has written what.
func TestClocksOfTwoOwnersDiffer(t *testing.T) {
	for _, skew := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		t.Run(skew.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := engine.NewMemory()
				var made atomic.Int64
				build := func() *dag.DAG {
					return one("hourly", func(context.Context) error { made.Add(1); return nil })
				}
				opts := []engine.ScheduleOption{engine.Cron("@hourly"), engine.StartAt(time.Now()), engine.CatchupAll}
				ahead := time.Duration(0)
				const owners = 10
				for range owners {
					e := open(t, engine.Config{Store: store, Now: func() time.Time { return time.Now().Add(ahead) }})
					require.NoError(t, e.Register(t.Context(), build(), opts...))
					sleep(4*time.Hour + 55*time.Minute)
					require.NoError(t, e.Close(t.Context()))
					ahead = skew - ahead
				}
				e := open(t, engine.Config{Store: store})
				require.NoError(t, e.Register(t.Context(), build()))
				h, err := e.History(t.Context(), "hourly")
				require.NoError(t, err)
				seen := map[time.Time]bool{}
				for _, r := range h {
					assert.False(t, seen[r.LogicalTime], "%v is run twice", r.LogicalTime)
					seen[r.LogicalTime] = true
				}
				assert.InDelta(t, owners*295/60, len(h), 1, "an hour each")
				assert.EqualValues(t, len(h), made.Load())
				require.NoError(t, e.Close(t.Context()))
			})
		})
	}
}
