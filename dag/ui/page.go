package ui

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

//go:embed assets templates
var files embed.FS

// page is what a template of a page is given.
type page struct {
	Site     string
	Title    string
	ReadOnly bool
	Live     string // the address of its events, "" if it does not change
	Head     *head  // of pages about a DAG
	Template string
	Body     any
}

// head is what all pages about a DAG show of it.
type head struct {
	Name, Owner, Description string
	Tags                     []string
	Tab                      string
	Tabs                     []tab
	Run                      string // that is looked at, "" if none is
	Schedule                 engine.ScheduleInfo
}

type tab struct{ Name, Text, Link string }

var templates = parse()

// parse reads the templates, each with the layout around it.
func parse() map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(functions).ParseFS(files, "templates/layout.html", "templates/parts.html"))
	all := map[string]*template.Template{}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		all[strings.TrimSuffix(path.Base(name), ".html")] = template.Must(template.Must(layout.Clone()).ParseFS(files, name))
	}
	return all
}

// dagPage returns a page about a DAG, which is followed for as long as it is looked at.
func (q *request) dagPage(d *dag.DAG, name, title, run string, body any) (*page, error) {
	info, err := q.engine.Schedule(d.Name())
	if err != nil {
		return nil, orNotFound(err)
	}
	h := &head{
		Name: d.Name(), Owner: d.Owner(), Description: d.Description(), Tags: d.Tags(), Tab: name, Run: run, Schedule: info,
	}
	for _, t := range [][2]string{
		{"graph", "Graph"}, {"grid", "Grid"}, {"runs", "Runs"}, {"gantt", "Gantt"}, {"duration", "Duration"}, {"landing", "Landing times"},
		{"calendar", "Calendar"}, {"backfills", "Backfills"}, {"code", "Code"}, {"audit", "Audit"},
	} {
		keep := ""
		if t[0] == "graph" || t[0] == "gantt" {
			keep = run
		}
		h.Tabs = append(h.Tabs, tab{t[0], t[1], link(t[0], "dag", d.Name(), "run", keep)})
	}
	if name == "run" || name == "task" || name == "clear" {
		h.Tab = "runs"
	}
	return &page{Title: title + " · " + d.Name(), Live: link("events", "dag", d.Name()), Head: h, Template: name, Body: body}, nil
}

// show makes a page and sends it. It is made as a whole first, so that a fault in it is a page of its
// own. Browsers that follow the same thing, and were all told that it has changed, share a page.
func (s *site) show(w http.ResponseWriter, q *request, name string, view func(*request) (*page, error)) {
	draw := func() ([]byte, error) {
		p, err := view(q)
		if err != nil {
			return nil, err
		}
		return s.render(p)
	}
	if q.Header.Get("X-Update") != "" {
		q.Request = q.WithContext(context.WithoutCancel(q.Context())) // others may wait for the page too
		alone := draw
		draw = func() ([]byte, error) { return s.shared.get(name+"?"+q.URL.RawQuery, alone) }
	}
	html, err := draw()
	if err != nil {
		s.fail(w, q.Request, err)
		return
	}
	send(w, http.StatusOK, html)
}

func (s *site) render(p *page) ([]byte, error) {
	p.Site, p.ReadOnly = s.title, s.readOnly
	var b bytes.Buffer
	if err := templates[p.Template].ExecuteTemplate(&b, "layout.html", p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func send(w http.ResponseWriter, status int, html []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(len(html)))
	w.WriteHeader(status)
	_, _ = w.Write(html) // a client that is gone
}

// fail sends an error as a page.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody reads it
	}
	e := &pageError{http.StatusInternalServerError, err.Error()}
	_ = errors.As(err, &e)
	text := s.engine.Mask(e.text)
	html, err := s.render(&page{Title: http.StatusText(e.status), Template: "error", Body: text})
	if err != nil {
		http.Error(w, text, e.status)
		return
	}
	send(w, e.status, html)
}

// secure sets what keeps a page from doing anything but show what it was sent with.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

var kindsOfAssets = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// serveAsset sends a file of ours. Its address has its checksum, so a browser need not ask again.
func serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	data, err := files.ReadFile("assets/" + name)
	kind := kindsOfAssets[path.Ext(name)]
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(data) // a client that is gone
}

// asset returns the address of a file of ours.
func asset(name string) (string, error) {
	data, err := files.ReadFile("assets/" + name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return link("assets/"+name, "v", hex.EncodeToString(sum[:6])), nil
}
