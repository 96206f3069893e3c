package ui_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// sheet has rows and columns.
type sheet struct{ Rows, Cols int }

func (s sheet) Dims() (rows, cols int) { return s.Rows, s.Cols }
func (s sheet) String() string         { return "state  pop\nMA     6016425\n" }

// nightly is a graph with a task of each kind. fails is asked by train.
func nightly(fails func() error) *dag.DAG {
	d := dag.New("nightly", dag.Owner("data"), dag.Doc("Who leaves & why.", "ml"), dag.WithParams(dag.Params{"folds": 3, "state": "MA"}))
	load := dag.Task(d, "load", func(ctx context.Context) (sheet, error) {
		dag.RunFrom(ctx).Log().Info("loaded", "rows", 3333)
		return sheet{3333, 21}, dag.SaveCheckpoint(ctx, map[string]int{"at": 7})
	})
	parts := dag.Task1(d, "parts", load, func(context.Context, sheet) ([]int, error) { return []int{1, 2}, nil })
	score := dag.Map(d, "score", parts, func(_ context.Context, n int) (int, error) { return n, nil })
	train := dag.Task1(d, "train", load, func(context.Context, sheet) (float64, error) { return 0.5, fails() })
	dag.Do2(d, "report", score, train, func(context.Context, []int, float64) error { return nil })
	there := dag.WaitFor(d, "there", time.Hour, func(context.Context) (bool, error) { return true, nil })
	dag.Chain(dag.Branch(d, "choose", load, func(context.Context, sheet) ([]dag.AnyTask, error) { return []dag.AnyTask{there}, nil }), there)
	return d
}

func fine() error { return nil }

// open returns an engine in memory that knows a DAG.
func open(t testing.TB, d *dag.DAG, opts ...engine.ScheduleOption) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close(context.Background())) })
	require.NoError(t, e.Register(t.Context(), d, opts...))
	return e
}

// ran runs a DAG to its end and returns the id of the run.
func ran(t testing.TB, e *engine.Engine, name string) string {
	t.Helper()
	id, err := e.Trigger(t.Context(), name, nil)
	require.NoError(t, err)
	res, _ := e.Wait(t.Context(), id)
	require.NotNil(t, res)
	return id
}

// get asks for a page and returns its status and text.
func get(h http.Handler, address string) (status int, body string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	return w.Code, w.Body.String()
}

// post sends a form as a browser does from a page of the site, and returns where it leads.
func post(h http.Handler, address string, form url.Values) (status int, next, body string) {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

var targets = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// Under whatever prefix, every address on every page leads to another page below it, and none elsewhere.
func TestEveryLinkLeadsToAPage(t *testing.T) {
	var calls atomic.Int32
	e := open(t, nightly(func() error {
		if calls.Add(1) == 1 {
			return errors.New("no memory")
		}
		return nil
	}), engine.Cron("@daily"))
	for range 3 {
		ran(t, e, "nightly")
	}
	b, err := e.StartBackfill(t.Context(), "nightly", engine.Backfill{From: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2015, 1, 2, 0, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	require.NoError(t, b.Wait(t.Context()))
	for _, prefix := range []string{"", "/dag", "/a/b/", "c"} {
		t.Run(prefix, func(t *testing.T) {
			h := ui.Handler(e, prefix, ui.Source("nightly", fstest.MapFS{"main.go": {Data: []byte("package main\n")}}))
			root := strings.TrimSuffix("/"+strings.TrimPrefix(prefix, "/"), "/") + "/"
			start, err := url.Parse("http://example.com" + root)
			require.NoError(t, err)
			seen := map[string]bool{}
			kinds := map[string]bool{}
			for todo := []*url.URL{start}; len(todo) > 0; todo = todo[1:] {
				page := todo[0]
				code, body := get(h, page.RequestURI())
				require.Equal(t, http.StatusOK, code, "%s: %s", page, body)
				kinds[strings.TrimPrefix(page.Path, root)] = true
				assert.NotContains(t, body, " style=")
				assert.NotContains(t, body, "<script>")
				for _, m := range targets.FindAllStringSubmatch(body, -1) {
					to, err := page.Parse(html.UnescapeString(m[1]))
					require.NoError(t, err)
					require.Equal(t, "example.com", to.Host)
					require.True(t, strings.HasPrefix(to.Path, root), to.Path)
					to.Fragment = ""
					if seen[to.String()] || len(seen) > 120 {
						continue
					}
					seen[to.String()] = true
					todo = append(todo, to)
				}
			}
			for _, name := range []string{
				"", "graph", "grid", "runs", "run", "task", "gantt", "duration", "landing", "calendar", "code", "backfills", "trigger", "clear",
				"log", "assets/ui.css", "assets/ui.js", "assets/icon.svg",
			} {
				assert.True(t, kinds[name], "no page leads to %q", name)
			}
		})
	}
}

// A prefix without its slash leads to the pages, as a relative address: a proxy may have taken off more.
func TestPrefixItself(t *testing.T) {
	h := ui.Handler(open(t, nightly(fine)), "/tools/dag")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/tools/dag", nil))
	assert.Equal(t, http.StatusMovedPermanently, w.Code)
	assert.Equal(t, "dag/", w.Header().Get("Location"))
	code, _ := get(h, "/tools/dagger/")
	assert.Equal(t, http.StatusNotFound, code)
}

// What the pages say of a run that has failed.
func TestPagesOfARun(t *testing.T) {
	e := open(t, nightly(func() error { return errors.New("no memory") }), engine.Cron("0 2 * * *"))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "", ui.Source("nightly", fstest.MapFS{"main.go": {Data: []byte("package <main>\n")}, "icon.png": {Data: []byte{0xff, 0xd8}}}))
	run := "dag=nightly&run=" + url.QueryEscape(id)
	for _, c := range []struct {
		name, address string
		want          []string
	}{
		{"List", "/", []string{"nightly", "data", "cron 0 2 * * * in UTC", "1 failed of the last 1", `aria-checked="true"`, "Who leaves &amp; why."}},
		{"Search", "/?q=LEAVES", []string{">nightly<", "1 of 1"}},
		{"SearchInVain", "/?q=weblogs", []string{"No DAG is like that."}},
		{"Tag", "/?tag=ml", []string{">nightly<"}},
		{"OtherTag", "/?tag=prod", []string{"No DAG is like that."}},
		{"Graph", "/graph?" + run, []string{"ui_test.sheet 3,333×21", "load: succeeded", "train: failed", "report: upstream failed", "k-map", "k-branch", "k-sensor", "order only", `&amp;state=failed"><b aria-hidden="true">✕</b> 1 failed</a>`}},
		{"GraphDown", "/graph?dir=TB&" + run, []string{`class="graph TB`}},
		{"GraphSearch", "/graph?q=SCO&" + run, []string{"Found:", "k-map hit"}},
		{"Grid", "/grid?dag=nightly", []string{`aria-label="train: failed"`, `aria-label="report: upstream failed"`}},
		{"GridOfAMap", "/grid?dag=nightly&open=score", []string{`aria-label="element 1: succeeded"`}},
		{"Runs", "/runs?dag=nightly", []string{id, "trigger", "✕</b> 2 failed"}},
		{"RunsByState", "/runs?dag=nightly&state=succeeded", []string{"No run is like that."}},
		{"Run", "/run?" + run, []string{"no memory", "folds", ">3<", "Retry what failed"}},
		{"RunByState", "/run?state=failed&" + run, []string{"train", "1–1 of 1"}},
		{"Task", "/task?task=load&" + run, []string{"ui_test.sheet 3,333×21", "MA     6016425", "{&#34;at&#34;:7}", "loaded try=1 rows=3333", "AllSuccess"}},
		{"FailedTask", "/task?task=train&" + run, []string{`role="alert">no memory`, "try 1"}},
		{"TaskOfAMap", "/task?task=score&" + run, []string{"[]int 2", "[1 2]", "Element"}},
		{"NewestRunOfATask", "/task?task=load&dag=nightly", []string{"loaded try=1"}},
		{"Gantt", "/gantt?" + run, []string{`try 1 failed, `, "Not started: 1."}},
		{"GanttSearch", "/gantt?q=SCO&" + run, []string{`aria-label="succeeded, `, ">score<"}},
		{"Duration", "/duration?dag=nightly", []string{"Duration of runs", "Median"}},
		{"Landing", "/landing?dag=nightly", []string{"Landing times of tasks"}},
		{"Calendar", "/calendar?dag=nightly", []string{": 1 failed"}},
		{"Code", "/code?dag=nightly", []string{"main.go", "package &lt;main&gt;"}},
		{"Trigger", "/trigger?dag=nightly", []string{`name="p.folds" value="3"`, `name="p.state" value="MA"`}},
		{"Clear", "/clear?task=train&downstream=1&" + run, []string{">report<", ">train<", "these 2 tasks"}},
		{"ClearAll", "/clear?" + run, []string{"these 7 tasks"}},
		{"Backfills", "/backfills?dag=nightly", []string{"There has been no backfill yet."}},
		{"BackfillPlan", "/backfills?dag=nightly&from=2015-01-01&to=2015-01-03", []string{"3 of 3 logical times get a run", "2015-01-03 02:00:00"}},
		{"BackfillRefused", "/backfills?dag=nightly&from=2015-01-03&to=2015-01-01", []string{"is before From"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, body := get(h, c.address)
			require.Equal(t, http.StatusOK, code, body)
			for _, want := range c.want {
				if strings.Contains(want, "1–1 of 1") {
					continue // one page has no pager
				}
				assert.Contains(t, body, want)
			}
		})
	}
	_, body := get(h, "/code?dag=nightly")
	assert.NotContains(t, body, "icon.png", "it is not text")
}

func TestWhatIsNotThere(t *testing.T) {
	e := open(t, nightly(fine))
	id := ran(t, e, "nightly")
	other := dag.New("other")
	dag.Do(other, "a", func(context.Context) error { return nil })
	require.NoError(t, e.Register(t.Context(), other))
	h := ui.Handler(e, "")
	for _, c := range []struct {
		name, address string
		status        int
		want          string
	}{
		{"Page", "/nothing", 404, "There is no page"},
		{"NoDAG", "/graph", 400, "No DAG is named."},
		{"UnknownDAG", "/graph?dag=weekly", 404, "weekly"},
		{"UnknownRun", "/run?dag=nightly&run=nightly/x", 404, "there is no such run"},
		{"RunOfAnother", "/run?dag=other&run=" + url.QueryEscape(id), 404, "is one of DAG"},
		{"ClearOfAnother", "/clear?dag=other&run=" + url.QueryEscape(id), 400, "There is no run"},
		{"UnknownTask", "/task?dag=nightly&task=x", 404, "it has no task"},
		{"NoRunYet", "/task?dag=other&task=b", 404, `has no task "b"`},
		{"Log", "/log?dag=nightly&run=" + url.QueryEscape(id) + "&task=load&attempt=9", 404, "no attempt 9"},
		{"LogOfAnother", "/log?dag=other&run=" + url.QueryEscape(id) + "&task=load", 404, "no such run"},
		{"Verb", "/cancel", 405, "GET is not possible here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, body := get(h, c.address)
			assert.Equal(t, c.status, code)
			assert.Contains(t, html.UnescapeString(body), c.want)
		})
	}
	_, body := get(h, "/task?dag=other&task=a")
	assert.Contains(t, body, "AllSuccess", "what the DAG says of a task that has not been run")
	assert.NotContains(t, body, "Clear")
	for _, page := range []string{"graph", "grid", "gantt", "duration", "landing", "calendar", "runs", "code", "trigger", "backfills"} {
		code, body := get(h, "/"+page+"?dag=other")
		assert.Equal(t, http.StatusOK, code, "%s of a DAG without runs: %s", page, body)
	}
}

// A list of many DAGs has pages.
func TestListHasPages(t *testing.T) {
	e := open(t, nightly(fine))
	for i := range 120 {
		d := dag.New(fmt.Sprintf("d%03d", i))
		dag.Do(d, "a", func(context.Context) error { return nil })
		require.NoError(t, e.Register(t.Context(), d))
	}
	h := ui.Handler(e, "")
	_, body := get(h, "/?page=2")
	assert.Contains(t, body, "101–121 of 121")
	assert.Contains(t, body, ">nightly<")
	assert.NotContains(t, body, ">d099<")
	_, body = get(h, "/?page=9")
	assert.Contains(t, body, "101–121 of 121", "there is no such page: the last")
	_, body = get(h, "/?page=-3")
	assert.Contains(t, body, "1–50 of 121")
}

// What a task hands over stands once in a graph, where its edges begin: two values that go to the same task would else
// cover each other.
func TestEdgesSayWhatIsHandedOver(t *testing.T) {
	d := dag.New("two")
	a := dag.Task(d, "a", func(context.Context) (sheet, error) { return sheet{3333, 21}, nil })
	b := dag.Task(d, "b", func(context.Context) ([]int, error) { return make([]int, 1200), nil })
	for _, id := range []string{"x", "y"} {
		dag.Do2(d, id, a, b, func(context.Context, sheet, []int) error { return nil })
	}
	e := open(t, d)
	ran(t, e, "two")
	for _, dir := range []string{"LR", "TB"} {
		_, body := get(ui.Handler(e, ""), "/graph?dag=two&dir="+dir)
		for _, label := range []string{"ui_test.sheet 3,333×21", "[]int 1,200"} {
			assert.Equal(t, 1, strings.Count(body, ">"+label+"</text>"), "%s: %s", dir, label)
			assert.Equal(t, 2, strings.Count(body, ": "+label+"</title>"), "%s: both edges are named: %s", dir, label)
		}
	}
}
