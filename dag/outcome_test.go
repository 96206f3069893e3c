package dag_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag"
)

func TestOutcomeOfARun(t *testing.T) {
	tests := []struct {
		name, why string
		task      func(context.Context) error
		opts      []dag.RunOption
		cancelled bool
		want      dag.State
	}{
		{name: "Succeeded", task: nop, want: dag.Succeeded},
		{name: "Skipped", why: "is no failure", task: func(context.Context) error { return dag.ErrSkip }, want: dag.Succeeded},
		{name: "Failed", task: fail, want: dag.Failed},
		{name: "Cancelled", task: waitForCancel, cancelled: true, want: dag.Cancelled},
		{
			name: "FailedByAContextOfItsOwn", why: "nobody has cancelled the run", want: dag.Failed,
			task: func(context.Context) error { return fmt.Errorf("read: %w", context.Canceled) },
		},
		{name: "TimedOut", why: "its time was over, nobody has cancelled it", task: waitForCancel, opts: []dag.RunOption{dag.Timeout(time.Minute)}, want: dag.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dag.New("d")
				dag.Do(d, "a", tt.task)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.cancelled {
					time.AfterFunc(time.Second, cancel)
				}
				res, _ := d.Run(ctx, tt.opts...)
				assert.Equal(t, tt.want, res.Outcome(), tt.why)
			})
		})
	}
}
