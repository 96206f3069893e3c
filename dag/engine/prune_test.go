package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

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
