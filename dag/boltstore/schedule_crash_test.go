package boltstore_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// drivers are what the other process does with an engine, instead of one run of a graph.
var drivers = map[string]func(ctx context.Context, e *engine.Engine, folder string) error{"schedule": driveSchedule, "backfill": driveBackfill}

var firstDay = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

const days = 3

// register registers a DAG and one that follows it. Each task notes what it is.
func register(ctx context.Context, e *engine.Engine, folder string, opts ...engine.ScheduleOption) error {
	build := func(name string) *dag.DAG {
		d := dag.New(name)
		dag.Do(d, "task", func(ctx context.Context) error { return note(folder, "%s", dag.RunFrom(ctx).RunID) })
		return d
	}
	if err := e.Register(ctx, build("up"), opts...); err != nil {
		return err
	}
	return e.Register(ctx, build("down"), engine.After("up"))
}

func schedule() []engine.ScheduleOption {
	return []engine.ScheduleOption{
		engine.Cron("@daily"), engine.StartAt(firstDay), engine.EndAt(firstDay.AddDate(0, 0, days-1)), engine.CatchupAll, engine.MaxActiveRuns(2),
	}
}

func driveSchedule(ctx context.Context, e *engine.Engine, folder string) error {
	if err := register(ctx, e, folder, schedule()...); err != nil {
		return err
	}
	return untilFollowed(ctx, e)
}

func driveBackfill(ctx context.Context, e *engine.Engine, folder string) error {
	if err := register(ctx, e, folder); err != nil {
		return err
	}
	all, err := e.Backfills("up")
	if err != nil {
		return err
	}
	if len(all) == 0 {
		b, err := e.StartBackfill(ctx, "up", engine.Backfill{From: firstDay, To: firstDay.AddDate(0, 0, days-1), MaxActiveRuns: 2})
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	if err := all[0].Wait(ctx); err != nil {
		return err
	}
	return untilFollowed(ctx, e)
}

// untilFollowed waits until down has had a run for each day.
func untilFollowed(ctx context.Context, e *engine.Engine) error {
	for {
		h, err := e.History(ctx, "down")
		if err != nil {
			return err
		}
		ended := 0
		for _, r := range h {
			if r.State != engine.RunRunning {
				ended++
			}
		}
		if ended >= days {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
}

// Killed after the Nth append of its life, for every N, and again after as many: one run for each logical
// time, by a schedule and by a backfill, and one start after each success.
func TestSchedulesKilledAfterEveryAppend(t *testing.T) {
	if testing.Short() {
		t.Skip("starts some dozens of processes")
	}
	for _, graph := range []string{"schedule", "backfill"} {
		t.Run(graph, func(t *testing.T) {
			killed := true
			for n := 1; killed; n++ {
				folder := t.TempDir()
				killed = process(t, folder, graph, n)
				again := killed && process(t, folder, graph, n)
				for again {
					again = process(t, folder, graph, 0)
				}
				checkDays(t, folder, n)
			}
		})
	}
}

// checkDays reads from the file which runs there have been.
func checkDays(t *testing.T, folder string, n int) {
	t.Helper()
	s := open(t, filepath.Join(folder, "runs.db"))
	defer s.Close()
	e, err := engine.Open(t.Context(), engine.Config{Store: s})
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close(t.Context())) }()
	ups, err := e.History(t.Context(), "up")
	require.NoError(t, err)
	want := map[string]int{}
	for i, at := 0, firstDay; i < days; i, at = i+1, at.AddDate(0, 0, 1) {
		want["up/"+at.Format("20060102T150405Z")] = 1
	}
	got := map[string]int{}
	for _, r := range ups {
		got[r.ID]++
		assert.Equal(t, engine.RunSucceeded, r.State)
	}
	assert.Equal(t, want, got, "one run for each day, killed after append %d", n)
	downs, err := e.History(t.Context(), "down")
	require.NoError(t, err)
	got = map[string]int{}
	for _, r := range downs {
		got[r.Of]++
		assert.Equal(t, engine.RunSucceeded, r.State)
	}
	assert.Equal(t, want, got, "one start after each, killed after append %d", n)
	for _, line := range notes(t, folder) {
		assert.True(t, want[line] == 1 || len(line) > 10 && want[line[len("down/after-"):]] == 1, "no task of any other run: %s", line)
	}
}
