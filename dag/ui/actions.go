package ui

import (
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
)

// triggerBody is the form for a new run.
type triggerBody struct {
	Params   []field
	Declared bool   // only these may be given
	Free     string // what was typed where none are declared
	Refused  string // why a run cannot be started so, unless it is said at a field
}

// triggerForm asks for the parameters of a run.
func (q *request) triggerForm() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	return q.triggerPage(d, "")
}

func (q *request) triggerPage(d *dag.DAG, refused string) (*page, error) {
	b := &triggerBody{Params: q.fields(d), Declared: len(d.Params()) > 0, Free: q.get("params"), Refused: q.engine.Mask(refused)}
	if faulty(b.Params) {
		b.Refused = ""
	}
	p, err := q.dagPage(d, "trigger", "Trigger", "", b)
	if err == nil {
		p.Live = "" // what is typed stays
	}
	return p, err
}

// trigger starts a run.
func (q *request) trigger() (string, error) {
	d, err := q.dag()
	if err != nil {
		return "", err
	}
	params, err := q.params(d)
	if err != nil {
		p, wrong := q.triggerPage(d, err.Error())
		if wrong != nil {
			return "", wrong
		}
		return "", &formError{err, p}
	}
	id, err := q.engine.Trigger(q.Context(), d.Name(), params)
	return link("graph", "dag", d.Name(), "run", id), err
}

// pause stops the schedule of a DAG, or lets it go on.
func (q *request) pause() (string, error) {
	d, err := q.dag()
	if err != nil {
		return "", err
	}
	change := q.engine.Pause
	if strings.HasSuffix(q.URL.Path, "/unpause") {
		change = q.engine.Unpause
	}
	next := link("graph", "dag", d.Name())
	if q.get("from") == "list" {
		next = link("")
	}
	return next, change(q.Context(), d.Name())
}

// onRun returns the DAG and the id of the run that a verb is about.
func (q *request) onRun() (d *dag.DAG, run string, err error) {
	if d, err = q.dag(); err != nil {
		return nil, "", err
	}
	if run = q.get("run"); dagOf(run) != d.Name() {
		return nil, "", bad("There is no run %q of DAG %q.", run, d.Name())
	}
	return d, run, nil
}

// cancel ends a run.
func (q *request) cancel() (string, error) {
	d, run, err := q.onRun()
	if err != nil {
		return "", err
	}
	return link("run", "dag", d.Name(), "run", run), q.engine.Cancel(q.Context(), run)
}

// retry runs what has failed again.
func (q *request) retry() (string, error) {
	d, run, err := q.onRun()
	if err != nil {
		return "", err
	}
	_, err = q.engine.Retry(q.Context(), run)
	return link("run", "dag", d.Name(), "run", run), err
}

// mark gives a task a state by hand.
func (q *request) mark() (string, error) {
	d, run, err := q.onRun()
	if err != nil {
		return "", err
	}
	err = q.engine.Mark(q.Context(), run, q.get("task"), dag.State(q.get("state")))
	return link("task", "dag", d.Name(), "run", run, "task", q.get("task")), err
}

// clearBody shows what a clear would do.
type clearBody struct {
	Run        string
	Tasks      []string // that are named, none for all
	Downstream bool
	Cleared    []string // the first of them
	More       int      // that are not shown
	Refused    string   // why it cannot be
}

// maxCleared is how many tasks are listed of those that a clear is about.
const maxCleared = 500

// clearForm shows what would be cleared, and asks.
func (q *request) clearForm() (*page, error) {
	d, run, err := q.onRun()
	if err != nil {
		return nil, err
	}
	b := &clearBody{Run: run, Tasks: q.form["task"], Downstream: q.get("downstream") != ""}
	ids, err := q.engine.PlanClear(q.Context(), run, b.Downstream, q.toClear(d)...)
	if err != nil {
		b.Refused = err.Error()
	}
	b.Cleared = ids[:min(len(ids), maxCleared)]
	b.More = len(ids) - len(b.Cleared)
	p, err := q.dagPage(d, "clear", "Clear", run, b)
	if err == nil {
		p.Live = ""
	}
	return p, err
}

// toClear returns the tasks that are named, all if none is.
func (q *request) toClear(d *dag.DAG) []string {
	if ids := q.form["task"]; len(ids) > 0 {
		return ids
	}
	return slices.Clone(d.Tasks())
}

// clear forgets how tasks went and runs them again.
func (q *request) clear() (string, error) {
	d, run, err := q.onRun()
	if err != nil {
		return "", err
	}
	_, err = q.engine.Clear(q.Context(), run, q.get("downstream") != "", q.toClear(d)...)
	return link("graph", "dag", d.Name(), "run", run), err
}
