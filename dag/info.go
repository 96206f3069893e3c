package dag

import "context"

// Params are the parameters of a run. They are text, so that a command line,
// a store and a program give a task the same thing.
type Params map[string]string

// RunInfo tells a task what it is running as.
type RunInfo struct {
	DAG    string // name of the DAG
	Task   string // id of the task
	Try    int    // counted from 1
	Params Params // shared by all tasks of the run: read-only
}

type infoKey struct{}

// RunFrom returns the RunInfo of the task that was given ctx or a context made
// from it, and the zero RunInfo outside a task.
func RunFrom(ctx context.Context) RunInfo {
	info, _ := ctx.Value(infoKey{}).(RunInfo)
	return info
}
