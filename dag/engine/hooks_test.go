package engine_test

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
	"github.com/penstock/penstock/dag/engine"
)

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
