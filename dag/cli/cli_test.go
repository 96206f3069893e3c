package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/rule"
)

// program runs a command line of an app and returns what it printed.
func program(t *testing.T, app cli.App, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app.Name, app.Stdout, app.Stderr = "prog", &out, &errs
	code = cli.Main(t.Context(), app, args)
	return code, out.String(), errs.String()
}

// churn is a DAG with one of everything.
func churn() *dag.DAG {
	d := dag.New("churn", dag.Owner("data"), dag.Doc("Who leaves?\nAnd why.", "ml", "daily"), dag.Pool("db", 2),
		dag.WithParams(dag.Params{"rows": 3, "dry": false, "wait": time.Millisecond}))
	load := dag.Task(d, "load", func(ctx context.Context) (int, error) {
		p := dag.RunFrom(ctx).Params
		dag.RunFrom(ctx).Log().Info("loading", "dry", p["dry"], "from", dag.RunFrom(ctx).Interval.Start.Format(time.DateOnly))
		return p["rows"].(int), nil
	}, dag.Pool("db", 1))
	list := dag.Task1(d, "list", load, func(_ context.Context, n int) ([]int, error) { return make([]int, n), nil }, dag.Retry{Max: 2}, dag.Timeout(time.Minute))
	g := d.Group("fit")
	m := dag.Map(g, "each", list, func(ctx context.Context, _ int) (int, error) { return dag.RunFrom(ctx).Element, nil })
	dag.Branch(d, "choose", m, func(_ context.Context, v []int) ([]dag.AnyTask, error) { return nil, nil })
	dag.TaskR1(d, "report", rule.AllDone, m, func(_ context.Context, r dag.Result[[]int]) (string, error) {
		return fmt.Sprint(r.State, len(r.Value)), nil
	})
	dag.WaitFor(d, "file", time.Second, func(context.Context) (bool, error) { return false, nil }).SetUpstream(load)
	return d
}

func one(fn func(context.Context) error) cli.App {
	d := dag.New("one")
	dag.Do(d, "task", fn)
	return cli.App{DAGs: []*dag.DAG{d}}
}

func fine(context.Context) error { return nil }

func TestExitCodes(t *testing.T) {
	two := cli.App{DAGs: []*dag.DAG{churn(), dag.New("other")}}
	for _, c := range []struct {
		name string
		app  cli.App
		args []string
		code int
		want string // on standard error
	}{
		{"NoCommand", two, nil, 2, "a command is missing"},
		{"UnknownCommand", two, []string{"lst"}, 2, `there is no command "lst", but list, show`},
		{"UnknownDAG", two, []string{"show", "chrn"}, 2, `there is no DAG "chrn", but churn, other`},
		{"NoDAG", two, []string{"show"}, 2, "the name of a DAG is missing: one of churn, other"},
		{"Leftover", two, []string{"show", "churn", "more"}, 2, `unexpected argument "more"`},
		{"ListTakesNone", two, []string{"list", "churn"}, 2, `unexpected argument "churn"`},
		{"UnknownFlag", two, []string{"run", "churn", "-nonsense"}, 2, "flag provided but not defined: -nonsense"},
		{"BadParam", two, []string{"run", "churn", "-rows", "many"}, 2, `"many" is not a int`},
		{"UnknownParam", two, []string{"run", "churn", "-p", "cols=2"}, 2, `parameter "cols" is unknown`},
		{"BadDate", two, []string{"run", "churn", "-from", "1/2/2015"}, 2, "want a date such as 2015-01-31"},
		{"ToBeforeFrom", two, []string{"run", "churn", "-from", "2015-01-02", "-to", "2015-01-01"}, 2, "-to is before -from"},
		{"ToAlone", two, []string{"run", "churn", "-to", "2015-01-01"}, 2, "-to needs -from"},
		{"UnknownTask", two, []string{"test", "churn", "lod"}, 2, `churn has no task "lod"`},
		{"NoTask", two, []string{"test", "churn"}, 2, "want the id of one task, got 0"},
		{"NoInput", two, []string{"test", "churn", "list"}, 2, "list is given what load returns: give -in load=JSON, or -upstream"},
		{"BadInput", two, []string{"test", "churn", "list", "-in", "load=x"}, 2, "-in load: want a int as JSON"},
		{"EmptyArgument", two, []string{"show", ""}, 2, "an argument is empty"},
		{"SameName", cli.App{DAGs: []*dag.DAG{churn(), churn()}}, []string{"list"}, 3, `there are two DAGs named "churn"`},
		{"NilDAG", cli.App{DAGs: []*dag.DAG{nil}}, []string{"list"}, 3, "DAG number 1 is nil"},
		{"InvalidDAG", cli.App{DAGs: []*dag.DAG{dag.New("")}}, []string{"run"}, 3, "name is empty"},
		{"TaskFails", one(func(context.Context) error { return errors.New("no disk") }), []string{"run"}, 1, `task "task" failed on try 1: no disk`},
		{"TaskPanics", one(func(context.Context) error { panic("oh") }), []string{"test", "task"}, 1, "panic: oh"},
		{"SensorNotYet", two, []string{"test", "churn", "file"}, 1, "the condition is not true yet"},
		{"Skips", one(func(context.Context) error { return dag.ErrSkip }), []string{"test", "task"}, 0, "skipped"},
		{"Fine", one(fine), []string{"run"}, 0, ""},
		{"OneName", one(fine), []string{"run", "one"}, 0, ""},
		{"Help", two, []string{"--help"}, 0, ""},
		{"HelpOf", two, []string{"run", "-h"}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := program(t, c.app, c.args...)
			assert.Equal(t, c.code, code, errs)
			assert.Contains(t, errs, c.want)
			if c.code != 0 {
				assert.Empty(t, out, "standard output is for answers")
			} else if c.want == "" {
				assert.Empty(t, errs, "nothing is wrong, nothing is said")
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	app := one(func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	var errs bytes.Buffer
	app.Stderr = &errs
	assert.Equal(t, 130, cli.Main(ctx, app, []string{"run"}))
	assert.Contains(t, errs.String(), "cancelled")
}

func TestList(t *testing.T) {
	app := cli.App{DAGs: []*dag.DAG{dag.New("zips"), churn()}}
	_, out, _ := program(t, app, "list")
	assert.Equal(t, ""+
		"DAG    TASKS  OWNER  TAGS      DESCRIPTION\n"+
		"churn  6      data   ml,daily  Who leaves?\n"+
		"zips   0      -      -         -\n", out)
	_, out, _ = program(t, app, "list", "-tag", "ml")
	assert.NotContains(t, out, "zips")
	assert.Contains(t, out, "churn")
}

func TestShow(t *testing.T) {
	_, out, _ := program(t, cli.App{DAGs: []*dag.DAG{churn()}, ParamUsage: map[string]string{"rows": "how `many`"}}, "show")
	for _, line := range []string{
		"churn: 6 tasks\n", "owner: data\n", "tags: ml, daily\n", `parameter rows: int, "3" unless given; how many` + "\n", "pool db: 2 slots\n",
		"TASK      KIND    RULE        RETRIES  TIMEOUT  POOLS  UPSTREAM\n",
		"load      plain   AllSuccess  0        -        db:1   -\n",
		"list      plain   AllSuccess  2        1m0s     -      load\n",
		"fit.each  map     AllSuccess  0        -        -      list\n",
		"report    plain   AllDone     0        -        -      fit.each\n",
		"file      sensor  AllSuccess  0        -        -      [load]\n",
	} {
		assert.Contains(t, out, line)
	}
}

func TestGraph(t *testing.T) {
	app := cli.App{DAGs: []*dag.DAG{churn()}}
	_, out, _ := program(t, app, "graph")
	assert.Equal(t, ""+
		"1    load\n"+
		"2    list ← load\n"+
		"     file ← [load]\n"+
		"3    fit.each ← list\n"+
		"4    choose ← fit.each\n"+
		"     report ← fit.each\n", out)
	_, out, _ = program(t, app, "graph", "churn", "-dot")
	for _, want := range []string{
		"digraph \"churn\" {\n", "  subgraph \"cluster_fit\" {\n    label=\"fit\";\n    \"fit.each\" [shape=box3d];\n  }\n",
		"  \"choose\" [shape=diamond];\n", "  \"load\" -> \"list\";\n", "  \"load\" -> \"file\" [style=dashed];\n",
	} {
		assert.Contains(t, out, want)
	}
}

func TestGraphQuotesNames(t *testing.T) {
	d := dag.New(`a"b`)
	dag.Do(d, `x\"y`, fine)
	_, out, _ := program(t, cli.App{DAGs: []*dag.DAG{d}}, "graph", "-dot")
	assert.Contains(t, out, `digraph "a\"b"`)
	assert.Contains(t, out, `"x\\\"y";`)
}

func TestRunTakesParamsAsFlags(t *testing.T) {
	app := cli.App{DAGs: []*dag.DAG{short(), dag.New("other")}}
	_, _, errs := program(t, app, "run", "short", "-v", "-rows", "5", "-dry", "-from", "2015-01-01", "-p", "wait=2ms")
	assert.Contains(t, errs, "msg=loading dag=short task=load try=1 rows=5 dry=true wait=2ms from=2015-01-01")
	assert.Contains(t, errs, "short: 1 tasks, 1 succeeded")
}

// short has one task that logs its parameters.
func short() *dag.DAG {
	d := dag.New("short", dag.WithParams(dag.Params{"rows": 3, "dry": false, "wait": time.Millisecond}))
	dag.Do(d, "load", func(ctx context.Context) error {
		i := dag.RunFrom(ctx)
		i.Log().Info("loading", "rows", i.Params["rows"], "dry", i.Params["dry"], "wait", i.Params["wait"], "from", i.Interval.Start.Format(time.DateOnly))
		return nil
	})
	return d
}

func TestDefaultCommand(t *testing.T) {
	app := cli.App{DAGs: []*dag.DAG{short(), dag.New("other")}, Default: []string{"run", "short"}}
	for _, args := range [][]string{{"-v", "-rows", "7"}, {"run", "-v", "short", "-rows=7"}, {"run", "short", "-rows", "7", "-v"}} {
		code, _, errs := program(t, app, args...)
		require.Zero(t, code, errs)
		assert.Contains(t, errs, "rows=7")
	}
	code, out, errs := program(t, app)
	assert.Zero(t, code)
	assert.Empty(t, out+errs)
}

func TestTestRunsOneTask(t *testing.T) {
	app := cli.App{DAGs: []*dag.DAG{churn()}}
	code, _, errs := program(t, app, "test", "load", "-rows", "9")
	require.Zero(t, code, errs)
	assert.Contains(t, errs, "task=load try=1 value=9")
	assert.Contains(t, errs, "load: succeeded after")

	code, _, errs = program(t, app, "test", "fit.each", "-in", "list=[1,2]")
	require.Zero(t, code, errs)
	assert.Contains(t, errs, "element=1 value=1")
	assert.NotContains(t, errs, "task=load", "what is given is not run")

	code, _, errs = program(t, app, "test", "report", "-upstream", "-in", "load=2")
	require.Zero(t, code, errs)
	assert.Contains(t, errs, `value=succeeded2`)
	assert.NotContains(t, errs, "task=load")
	assert.Contains(t, errs, "task=list")
}

// A task that leaves its goroutine must not leave the command waiting.
func TestTestOfGoexit(t *testing.T) {
	code, _, errs := program(t, one(func(context.Context) error {
		runtime.Goexit()
		return nil
	}), "test", "task")
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "runtime.Goexit")
}

func TestHelpNamesEverything(t *testing.T) {
	_, out, _ := program(t, cli.App{DAGs: []*dag.DAG{churn()}, ParamUsage: map[string]string{"rows": "read `n` rows"}}, "help", "run")
	for _, want := range []string{"Usage: prog run [DAG] [flags]", "-workers", "-rows n\n    \tread n rows (default 3)", "-dry\n    \tparameter of churn", "-p name=value"} {
		assert.Contains(t, out, want)
	}
	_, out, _ = program(t, one(fine), "help")
	for _, want := range []string{"list", "show", "graph", "test", "run", "Exit codes"} {
		assert.Contains(t, out, want)
	}
}

func ExampleMain() {
	d := dag.New("hello", dag.WithParams(dag.Params{"name": "world"}))
	dag.Do(d, "greet", func(ctx context.Context) error {
		fmt.Println("hello,", dag.RunFrom(ctx).Params["name"])
		return nil
	})
	app := cli.App{DAGs: []*dag.DAG{d}, Stderr: os.Stdout}
	cli.Main(context.Background(), app, []string{"run", "hello", "-name", "you"})
	fmt.Println(cli.Main(context.Background(), app, []string{"graph"}))
	// Output:
	// hello, you
	// 1    greet
	// 0
}

// TestFullDisk: what could not be written is told, and the exit code says so.
func TestFullDisk(t *testing.T) {
	var errs bytes.Buffer
	d := dag.New("d")
	dag.Do(d, "a", func(context.Context) error { return nil })
	app := cli.App{Name: "prog", DAGs: []*dag.DAG{d}, Stdout: fullDisk{}, Stderr: &errs}
	for _, args := range [][]string{{"list"}, {"show"}, {"help"}, {"run", "-h"}} {
		errs.Reset()
		assert.Equal(t, 3, cli.Main(t.Context(), app, args), args)
		assert.Contains(t, errs.String(), "disk full", args)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }
