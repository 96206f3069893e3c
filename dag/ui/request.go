package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// Limits on what a client sends. More is refused.
const (
	maxQuery = 32 << 10 // bytes of a query
	maxBody  = 64 << 10 // bytes of a form
	maxField = 16 << 10 // bytes of a field
)

// request is what a client asks for.
type request struct {
	*site
	*http.Request
	form url.Values // of the query, or of a form that was sent
}

// pageError is an error with the status that a browser is told.
type pageError struct {
	status int
	text   string
}

func (e *pageError) Error() string { return e.text }

// formError is an error of a form, with the page that shows the form again as it was filled in.
type formError struct {
	error
	page *page
}

func bad(format string, args ...any) error {
	return &pageError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// orConflict makes what the engine refuses a page of its own.
func orConflict(err error) error {
	var known *pageError
	if errors.As(err, &known) {
		return err
	}
	return &pageError{http.StatusConflict, err.Error()}
}

func orNotFound(err error) error {
	if err == nil {
		return nil
	}
	return &pageError{http.StatusNotFound, err.Error()}
}

// read reads the query or, of a POST, the form, whose sender must be a page of ours.
func (s *site) read(w http.ResponseWriter, r *http.Request) (*request, error) {
	q := &request{site: s, Request: r}
	if len(r.URL.RawQuery) > maxQuery {
		return q, &pageError{http.StatusRequestURITooLong, fmt.Sprintf("The query has %d bytes; at most %d are allowed.", len(r.URL.RawQuery), maxQuery)}
	}
	if err := s.cross.Check(r); err != nil {
		return q, &pageError{http.StatusForbidden, "This was not sent by a page of this site: " + err.Error() + "."}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return q, &pageError{http.StatusRequestEntityTooLarge, fmt.Sprintf("The form is larger than %d bytes.", large.Limit)}
	case err != nil:
		return q, bad("The form cannot be read: %v.", err)
	}
	q.form = r.Form
	if r.Method == http.MethodPost {
		q.form = r.PostForm
	}
	return q, q.check()
}

// check refuses fields that can mean nothing here.
func (q *request) check() error {
	for name, values := range q.form {
		for _, v := range append([]string{name}, values...) {
			if len(v) > maxField {
				return bad("A field has %d bytes; at most %d are allowed.", len(v), maxField)
			}
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return bad("A field is not text: %q.", v)
			}
		}
	}
	return nil
}

func (q *request) get(name string) string { return q.form.Get(name) }

// number reads a field that is a whole number from least on; without it or with something else it is that.
func (q *request) number(name string, least int) int {
	n, err := strconv.Atoi(q.get(name))
	if err != nil || n < least || n > 1<<30 {
		return least
	}
	return n
}

// dag returns the DAG that is asked for.
func (q *request) dag() (*dag.DAG, error) {
	if q.get("dag") == "" {
		return nil, bad("No DAG is named.")
	}
	d, err := q.engine.DAG(q.get("dag"))
	return d, orNotFound(err)
}

// outline returns the run that is asked for or, if none is, the newest; nil if there is none.
func (q *request) outline(d *dag.DAG) (*engine.RunStatus, error) {
	return q.outlineBy(d, q.engine.Outline)
}

// outlineBy is outline by another method of the engine.
func (q *request) outlineBy(d *dag.DAG, read func(context.Context, string) (*engine.RunStatus, error)) (*engine.RunStatus, error) {
	id := q.get("run")
	if id == "" {
		recent, _, err := q.engine.Recent(d.Name(), 0, 1)
		if err != nil || len(recent) == 0 {
			return nil, orNotFound(err)
		}
		if recent[0].Pruned {
			return nil, nil
		}
		id = recent[0].ID
	}
	s, err := read(q.Context(), id)
	if err == nil && s.DAG != d.Name() {
		err = fmt.Errorf("run %q is one of DAG %q", id, s.DAG)
	}
	return s, orNotFound(err)
}

// link returns the address of a page beside this one: names and values in turn, those without a value
// left out.
func link(page string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Add(pairs[i], pairs[i+1])
		}
	}
	if page == "" {
		page = "./"
	}
	if len(v) == 0 {
		return page
	}
	return page + "?" + v.Encode()
}

// again returns the address of this page with some fields changed.
func (q *request) again(page string, pairs ...string) string {
	all := make([]string, 0, 2*len(q.form)+len(pairs))
	changed := map[string]bool{}
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = true
	}
	for name, values := range q.form {
		if !changed[name] {
			for _, v := range values {
				all = append(all, name, v)
			}
		}
	}
	return link(page, append(all, pairs...)...)
}

// pager says which part of a list a page shows.
type pager struct {
	From, To, Total int // of the entries, counted from 1
	Prev, Next      string
}

// paged returns the bounds of the part that is asked for by a field, and its pager.
func (q *request) paged(page, field string, total, size int) (from, to int, p pager) {
	last := max(0, (total-1)/size)
	n := min(q.number(field, 0), last)
	from, to = n*size, min(total, (n+1)*size)
	p = pager{From: min(from+1, total), To: to, Total: total}
	if n > 0 {
		p.Prev = q.again(page, field, strconv.Itoa(n-1))
	}
	if n < last {
		p.Next = q.again(page, field, strconv.Itoa(n+1))
	}
	return from, to, p
}
