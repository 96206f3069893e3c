package ui_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

func typed() *dag.DAG {
	d := dag.New("typed", dag.WithParams(dag.Params{
		"dry": false, "n": 3, "big": int64(4), "rate": 0.25, "wait": time.Minute, "since": time.Date(2015, 1, 31, 0, 0, 0, 0, time.UTC), "state": "MA",
	}))
	dag.Do(d, "a", func(context.Context) error { return nil })
	return d
}

// The form for a run says of each parameter its type, what it is unless given, and what it means.
func TestFormOfParameters(t *testing.T) {
	usage := ui.ParamUsage(map[string]string{"n": "how many `folds` there are", "state": "two letters & no more"})
	h := ui.Handler(open(t, typed(), engine.Cron("@daily")), "", usage, ui.ParamUsage(map[string]string{"dry": "only say what would be done"}))
	for _, page := range []string{"/trigger?dag=typed", "/backfills?dag=typed"} {
		_, body := get(h, page)
		for _, want := range []string{
			`n <span class="sub">int, 3 unless given</span>`, `how many folds there are`, `two letters &amp; no more`, `only say what would be done`,
			`wait <span class="sub">time.Duration, 1m0s unless given</span>`, `name="p.n" value="3"`, `aria-describedby="about-`,
		} {
			assert.Contains(t, body, want, page)
		}
		assert.NotContains(t, body, "aria-invalid", page)
	}
}

// What cannot be is said at the field, and everything that was typed is still there.
func TestFormIsShownAgain(t *testing.T) {
	e := open(t, typed(), engine.Cron("@daily"))
	h := ui.Handler(e, "")
	form := url.Values{
		"dag": {"typed"}, "p.n": {"three"}, "p.big": {"99999999999999999999"}, "p.rate": {"1/4"}, "p.wait": {"a minute"}, "p.since": {"31.1.2015"},
		"p.dry": {"perhaps"}, "p.state": {"NY <&>"},
	}
	wrong := []string{
		"&#34;three&#34; is not a whole number.", "&#34;99999999999999999999&#34; is not a whole number.", "&#34;1/4&#34; is not a number such as 0.25.",
		"&#34;a minute&#34; is not a duration such as 1h30m.", "&#34;31.1.2015&#34; is not a day such as 2015-01-31", "&#34;perhaps&#34; is not true or false.",
	}
	code, _, body := post(h, "/trigger", form)
	require.Equal(t, http.StatusBadRequest, code)
	for _, want := range append(wrong, `name="p.n" value="three"`, `name="p.state" value="NY &lt;&amp;&gt;"`, "<option selected>perhaps</option>") {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, `role="alert"`, "it is said at the fields")
	_, total, err := e.Recent("typed", 0, 0)
	require.NoError(t, err)
	assert.Zero(t, total)

	form.Set("from", "2015-01-01")
	code, body = get(h, "/backfills?"+form.Encode())
	require.Equal(t, http.StatusOK, code)
	for _, want := range append(wrong, `name="p.n" value="three"`, `name="from" value="2015-01-01"`) {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, "Start the backfill")
}

// A fault that no field has is said above them.
func TestFormIsRefused(t *testing.T) {
	h := ui.Handler(open(t, typed()), "")
	code, _, body := post(h, "/trigger", url.Values{"dag": {"typed"}, "p.x": {"1"}, "p.n": {"5"}})
	assert.Equal(t, http.StatusBadRequest, code)
	assert.Contains(t, body, `role="alert">✕ parameter &#34;x&#34; is unknown`)
	assert.Contains(t, body, `name="p.n" value="5"`)

	free := dag.New("free")
	dag.Do(free, "a", func(context.Context) error { return nil })
	h = ui.Handler(open(t, free), "")
	code, _, body = post(h, "/trigger", url.Values{"dag": {"free"}, "params": {"a=1\nb"}})
	assert.Equal(t, http.StatusBadRequest, code)
	assert.Contains(t, body, `this one is not: &#34;b&#34;`)
	assert.Contains(t, body, "\na=1\nb</textarea>")
}

// A secret that cannot be is not shown again, whatever else is.
func TestFormKeepsNoSecret(t *testing.T) {
	d := dag.New("d", dag.WithParams(dag.Params{"password": "p4ssw0rd", "n": 3}))
	dag.Do(d, "a", func(context.Context) error { return nil })
	h := ui.Handler(open(t, d), "")
	code, _, body := post(h, "/trigger", url.Values{"dag": {"d"}, "p.password": {"other-pass"}, "p.n": {"three"}})
	assert.Equal(t, http.StatusBadRequest, code)
	assert.NotContains(t, body, "other-pass")
	assert.NotContains(t, body, "p4ssw0rd")
	assert.Contains(t, body, `name="p.n" value="three"`)
}
