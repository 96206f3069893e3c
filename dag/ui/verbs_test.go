package ui_test

import (
	"context"
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// All that can be done to a DAG and its runs.
func TestVerbs(t *testing.T) {
	broken := true
	hold := make(chan struct{})
	d := dag.New("d", dag.WithParams(dag.Params{"n": 1}))
	a := dag.Do(d, "a", func(ctx context.Context) error {
		if dag.RunFrom(ctx).Params["n"] == 7 {
			select {
			case <-hold:
			case <-ctx.Done():
			}
			return ctx.Err()
		}
		if broken {
			return errors.New("broken")
		}
		return nil
	})
	dag.Do(d, "b", func(context.Context) error { return nil }).SetUpstream(a)
	e := open(t, d, engine.Cron("@daily"))
	h := ui.Handler(e, "/p")
	wait := func(id string) engine.RunState {
		_, _ = e.Wait(t.Context(), id)
		s, err := e.Outline(t.Context(), id)
		require.NoError(t, err)
		return s.State
	}
	do := func(verb string, form url.Values) (next *url.URL) {
		t.Helper()
		form.Set("dag", "d")
		code, to, body := post(h, "/p/"+verb, form)
		require.Equal(t, http.StatusSeeOther, code, body)
		next, err := (&url.URL{Path: "/p/"}).Parse(to)
		require.NoError(t, err)
		code, body = get(h, next.String())
		require.Equal(t, http.StatusOK, code, body)
		return next
	}
	id := do("trigger", url.Values{"p.n": {"3"}}).Query().Get("run")
	assert.Equal(t, engine.RunFailed, wait(id))
	broken = false
	do("retry", url.Values{"run": {id}})
	assert.Equal(t, engine.RunSucceeded, wait(id))
	do("clear", url.Values{"run": {id}, "task": {"a"}, "downstream": {"1"}})
	assert.Equal(t, engine.RunSucceeded, wait(id))
	detail, err := e.Inspect(t.Context(), id, "b")
	require.NoError(t, err)
	assert.Len(t, detail.Attempts, 2, "once by the retry, once by the clear")
	do("mark", url.Values{"run": {id}, "task": {"b"}, "state": {"failed"}})
	assert.Equal(t, engine.RunFailed, wait(id))

	id = do("trigger", url.Values{"p.n": {"7"}}).Query().Get("run")
	do("cancel", url.Values{"run": {id}})
	assert.Equal(t, engine.RunCancelled, wait(id))
	close(hold)

	assert.Equal(t, "/p/", do("pause", url.Values{"from": {"list"}}).Path)
	info, err := e.Schedule("d")
	require.NoError(t, err)
	assert.True(t, info.Paused)
	do("unpause", url.Values{})
	info, err = e.Schedule("d")
	require.NoError(t, err)
	assert.False(t, info.Paused)

	do("backfills", url.Values{"from": {"2015-01-01"}, "to": {"2015-01-03"}, "parallel": {"1"}, "p.n": {"2"}})
	all, err := e.Backfills("d")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, all[0].Wait(t.Context()))
	assert.Equal(t, 3, all[0].Progress().RunsEnded)
	_, body := get(h, "/p/backfills?dag=d")
	assert.Contains(t, body, "Ended: 3 of 3 runs.")
	_, body = get(h, "/p/runs?dag=d&of="+url.QueryEscape(all[0].ID()))
	assert.Equal(t, 3, strings.Count(body, "<tr>")-1)

	do("backfills", url.Values{"from": {"2016-01-01"}, "to": {"2016-12-31"}, "parallel": {"1"}})
	all, err = e.Backfills("d")
	require.NoError(t, err)
	do("stop", url.Values{"backfill": {all[1].ID()}})
	_ = all[1].Wait(t.Context())
	assert.Zero(t, all[1].Progress().Waiting)
}

// What the engine or the form refuses is told, and changes nothing.
func TestRefusedVerbs(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "")
	for _, c := range []struct {
		name, verb string
		form       url.Values
		status     int
		want       string
	}{
		{"NoDAG", "trigger", url.Values{"dag": nil}, 400, "No DAG is named."},
		{"UnknownDAG", "trigger", url.Values{"dag": {"x"}}, 404, `no DAG "x" is registered`},
		{"UnknownParam", "trigger", url.Values{"p.rows": {"1"}}, 400, `parameter "rows" is unknown`},
		{"WrongParam", "trigger", url.Values{"p.folds": {"many"}}, 400, `"many" is not a whole number`},
		{"NoLine", "trigger", url.Values{"params": {"folds"}}, 400, "line name=value"},
		{"RunOfAnother", "cancel", url.Values{"run": {"other/x"}}, 400, "There is no run"},
		{"CancelEnded", "cancel", url.Values{"run": {id}}, 409, "it has ended"},
		{"ClearUnknown", "clear", url.Values{"run": {id}, "task": {"x"}}, 409, `it has no task "x"`},
		{"MarkState", "mark", url.Values{"run": {id}, "task": {"report"}, "state": {"fine"}}, 409, "cannot be marked"},
		{"Date", "backfills", url.Values{"from": {"yesterday"}}, 400, `"yesterday" is not a date`},
		{"Reprocess", "backfills", url.Values{"from": {"2015-01-01"}, "reprocess": {"x"}}, 400, "want none, failed or completed"},
		{"Future", "backfills", url.Values{"from": {"2100-01-01"}}, 409, "no interval"},
		{"UnknownBackfill", "stop", url.Values{"backfill": {"x"}}, 400, "There is no backfill"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, given := c.form["dag"]; !given {
				c.form.Set("dag", "nightly")
			}
			code, _, body := post(h, "/"+c.verb, c.form)
			assert.Equal(t, c.status, code)
			assert.Contains(t, html.UnescapeString(body), c.want)
		})
	}
	_, total, err := e.Recent("nightly", 0, 0)
	require.NoError(t, err)
	assert.Equal(t, 1, total)
}

func TestReadOnly(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "", ui.ReadOnly(), ui.Title("night shift"))
	for _, page := range []string{"", "graph?dag=nightly", "run?dag=nightly", "task?dag=nightly&task=load", "trigger?dag=nightly", "backfills?dag=nightly", "clear?dag=nightly&run=" + url.QueryEscape(id)} {
		code, body := get(h, "/"+page)
		assert.Equal(t, http.StatusOK, code)
		assert.NotContains(t, strings.ReplaceAll(body, `method="post" action="trigger"`, ""), `method="post"`, page)
		assert.Contains(t, body, "read-only")
		assert.Contains(t, body, "night shift")
	}
	for _, verb := range []string{"trigger", "pause", "unpause", "cancel", "clear", "retry", "mark", "backfills", "stop"} {
		code, _, body := post(h, "/"+verb, url.Values{"dag": {"nightly"}, "run": {id}, "from": {"2015-01-01"}})
		assert.Equal(t, http.StatusForbidden, code, verb)
		assert.Contains(t, body, "read-only")
	}
	_, total, err := e.Recent("nightly", 0, 0)
	require.NoError(t, err)
	assert.Equal(t, 1, total)
}
