package task

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
)

// Job is an attempt with all that it needs to be made.
type Job struct {
	flow.Attempt
	Plan    *graph.Plan
	Parent  context.Context // of the attempt's own
	In      []graph.Input
	End     time.Time // by the task's timeout, zero if it has none
	Env     Env       // but for Runner
	Loggers []*slog.Logger
	Around  []func(context.Context) (context.Context, func(error)) // see dag.Hooks
	Line    func(text []byte)                                      // is given each line of its log that is kept, as it is written; may be nil
	Keeper  Keeper

	// Exited is called instead of returning if the task ends its goroutine.
	Exited func(j *Job, o flow.Outcome, log []byte)
}

// Keeper keeps checkpoints. The bytes are the keeper's once saved.
type Keeper interface {
	Load(ctx context.Context, a flow.Attempt) ([]byte, bool)
	Save(ctx context.Context, a flow.Attempt, data []byte) error
}

// Node returns the task.
func (j *Job) Node() *graph.Node { return j.Plan.Nodes[j.Task] }

// Ending is how a run has ended.
type Ending struct {
	Run     *Run
	Plan    *graph.Plan
	Flow    *flow.Run
	Logs    map[int32][]byte // of the tasks that have one
	Stopped error            // why it was cancelled, nil if it was not
}
