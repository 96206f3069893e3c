package ui_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// Whatever the names, errors, outputs, logs and sources hold, a page shows it as text.
func TestHostileTexts(t *testing.T) {
	evil := `<script>alert(1)</script>" onmouseover='x' {{.}} javascript:alert(1)`
	raw := evil + "\x1b[31mred\x1b[0m \x1b]0;title\x07 \xff\xfe \x00 \u202egnp.exe"
	d := dag.New(evil, dag.Owner(evil), dag.Doc(raw, evil), dag.WithParams(dag.Params{evil: evil}))
	a := dag.Task(d, evil+" a", func(ctx context.Context) (string, error) {
		log := dag.RunFrom(ctx).Log()
		log.Info(evil, "k", raw)
		log.Info(strings.Repeat("long ", 10<<20/5))
		return evil, nil
	})
	dag.Do1(d, "../../"+evil, a, func(context.Context, string) error { return errors.New(raw) })
	e := open(t, d)
	id := ran(t, e, evil)
	require.Error(t, e.Mark(engine.WithActor(t.Context(), raw), id, raw, "x"))
	h := ui.Handler(e, "", ui.Title(evil), ui.Source(evil, fstest.MapFS{"a.go": {Data: []byte(evil + "\x1b[31m")}}))
	q := url.Values{"dag": {evil}, "run": {id}}.Encode()
	pages := []string{"?q=" + url.QueryEscape(evil)}
	for p := range ui.Pages {
		if p == "task" {
			continue // they come below
		}
		pages = append(pages, p+"?"+q, p+"?q="+url.QueryEscape(evil)+"&"+q)
	}
	for _, task := range d.Tasks() {
		pages = append(pages, "task?task="+url.QueryEscape(task)+"&"+q)
	}
	for _, page := range pages {
		code, body := get(h, "/"+page)
		require.Equal(t, http.StatusOK, code, "%s: %s", page, body)
		assert.NotContains(t, body, "<script>alert", page)
		assert.NotContains(t, body, "' onmouseover", page)
		assert.NotContains(t, body, `" onmouseover`, page)
		assert.NotContains(t, body, `href="javascript:`, page)
		assert.NotContains(t, body, "\x1b", page)
		assert.NotContains(t, body, "\x00", page)
		assert.NotContains(t, body, "\u202e", page)
		assert.True(t, utf8.ValidString(body), page)
		assert.Less(t, len(body), 1<<20, page)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/log?"+q+"&task="+url.QueryEscape(evil+" a"), nil))
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Contains(t, w.Header().Get("Content-Type"), "text/plain")
	assert.Equal(t, `attachment; filename="log.txt"`, w.Header().Get("Content-Disposition"), "whatever the names are")
	assert.Less(t, w.Body.Len(), 2<<20, "a line of 10 MB is left out")
	assert.NotContains(t, w.Body.String(), "\x1b")
}

// A link in the folder of a DAG's source does not lead out of it.
func TestSourceStaysInItsFolder(t *testing.T) {
	folder, outside := t.TempDir(), filepath.Join(t.TempDir(), "key.txt")
	require.NoError(t, os.WriteFile(outside, []byte("-----BEGIN KEY"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main"), 0o600))
	if err := os.Symlink(outside, filepath.Join(folder, "key.txt")); err != nil {
		t.Skip(err)
	}
	require.NoError(t, os.Symlink(filepath.Dir(outside), filepath.Join(folder, "folder")))
	code, body := get(ui.Handler(open(t, nightly(fine)), "", ui.Source("nightly", os.DirFS(folder))), "/code?dag=nightly")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "package main")
	assert.NotContains(t, body, "BEGIN KEY")
}

func TestHeaders(t *testing.T) {
	h := ui.Handler(open(t, nightly(fine)), "/p")
	for _, address := range []string{"/p/", "/p/graph?dag=nightly", "/p/assets/ui.js", "/p/nothing", "/other", "/p"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		policy := w.Header().Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'", address)
		assert.Contains(t, policy, "frame-ancestors 'none'", address)
		assert.NotContains(t, policy, "unsafe", address)
		assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"), address)
	}
}

// A form of another site changes nothing.
func TestCrossOrigin(t *testing.T) {
	e := open(t, nightly(fine))
	for _, c := range []struct {
		name   string
		header map[string]string
		opts   []ui.Option
		status int
	}{
		{"SameOrigin", map[string]string{"Sec-Fetch-Site": "same-origin"}, nil, http.StatusSeeOther},
		{"CrossSite", map[string]string{"Sec-Fetch-Site": "cross-site"}, nil, http.StatusForbidden},
		{"SameSite", map[string]string{"Sec-Fetch-Site": "same-site"}, nil, http.StatusForbidden},
		{"OldBrowser", map[string]string{"Origin": "https://evil.example"}, nil, http.StatusForbidden},
		{"Null", map[string]string{"Origin": "null"}, nil, http.StatusForbidden},
		{"BehindAProxy", map[string]string{"Origin": "https://dags.example"}, []ui.Option{ui.TrustOrigin("https://dags.example")}, http.StatusSeeOther},
		{"NoBrowser", nil, nil, http.StatusSeeOther},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, before, err := e.Recent("nightly", 0, 0)
			require.NoError(t, err)
			r := httptest.NewRequest(http.MethodPost, "/trigger", strings.NewReader("dag=nightly"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			ui.Handler(e, "", c.opts...).ServeHTTP(w, r)
			assert.Equal(t, c.status, w.Code)
			_, after, err := e.Recent("nightly", 0, 0)
			require.NoError(t, err)
			assert.Equal(t, c.status == http.StatusSeeOther, after > before)
		})
	}
	assert.PanicsWithValue(t, `ui: TrustOrigin: invalid origin "dags.example": scheme is required`, func() { ui.Handler(e, "", ui.TrustOrigin("dags.example")) })
}

// GET changes nothing, whatever it names.
func TestGETChangesNothing(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "")
	for _, verb := range []string{"trigger", "pause", "unpause", "cancel", "clear", "retry", "mark", "backfills", "stop"} {
		get(h, "/"+verb+"?"+url.Values{"dag": {"nightly"}, "run": {id}, "from": {"2015-01-01"}, "task": {"load"}}.Encode())
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, "BREW"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "/trigger?dag=nightly", nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
	}
	_, total, err := e.Recent("nightly", 0, 0)
	require.NoError(t, err)
	assert.Equal(t, 1, total)
	info, err := e.Schedule("nightly")
	require.NoError(t, err)
	assert.False(t, info.Paused)
}

// What a POST's query says does not count: it is the form that people saw.
func TestPOSTReadsTheForm(t *testing.T) {
	h := ui.Handler(open(t, nightly(fine)), "")
	code, _, body := post(h, "/trigger?dag=nightly", url.Values{})
	assert.Equal(t, http.StatusBadRequest, code)
	assert.Contains(t, body, "No DAG is named.")
}

func TestLimits(t *testing.T) {
	h := ui.Handler(open(t, nightly(fine)), "")
	for _, c := range []struct {
		name, address, body string
		status              int
	}{
		{"LongQuery", "/?q=" + strings.Repeat("x", 33<<10), "", http.StatusRequestURITooLong},
		{"BadEscape", "/?q=%zz", "", http.StatusBadRequest},
		{"NotText", "/graph?dag=%ff", "", http.StatusBadRequest},
		{"NUL", "/graph?dag=a%00", "", http.StatusBadRequest},
		{"LargeForm", "/trigger", "dag=nightly&p.state=" + strings.Repeat("x", 65<<10), http.StatusRequestEntityTooLarge},
		{"LargeField", "/trigger", "dag=nightly&p.state=" + strings.Repeat("x", 17<<10), http.StatusBadRequest},
		{"HugeNumber", "/?page=99999999999999999999", "", http.StatusOK},
		{"OpenedNothing", "/graph?dag=nightly&in=1.2.3.99999999999999999999.x", "", http.StatusOK},
		{"Year", "/calendar?dag=nightly&year=1000000000", "", http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := 0
			if c.body == "" {
				code, _ = get(h, c.address)
			} else {
				r := httptest.NewRequest(http.MethodPost, c.address, strings.NewReader(c.body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				code = w.Code
			}
			assert.Equal(t, c.status, code)
		})
	}
}

// No name leads out of the files that are ours, or the caller's.
func TestTraversal(t *testing.T) {
	e := open(t, nightly(fine))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "/p", ui.Source("nightly", fstest.MapFS{"main.go": {Data: []byte("package main\n")}}))
	for _, path := range []string{
		"/p/assets/../ui.go", "/p/assets/../../ui.go", "/p/assets/%2e%2e/ui.go", "/p/assets/..%2fui.go", "/p/assets//etc/passwd", "/p/assets/",
		"/p/assets/../templates/layout.html", "/p/../p/", "/p/templates/layout.html", "/p/./graph?dag=nightly", "/p//graph?dag=nightly",
	} {
		code, body := get(h, path)
		assert.Equal(t, http.StatusNotFound, code, path)
		assert.NotContains(t, body, "package ui", path)
	}
	for _, run := range []string{"../nightly/x", "nightly/../../dag/nightly", id + "/..", "nightly/" + strings.Repeat("../", 20) + "etc/passwd", "%2e%2e/x"} {
		for _, page := range []string{"run", "task", "log", "graph"} {
			code, _ := get(h, "/p/"+page+"?"+url.Values{"dag": {"nightly"}, "run": {run}, "task": {"load"}}.Encode())
			assert.Equal(t, http.StatusNotFound, code, "%s %s", page, run)
		}
	}
}
