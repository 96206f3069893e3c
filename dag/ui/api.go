package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock/penstock/dag/api"
)

// apiRoot is where the API is below the prefix, for programs: the verbs of the command line, as JSON.
const apiRoot = api.Root

// operation is one of its operations. What it takes and gives is described by its types, from which the
// document openapi.json is made too, so that it cannot say anything else than what is done.
type operation struct {
	method, name, about string
	in, out             reflect.Type
	do                  func(q *request, in any) (any, error)
}

// ask makes an operation that changes nothing: what it takes stands in the query.
func ask[In, Out any](name, about string, do func(*request, *In) (Out, error)) operation {
	return newOperation(http.MethodGet, name, about, do)
}

// order makes an operation that changes something: what it takes is a JSON object.
func order[In, Out any](name, about string, do func(*request, *In) (Out, error)) operation {
	return newOperation(http.MethodPost, name, about, do)
}

func newOperation[In, Out any](method, name, about string, do func(*request, *In) (Out, error)) operation {
	return operation{method, name, about, reflect.TypeFor[In](), reflect.TypeFor[Out](), func(q *request, in any) (any, error) { return do(q, in.(*In)) }}
}

// operations are all of them.
var operations = []operation{
	ask("dags", "All DAGs with how their schedules stand.", (*request).apiDAGs),
	ask("dag", "A DAG with its parameters and tasks.", (*request).apiDAG),
	ask("runs", "The runs of a DAG, the newest first.", (*request).apiRuns),
	ask("run", "How a run and its tasks stand.", (*request).apiRun),
	ask("task", "A task of a run, with what it was given and has returned, and its attempts without their logs.", (*request).apiTask),
	ask("wait", "How a run has ended; waits a while if it has not.", (*request).apiWait),
	ask("logs", "The log of each attempt of a task.", (*request).apiLogs),
	ask("backfills", "The backfills of a DAG, the newest first.", (*request).apiBackfills),
	ask("watch", "How a backfill stands; waits a while if it has not ended.", (*request).apiWatch),
	ask("audit", "Who asked for what, the newest first.", (*request).apiAudit),
	order("trigger", "Start a run.", (*request).apiTrigger),
	order("backfill", "Run a DAG for a stretch of time.", (*request).apiBackfill),
	order("stop", "Let a backfill start no further run.", (*request).apiStop),
	order("clear", "Forget how tasks went and run them again.", (*request).apiClear),
	order("retry", "Run what has failed again.", (*request).apiRetry),
	order("cancel", "End a run.", (*request).apiCancel),
	order("mark", "Give a task a state by hand.", (*request).apiMark),
	order("pause", "Stop the schedule of a DAG.", (*request).apiPause),
	order("unpause", "Let the schedule of a DAG go on.", (*request).apiUnpause),
}

// api serves an operation, or the document about them. The request may have been refused already.
func (s *site) api(w http.ResponseWriter, q *request, name string, err error) {
	if name == "openapi.json" && q.Method == http.MethodGet {
		sendJSON(w, http.StatusOK, openAPI())
		return
	}
	var out any
	if err == nil {
		out, err = s.operate(q, name)
	}
	if err != nil {
		sendError(w, s.engine.Mask, err)
		return
	}
	sendJSON(w, http.StatusOK, out)
}

// unknown is an error for a name that this version does not have, of an operation or of a field.
type unknown struct {
	name string
	error
}

// Unwrap returns what a client is told.
func (u *unknown) Unwrap() error { return u.error }

func sendError(w http.ResponseWriter, mask func(string) string, err error) {
	e := &pageError{http.StatusInternalServerError, err.Error()}
	_ = errors.As(err, &e)
	a := &api.Error{Text: mask(e.text)}
	if u := (*unknown)(nil); errors.As(err, &u) {
		a.Unknown = u.name
	}
	sendJSON(w, e.status, a)
}

func (s *site) operate(q *request, name string) (any, error) {
	i := slices.IndexFunc(operations, func(o operation) bool { return o.name == name })
	if i < 0 {
		return nil, &unknown{name, &pageError{http.StatusNotFound, fmt.Sprintf("there is no operation %q; %sopenapi.json describes them", name, apiRoot)}}
	}
	o := operations[i]
	if q.Method != o.method {
		return nil, &pageError{http.StatusMethodNotAllowed, fmt.Sprintf("%s is a %s", o.name, o.method)}
	}
	in := reflect.New(o.in)
	if o.method == http.MethodGet {
		if err := readQuery(q, in.Elem()); err != nil {
			return nil, err
		}
		return o.do(q, in.Interface())
	}
	if s.readOnly {
		return nil, &pageError{http.StatusForbidden, "this API is read-only"}
	}
	if err := readBody(q, in.Interface()); err != nil {
		return nil, err
	}
	defer s.shared.drop()
	return o.do(q, in.Interface())
}

// readQuery fills a struct from the query. A name that it does not have is an error: misspelt, it would
// be an answer to another question.
func readQuery(q *request, in reflect.Value) error {
	fields := map[string]reflect.Value{}
	for i := range in.NumField() {
		fields[jsonName(in.Type().Field(i))] = in.Field(i)
	}
	for name, values := range q.form {
		f, known := fields[name]
		if !known {
			return &unknown{name, bad("%q is unknown", name)}
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString(values[0])
		case reflect.Bool:
			b, err := strconv.ParseBool(values[0])
			if err != nil {
				return bad("%s is %q, want true or false", name, values[0])
			}
			f.SetBool(b)
		case reflect.Int:
			n, err := strconv.Atoi(values[0])
			if err != nil {
				return bad("%s is %q, want a whole number", name, values[0])
			}
			f.SetInt(int64(n))
		default:
			panic(fmt.Sprintf("field %s of %v cannot stand in a query", name, in.Type()))
		}
	}
	return nil
}

func readBody(q *request, in any) error {
	if kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type")); kind != "application/json" {
		return &pageError{http.StatusUnsupportedMediaType, fmt.Sprintf("the body is %q, want application/json", kind)}
	}
	data, err := io.ReadAll(q.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &pageError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", large.Limit)}
	case err != nil:
		return bad("the body cannot be read: %v", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return &unknown{strings.Trim(name, `"`), bad("the body: %v", err)}
		}
		return bad("the body: %v", err)
	}
	if d.More() {
		return bad("the body: there is more than one value")
	}
	return nil
}

func sendJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n')) // a client that is gone
}

// jsonName is what a field is called in JSON.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
