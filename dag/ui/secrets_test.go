package ui_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// No page and no answer of the API has a secret in it, and none sends back what stands in its place.
func TestSecretsAreNotShown(t *testing.T) {
	const (
		configured = "configured-pass"
		declared   = "declared-pass"
		typed      = "typed-pass"
	)
	var got dag.Params
	d := dag.New("d", dag.WithParams(dag.Params{"password": declared, "uri": "mongodb://ana:" + declared + "@db", "n": 3, "token": ""}))
	a := dag.Task(d, "a", func(ctx context.Context) (string, error) {
		got = dag.RunFrom(ctx).Params
		return configured + got["password"].(string), dag.SaveCheckpoint(ctx, configured)
	})
	dag.Do1(d, "b", a, func(_ context.Context, s string) error { return errors.New("cannot use " + s) })
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Secrets: []string{configured}})
	require.NoError(t, err)
	defer e.Close(context.Background())
	require.NoError(t, e.Register(t.Context(), d, engine.Cron("@daily")))
	code := fstest.MapFS{"main.go": {Data: []byte(`package main // ` + configured)}}
	h := ui.Handler(e, "/p", ui.Source("d", code))

	status, next, body := post(h, "/p/trigger", url.Values{"dag": {"d"}, "p.password": {typed}, "p.uri": {""}, "p.n": {"4"}})
	require.Equal(t, http.StatusSeeOther, status, body)
	to, err := url.Parse(next)
	require.NoError(t, err)
	id := to.Query().Get("run")
	_, err = e.Wait(t.Context(), id)
	require.ErrorContains(t, err, "cannot use ***")
	assert.Equal(t, dag.Params{"password": typed, "uri": "mongodb://ana:" + declared + "@db", "n": 4, "token": ""}, got, "an empty field of a secret is its default")

	q := url.Values{"dag": {"d"}, "run": {id}}.Encode()
	addresses := []string{"/p/", "/p/backfills?dag=d&from=2015-01-01&p.password=" + typed, "/p/log?task=a&" + q, "/p/api/v1/dag?dag=d", "/p/api/v1/dags", "/p/api/v1/runs?dag=d"}
	for name := range ui.Pages {
		addresses = append(addresses, "/p/"+name+"?task=a&"+q, "/p/"+name+"?task=b&"+q)
	}
	for _, name := range []string{"run", "task", "logs"} {
		only := url.Values{"run": {id}}
		if name != "run" {
			only.Set("task", "a")
		}
		addresses = append(addresses, "/p/api/v1/"+name+"?"+only.Encode())
	}
	for _, address := range addresses {
		status, body := get(h, address)
		assert.Equal(t, http.StatusOK, status, address)
		for _, secret := range []string{configured, declared, typed} {
			assert.NotContains(t, body, secret, address)
		}
	}
	_, page := get(h, "/p/task?task=b&"+q)
	assert.Contains(t, page, "cannot use ***")
	_, page = get(h, "/p/run?"+q)
	assert.Contains(t, page, "mongodb://ana:***@db")

	_, form := get(h, "/p/trigger?dag=d")
	assert.Contains(t, form, `<input type="password" name="p.password" placeholder="***"`)
	assert.Contains(t, form, `<input type="password" name="p.uri" placeholder="mongodb://ana:***@db"`)
	assert.Contains(t, form, `<input type="password" name="p.token" placeholder="empty"`)
	_, form = get(h, "/p/backfills?dag=d&from=2015-01-01")
	assert.Contains(t, form, `<input type="hidden" name="p.n" value="3">`)
	assert.Contains(t, form, `<input type="password" name="p.password"`)
	assert.NotContains(t, form, `value="***"`)

	for _, masked := range []url.Values{{"p.password": {"***"}}, {"p.uri": {"mongodb://ana:***@db"}}} {
		masked.Set("dag", "d")
		status, _, body := post(h, "/p/trigger", masked)
		assert.Equal(t, http.StatusBadRequest, status)
		assert.Contains(t, body, "shown in place of a secret")
	}
	status, said := order(t, h, "trigger", `{"dag":"d","params":{"password":"***"}}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, said["error"], "shown in place of a secret")
	_, about := ask(t, h, "dag", url.Values{"dag": {"d"}})
	assert.Equal(t, map[string]any{"name": "password", "type": "string", "default": "***", "secret": true}, at(t, about, "params", 1))
}

// What was typed into the field of a secret is not sent back either, when a form is refused or a link was made of it.
func TestTypedSecretsAreNotSentBack(t *testing.T) {
	d := dag.New("d", dag.WithParams(dag.Params{"password": "declared-pass", "secret_pin": 1, "n": 3}))
	dag.Do(d, "a", func(context.Context) error { return nil })
	h := ui.Handler(open(t, d), "/p")
	typed := url.Values{"dag": {"d"}, "from": {"2015-01-01"}, "p.password": {"typed-pass"}, "p.secret_pin": {"typed-pin"}, "p.n": {"x"}}
	for _, verb := range []string{"trigger", "backfills"} {
		status, _, body := post(h, "/p/"+verb, typed)
		assert.Equal(t, http.StatusBadRequest, status, verb)
		assert.NotContains(t, body, "typed-p", verb)
		assert.NotContains(t, body, "declared-pass", verb)
	}
	_, body := get(h, "/p/backfills?"+typed.Encode())
	assert.NotContains(t, body, "typed-p")
	status, said := order(t, h, "trigger", `{"dag": "d", "params": {"password": "typed-pass", "secret_pin": "typed-pin"}}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.NotContains(t, said["error"], "typed-p")
}
