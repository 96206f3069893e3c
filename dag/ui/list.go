package ui

import (
	"net/url"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

const (
	listSize = 50 // DAGs on a page
	lastRuns = 20 // whose states the list shows
)

// listBody is the page of all DAGs.
type listBody struct {
	Query string
	Tag   string
	DAGs  []listed
	Pager pager
	Known int // DAGs, whatever is searched for
}

// listed is a line of it.
type listed struct {
	Name, Owner, Description string
	Tags                     []string
	Tasks, Runs              int
	Schedule                 engine.ScheduleInfo
	Last                     []engine.RunRecord // the oldest first
	Counts                   []count            // of those, by state
}

// list shows all DAGs, or those that are searched for.
func (q *request) list() (*page, error) {
	names := q.engine.DAGs()
	b := &listBody{Query: q.get("q"), Tag: q.get("tag"), Known: len(names)}
	var found []*dag.DAG
	for _, name := range names {
		d, err := q.engine.DAG(name)
		if err == nil && matches(d, b.Query, b.Tag) { // else it was removed just now
			found = append(found, d)
		}
	}
	from, to, p := q.paged("", "page", len(found), listSize)
	b.Pager = p
	for _, d := range found[from:to] {
		l, err := q.listed(d)
		if err != nil {
			continue
		}
		b.DAGs = append(b.DAGs, l)
	}
	return &page{Title: "DAGs", Live: "events", Template: "list", Body: b}, nil
}

// matches tells whether a DAG has a text in what is said of it, whatever the case, and a tag.
func matches(d *dag.DAG, text, tag string) bool {
	if tag != "" && !slices.Contains(d.Tags(), tag) {
		return false
	}
	all := strings.Join(append(d.Tags(), d.Name(), d.Owner(), d.Description()), "\n")
	return strings.Contains(strings.ToLower(all), strings.ToLower(text))
}

func (q *request) listed(d *dag.DAG) (l listed, err error) {
	l = listed{Name: d.Name(), Owner: d.Owner(), Description: firstLine(d.Description()), Tags: d.Tags(), Tasks: len(d.Graph().Nodes)}
	if l.Schedule, err = q.engine.Schedule(d.Name()); err != nil {
		return l, err
	}
	if l.Last, l.Runs, err = q.engine.Recent(d.Name(), 0, lastRuns); err != nil {
		return l, err
	}
	slices.Reverse(l.Last)
	var t tally
	for _, r := range l.Last {
		t[place(r.State)]++
	}
	l.Counts = t.counts()
	return l, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// dagOf returns the name of the DAG that a run is of.
func dagOf(run string) string {
	escaped, _, _ := strings.Cut(run, "/")
	name, err := url.PathUnescape(escaped)
	if err != nil {
		return ""
	}
	return name
}
