package api

import (
	"context"
	"time"
)

// DAGs returns all DAGs with how their schedules stand.
func (c *Client) DAGs(ctx context.Context) ([]DAG, error) { return ask[[]DAG](ctx, c, "dags", None{}) }

// DAG returns a DAG with its parameters and tasks.
func (c *Client) DAG(ctx context.Context, name string) (DAGDetail, error) {
	return ask[DAGDetail](ctx, c, "dag", DAGName{name})
}

// Runs returns runs of a DAG, the newest first.
func (c *Client) Runs(ctx context.Context, q RunsQuery) (Runs, error) {
	return ask[Runs](ctx, c, "runs", q)
}

// Run returns how a run and its tasks stand.
func (c *Client) Run(ctx context.Context, q RunQuery) (RunDetail, error) {
	return ask[RunDetail](ctx, c, "run", q)
}

// Task returns a task of a run, with what it was given and has returned, and its attempts without their logs.
func (c *Client) Task(ctx context.Context, q TaskQuery) (TaskDetail, error) {
	return ask[TaskDetail](ctx, c, "task", q)
}

// Logs returns the attempts of a task with their logs, or as many as fit into an answer: [Logs].More tells.
func (c *Client) Logs(ctx context.Context, q LogsQuery) (Logs, error) {
	return ask[Logs](ctx, c, "logs", q)
}

// Wait waits a while for the end of a run, WaitRun until it has come.
func (c *Client) Wait(ctx context.Context, q WaitQuery) (RunEnd, error) {
	return ask[RunEnd](ctx, c, "wait", q)
}

// WaitRun waits for the end of a run.
func (c *Client) WaitRun(ctx context.Context, id string) (end RunEnd, err error) {
	for err == nil && !end.Ended {
		end, err = c.Wait(ctx, WaitQuery{Run: id})
	}
	return end, err
}

// Backfills returns the backfills of a DAG, the newest first.
func (c *Client) Backfills(ctx context.Context, dag string) ([]Backfill, error) {
	return ask[[]Backfill](ctx, c, "backfills", DAGName{dag})
}

// Watch waits a while for the end of a backfill and returns how it stands.
func (c *Client) Watch(ctx context.Context, q WatchQuery) (Backfill, error) {
	return ask[Backfill](ctx, c, "watch", q)
}

// WatchBackfill calls report with how a backfill stands, again and again with that much time between, and
// returns how it has ended.
func (c *Client) WatchBackfill(ctx context.Context, id BackfillID, every time.Duration, report func(Backfill)) (Backfill, error) {
	for next := time.Now().Add(every); ; {
		b, err := c.Watch(ctx, WatchQuery{DAG: id.DAG, Backfill: id.Backfill, Wait: max(0, time.Until(next)).String()})
		switch {
		case err != nil || b.Done:
			return b, err
		case !time.Now().Before(next): // else the server did not wait as long
			report(b)
			next = time.Now().Add(every)
		}
	}
}

// Audit returns who asked for what.
func (c *Client) Audit(ctx context.Context, q AuditQuery) (Audit, error) {
	return ask[Audit](ctx, c, "audit", q)
}

// Trigger starts a run and returns its id.
func (c *Client) Trigger(ctx context.Context, in Trigger) (id string, err error) {
	done, err := order[Done](ctx, c, "trigger", in)
	return done.Run, err
}

// StartBackfill starts a backfill, or tells what it would do.
func (c *Client) StartBackfill(ctx context.Context, in BackfillOrder) (BackfillPlan, error) {
	return order[BackfillPlan](ctx, c, "backfill", in)
}

// StopBackfill lets a backfill start no further run.
func (c *Client) StopBackfill(ctx context.Context, id BackfillID) error {
	_, err := order[Done](ctx, c, "stop", id)
	return err
}

// Clear forgets how tasks went and runs them again. It returns their ids.
func (c *Client) Clear(ctx context.Context, in Clear) (tasks []string, err error) {
	done, err := order[Done](ctx, c, "clear", in)
	return done.Tasks, err
}

// Retry runs what has failed in a run again. It returns the ids of those tasks.
func (c *Client) Retry(ctx context.Context, run string) (tasks []string, err error) {
	done, err := order[Done](ctx, c, "retry", RunID{run})
	return done.Tasks, err
}

// Cancel ends a run.
func (c *Client) Cancel(ctx context.Context, run string) error {
	_, err := order[Done](ctx, c, "cancel", RunID{run})
	return err
}

// Mark gives a task a state by hand.
func (c *Client) Mark(ctx context.Context, in Mark) error {
	_, err := order[Done](ctx, c, "mark", in)
	return err
}

// Pause stops the schedule of a DAG.
func (c *Client) Pause(ctx context.Context, dag string) error {
	_, err := order[Done](ctx, c, "pause", DAGName{dag})
	return err
}

// Unpause lets the schedule of a DAG go on.
func (c *Client) Unpause(ctx context.Context, dag string) error {
	_, err := order[Done](ctx, c, "unpause", DAGName{dag})
	return err
}
