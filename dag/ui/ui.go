package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/penstock/penstock/dag/engine"
)

// Option is an option of Handler. The options are those of this package.
type Option func(*site)

// ReadOnly refuses everything that would change something, and shows no buttons for it.
func ReadOnly() Option { return func(s *site) { s.readOnly = true } }

// Title is what pages are titled with, "penstock" without it: the name of an installation, say.
func Title(text string) Option { return func(s *site) { s.title = text } }

// ParamUsage says what parameters mean, by their names, in the forms that ask for them. As with package
// flag, a word in back quotes may stand for the value. Given twice, what is said last of a parameter counts.
func ParamUsage(usage map[string]string) Option { return func(s *site) { maps.Copy(s.usage, usage) } }

// Source gives the code of a DAG for its page Code: all files in it that are text, in the order of their
// names. An embed.FS of the files beside the program is what it is meant for. Given twice for a DAG, both
// are shown.
func Source(dag string, files fs.FS) Option {
	return func(s *site) { s.sources[dag] = append(s.sources[dag], files) }
}

// TrustOrigin lets pages at another origin, "https://example.com", change things: the address that
// browsers know, where a proxy passes on another Host. It panics if it is no origin.
func TrustOrigin(origin string) Option {
	return func(s *site) {
		if err := s.cross.AddTrustedOrigin(origin); err != nil {
			panic(fmt.Sprintf("ui: TrustOrigin: %v", err))
		}
	}
}

// Handler returns the pages of an engine below a prefix, "" or such as "/dag". It does not strip the
// prefix of other handlers, and needs no slash at its end. It starts no goroutine but while a browser
// follows, so it needs no closing; it is to be given up before the engine is closed.
func Handler(e *engine.Engine, prefix string, opts ...Option) http.Handler {
	s := &site{
		engine: e, title: "penstock", sources: map[string][]fs.FS{}, usage: map[string]string{}, outlines: newOutlines(e), hub: &hub{engine: e},
		prefix: strings.TrimSuffix(prefix, "/"), cross: http.NewCrossOriginProtection(), shared: newShared(),
	}
	if s.prefix != "" && !strings.HasPrefix(s.prefix, "/") {
		s.prefix = "/" + s.prefix
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

// site is what all pages share.
type site struct {
	engine   *engine.Engine
	prefix   string
	title    string
	readOnly bool
	sources  map[string][]fs.FS // by name of the DAG
	usage    map[string]string  // by name of the parameter
	cross    *http.CrossOriginProtection
	outlines *outlines
	shared   *shared
	hub      *hub
	waiting  atomic.Int32 // requests of the API that wait for the end of something
}

// pages are what is shown, by the path below the prefix.
var pages = map[string]func(*request) (*page, error){
	"": (*request).list, "graph": (*request).graph, "grid": (*request).grid, "gantt": (*request).gantt,
	"duration": (*request).duration, "landing": (*request).landing, "calendar": (*request).calendar, "code": (*request).code,
	"runs": (*request).runs, "run": (*request).run, "task": (*request).task, "trigger": (*request).triggerForm,
	"clear": (*request).clearForm, "backfills": (*request).backfills, "audit": (*request).audit,
}

// verbs are what changes something. They return where to go on.
var verbs = map[string]func(*request) (next string, err error){
	"trigger": (*request).trigger, "pause": (*request).pause, "unpause": (*request).pause, "cancel": (*request).cancel,
	"clear": (*request).clear, "retry": (*request).retry, "mark": (*request).mark,
	"backfills": (*request).backfill, "stop": (*request).stopBackfill,
}

// ServeHTTP serves a page, a verb, the events or a file.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	name, below := strings.CutPrefix(r.URL.Path, s.prefix+"/")
	switch {
	case r.URL.Path == s.prefix && s.prefix != "":
		goTo(w, http.StatusMovedPermanently, s.prefix[strings.LastIndexByte(s.prefix, '/')+1:]+"/")
	case !below:
		http.NotFound(w, r)
	default:
		s.serve(w, r, name)
	}
}

func (s *site) serve(w http.ResponseWriter, r *http.Request, name string) {
	q, err := s.read(w, r)
	called, isAPI := strings.CutPrefix(name, apiRoot)
	origin := engine.FromPage
	if isAPI {
		origin = engine.FromAPI
	}
	q.Request = r.WithContext(engine.WithOrigin(r.Context(), origin))
	switch {
	case isAPI:
		s.api(w, q, called, err)
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch show, verb := pages[name], verbs[name]; {
	case reads && show != nil:
		s.show(w, q, name, show)
	case r.Method == http.MethodGet && name == "events":
		s.follow(w, q)
	case reads && name == "log":
		s.download(w, q)
	case reads && strings.HasPrefix(name, "assets/"):
		serveAsset(w, r, strings.TrimPrefix(name, "assets/"))
	case r.Method == http.MethodPost && verb != nil:
		s.do(w, q, verb)
	case show != nil || verb != nil:
		s.fail(w, r, &pageError{http.StatusMethodNotAllowed, fmt.Sprintf("%s is not possible here", r.Method)})
	default:
		s.fail(w, r, &pageError{http.StatusNotFound, fmt.Sprintf("There is no page %q.", name)})
	}
}

// do carries out a verb.
func (s *site) do(w http.ResponseWriter, q *request, verb func(*request) (string, error)) {
	if s.readOnly {
		s.fail(w, q.Request, &pageError{http.StatusForbidden, "These pages are read-only."})
		return
	}
	next, err := verb(q)
	s.shared.drop()
	var form *formError
	if errors.As(err, &form) {
		s.refill(w, q, form)
		return
	}
	if err != nil {
		s.fail(w, q.Request, orConflict(err))
		return
	}
	goTo(w, http.StatusSeeOther, next)
}

// refill shows a form again that was not filled in as it should be.
func (s *site) refill(w http.ResponseWriter, q *request, form *formError) {
	html, err := s.render(form.page)
	if err != nil {
		s.fail(w, q.Request, err)
		return
	}
	send(w, http.StatusBadRequest, html)
}

// goTo redirects to a page beside this one. http.Redirect would make the path absolute, without a
// prefix that a proxy has taken off.
func goTo(w http.ResponseWriter, status int, relative string) {
	w.Header().Set("Location", relative)
	w.WriteHeader(status)
}
