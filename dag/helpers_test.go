package dag_test

import (
	"context"
	"errors"
	"fmt"
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
func states(res *dag.Result) []string {
	var s []string
	for _, t := range res.Tasks() {
		s = append(s, fmt.Sprintf("%s=%s", t.ID, t.State))
	}
	return s
}

// mustRun runs a DAG that has to succeed.
func mustRun(t testing.TB, d *dag.DAG, opts ...dag.RunOption) *dag.Result {
	t.Helper()
	res, err := d.Run(context.Background(), opts...)
	require.NoError(t, err)
	return res
}
