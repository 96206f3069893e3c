package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// What differs from one time to the next.
var varying = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`\d{8}T\d{6}-\d+-\d+`), "NOW"},
	{regexp.MustCompile(`\b20[2-9]\d-\d\d-\d\d( -\n)`), "TOMORROW$1"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|time=\S+`), "TIME"},
	{regexp.MustCompile(`\b(\d+(\.\d+)?(m|µ|n)?s)+\b`), "DURATION"},
	{regexp.MustCompile(` +`), " "},
}

func steady(text string) string {
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.name)
	}
	return text
}

// The same commands, given to a program that has the file for itself, to one that finds it in the hands of another, and to
// one that has no DAGs, on another machine for all it knows, print the same and exit with the same code.
func TestSameEverywhere(t *testing.T) {
	const id = "night/20150101T000000Z"
	story := []struct {
		broken bool
		args   string
		code   int
		served bool // it needs a process that serves
		timing bool // what is printed depends on it
	}{
		{args: "list"}, {args: "list -tag x"}, {args: "show"}, {args: "show night"}, {args: "graph"}, {args: "graph night -dot"},
		{args: "status"}, {args: "status night"},
		{args: "show nigt", code: 2}, {args: "show night more", code: 2}, {args: "status nigt", code: 3},
		{args: "trigger -rows many", code: 2}, {args: "trigger -p cols=1", code: 2}, {args: "backfill", code: 2},
		{args: "backfill -s 2015-01-01 -e 2015-01-02 -dry-run"},
		{args: "backfill night -s 2015-01-01 -e 2015-01-02 -rows 7"},
		{args: "backfill -s 2015-01-01"},
		{args: "backfill -s 2015-01-01T00:00:00Z -e 2015-01-02T00:00:00Z -dry-run -reprocess completed -backward"},
		{args: "backfill -s 2015-01-02 -e 2015-01-01", code: 3}, {args: "backfill -s 2015-01-01 -parallel -1", code: 3},
		{args: "status"}, {args: "status night"}, {args: "status night -n 1"}, {args: "status " + id},
		{args: "logs " + id + " load"}, {args: "logs " + id + " load -try 2"}, {args: "logs -f " + id + " load"},
		{args: "logs " + id + " lod", code: 3}, {args: "logs night/none load", code: 3},
		{args: "cancel night/none", code: 3}, {args: "cancel " + id, code: 3}, {args: "retry " + id},
		{args: "clear -dry-run " + id}, {args: "clear -dry-run -downstream " + id + " load"}, {args: "clear " + id + " lod", code: 3},
		{args: "trigger -wait", broken: true, code: 1},
		{args: "backfill -s 2015-01-01 -reprocess completed", broken: true, code: 1},
		{args: "status " + id + "-2"}, {args: "logs " + id + "-2 train"},
		{args: "trigger night -rows=5 -wait"},
		{args: "pause"}, {args: "status"}, {args: "unpause night"}, {args: "status"},
		{args: "mark " + id + " train skipped"}, {args: "status " + id}, {args: "mark " + id + " train lost", code: 3},
		{args: "retry " + id + "-2", served: true}, {args: "logs -f " + id + "-2 train", served: true, timing: true}, {args: "status " + id + "-2", served: true},
		{args: "clear " + id, served: true}, {args: "logs -f " + id + " train", served: true, timing: true}, {args: "status " + id, served: true},
	}
	told := map[string][]string{}
	for _, place := range []string{"Alone", "WhileServing", "OverREST"} {
		t.Run(place, func(t *testing.T) {
			var broken atomic.Bool
			app, _ := stored(t, &broken)
			var server []string
			switch place {
			case "WhileServing":
				serving(t, app)
			case "OverREST":
				at, _ := shown(t, app, "-addr", "127.0.0.1:0")
				app, server = cli.App{}, []string{"-server", at}
			}
			for _, s := range story {
				if s.served && place == "Alone" {
					continue
				}
				broken.Store(s.broken)
				code, out, errs := program(t, app, append(strings.Fields(s.args), server...)...)
				require.Equal(t, s.code, code, "%s: %s", s.args, errs)
				if s.timing {
					out = ""
				}
				told[place] = append(told[place], fmt.Sprintf("$ %s\n%s%s", s.args, steady(out), steady(errs)))
			}
		})
	}
	for i, text := range told["OverREST"] {
		assert.Equal(t, told["WhileServing"][i], text)
		if i < len(told["Alone"]) {
			assert.Equal(t, told["Alone"][i], text)
		}
	}
}

// A graph of everything there is looks the same from afar.
func TestSameGraph(t *testing.T) {
	d := churn()
	dag.Do(d.Group("fit.inner"), "last", fine).SetUpstream(dag.Do(d, "first", fine))
	app := cli.App{DAGs: []*dag.DAG{d, short()}}
	_, at := pagesOf(t, "", nil, app.DAGs...)
	for _, args := range [][]string{
		{"list"}, {"list", "-tag", "ml"}, {"show", "churn"}, {"graph", "churn"}, {"graph", "churn", "-dot"}, {"show", "short"},
		{"trigger", "churn", "-wait", "x"}, {"trigger", "churn", "-rows", "x"}, {"show", "none"},
	} {
		code, out, errs := program(t, app, args...)
		remote, remoteOut, remoteErrs := program(t, cli.App{}, append([]string{"-server", at}, args...)...)
		assert.Equal(t, code, remote, remoteErrs)
		assert.Equal(t, out, remoteOut)
		assert.Equal(t, errs, remoteErrs)
	}
}

// pagesOf serves DAGs, which run in memory, behind a guard if there is one.
func pagesOf(t *testing.T, prefix string, guard func(http.Handler) http.Handler, dags ...*dag.DAG) (e *engine.Engine, at string) {
	t.Helper()
	e, err := engine.Open(context.Background(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	for _, d := range dags {
		require.NoError(t, e.Register(t.Context(), d))
	}
	h := ui.Handler(e, prefix)
	if guard != nil {
		h = guard(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.Close()
		assert.NoError(t, e.Close(context.Background()))
	})
	return e, s.URL + prefix
}

// Logs that are too large for an answer come in several.
func TestLargeLogs(t *testing.T) {
	d := dag.New("d")
	all := dag.Task(d, "all", func(context.Context) ([]int, error) { return make([]int, 18), nil })
	dag.Map(d, "each", all, func(ctx context.Context, _ int) (int, error) {
		dag.RunFrom(ctx).Log().Info(strings.Repeat("x", 1_000_000))
		return 0, nil
	})
	e, at := pagesOf(t, "/flows", nil, d)
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	code, out, errs := program(t, cli.App{}, "logs", id, "each", "-server", at)
	assert.Zero(t, code, errs)
	assert.Equal(t, 18, strings.Count(out, "--- try 1, element"))
	c, err := api.NewClient(at)
	require.NoError(t, err)
	logs, err := c.Logs(t.Context(), api.LogsQuery{Run: id, Task: "each"})
	require.NoError(t, err)
	assert.Len(t, logs.Attempts, 9)
	assert.True(t, logs.More)
	logs, err = c.Logs(t.Context(), api.LogsQuery{Run: id, Task: "each", Skip: 9})
	require.NoError(t, err)
	assert.Len(t, logs.Attempts, 9)
	assert.False(t, logs.More)
}

// A log is followed line by line, whoever writes it.
func TestFollowedLog(t *testing.T) {
	step := make(chan struct{})
	d := dag.New("slow")
	dag.Do(d, "task", func(ctx context.Context) error {
		log := dag.RunFrom(ctx).Log()
		log.Info("first")
		<-step
		log.Info("second")
		if dag.RunFrom(ctx).Try == 1 {
			return fmt.Errorf("again")
		}
		return nil
	}, dag.Retry{Max: 1})
	e, at := pagesOf(t, "/flows", nil, d)
	id, err := e.Trigger(t.Context(), "slow", nil)
	require.NoError(t, err)
	var out bytes.Buffer
	app := cli.App{Name: "prog", Stdout: writer(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("msg=first")) {
			go func() { step <- struct{}{} }()
		}
		return out.Write(p)
	}), Stderr: &out}
	require.Zero(t, cli.Main(t.Context(), app, []string{"logs", "-f", id, "task", "-server", at}), out.String())
	text := regexp.MustCompile(`time=\S+ level=\S+ `).ReplaceAllString(steady(out.String()), "")
	assert.Regexp(t, `^--- try 1: working, TIME
.*msg=first.*
(?s:.*)--- try 1: failed, TIME
(?s:.*msg=second.*)--- try 2: working, TIME
.*msg=first.*
--- try 2: succeeded, TIME
.*msg=second.*
`, text)
	assert.Equal(t, 2, strings.Count(text, "msg=first"), "nothing is told twice")
}

// Which server, and who asks, may stand in variables; what is secret is not printed.
func TestServerFromVariables(t *testing.T) {
	guard := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); user != "ops" || password != "hid:den" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	_, at := pagesOf(t, "/flows", guard, short())
	expect := func(want string, code int, args ...string) {
		t.Helper()
		got, out, errs := program(t, cli.App{}, args...)
		assert.Equal(t, code, got)
		assert.Contains(t, out+errs, want)
		assert.NotContains(t, out+errs, "den")
	}
	expect("this program has no DAGs of its own: -server ADDRESS or the variable PENSTOCK_SERVER names a server", 2, "list")
	t.Setenv("PENSTOCK_SERVER", at)
	expect("it asks who you are", 3, "list")
	t.Setenv("PENSTOCK_AUTH", "ops:hid:den")
	expect("short", 0, "list")
	expect("short", 0, "list", "-server", strings.Replace(at, "//", "//you:wrong@", 1))
	t.Setenv("PENSTOCK_AUTH", "hidden")
	expect("PENSTOCK_AUTH is not user:password", 3, "list")
	t.Setenv("PENSTOCK_AUTH", "ops:hidden")
	expect("it does not take this user and password", 3, "list")
	expect("Usage: prog list", 0, "list", "-h")
	t.Setenv("PENSTOCK_AUTH", "")
	t.Setenv("PENSTOCK_SERVER", strings.Replace(at, "//", "//ops:hid%3Aden@", 1))
	expect("short", 0, "list")
	t.Setenv("PENSTOCK_SERVER", "http://ops:hidden@host:port")
	expect("the address of the server is not one such as https://host:8080/prefix", 3, "list")
	expect("the address of the server is not one", 3, "-server", "ftp://x", "list")
	expect("flag needs an argument: -server", 2, "list", "-server")
	expect("-server is empty", 2, "list", "-server=")
	expect("short", 0, "list", "-server", "http://127.0.0.1:1", "-server", strings.Replace(at, "//", "//ops:hid%3Aden@", 1))
	expect(`there is no command "run"`, 2, "run")
}

// A program with DAGs of its own runs them here, whatever server there is.
func TestRunIsHere(t *testing.T) {
	t.Setenv("PENSTOCK_SERVER", "http://127.0.0.1:1")
	code, _, errs := program(t, one(fine), "run")
	assert.Zero(t, code, errs)
	code, _, errs = program(t, one(fine), "run", "-server", "http://127.0.0.1:1")
	assert.Equal(t, 2, code)
	assert.Contains(t, errs, "flag provided but not defined: -server")
	code, _, errs = program(t, one(fine), "list")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "the server cannot be reached")
	code, out, errs := program(t, one(fine), "list", "-h")
	assert.Zero(t, code, errs)
	assert.Contains(t, out, "PENSTOCK_AUTH")
}

func TestReadOnlyServer(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close(context.Background())) }()
	require.NoError(t, e.Register(t.Context(), short()))
	s := httptest.NewServer(ui.Handler(e, "", ui.ReadOnly()))
	defer s.Close()
	code, _, errs := program(t, cli.App{}, "trigger", "-server", s.URL)
	assert.Equal(t, 3, code)
	assert.Equal(t, "prog: this API is read-only\n", errs)
}

// Ctrl-C ends the waiting, not the run.
func TestInterruptedWaiting(t *testing.T) {
	d := dag.New("long")
	goOn := make(chan struct{})
	dag.Do(d, "task", func(context.Context) error { <-goOn; return nil })
	e, at := pagesOf(t, "", nil, d)
	for _, args := range [][]string{{"trigger", "-wait"}, {"backfill", "-s", "2015-01-01"}} {
		ctx, cancel := context.WithCancel(t.Context())
		var errs bytes.Buffer
		app := cli.App{Name: "prog", Stderr: &errs, Stdout: writer(func(p []byte) (int, error) {
			time.AfterFunc(10*time.Millisecond, cancel)
			return len(p), nil
		})}
		assert.Equal(t, 130, cli.Main(ctx, app, append(args, "-server", at)))
		assert.Contains(t, errs.String(), "goes on")
		cancel()
	}
	close(goOn)
	records, _, err := e.Recent("long", 0, 2)
	require.NoError(t, err)
	require.Len(t, records, 2)
	for _, r := range records {
		_, err := e.Wait(t.Context(), r.ID)
		assert.NoError(t, err)
	}
}

// A date is a midnight where the DAG is, whose time zone the program need not know.
func TestSameMidnight(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	hourly := func() *dag.DAG {
		d := dag.New("hourly")
		dag.Do(d, "task", fine)
		return d
	}
	when := []engine.ScheduleOption{engine.Cron("0 */6 * * *"), engine.InZone(zone), engine.CatchupNone}
	app := cli.App{DAGs: []*dag.DAG{hourly()}, Schedules: map[string][]engine.ScheduleOption{"hourly": when}}
	e, at := pagesOf(t, "", nil)
	require.NoError(t, e.Register(t.Context(), hourly(), when...))
	args := []string{"backfill", "-s", "2015-01-01", "-e", "2015-01-02", "-dry-run"}
	_, here, _ := program(t, app, args...)
	_, there, errs := program(t, cli.App{}, append(args, "-server", at)...)
	assert.Equal(t, 6, strings.Count(here, "\n"), "a line above those of five runs")
	assert.Contains(t, here, "2015-01-01 05:00:00")
	assert.Equal(t, here, there, errs)
}

// What is asked for from afar stands in the audit trail under the name that the server knows.
func TestAuditFromAfar(t *testing.T) {
	guard := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, _, _ := r.BasicAuth()
			next.ServeHTTP(w, r.WithContext(engine.WithActor(r.Context(), user)))
		})
	}
	d := dag.New("login", dag.WithParams(dag.Params{"password": "hunter2", "pin_token": 1234, "uri": "mongodb://me:hunter2@host", "rows": 3}))
	dag.Do(d, "task", fine)
	_, at := pagesOf(t, "", guard, d)
	at = strings.Replace(at, "//", "//ops:secret@", 1)
	code, _, errs := program(t, cli.App{}, "trigger", "-wait", "-rows=4", "-password=swordfish", "-server", at)
	require.Zero(t, code, errs)
	code, _, errs = program(t, cli.App{}, "pause", "-server", at)
	require.Zero(t, code, errs)
	code, out, errs := program(t, cli.App{}, "audit", "login", "-n", "2", "-server", at)
	require.Zero(t, code, errs)
	assert.Regexp(t, `(?m)^TIME +WHO +FROM.*\n.* ops +api +trigger +login .* password=\*\*\*; rows=4 .*\n.* ops +api +pause +login `, out)
	for _, args := range [][]string{{"show"}, {"trigger", "-h"}} {
		_, here, _ := program(t, cli.App{DAGs: []*dag.DAG{d}}, args...)
		_, there, errs := program(t, cli.App{}, append(args, "-server", at)...)
		assert.Contains(t, here, "***")
		assert.Equal(t, here, there, errs)
	}
}
