package ui_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// written counts what an engine writes to its store.
type written struct {
	*engine.Memory
	n atomic.Int64
}

func (w *written) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	w.n.Add(1)
	return w.Memory.Append(ctx, epoch, records)
}

func (w *written) PutBlob(ctx context.Context, epoch int64, key string, data []byte) error {
	w.n.Add(1)
	return w.Memory.PutBlob(ctx, epoch, key, data)
}

func (w *written) Drop(ctx context.Context, epoch int64, logs, blobs []string) error {
	w.n.Add(1)
	return w.Memory.Drop(ctx, epoch, logs, blobs)
}

// orders are requests for all that changes something, each of which would be carried out.
func orders(id, backfill string) (all []*http.Request) {
	form := url.Values{"dag": {"nightly"}, "run": {id}, "task": {"report"}, "state": {"failed"}, "from": {"1998-01-01"}, "downstream": {"1"}, "backfill": {backfill}}
	for verb := range ui.Verbs {
		r := httptest.NewRequest(http.MethodPost, "/"+verb, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		all = append(all, r)
	}
	fields := map[string]string{
		"trigger": `"dag":"nightly"`, "pause": `"dag":"nightly"`, "unpause": `"dag":"nightly"`, "backfill": `"dag":"nightly","from":"1998-01-01"`,
		"stop": fmt.Sprintf(`"dag":"nightly","backfill":%q`, backfill), "clear": fmt.Sprintf(`"run":%q`, id), "retry": fmt.Sprintf(`"run":%q`, id),
		"cancel": fmt.Sprintf(`"run":%q`, id), "mark": fmt.Sprintf(`"run":%q,"task":"report","state":"failed"`, id),
	}
	for name, method := range ui.Operations() {
		if method != http.MethodGet {
			r := httptest.NewRequest(http.MethodPost, "/api/v1/"+name, strings.NewReader("{"+fields[name]+"}"))
			r.Header.Set("Content-Type", "application/json")
			all = append(all, r)
		}
	}
	return all
}

// Nothing but a POST, of a page of ours, to pages that are not read-only, changes anything: all routes are tried in all
// other ways, with what would be an order, and the store gets not a byte.
func TestOnlyOrdersChangeAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &written{Memory: engine.NewMemory()}
		e, err := engine.Open(t.Context(), engine.Config{Store: store})
		require.NoError(t, err)
		defer e.Close(context.Background())
		require.NoError(t, e.Register(t.Context(), nightly(fine), engine.Cron("@yearly")))
		id := ran(t, e, "nightly")
		day := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		b, err := e.StartBackfill(t.Context(), "nightly", engine.Backfill{From: day, To: day})
		require.NoError(t, err)
		require.NoError(t, b.Wait(t.Context()))
		time.Sleep(time.Minute) // what may be written late
		synctest.Wait()
		before := store.n.Load()
		try := func(h http.Handler, r *http.Request, statuses ...int) {
			t.Helper()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.Contains(t, statuses, w.Code, "%s %s: %s", r.Method, r.URL, w.Body)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			require.Equal(t, before, store.n.Load(), "%s %s has changed something", r.Method, r.URL)
		}
		h := ui.Handler(e, "")

		names := []string{"log", "assets/ui.js", "api/v1/openapi.json", "nothing"}
		for name := range ui.Pages {
			names = append(names, name)
		}
		for name := range ui.Verbs {
			names = append(names, name)
		}
		for name := range ui.Operations() {
			names = append(names, "api/v1/"+name)
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			for _, query := range []url.Values{
				{"dag": {"nightly"}, "run": {id}, "task": {"report"}, "state": {"failed"}, "from": {"1998-01-01"}, "backfill": {b.ID()}, "downstream": {"1"}},
				{"dag": {"nightly"}}, {"run": {id}}, {"run": {id}, "task": {"report"}},
			} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					try(h, httptest.NewRequest(method, "/"+name+"?"+query.Encode(), nil), 200, 400, 404, 405)
				}
			}
			for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "BREW"} {
				r := httptest.NewRequest(method, "/"+name+"?dag=nightly", nil)
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				try(h, r, 404, 405)
			}
		}

		strangers := []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"null"}}, {"Origin": {"https://evil.example"}},
			{"Sec-Fetch-Site": {"cross-site"}, "X-Forwarded-Host": {"example.com"}, "Origin": {"http://example.com"}},
		}
		for _, header := range strangers {
			for _, r := range orders(id, b.ID()) {
				for name, values := range header {
					r.Header[name] = values
				}
				try(h, r, 403)
			}
		}
		readOnly := ui.Handler(e, "", ui.ReadOnly())
		for _, r := range orders(id, b.ID()) {
			try(readOnly, r, 403)
		}
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
			for _, r := range orders(id, b.ID()) { // what a form of another site could send, if the check above did not stop it
				if strings.HasPrefix(r.URL.Path, "/api/") {
					r.Header.Set("Content-Type", kind)
					try(h, r, 415, 400)
				}
			}
		}
		for _, r := range orders(id, b.ID()) { // the orders are good ones
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if r.URL.Path != "/cancel" && r.URL.Path != "/api/v1/cancel" { // the run may be over
				assert.Less(t, w.Code, 400, "%s: %s", r.URL, w.Body)
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
		assert.Greater(t, store.n.Load(), before)
	})
}

// Read-only pages have no way to press anything.
func TestReadOnlyHasNoButtons(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "", ui.ReadOnly())
	for name := range ui.Pages {
		_, body := get(h, "/"+name+"?"+url.Values{"dag": {"nightly"}, "run": {id}, "task": {"report"}, "from": {"1998-01-01"}}.Encode())
		assert.NotContains(t, strings.ReplaceAll(body, `method="post" action="trigger"`, ""), `method="post"`, name) // that form shows the parameters
		assert.NotContains(t, body, `<button class="primary">▶`, name)
	}
}

// What a proxy, or somebody who is none, says about addresses appears nowhere.
func TestForwardedHeaders(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	for _, prefix := range []string{"", "/dag"} {
		h := ui.Handler(e, prefix)
		for _, name := range []string{"", "graph?dag=nightly", "run?dag=nightly", "none", "api/v1/openapi.json", "api/v1/none"} {
			r := httptest.NewRequest(http.MethodGet, prefix+"/"+name, nil)
			for _, header := range []string{"X-Forwarded-Prefix", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override"} {
				r.Header.Set(header, `//evil.example/"><script>`)
			}
			r.Host = "evil.example"
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.NotContains(t, w.Body.String()+fmt.Sprint(w.Header()), "evil.example", name)
		}
		r := httptest.NewRequest(http.MethodPost, prefix+"/pause", strings.NewReader("dag=nightly"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-Prefix", "//evil.example")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, "graph?dag=nightly", w.Header().Get("Location"), "relative, so a prefix that a proxy takes off is kept")
	}
}
