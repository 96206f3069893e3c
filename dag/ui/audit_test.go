package ui_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// Who has asked for what by a page or the API is shown by both, with the actor that middleware has named.
func TestAudit(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	pages := ui.Handler(e, "/p")
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.ServeHTTP(w, r.WithContext(engine.WithActor(r.Context(), `<script>ana</script>`)))
	})
	_, page := get(h, "/p/audit")
	assert.Contains(t, page, "Nobody has asked for anything yet.")
	code, next, _ := post(h, "/p/trigger", url.Values{"dag": {"nightly"}, "p.folds": {"7"}})
	require.Equal(t, http.StatusSeeOther, code)
	to, err := url.Parse(next)
	require.NoError(t, err)
	id := to.Query().Get("run")
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	code, _ = order(t, h, "clear", fmt.Sprintf(`{"run":%q,"tasks":["train"]}`, id))
	require.Equal(t, http.StatusOK, code)
	code, _ = order(t, h, "mark", fmt.Sprintf(`{"run":%q,"task":"none","state":"failed"}`, id))
	require.Equal(t, http.StatusConflict, code)

	for _, address := range []string{"/p/audit", "/p/audit?dag=nightly"} {
		_, page = get(h, address)
		assert.Contains(t, page, "&lt;script&gt;ana&lt;/script&gt;", address)
		assert.NotContains(t, page, "<script>ana", address)
		for _, text := range []string{">trigger</td>", ">page</td>", "folds=7", ">clear</td>", ">api</td>", ">train</td>", "it has no task &#34;none&#34;", `href="run?dag=nightly&amp;run=` + url.QueryEscape(id)} {
			assert.Contains(t, page, text, address)
		}
	}
	_, page = get(h, "/p/audit?dag=gone")
	assert.Contains(t, page, "Nobody has asked for anything yet.", "a DAG that is not registered may have a trail")

	code, answer := ask(t, h, "audit", url.Values{"dag": {"nightly"}, "limit": {"2"}})
	require.Equal(t, http.StatusOK, code)
	assert.Equal(t, true, answer["more"])
	assert.Equal(t, "mark", at(t, answer, "entries", 0, "verb"))
	assert.Contains(t, at(t, answer, "entries", 0, "refused"), "none")
	assert.Equal(t, "api", at(t, answer, "entries", 1, "origin"))
	assert.Equal(t, []any{"train"}, at(t, answer, "entries", 1, "tasks"))
	_, answer = ask(t, h, "audit", url.Values{"offset": {"2"}})
	assert.Equal(t, false, answer["more"])
	assert.Equal(t, map[string]any{"folds": "7"}, at(t, answer, "entries", 0, "params"))
	for _, q := range []string{"limit=1001", "limit=-1", "offset=-1", "offset=1000000000"} {
		code, _ := get(h, "/p/api/v1/audit?"+q)
		assert.Equal(t, http.StatusBadRequest, code, q)
	}
}

// A long trail has pages.
func TestAuditHasPages(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	for i := range 130 {
		require.NoError(t, e.Pause(engine.WithActor(t.Context(), fmt.Sprint("actor-", i)), "nightly"))
	}
	h := ui.Handler(e, "")
	_, first := get(h, "/audit")
	assert.Contains(t, first, "actor-129")
	assert.Contains(t, first, "actor-30<")
	assert.NotContains(t, first, "actor-29<")
	assert.Contains(t, first, `href="audit?page=1"`)
	_, last := get(h, "/audit?page=1")
	assert.Contains(t, last, "actor-29<")
	assert.Contains(t, last, "actor-0<")
	assert.NotContains(t, last, `href="audit?page=2"`)
	_, beyond := get(h, "/audit?page=999999")
	assert.NotContains(t, beyond, "actor-")
}

// A request that a page of another site sent, or that is read-only, is no order: it leaves no entry.
func TestAuditOfStrangers(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	r := httptest.NewRequest(http.MethodPost, "/pause", strings.NewReader("dag=nightly"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	ui.Handler(e, "").ServeHTTP(httptest.NewRecorder(), r)
	code, _, _ := post(ui.Handler(e, "", ui.ReadOnly()), "/pause", url.Values{"dag": {"nightly"}})
	assert.Equal(t, http.StatusForbidden, code)
	entries, _, err := e.Audit(context.Background(), "", 0, 10)
	require.NoError(t, err)
	assert.Empty(t, entries)
}
