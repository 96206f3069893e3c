package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/cli"
	"github.com/penstock/penstock/dag/ui"
)

var pagesAt = regexp.MustCompile(`pages at (http://\S+/)`)

// shown runs serve until the test ends, and returns where its pages are and what it has said.
func shown(t *testing.T, app cli.App, args ...string) (at, said string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	lines := make(chan string, 100)
	app.Stderr = writer(func(p []byte) (int, error) {
		lines <- string(p)
		return len(p), nil
	})
	done := make(chan int, 1)
	go func() { done <- cli.Main(ctx, app, append([]string{"serve"}, args...)) }()
	t.Cleanup(func() {
		cancel()
		assert.Zero(t, <-done)
	})
	for {
		said += <-lines
		if m := pagesAt.FindStringSubmatch(said); m != nil {
			return m[1], said
		}
	}
}

// asked asks for a page under the name of a host and returns the status and the page.
func asked(t *testing.T, address, host string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	if host != "" {
		r.Host = host
	}
	if change != nil {
		change(r)
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestServeShowsPages(t *testing.T) {
	var broken atomic.Bool
	app, _ := stored(t, &broken)
	app.UI = []ui.Option{ui.Title("night shift")}
	at, said := shown(t, app, "-addr", "127.0.0.1:0")
	assert.NotContains(t, said, "whoever can reach")
	code, body := asked(t, at+"graph?dag=night", "", nil)
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "night shift")
	assert.Contains(t, body, "train: task, task")

	port := at[strings.LastIndexByte(at, ':')+1 : len(at)-1]
	for host, want := range map[string]int{
		"localhost:" + port: 200, "localhost": 200, "127.0.0.1:" + port: 200, "[::1]:" + port: 200, "[::1]": 200, "127.1.2.3": 200,
		"evil.example": 421, "evil.example:" + port: 421, "localhost.evil.example": 421, "10.0.0.1": 421,
	} {
		code, _ := asked(t, at, host, nil)
		assert.Equal(t, want, code, host)
	}
}

func TestServeReadOnly(t *testing.T) {
	var broken atomic.Bool
	app, _ := stored(t, &broken)
	at, _ := shown(t, app, "-addr", "localhost:0", "-read-only")
	_, body := asked(t, at, "", nil)
	assert.Contains(t, body, "read-only")
	assert.NotContains(t, body, `method="post"`)
}

// The program says who may see the pages; then their address is its business too.
func TestServeBehindAGuard(t *testing.T) {
	var broken atomic.Bool
	app, _ := stored(t, &broken)
	app.Guard = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, password, _ := r.BasicAuth(); password != "secret" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	at, _ := shown(t, app, "-addr", "127.0.0.1:0")
	code, _ := asked(t, at, "dags.example", nil)
	assert.Equal(t, http.StatusUnauthorized, code)
	code, _ = asked(t, at, "dags.example", func(r *http.Request) { r.SetBasicAuth("ops", "secret") })
	assert.Equal(t, http.StatusOK, code)
}

func TestServeSaysWhoCanReachIt(t *testing.T) {
	var broken atomic.Bool
	app, _ := stored(t, &broken)
	at, said := shown(t, app, "-addr", "0.0.0.0:0", "-host", "dags.example", "-host", "other.example")
	assert.Contains(t, said, "whoever can reach ")
	machine, err := os.Hostname()
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(at, "http://"), "/"))
	require.NoError(t, err)
	at = "http://127.0.0.1:" + port + "/"
	for host, want := range map[string]int{
		"10.0.0.1:" + port: 200, "[fe80::1]:" + port: 200, "localhost": 200, machine: 200, "DAGS.example": 200, "dags.example.:" + port: 200, "other.example": 200,
		"evil.example": 421, "dags.example.evil.example": 421, "10.0.0.1.evil.example": 421,
	} {
		code, _ := asked(t, at, host, nil)
		assert.Equal(t, want, code, host)
	}
}

// What a client sends has limits, before any page sees it.
func TestServeLimitsHeaders(t *testing.T) {
	var broken atomic.Bool
	app, _ := stored(t, &broken)
	at, _ := shown(t, app, "-addr", "127.0.0.1:0")
	code, _ := asked(t, at, "", func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("x", 128<<10)) })
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, code)
	code, _ = asked(t, at+"graph?dag="+strings.Repeat("x", 40<<10), "", nil)
	assert.Equal(t, http.StatusRequestURITooLong, code)
}

// Where nobody has asked for another address, no other machine reaches the pages.
func TestServeIsLocal(t *testing.T) {
	var broken atomic.Bool
	app, _ := stored(t, &broken)
	at, _ := shown(t, app)
	assert.True(t, strings.HasPrefix(at, "http://127.0.0.1:"), at)
}

// An address that was asked for and is taken is an error, before anything runs; any other port does where none was.
func TestServeWhereOthersAre(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	var broken atomic.Bool
	app, path := stored(t, &broken)
	var errs bytes.Buffer
	app.Stderr = &errs
	assert.Equal(t, 3, cli.Main(t.Context(), app, []string{"serve", "-addr", l.Addr().String()}))
	assert.Contains(t, errs.String(), "-addr none shows no pages")
	assert.False(t, exists(path))

	first, _ := shown(t, app)
	other, _ := stored(t, &broken)
	second, _ := shown(t, other)
	assert.NotEqual(t, first, second)
	for _, at := range []string{first, second} {
		code, _ := asked(t, at, "", nil)
		assert.Equal(t, http.StatusOK, code, fmt.Sprint(at))
	}
}
