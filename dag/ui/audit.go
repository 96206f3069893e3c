package ui

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/engine"
)

const (
	auditSize     = 100  // entries on a page
	auditMost     = 1000 // of an answer of the API
	auditUsual    = 100
	maxAuditPages = 1 << 10
)

// auditBody is the page of who asked for what.
type auditBody struct {
	DAG     string // whose orders are shown, "" for all
	Entries []auditLine
	Pager   pager
}

// auditLine is an entry.
type auditLine struct {
	engine.AuditEntry
	About string // parameters, dates, tasks
	Link  string // to what it was about, "" if there is no such page
}

// audit shows who asked for what, of one DAG or of all.
func (q *request) audit() (*page, error) {
	b := &auditBody{DAG: q.get("dag")}
	n := min(q.number("page", 0), maxAuditPages)
	entries, more, err := q.engine.Audit(q.Context(), b.DAG, n*auditSize, auditSize)
	if err != nil {
		return nil, err
	}
	for _, a := range entries {
		b.Entries = append(b.Entries, newAuditLine(a))
	}
	b.Pager = pager{From: n*auditSize + 1, To: n*auditSize + len(entries)}
	if n > 0 {
		b.Pager.Prev = q.again("audit", "page", strconv.Itoa(n-1))
	}
	if more && n < maxAuditPages {
		b.Pager.Next = q.again("audit", "page", strconv.Itoa(n+1))
	}
	if d, err := q.engine.DAG(b.DAG); err == nil {
		return q.dagPage(d, "audit", "Audit", "", b)
	}
	return &page{Title: "Audit", Live: "events", Template: "audit", Body: b}, nil // also of a DAG that was removed
}

func newAuditLine(a engine.AuditEntry) auditLine {
	l := auditLine{AuditEntry: a}
	var about []string
	if a.Detail != "" {
		about = append(about, a.Detail)
	}
	switch {
	case len(a.Tasks) > 0:
		about = append(about, strings.Join(a.Tasks, ", "))
		if more := a.N - len(a.Tasks); more > 0 {
			about = append(about, fmt.Sprintf("and %s more", number(more)))
		}
	case a.N > 0:
		about = append(about, number(a.N)+" runs")
	}
	for _, name := range slices.Sorted(maps.Keys(a.Params)) {
		about = append(about, name+"="+a.Params[name])
	}
	l.About = strings.Join(about, "; ")
	switch {
	case a.Run == "" || a.Refused != "":
	case a.Verb == "backfill" || a.Verb == "stop":
		l.Link = link("runs", "dag", a.DAG, "of", a.Run)
	default:
		l.Link = link("run", "dag", a.DAG, "run", a.Run)
	}
	return l
}

func (q *request) apiAudit(in *api.AuditQuery) (a api.Audit, err error) {
	switch {
	case in.Limit < 0 || in.Limit > auditMost:
		return a, bad("limit is %d, want 1 to %d", in.Limit, auditMost)
	case in.Offset < 0 || in.Offset > auditMost*auditMost:
		return a, bad("offset is %d, want 0 to %d", in.Offset, auditMost*auditMost)
	case in.Limit == 0:
		in.Limit = auditUsual
	}
	entries, more, err := q.engine.Audit(q.Context(), in.DAG, in.Offset, in.Limit)
	if err != nil {
		return a, err
	}
	a = api.Audit{Entries: []api.AuditEntry{}, More: more}
	for _, e := range entries {
		a.Entries = append(a.Entries, api.AuditEntry{
			At: e.At.UTC(), Actor: e.Actor, Origin: string(e.Origin), Verb: e.Verb, DAG: e.DAG, Run: e.Run,
			Tasks: e.Tasks, N: e.N, Params: e.Params, Detail: e.Detail, Refused: e.Refused,
		})
	}
	return a, nil
}
