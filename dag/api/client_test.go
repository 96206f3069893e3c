package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// nightly is a DAG whose second task fails for a parameter.
func nightly() *dag.DAG {
	d := dag.New("nightly", dag.Owner("data"), dag.WithParams(dag.Params{"rows": 3}), dag.Pool("db", 2))
	load := dag.Task(d, "load", func(ctx context.Context) (int, error) {
		dag.RunFrom(ctx).Log().Info("loaded")
		return dag.RunFrom(ctx).Params["rows"].(int), nil
	}, dag.Pool("db", 1), dag.Timeout(time.Minute))
	dag.Do1(d.Group("fit"), "train", load, func(_ context.Context, rows int) error {
		if rows < 0 {
			return errors.New("no rows")
		}
		return nil
	}, dag.Retry{Max: 1})
	return d
}

// serving returns a client of the pages of an engine in memory, and what operations are called.
func serving(t testing.TB, opts ...ui.Option) (*api.Client, func() []string) {
	t.Helper()
	e, err := engine.Open(context.Background(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	require.NoError(t, e.Register(context.Background(), nightly(), engine.Cron("@daily"), engine.CatchupNone))
	pages := ui.Handler(e, "/flows", opts...)
	var mu sync.Mutex
	called := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		called[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]] = true
		mu.Unlock()
		pages.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		assert.NoError(t, e.Close(context.Background()))
	})
	c, err := api.NewClient(server.URL + "/flows/")
	require.NoError(t, err)
	return c, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(maps.Keys(called))
	}
}

// A story that takes every operation of the document.
func TestClient(t *testing.T) {
	c, called := serving(t)
	ctx := t.Context()
	dags, err := c.DAGs(ctx)
	require.NoError(t, err)
	require.Len(t, dags, 1)
	assert.Equal(t, 2, dags[0].Tasks)
	assert.Nil(t, dags[0].Last)
	d, err := c.DAG(ctx, "nightly")
	require.NoError(t, err)
	assert.Equal(t, []api.Param{{Name: "rows", Type: "int", Default: "3"}}, d.Params)
	assert.Equal(t, []api.Slots{{Pool: "db", Slots: 2}}, d.Pools)
	assert.Equal(t, []api.Node{
		{ID: "load", Kind: "task", Rule: "AllSuccess", Returns: "int", Timeout: "1m0s", Pools: []api.Slots{{Pool: "db", Slots: 1}}, Upstream: []string{}},
		{ID: "fit.train", Group: "fit", Kind: "task", Rule: "AllSuccess", Returns: "struct {}", Retries: 1, Inputs: []string{"load"}, Upstream: []string{"load"}},
	}, d.Tasks)

	id, err := c.Trigger(ctx, api.Trigger{DAG: "nightly", Params: map[string]string{"rows": "-1"}})
	require.NoError(t, err)
	end, err := c.WaitRun(ctx, id)
	require.NoError(t, err)
	assert.Contains(t, end.Error, `task "fit.train" failed on try 2: no rows`)
	run, err := c.Run(ctx, api.RunQuery{Run: id, Outputs: true})
	require.NoError(t, err)
	assert.Equal(t, "failed", run.Run.State)
	assert.Equal(t, "-1", run.Tasks[0].Output)
	assert.False(t, run.Tasks[0].Ended.IsZero())
	task, err := c.Task(ctx, api.TaskQuery{Run: id, Task: "load"})
	require.NoError(t, err)
	assert.Equal(t, "-1", task.Output.Text)
	logs, err := c.Logs(ctx, api.LogsQuery{Run: id, Task: "fit.train", Skip: 1})
	require.NoError(t, err)
	assert.Equal(t, "failed", logs.State)
	require.Len(t, logs.Attempts, 1)
	assert.Equal(t, 2, logs.Attempts[0].Try)
	runs, err := c.Runs(ctx, api.RunsQuery{DAG: "nightly", Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, &api.Counts{Succeeded: 1, Failed: 1}, runs.Runs[0].Tasks)

	tasks, err := c.Clear(ctx, api.Clear{Run: id, DryRun: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"load", "fit.train"}, tasks)
	tasks, err = c.Retry(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, []string{"fit.train"}, tasks)
	_, err = c.WaitRun(ctx, id)
	require.NoError(t, err)
	require.NoError(t, c.Mark(ctx, api.Mark{Run: id, Task: "fit.train", State: "skipped"}))
	assert.ErrorContains(t, c.Cancel(ctx, id), "it has ended")
	require.NoError(t, c.Pause(ctx, "nightly"))
	require.NoError(t, c.Unpause(ctx, "nightly"))

	plan, err := c.StartBackfill(ctx, api.BackfillOrder{DAG: "nightly", From: "2015-01-01", To: "2015-01-03", Params: map[string]string{"rows": "-1"}})
	require.NoError(t, err)
	assert.Len(t, plan.Steps, 3)
	which := api.BackfillID{DAG: "nightly", Backfill: plan.Backfill.ID}
	last, err := c.WatchBackfill(ctx, which, time.Hour, func(api.Backfill) { t.Error("an hour has not passed") })
	require.NoError(t, err)
	assert.Contains(t, last.Error, "3 of 3 runs failed: nightly/20150101T000000Z")
	require.NoError(t, c.StopBackfill(ctx, which), "it has ended")
	all, err := c.Backfills(ctx, "nightly")
	require.NoError(t, err)
	assert.Equal(t, last, all[0])

	trail, err := c.Audit(ctx, api.AuditQuery{DAG: "nightly", Limit: 2})
	require.NoError(t, err)
	assert.True(t, trail.More)
	require.Len(t, trail.Entries, 2)
	assert.Equal(t, "backfill unpause", trail.Entries[0].Verb+" "+trail.Entries[1].Verb)

	assert.Equal(t, described(t), called())
}

// described returns the operations of the server's document.
func described(t *testing.T) []string {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close(context.Background())) }()
	w := httptest.NewRecorder()
	ui.Handler(e, "").ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+api.Root+"openapi.json", nil))
	var doc struct{ Paths map[string]any }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	var names []string
	for path := range doc.Paths {
		names = append(names, strings.TrimPrefix(path, "/"))
	}
	slices.Sort(names)
	return names
}

// Whoever waits hears now and then that a run goes on, and is not kept for longer than it wants.
func TestWaitingEnds(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close(context.Background())) }()
	d := dag.New("long")
	goOn := make(chan struct{})
	dag.Do(d, "task", func(context.Context) error { <-goOn; return nil })
	require.NoError(t, e.Register(t.Context(), d))
	server := httptest.NewServer(ui.Handler(e, ""))
	defer server.Close()
	c, err := api.NewClient(server.URL)
	require.NoError(t, err)
	id, err := c.Trigger(t.Context(), api.Trigger{DAG: "long"})
	require.NoError(t, err)
	end, err := c.Wait(t.Context(), api.WaitQuery{Run: id, Wait: "1ms"})
	require.NoError(t, err)
	assert.Equal(t, api.RunEnd{}, end)
	plan, err := c.StartBackfill(t.Context(), api.BackfillOrder{DAG: "long", From: "2015-01-01"})
	require.NoError(t, err)
	reports := 0
	last, err := c.WatchBackfill(t.Context(), api.BackfillID{DAG: "long", Backfill: plan.Backfill.ID}, time.Millisecond, func(b api.Backfill) {
		assert.Equal(t, 1, b.Waiting)
		if reports++; reports == 3 {
			close(goOn)
		}
	})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, reports, 3)
	assert.Equal(t, 1, last.Succeeded)
	end, err = c.Wait(t.Context(), api.WaitQuery{Run: id, Wait: "0s"})
	require.NoError(t, err)
	assert.Equal(t, api.RunEnd{Ended: true}, end)
	for _, wait := range []string{"soon", "-1s", "1"} {
		_, err = c.Wait(t.Context(), api.WaitQuery{Run: id, Wait: wait})
		assert.ErrorContains(t, err, "want a time such as 1.5s")
	}
}

func TestWhatServersSay(t *testing.T) {
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "https://login.example.com/in?token=secret")
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		}
	}
	for _, c := range []struct {
		name   string
		server http.HandlerFunc
		status int // of the *Error; 0: it is none
		want   string
	}{
		{"Refused", answer(409, "application/json", `{"error": "it has ended"}`), 409, "it has ended"},
		{"OlderServer", answer(404, "application/json", `{"error": "there is no operation \"dags\"", "unknown": "dags"}`), 404,
			`there is no operation "dags"; the server is of another version, which lacks "dags"`},
		{"NewerServer", answer(200, "application/json", `[{"name": "a", "colour": "red"}]`), 0, ""},
		{"WhoAreYou", answer(401, "text/plain", "who?"), 401, `api: the server says "401 Unauthorized": it asks who you are`},
		{"NotYou", answer(403, "text/html", "<h1>no</h1>"), 403, `api: the server says "403 Forbidden": that is not allowed to you`},
		{"Page", answer(200, "text/html; charset=utf-8", "<h1>hello</h1>"), 200, `with "text/html" instead of JSON: is this the address of penstock's pages?`},
		{"NoPage", answer(404, "text/plain", "404"), 404, `api: the server says "404 Not Found" with "text/plain"`},
		{"SignIn", answer(302, "text/html", ""), 302, `leads to https://login.example.com/in, which is not followed`},
		{"OtherJSON", answer(200, "application/json", `{"dags": []}`), 0, "api: the server's answer is not what this version understands"},
		{"OtherError", answer(500, "application/json", `{"message": "oh"}`), 500, `api: the server says "500 Internal Server Error" with "application/json"`},
		{"NoJSON", answer(200, "application/json", `[{"na`), 0, "api: the server's answer is not what this version understands"},
		{"Large", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			chunk := []byte(strings.Repeat(" ", 1<<20))
			for range 65 {
				_, _ = w.Write(chunk)
			}
		}, 0, "api: the server's answer is larger than 67108864 bytes"},
		{"BreaksOff", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			_, _ = fmt.Fprint(w, "[")
		}, 0, "api: the server's answer breaks off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.server)
			defer server.Close()
			client, err := api.NewClient(server.URL)
			require.NoError(t, err)
			_, err = client.DAGs(t.Context())
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "secret")
			var e *api.Error
			assert.Equal(t, c.status != 0, errors.As(err, &e))
			if e != nil {
				assert.Equal(t, c.status, e.Status)
			}
		})
	}
}

// A user and a password reach the server, and no message.
func TestPasswords(t *testing.T) {
	for _, address := range []string{
		"http://ops:secret@%zz", "ftp://ops:secret@host", "ops:secret@host", "http://ops:secret@", "http://ops:secret@host/?q", "http://ops:secret@host:port",
		"http://ops:secret@host/#x", "",
	} {
		_, err := api.NewClient(address)
		require.ErrorContains(t, err, "https://host:8080/prefix", address)
		assert.NotContains(t, err.Error(), "secret")
	}
	var user, password string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
		http.Error(w, "no", http.StatusUnauthorized)
	}))
	c, err := api.NewClient(strings.Replace(server.URL, "//", "//ops:se%2Fcret@", 1))
	require.NoError(t, err)
	_, err = c.DAGs(t.Context())
	assert.EqualError(t, err, `api: the server says "401 Unauthorized": it does not take this user and password`)
	assert.Equal(t, "ops se/cret", user+" "+password)
	c.SetBasicAuth("you", "key")
	_, err = c.DAGs(t.Context())
	require.Error(t, err)
	assert.Equal(t, "you key", user+" "+password)
	server.Close()
	_, err = c.DAGs(t.Context())
	require.ErrorContains(t, err, "api: the server cannot be reached: ")
	assert.NotContains(t, err.Error(), "key")
	assert.NotContains(t, err.Error(), "cret")
}

func TestReadOnlyServer(t *testing.T) {
	c, _ := serving(t, ui.ReadOnly())
	_, err := c.DAGs(t.Context())
	require.NoError(t, err)
	assert.EqualError(t, c.Pause(t.Context(), "nightly"), "this API is read-only")
}

func TestInterruptedCall(t *testing.T) {
	c, _ := serving(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no time"))
	_, err := c.DAGs(ctx)
	assert.EqualError(t, err, "no time")
}

func ExampleClient() {
	e, _ := engine.Open(context.Background(), engine.Config{Store: engine.NewMemory()})
	defer func() { _ = e.Close(context.Background()) }()
	d := dag.New("greet", dag.WithParams(dag.Params{"name": "world"}))
	dag.Task(d, "hello", func(ctx context.Context) (string, error) {
		return fmt.Sprint("hello, ", dag.RunFrom(ctx).Params["name"]), nil
	})
	_ = e.Register(context.Background(), d)
	server := httptest.NewServer(ui.Handler(e, "/flows"))
	defer server.Close()

	c, err := api.NewClient(server.URL + "/flows")
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := c.Trigger(context.Background(), api.Trigger{DAG: "greet", Params: map[string]string{"name": "you"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	end, err := c.WaitRun(context.Background(), run)
	fmt.Println(end.Ended, end.Error, err)
	task, err := c.Task(context.Background(), api.TaskQuery{Run: run, Task: "hello"})
	fmt.Println(task.Task.State, task.Output.Text, err)
	// Output:
	// true  <nil>
	// succeeded hello, you <nil>
}

// One limit holds for slow servers, that which callers may change.
func TestSlowServers(t *testing.T) {
	c, err := api.NewClient("http://localhost")
	require.NoError(t, err)
	assert.Positive(t, c.HTTP.Timeout)
	assert.Zero(t, c.HTTP.Transport.(*http.Transport).ResponseHeaderTimeout)
}
