package dag_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

var errBoom = errors.New("boom")

// nop is the function of a task whose outcome does not matter.
func nop(context.Context) error { return nil }

func fail(context.Context) error { return errBoom }

// value returns the function of a task that returns v.
func value[T any](v T) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return v, nil }
}

// waitForCancel runs until its context ends.
func waitForCancel(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// states returns "id=state" of each task in insertion order.
func states(res *dag.RunResult) []string {
	var s []string
	for _, t := range res.Tasks() {
		s = append(s, fmt.Sprintf("%s=%s", t.ID, t.State))
	}
	return s
}

// mustRun runs a DAG that has to succeed.
func mustRun(t testing.TB, d *dag.DAG, opts ...dag.RunOption) *dag.RunResult {
	t.Helper()
	res, err := d.Run(context.Background(), opts...)
	require.NoError(t, err)
	return res
}

// gauge counts how many are inside at the same time.
type gauge struct {
	mu        sync.Mutex
	now, peak int
}

func newGauge() *gauge { return new(gauge) }

// enter returns the function to leave with.
func (g *gauge) enter() (leave func()) {
	g.note(func() {
		g.now++
		g.peak = max(g.peak, g.now)
	})
	return func() { g.note(func() { g.now-- }) }
}

// note does something under the lock.
func (g *gauge) note(do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	do()
}
