package ui_test

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// hello returns an engine that knows a DAG.
func hello() *engine.Engine {
	d := dag.New("hello", dag.Owner("examples"), dag.Doc("Says hello."))
	dag.Do(d, "say", func(context.Context) error { return nil })
	e, err := engine.Open(context.Background(), engine.Config{Store: engine.NewMemory()})
	if err == nil {
		err = e.Register(context.Background(), d)
	}
	if err != nil {
		log.Fatal(err)
	}
	return e
}

// The pages are a handler among others.
func Example() {
	e := hello()
	defer e.Close(context.Background())
	mux := http.NewServeMux()
	mux.Handle("/dag/", ui.Handler(e, "/dag"))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/dag/graph?dag=hello", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "Says hello."))
	// Output: 200 true
}

// Who may see the pages is up to the program around them: here, whoever knows a name and a password. The audit
// trail is told who it was.
func Example_basicAuth() {
	e := hello()
	defer e.Close(context.Background())
	pages := ui.Handler(e, "/dag")
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		right := subtle.ConstantTimeCompare([]byte(name+":"+password), []byte("ops:correct horse"))
		if right != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="dag"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		pages.ServeHTTP(w, r.WithContext(engine.WithActor(r.Context(), name)))
	})

	for _, password := range []string{"", "correct horse"} {
		r := httptest.NewRequest(http.MethodPost, "/dag/pause", strings.NewReader("dag=hello"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("ops", password)
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	trail, _, err := e.Audit(context.Background(), "hello", 0, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range trail {
		fmt.Println(a.Actor, "asked for", a.Verb, "of", a.DAG, "by a", a.Origin)
	}
	// Output:
	// 401
	// 303
	// ops asked for pause of hello by a page
}
