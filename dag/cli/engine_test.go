package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/engine"
)

// stored returns an app with a DAG of two tasks, load and train, and a file to keep runs in.
// train fails for as long as broken is set.
func stored(t *testing.T, broken *atomic.Bool) (app cli.App, path string) {
	d := dag.New("night", dag.WithParams(dag.Params{"rows": 3}))
	load := dag.Task(d, "load", func(ctx context.Context) (int, error) { return dag.RunFrom(ctx).Params["rows"].(int), nil })
	dag.Do1(d, "train", load, func(_ context.Context, rows int) error {
		if broken.Load() {
			return errors.New("no memory")
		}
		return nil
	})
	path = filepath.Join(t.TempDir(), "runs.db")
	return cli.App{
		DAGs:      []*dag.DAG{d},
		Schedules: map[string][]engine.ScheduleOption{"night": {engine.Cron("@daily"), engine.CatchupNone}},
		Open:      func() (engine.Store, error) { return boltstore.Open(path) },
	}, path
}

// serving runs serve until the test ends, and returns once it takes orders.
func serving(t *testing.T, app cli.App) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	up := make(chan struct{})
	app.Stderr = writer(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("serving")) {
			close(up)
		}
		return len(p), nil
	})
	done := make(chan int, 1)
	go func() { done <- cli.Main(ctx, app, []string{"serve"}) }()
	t.Cleanup(func() {
		cancel()
		assert.Zero(t, <-done)
	})
	<-up
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// The same story, told to a program that has the file for itself and to one that finds it in the
// hands of another.
func TestCommandsOfTheEngine(t *testing.T) {
	for _, c := range []struct {
		name   string
		served bool
	}{{"Alone", false}, {"WhileServing", true}} {
		t.Run(c.name, func(t *testing.T) {
			var broken atomic.Bool
			app, path := stored(t, &broken)
			if c.served {
				serving(t, app)
				info, err := os.Stat(path + ".sock")
				require.NoError(t, err)
				assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the socket is the owner's alone")
			}
			expect := func(code int, args ...string) string {
				t.Helper()
				got, out, errs := program(t, app, args...)
				require.Equal(t, code, got, errs)
				return out + errs
			}
			const first = "[backfill progress] waiting: 4 | succeeded: 0 | kicked_off: 2 | failed: 0 | skipped: 0\n"
			const id = "night/20150101T000000Z"
			assert.Contains(t, expect(0, "backfill", "-s", "2015-01-01", "-e", "2015-01-02", "-dry-run"), "2015-01-02  2015-01-03  -    -      yes")
			assert.True(t, strings.HasPrefix(expect(0, "backfill", "night", "-s", "2015-01-01", "-e", "2015-01-02", "-rows", "7"), first))
			assert.Contains(t, expect(0, "backfill", "-s", "2015-01-01"), "1 left out, as they have a run already; see -reprocess")
			assert.Contains(t, expect(0, "status", id), id+": succeeded, logical time 2015-01-01, took ")
			assert.Contains(t, expect(0, "logs", id, "load"), "--- try 1: succeeded")
			assert.Contains(t, expect(0, "logs", id, "load"), "msg=returned try=1 value=7")
			assert.Contains(t, expect(0, "status", "night", "-n", "1"), "night/20150102T000000Z  succeeded  backfill  2015-01-02")
			assert.NotContains(t, expect(0, "status", "night", "-n", "1"), id)

			broken.Store(true)
			assert.Contains(t, expect(1, "backfill", "-s", "2015-01-01", "-reprocess", "completed"), "1 of 1 runs failed: "+id+"-2")
			assert.Contains(t, expect(0, "status", id+"-2"), "no memory")
			broken.Store(false)
			assert.Equal(t, "load\ntrain\n", expect(0, "clear", id+"-2", "-dry-run"))
			assert.Contains(t, expect(0, "retry", id+"-2"), "train\n")
			assert.Contains(t, expect(3, "cancel", "night/none"), `run "night/none"`)
			assert.Contains(t, expect(3, "logs", id, "lod"), `it has no task "lod"`)
			assert.Contains(t, expect(0, "trigger", "-wait"), "night/")

			expect(0, "pause", "night")
			assert.Regexp(t, `night +cron @daily in UTC +yes`, expect(0, "status"))
			expect(0, "unpause")
			assert.Regexp(t, `night +cron @daily in UTC +no`, expect(0, "status"))
			expect(0, "list")
			assert.Equal(t, c.served, exists(path+".sock"), "a socket stays as long as its process")
		})
	}
}

// A backfill that is interrupted and given again is done when its runs are.
func TestBackfillGivenAgain(t *testing.T) {
	var life atomic.Int32
	started, waited := make(chan struct{}), make(chan struct{})
	d := dag.New("night")
	dag.Do(d, "train", func(ctx context.Context) error {
		if life.Load() == 1 {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		}
		select {
		case <-waited:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	path := filepath.Join(t.TempDir(), "runs.db")
	app := cli.App{DAGs: []*dag.DAG{d}, Open: func() (engine.Store, error) { return boltstore.Open(path) }}
	args := []string{"backfill", "night", "-s", "2015-01-01"}

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int)
	life.Store(1)
	app.Stdout, app.Stderr = io.Discard, io.Discard
	go func() { done <- cli.Main(ctx, app, args) }()
	<-started
	cancel()
	require.Equal(t, 130, <-done)

	life.Store(2)
	said := writer(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("waiting for 1 that were under way")) {
			close(waited)
		}
		return len(p), nil
	})
	app.Stdout, app.Stderr = said, said
	require.Zero(t, cli.Main(t.Context(), app, args))
	_, out, _ := program(t, app, "status", "night/20150101T000000Z")
	assert.Contains(t, out, "night/20150101T000000Z: succeeded")
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Who lists, or asks for help, needs no store.
func TestListDoesNotOpen(t *testing.T) {
	app := one(fine)
	app.Open = func() (engine.Store, error) {
		t.Error("the store was opened")
		return nil, errors.New("no")
	}
	for _, args := range [][]string{{"list"}, {"show"}, {"graph"}, {"--help"}, {"status", "-h"}, {"help", "backfill"}, {"run"}, {"test", "task"}} {
		code, _, errs := program(t, app, args...)
		assert.Zero(t, code, errs)
	}
}

// A killed process leaves its socket behind; and what is no socket stays.
func TestSocketsInTheWay(t *testing.T) {
	var broken atomic.Bool
	app, path := stored(t, &broken)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path + ".sock", Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	code, _, errs := program(t, app, "status")
	assert.Zero(t, code, errs)
	assert.False(t, exists(path+".sock"))

	require.NoError(t, os.WriteFile(path+".sock", []byte("mine"), 0o600))
	code, _, errs = program(t, app, "status")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "runs.db.sock is in the way: it is not a socket")
	assert.True(t, exists(path+".sock"))
}

// The file is in use by a process that takes no orders.
func TestNobodyAnswers(t *testing.T) {
	var broken atomic.Bool
	app, path := stored(t, &broken)
	s, err := boltstore.Open(path)
	require.NoError(t, err)
	defer s.Close()
	code, _, errs := program(t, app, "status")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "the file is in use by another process; nobody answers at "+path+".sock")
}

func TestUsageOfTheEngine(t *testing.T) {
	var broken atomic.Bool
	app, path := stored(t, &broken)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"NoDate", []string{"backfill"}, "the first date is missing: -s DATE"},
		{"BadDate", []string{"backfill", "-s", "yesterday"}, `"yesterday": want a date`},
		{"BadReprocess", []string{"backfill", "-s", "2015-01-01", "-reprocess", "all"}, "want none, failed or completed"},
		{"BadParam", []string{"backfill", "-s", "2015-01-01", "-p", "cols=1"}, `parameter "cols" is unknown`},
		{"BadEvery", []string{"backfill", "-s", "2015-01-01", "-every", "0s"}, "-every is 0s, want more than 0"},
		{"NoRun", []string{"cancel"}, "want RUN, got 0 arguments"},
		{"NoTask", []string{"logs", "night/x"}, "want RUN TASK, got 1 arguments"},
		{"TooMany", []string{"status", "a", "b"}, "want [DAG | RUN], got 2 arguments"},
		{"NoState", []string{"mark", "night/x", "load"}, "want RUN TASK STATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, errs := program(t, app, c.args...)
			assert.Equal(t, 2, code)
			assert.Contains(t, errs, c.want)
		})
	}
	assert.False(t, exists(path), "nothing was opened for a mistake in the command line")

	app.Open = nil
	code, _, errs := program(t, app, "status")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "this program keeps nothing")
	code, _, errs = program(t, app, "backfill", "-s", "2015-01-01")
	assert.Zero(t, code, errs)
}
