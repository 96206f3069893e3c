package ui_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// ask asks the API and returns the status and the answer.
func ask(t *testing.T, h http.Handler, name string, query url.Values) (int, map[string]any) {
	t.Helper()
	return answer(t, h, httptest.NewRequest(http.MethodGet, "/p/api/v1/"+name+"?"+query.Encode(), nil))
}

// order gives the API an order, as a program does.
func order(t *testing.T, h http.Handler, name, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/p/api/v1/"+name, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return answer(t, h, r)
}

func answer(t *testing.T, h http.Handler, r *http.Request) (int, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var v any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v), w.Body.String())
	if list, ok := v.([]any); ok {
		v = map[string]any{"list": list}
	}
	m, ok := v.(map[string]any)
	require.True(t, ok, w.Body.String())
	return w.Code, m
}

// at follows keys and numbers into an answer.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			require.True(t, ok, "no object at %v of %v", p, path)
			v = m[p]
		case int:
			list, ok := v.([]any)
			require.True(t, ok && p < len(list), "no element %v of %v", p, path)
			v = list[p]
		}
	}
	return v
}

// The story of a DAG, as a program tells and hears it.
func TestAPI(t *testing.T) {
	broken := true
	e := open(t, nightly(func() error {
		if broken {
			return errors.New("no memory")
		}
		return nil
	}), engine.Cron("@daily"))
	h := ui.Handler(e, "/p")
	ok := func(code int, a map[string]any) map[string]any {
		t.Helper()
		require.Equal(t, http.StatusOK, code, a)
		return a
	}
	a := ok(ask(t, h, "dags", nil))
	assert.Equal(t, "nightly", at(t, a, "list", 0, "name"))
	assert.Equal(t, "cron @daily in UTC", at(t, a, "list", 0, "schedule"))
	a = ok(ask(t, h, "dag", url.Values{"dag": {"nightly"}}))
	assert.Equal(t, map[string]any{"name": "folds", "type": "int", "default": "3"}, at(t, a, "params", 0))
	assert.Equal(t, map[string]any{"id": "report", "kind": "task", "rule": "AllSuccess", "returns": "struct {}", "inputs": []any{"score", "train"}, "upstream": []any{"score", "train"}}, at(t, a, "tasks", 4))

	id, _ := ok(order(t, h, "trigger", `{"dag": "nightly", "params": {"folds": "5"}}`))["run"].(string)
	_, err := e.Wait(t.Context(), id)
	require.Error(t, err)
	run := url.Values{"run": {id}}
	a = ok(ask(t, h, "run", run))
	assert.Equal(t, "failed", at(t, a, "run", "state"))
	assert.Equal(t, "5", at(t, a, "params", "folds"))
	assert.Equal(t, "3333x21", at(t, a, "tasks", 0, "size"))
	assert.Equal(t, "no memory", at(t, a, "tasks", 3, "error"))
	a = ok(ask(t, h, "task", url.Values{"run": {id}, "task": {"score"}}))
	assert.Equal(t, "[1 2]", at(t, a, "output", "text"))
	assert.Equal(t, "parts", at(t, a, "inputs", 0, "task"))
	assert.InDelta(t, 1, at(t, a, "attempts", 1, "element"), 0)
	a = ok(ask(t, h, "logs", url.Values{"run": {id}, "task": {"load"}}))
	assert.Contains(t, at(t, a, "attempts", 0, "log"), "msg=loaded")

	broken = false
	a = ok(order(t, h, "clear", fmt.Sprintf(`{"run": %q, "tasks": ["train"], "downstream": true, "dryRun": true}`, id)))
	assert.Equal(t, []any{"train", "report"}, a["tasks"])
	a = ok(order(t, h, "retry", fmt.Sprintf(`{"run": %q}`, id)))
	assert.Equal(t, []any{"train", "report"}, a["tasks"])
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	assert.Len(t, ok(order(t, h, "clear", fmt.Sprintf(`{"run": %q}`, id)))["tasks"], 7)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	ok(order(t, h, "mark", fmt.Sprintf(`{"run": %q, "task": "report", "state": "skipped"}`, id)))

	ok(order(t, h, "pause", `{"dag": "nightly"}`))
	assert.Equal(t, true, at(t, ok(ask(t, h, "dags", nil)), "list", 0, "paused"))
	ok(order(t, h, "unpause", `{"dag": "nightly"}`))
	assert.Equal(t, false, at(t, ok(ask(t, h, "dags", nil)), "list", 0, "paused"))

	a = ok(order(t, h, "backfill", `{"dag": "nightly", "from": "2015-01-01", "to": "2015-01-02", "dryRun": true}`))
	assert.Len(t, a["steps"], 2)
	assert.Nil(t, a["backfill"])
	a = ok(order(t, h, "backfill", `{"dag": "nightly", "from": "2015-01-01", "to": "2015-01-02"}`))
	backfill := at(t, a, "backfill", "id")
	all, err := e.Backfills("nightly")
	require.NoError(t, err)
	require.NoError(t, all[0].Wait(t.Context()))
	a = ok(ask(t, h, "backfills", url.Values{"dag": {"nightly"}}))
	assert.Equal(t, backfill, at(t, a, "list", 0, "id"))
	assert.Equal(t, true, at(t, a, "list", 0, "done"))
	ok(order(t, h, "stop", fmt.Sprintf(`{"dag": "nightly", "backfill": %q}`, backfill)))
	a = ok(ask(t, h, "runs", url.Values{"dag": {"nightly"}, "limit": {"2"}, "offset": {"1"}}))
	assert.InDelta(t, 3, a["total"], 0)
	assert.Equal(t, "2015-01-01T00:00:00Z", at(t, a, "runs", 0, "logicalTime"))
	assert.Equal(t, id, at(t, a, "runs", 1, "id"))
}

func TestAPIRefuses(t *testing.T) {
	e := open(t, nightly(fine))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "/p")
	for _, c := range []struct {
		name, call, body string // a body makes it an order
		status           int
		want             string
	}{
		{"UnknownOperation", "everything", "", 404, "openapi.json describes them"},
		{"OrderAsked", "trigger?dag=nightly", "", 405, "trigger is a POST"},
		{"AskOrdered", "dags", "{}", 405, "dags is a GET"},
		{"UnknownField", "runs?dga=nightly", "", 400, `"dga" is unknown`},
		{"NoNumber", "runs?dag=nightly&limit=many", "", 400, `limit is "many", want a whole number`},
		{"Limit", "runs?dag=nightly&limit=5000", "", 400, "want 1 to 1000"},
		{"UnknownDAG", "dag?dag=x", "", 404, `no DAG "x" is registered`},
		{"UnknownRun", "run?run=nightly/x", "", 404, "there is no such run"},
		{"UnknownTask", "logs?task=x&run=" + url.QueryEscape(id), "", 404, `it has no task "x"`},
		{"UnknownKey", "trigger", `{"dag": "nightly", "parms": {}}`, 400, `unknown field "parms"`},
		{"NoJSON", "trigger", `dag=nightly`, 400, "the body"},
		{"TwoValues", "pause", `{"dag": "nightly"}{}`, 400, "more than one value"},
		{"WrongType", "backfill", `{"dag": "nightly", "from": 2015}`, 400, "the body"},
		{"WrongParam", "trigger", `{"dag": "nightly", "params": {"folds": "x"}}`, 400, "is not a int"},
		{"Ended", "cancel", fmt.Sprintf(`{"run": %q}`, id), 409, "it has ended"},
		{"NotThere", "stop", `{"dag": "nightly", "backfill": "x"}`, 404, "no such backfill"},
		{"Large", "trigger", `{"dag": "` + strings.Repeat("x", 70<<10) + `"}`, 413, "larger than 65536 bytes"},
		{"Dates", "backfill", `{"dag": "nightly", "from": "soon"}`, 400, "is not a date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			method := http.MethodGet
			if c.body != "" {
				method = http.MethodPost
			}
			r := httptest.NewRequest(method, "/p/api/v1/"+c.call, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			code, a := answer(t, h, r)
			assert.Equal(t, c.status, code, a)
			assert.Contains(t, a["error"], c.want)
		})
	}
	t.Run("AsAForm", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/p/api/v1/trigger", strings.NewReader(`{"dag": "nightly"}`))
		r.Header.Set("Content-Type", "text/plain") // which a page of another site may send
		code, a := answer(t, h, r)
		assert.Equal(t, http.StatusUnsupportedMediaType, code, a)
	})
	t.Run("OfAnotherSite", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/p/api/v1/trigger", strings.NewReader(`{"dag": "nightly"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		code, a := answer(t, h, r)
		assert.Equal(t, http.StatusForbidden, code, a)
	})
	t.Run("ReadOnly", func(t *testing.T) {
		code, a := order(t, ui.Handler(e, "/p", ui.ReadOnly()), "trigger", `{"dag": "nightly"}`)
		assert.Equal(t, http.StatusForbidden, code, a)
	})
	_, total, err := e.Recent("nightly", 0, 0)
	require.NoError(t, err)
	assert.Equal(t, 1, total)
}

// The document describes what the API takes and gives: each operation, asked by what it says, answers with what it
// says, and the commands of the command line that an engine carries out are all there.
func TestOpenAPI(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	id := ran(t, e, "nightly")
	h := ui.Handler(e, "/p")
	code, doc := ask(t, h, "openapi.json", nil)
	require.Equal(t, http.StatusOK, code)
	assert.Equal(t, "3.1.0", doc["openapi"])
	schemas := at(t, doc, "components", "schemas")
	_, plan := order(t, h, "backfill", `{"dag": "nightly", "from": "2015-01-01"}`)
	given := url.Values{"dag": {"nightly"}, "run": {id}, "task": {"load"}, "backfill": {fmt.Sprint(at(t, plan, "backfill", "id"))}}
	var names []string
	paths, _ := doc["paths"].(map[string]any)
	for path, methods := range paths {
		name := strings.TrimPrefix(path, "/")
		names = append(names, name)
		call := at(t, methods, "get")
		if call == nil {
			body := at(t, methods, "post", "requestBody", "content", "application/json", "schema", "$ref")
			assert.NotNil(t, resolve(schemas, body), name)
			continue
		}
		query := url.Values{}
		params, _ := at(t, call, "parameters").([]any)
		for _, p := range params {
			if at(t, p, "required") == true {
				field := fmt.Sprint(at(t, p, "name"))
				require.NotEmpty(t, given[field], "%s needs %s", name, field)
				query[field] = given[field]
			}
		}
		code, a := ask(t, h, name, query)
		require.Equal(t, http.StatusOK, code, a)
		var v any = a
		if list, isList := a["list"]; isList {
			v = list
		}
		conforms(t, schemas, at(t, call, "responses", "200", "content", "application/json", "schema"), v, name)
	}
	sort.Strings(names)
	assert.Equal(t, []string{
		"audit", "backfill", "backfills", "cancel", "clear", "dag", "dags", "logs", "mark", "pause", "retry", "run", "runs", "stop", "task", "trigger", "unpause", "wait", "watch",
	}, names)
}

func resolve(schemas, ref any) any {
	m, _ := schemas.(map[string]any)
	return m[strings.TrimPrefix(fmt.Sprint(ref), "#/components/schemas/")]
}

// conforms fails where a value is not as its schema says.
func conforms(t *testing.T, schemas, schema, v any, where string) {
	t.Helper()
	s, _ := schema.(map[string]any)
	if ref := s["$ref"]; ref != nil {
		s, _ = resolve(schemas, ref).(map[string]any)
		require.NotNil(t, s, ref)
	}
	switch s["type"] {
	case "string":
		assert.IsType(t, "", v, where)
	case "boolean":
		assert.IsType(t, true, v, where)
	case "integer":
		assert.IsType(t, 1.0, v, where)
	case "array":
		list, ok := v.([]any)
		require.True(t, ok, "%s is %v", where, v)
		for _, e := range list {
			conforms(t, schemas, s["items"], e, where+"[]")
		}
	case "object":
		m, ok := v.(map[string]any)
		require.True(t, ok, "%s is %v", where, v)
		required, _ := s["required"].([]any)
		for _, r := range required {
			assert.Contains(t, m, r, where)
		}
		properties, _ := s["properties"].(map[string]any)
		for key, e := range m {
			if more, isSchema := s["additionalProperties"].(map[string]any); isSchema {
				conforms(t, schemas, more, e, where+"."+key)
				continue
			}
			require.Contains(t, properties, key, where)
			conforms(t, schemas, properties[key], e, where+"."+key)
		}
	default:
		require.Fail(t, "no type", "%s: %v", where, s)
	}
}

// A name of whatever characters comes through as it is.
func TestAPIKeepsTexts(t *testing.T) {
	name := "a/b?c&d=<e> \"f\" ü"
	d := dag.New(name)
	dag.Do(d, name, func(context.Context) error { return errors.New("\x1b[31m" + name) })
	e := open(t, d)
	id := ran(t, e, name)
	h := ui.Handler(e, "/p")
	_, a := ask(t, h, "run", url.Values{"run": {id}})
	assert.Equal(t, name, at(t, a, "tasks", 0, "id"))
	assert.Equal(t, "\x1b[31m"+name, at(t, a, "tasks", 0, "error"))
}
