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
)

// Who only looks at a store, or backfills, starts nothing that was not asked for.
func TestModes(t *testing.T) {
	for _, c := range []struct {
		name           string
		mode           engine.Mode
		interrupted    bool // the run that was cut off goes on
		scheduled, ran int
	}{
		{"Serving", engine.Serving, true, 1, 2},
		{"OnDemand", engine.OnDemand, true, 0, 1},
		{"Inspecting", engine.Inspecting, false, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, lives := engine.NewMemory(), 1
				var ran atomic.Int64
				d := dag.New("d")
				dag.Do(d, "task", func(ctx context.Context) error {
					if lives == 1 {
						<-ctx.Done()
						return ctx.Err()
					}
					ran.Add(1)
					return nil
				})
				e, err := engine.Open(t.Context(), engine.Config{Store: store})
				require.NoError(t, err)
				require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily")))
				id, err := e.Trigger(t.Context(), "d", nil)
				require.NoError(t, err)
				synctest.Wait()
				require.NoError(t, e.Close(t.Context()))

				lives = 2
				time.Sleep(36 * time.Hour)
				e, err = engine.Open(t.Context(), engine.Config{Store: store, Mode: c.mode})
				require.NoError(t, err)
				require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily")))
				time.Sleep(time.Minute)
				synctest.Wait()
				s, err := e.Status(t.Context(), id)
				require.NoError(t, err)
				assert.Equal(t, c.interrupted, s.State == engine.RunSucceeded)
				runs, err := e.History(t.Context(), "d")
				require.NoError(t, err)
				assert.Len(t, runs, 1+c.scheduled)
				assert.EqualValues(t, c.ran, ran.Load())
				require.NoError(t, e.Close(t.Context()))
			})
		})
	}
	_, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Mode: 3})
	assert.EqualError(t, err, "engine: Mode is 3, want Serving, OnDemand or Inspecting")
}
