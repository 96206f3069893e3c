// Package openapi_test asks a validator whether the OpenAPI document of package dag/ui is one, and whether what the API takes and
// gives is what the document says, on ordinary, hostile and large data.
package openapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// hostile is text that breaks what does not escape it.
const hostile = "</script><script>alert(1)</script> \"'`${x} \\ {{.}} %s \u202e\u2028 é 日本 #&?;="

// broken is text that is none.
const broken = hostile + "\xff\xfe\x00\x1b[31m\r\n"

// DAGs of one of everything, whose names and texts are hostile, and of many tasks.
func dags() []*dag.DAG {
	name := strings.ReplaceAll(strings.ReplaceAll(hostile, "\u202e", ""), "\u2028", "") // a name has to be printable
	d := dag.New(name, dag.Owner(broken), dag.Doc(broken, broken, ""), dag.Pool(name, 3),
		dag.WithParams(dag.Params{name: broken, "n": -1, "x": 1e300, "b": true, "d": time.Hour, "t": time.Unix(0, 0)}))
	load := dag.Task(d, name, func(ctx context.Context) (string, error) {
		dag.RunFrom(ctx).Log().Info(broken, broken, strings.Repeat(broken, 1<<13))
		return broken, dag.SaveCheckpoint(ctx, broken)
	}, dag.Pool(name, 2), dag.Timeout(90*time.Second), dag.Retry{Max: 2, Delay: time.Nanosecond})
	list := dag.Task1(d.Group("g").Group(name), "list", load, func(context.Context, string) ([]string, error) { return []string{"", broken}, nil })
	dag.Map(d, "each", list, func(ctx context.Context, s string) (string, error) { return s, dag.SaveCheckpoint(ctx, s) })
	dag.Do1(d, "fails", load, func(context.Context, string) error { return errors.New(broken) })
	dag.Do(d, "panics", func(context.Context) error { panic(broken) }).SetUpstream(load)
	dag.Branch(d, "choose", load, func(context.Context, string) ([]dag.AnyTask, error) { return nil, nil })
	dag.WaitFor(d, "there", time.Hour, func(context.Context) (bool, error) { return true, nil })
	large := dag.New("large")
	for i := range 2000 {
		dag.Do(large, fmt.Sprint("task", i), func(context.Context) error { return nil })
	}
	return []*dag.DAG{d, large, dag.New("empty")}
}

// serving returns a server whose engine knows the DAGs.
func serving(t *testing.T) *httptest.Server {
	t.Helper()
	e, err := engine.Open(context.Background(), engine.Config{Store: engine.NewMemory(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	for _, d := range dags() {
		require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily"), engine.CatchupNone))
	}
	s := httptest.NewServer(ui.Handler(e, "/p"))
	t.Cleanup(func() {
		s.Close()
		assert.NoError(t, e.Close(context.Background()))
	})
	return s
}

// strict asks the validator about each request and its answer.
type strict struct {
	t     *testing.T
	doc   *openapi3.T
	asked map[string]int // by operation
}

func newStrict(t *testing.T, at string) *strict {
	t.Helper()
	res, err := http.Get(at + "/p/" + api.Root + "openapi.json")
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	return &strict{t, doc, map[string]int{}}
}

// RoundTrip sends a request.
func (s *strict) RoundTrip(r *http.Request) (*http.Response, error) {
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	s.asked[name]++
	sent, err := body(&r.Body)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	got, err := body(&res.Body)
	if err != nil {
		return nil, err
	}
	item := s.doc.Paths.Value("/" + name)
	require.NotNil(s.t, item, name)
	in := &openapi3filter.RequestValidationInput{
		Request: r.Clone(r.Context()), QueryParams: r.URL.Query(),
		Route: &routers.Route{Spec: s.doc, Path: "/" + name, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)},
	}
	in.Request.Body = io.NopCloser(bytes.NewReader(sent))
	assert.NoError(s.t, openapi3filter.ValidateRequest(r.Context(), in), "%s is asked %s %s", name, r.URL.RawQuery, sent)
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header}
	out.SetBodyBytes(got)
	assert.NoError(s.t, openapi3filter.ValidateResponse(r.Context(), out), "%s answers %d: %.300s", name, res.StatusCode, got)
	return res, nil
}

// body reads a body and leaves it to be read again.
func body(b *io.ReadCloser) (data []byte, err error) {
	if *b == nil {
		return nil, nil
	}
	if data, err = io.ReadAll(*b); err != nil {
		return nil, err
	}
	*b = io.NopCloser(bytes.NewReader(data))
	return data, nil
}

func TestDocument(t *testing.T) {
	s := newStrict(t, serving(t).URL)
	assert.True(t, s.doc.IsOpenAPI31OrLater())
	assert.NoError(t, s.doc.Validate(t.Context(), openapi3.EnableMultiError()))
}

// Whatever is asked for, and refused, is as the document says.
func TestAnswers(t *testing.T) {
	server := serving(t)
	s := newStrict(t, server.URL)
	c, err := api.NewClient(server.URL + "/p")
	require.NoError(t, err)
	c.HTTP.Transport = s
	ctx := t.Context()
	refused := func(_ any, err error) {
		t.Helper()
		var e *api.Error
		require.ErrorAs(t, err, &e)
	}
	all, err := c.DAGs(ctx)
	require.NoError(t, err)
	require.Len(t, all, 3)
	var runs []string
	for _, d := range all {
		detail, err := c.DAG(ctx, d.Name)
		require.NoError(t, err)
		require.Len(t, detail.Tasks, d.Tasks)
		id, err := c.Trigger(ctx, api.Trigger{DAG: d.Name})
		require.NoError(t, err)
		_, err = c.WaitRun(ctx, id)
		require.NoError(t, err)
		runs = append(runs, id)
		plan, err := c.StartBackfill(ctx, api.BackfillOrder{DAG: d.Name, From: "2015-01-01", To: "2015-01-02", Reprocess: "failed", Backward: true, Parallel: 2})
		require.NoError(t, err)
		b := api.BackfillID{DAG: d.Name, Backfill: plan.Backfill.ID}
		require.NoError(t, c.StopBackfill(ctx, b))
		_, err = c.WatchBackfill(ctx, b, time.Hour, func(api.Backfill) {})
		require.NoError(t, err)
		_, err = c.Backfills(ctx, d.Name)
		require.NoError(t, err)
		_, err = c.Runs(ctx, api.RunsQuery{DAG: d.Name, Limit: 2, Offset: 1})
		require.NoError(t, err)
		require.NoError(t, c.Pause(ctx, d.Name))
		require.NoError(t, c.Unpause(ctx, d.Name))
	}
	for _, id := range runs {
		run, err := c.Run(ctx, api.RunQuery{Run: id, Outputs: true})
		require.NoError(t, err)
		for _, task := range run.Tasks[:min(len(run.Tasks), 10)] {
			_, err := c.Task(ctx, api.TaskQuery{Run: id, Task: task.ID})
			require.NoError(t, err)
			logs, err := c.Logs(ctx, api.LogsQuery{Run: id, Task: task.ID})
			require.NoError(t, err)
			assert.NotEmpty(t, logs.State)
			_, err = c.Clear(ctx, api.Clear{Run: id, Tasks: []string{task.ID}, Downstream: true, DryRun: true})
			require.NoError(t, err)
		}
		if len(run.Tasks) == 0 {
			continue
		}
		_, err = c.Retry(ctx, id)
		require.NoError(t, err)
		_, err = c.WaitRun(ctx, id)
		require.NoError(t, err)
		require.NoError(t, c.Mark(ctx, api.Mark{Run: id, Task: run.Tasks[len(run.Tasks)-1].ID, State: "skipped"}))
		refused(nil, c.Cancel(ctx, id))
		refused(nil, c.Mark(ctx, api.Mark{Run: id, Task: broken, State: broken}))
	}
	plan, err := c.StartBackfill(ctx, api.BackfillOrder{DAG: "empty", From: "1990-01-01", To: "2015-01-01", DryRun: true})
	require.NoError(t, err)
	assert.Len(t, plan.Steps, 9132)
	refused(c.DAG(ctx, hostile))
	refused(c.Run(ctx, api.RunQuery{Run: hostile}))
	refused(c.Runs(ctx, api.RunsQuery{DAG: "large", Limit: 1 << 30}))
	refused(c.Wait(ctx, api.WaitQuery{Run: runs[0], Wait: hostile}))
	refused(c.Trigger(ctx, api.Trigger{DAG: all[0].Name, Params: map[string]string{broken: broken}}))
	refused(c.StartBackfill(ctx, api.BackfillOrder{DAG: "empty", From: "1000-01-01", To: "2015-01-01"}))
	refused(c.Trigger(ctx, api.Trigger{DAG: strings.Repeat(hostile, 1<<12)}))
	trail, err := c.Audit(ctx, api.AuditQuery{})
	require.NoError(t, err)
	assert.NotEmpty(t, trail.Entries)
	assert.Len(t, s.asked, 19, "every operation was asked: %v", s.asked)
}
