// Package task is what a running task finds in its context. A runner puts an
// [Env] there; the functions of package dag read it.
package task

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock/penstock/dag/internal/mask"
)

// Env is the surroundings of one attempt. It does not change while the
// attempt runs.
type Env struct {
	*Run
	Task    string
	Try     int
	Element int // of a Map, else -1

	Runner Runner
}

// Run is what all attempts of a run have in common. It does not change.
type Run struct {
	DAG, RunID  string
	LogicalTime time.Time
	Start, End  time.Time // the data interval
	Started     time.Time // the run, or anew after its tasks were cleared last
	Clears      int       // how often they were
	Params      map[string]any
	Used        map[string]string // runs of other DAGs, by the DAG
	Host        any               // the engine that makes the run, nil without one
	Mask        *mask.Masker      // knows the secrets of the run, and those of its engine
}

// Runner is the part of a task's surroundings that does something.
type Runner interface {
	// Logger returns the logger of the attempt, the same at each call.
	Logger() *slog.Logger

	// Load returns what was saved last, by this attempt or an earlier one.
	Load(ctx context.Context) (data []byte, ok bool)

	// Save keeps the bytes, which belong to the runner from then on.
	Save(ctx context.Context, data []byte) error
}

type key struct{}

// Key is the key of an *Env in a context.
var Key any = key{}

// From returns the Env of the attempt that ctx belongs to, nil outside a task.
func From(ctx context.Context) *Env {
	e, _ := ctx.Value(key{}).(*Env)
	return e
}
