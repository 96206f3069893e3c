package ui_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// events follows an address and returns a channel of the names of its events, closed at the end. It returns once
// the server has taken the follower in.
func events(ctx context.Context, t *testing.T, address string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode)
	assert.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	assert.Equal(t, "retry: 3000", lines.Text())
	names := make(chan string, 100)
	go func() {
		defer close(names)
		defer res.Body.Close()
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				names <- name
			}
		}
	}()
	return names
}

// next waits for an event.
func next(t *testing.T, what string, names <-chan string) {
	t.Helper()
	select {
	case name := <-names:
		assert.Equal(t, "changed", name, what)
	case <-time.After(30 * time.Second):
		require.Fail(t, "no event", what)
	}
}

// A browser is told of what it shows, and of nothing else.
func TestEvents(t *testing.T) {
	e := open(t, nightly(fine))
	other := dag.New("other")
	dag.Do(other, "a", func(context.Context) error { return nil })
	require.NoError(t, e.Register(t.Context(), other))
	id := ran(t, e, "nightly")
	s := httptest.NewServer(ui.Handler(e, ""))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	all, of := events(ctx, t, s.URL+"/events"), events(ctx, t, s.URL+"/events?dag=nightly")
	run, none := events(ctx, t, s.URL+"/events?run="+url.QueryEscape(id)), events(ctx, t, s.URL+"/events?dag=nothing")

	_, err := e.Clear(t.Context(), id, true, "train")
	require.NoError(t, err)
	next(t, "the list, as the run is opened again", all)
	next(t, "the DAG", of)
	next(t, "the run", run)
	require.NoError(t, e.Pause(t.Context(), "other"))
	next(t, "the list", all)
	cancel()
	for range none {
		assert.Fail(t, "nothing is known of the DAG that it follows")
	}
}

// A follower may stop reading, or go away, and the next round starts as the first did.
func TestFollowersComeAndGo(t *testing.T) {
	e := open(t, nightly(fine))
	s := httptest.NewServer(ui.Handler(e, ""))
	defer s.Close()
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		names := events(ctx, t, s.URL+"/events")
		ran(t, e, "nightly")
		next(t, "a run", names)
		cancel()
		for range names {
			continue
		}
	}
}

// ear is a browser at the other end of events: it counts them, or never reads.
type ear struct {
	header http.Header
	deaf   chan struct{} // what it waits for before it reads; nil if it reads

	mu    sync.Mutex
	told  int
	until time.Time     // by when a write has to be done
	given time.Duration // how long the last one had
	err   error         // of writes from now on
}

func (e *ear) SetWriteDeadline(t time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.until = t
	return nil
}

// heard returns how often it was told that something has changed.
func (e *ear) heard() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.told
}

func (e *ear) Header() http.Header { return e.header }
func (e *ear) WriteHeader(int)     {}
func (e *ear) Flush()              {}
func (e *ear) Write(p []byte) (int, error) {
	if e.deaf != nil {
		<-e.deaf
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.given = time.Until(e.until)
	if strings.HasPrefix(string(p), "event: changed") {
		e.told++
	}
	return len(p), e.err
}

// Of a thousand browsers one never reads. It holds up neither the engine nor the others, which are told of each round.
func TestOneThatNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, nightly(fine))
		h := ui.Handler(e, "")
		ctx, cancel := context.WithCancel(t.Context())
		ears := make([]*ear, 1000)
		var wait sync.WaitGroup
		for i := range ears {
			ears[i] = &ear{header: http.Header{}}
			if i == 0 {
				ears[i].deaf = make(chan struct{})
			}
			wait.Go(func() { h.ServeHTTP(ears[i], httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil)) })
		}
		synctest.Wait()
		for round := range 5 {
			began := time.Now()
			ran(t, e, "nightly")
			assert.Zero(t, time.Since(began), "the run waited for nobody")
			time.Sleep(10 * time.Second)
			synctest.Wait()
			for _, ear := range ears[1:] {
				require.Greater(t, ear.heard(), round, "each round is told")
				require.LessOrEqual(t, ear.heard(), 3*(round+1), "and in few words")
			}
		}
		close(ears[0].deaf)
		cancel()
		wait.Wait()
	})
}

// Whoever looks at a run is told of its tasks and lines, and the pages show them while it goes on.
func TestRunIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("slow")
		a := dag.Do(d, "a", func(ctx context.Context) error {
			time.Sleep(time.Hour)
			dag.RunFrom(ctx).Log().Info("half")
			time.Sleep(time.Hour)
			return nil
		})
		dag.Do(d, "b", func(context.Context) error { time.Sleep(time.Hour); return nil }).SetUpstream(a)
		e := open(t, d)
		id, err := e.Trigger(t.Context(), "slow", nil)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		h := ui.Handler(e, "")
		ctx, cancel := context.WithCancel(t.Context())
		f := &ear{header: http.Header{}}
		done := make(chan struct{})
		go func() {
			defer close(done)
			h.ServeHTTP(f, httptest.NewRequestWithContext(ctx, http.MethodGet, "/events?run="+url.QueryEscape(id), nil))
		}()
		for _, c := range []struct {
			name          string
			told          int
			page, grid, b string
		}{
			{"Started", 0, "It has logged nothing.", "a: working", "b: waiting"},
			{"Lines", 1, "half try=1", "a: working", "b: waiting"},
			{"TheNext", 3, "half try=1", "a: succeeded", "b: working"},
			{"Ended", 4, "half try=1", "a: succeeded", "b: succeeded"},
		} {
			synctest.Wait()
			assert.Equal(t, c.told, f.heard(), c.name)
			_, page := get(h, "/task?dag=slow&task=a&run="+url.QueryEscape(id))
			assert.Contains(t, page, c.page, c.name)
			_, grid := get(h, "/grid?dag=slow")
			assert.Contains(t, grid, c.grid, c.name)
			assert.Contains(t, grid, c.b, c.name)
			time.Sleep(time.Hour)
		}
		cancel()
		<-done
	})
}

// Each word has its own time, whatever the server's WriteTimeout; between words there is none, so a quiet line lives on. One
// that fails is the last.
func TestTimeOfAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := ui.Handler(open(t, nightly(fine)), "")
		f := &ear{header: http.Header{}}
		done := make(chan struct{})
		go func() {
			defer close(done)
			h.ServeHTTP(f, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/events", nil))
		}()
		for range 3 {
			time.Sleep(time.Minute) // through some heartbeats
			synctest.Wait()
			f.mu.Lock()
			assert.Positive(t, f.given)
			assert.LessOrEqual(t, f.given, time.Minute)
			assert.True(t, f.until.IsZero())
			f.mu.Unlock()
		}
		f.mu.Lock()
		f.err = errors.New("the browser is gone")
		f.mu.Unlock()
		time.Sleep(time.Minute)
		<-done
	})
}

// There is an end to how many may follow.
func TestTooManyFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := ui.Handler(open(t, nightly(fine)), "")
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		for range ui.MaxFollowers {
			wait.Go(func() {
				h.ServeHTTP(&ear{header: http.Header{}}, httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil))
			})
		}
		synctest.Wait()
		code, _ := get(h, "/events")
		assert.Equal(t, http.StatusServiceUnavailable, code)
		cancel()
		wait.Wait()
	})
}

// BenchmarkFollowed measures what a thousand browsers that follow, one of which never reads, cost an engine: the
// time of a run of 1,000 tasks. Compare the two by benchstat -col /followers.
func BenchmarkFollowed(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"followers=0", 0}, {"followers=1000", 1000}} {
		b.Run(c.name, func(b *testing.B) {
			e, err := engine.Open(b.Context(), engine.Config{Store: engine.NewMemory(), Workers: 8})
			require.NoError(b, err)
			defer e.Close(context.Background())
			d := dag.New("wide")
			for i := range 1000 {
				dag.Do(d, "t"+ui.Number(i), func(context.Context) error { return nil })
			}
			require.NoError(b, e.Register(b.Context(), d))
			s := httptest.NewServer(ui.Handler(e, ""))
			defer s.Close()
			var conns []net.Conn
			var told atomic.Int64
			var wait sync.WaitGroup
			for i := range c.n {
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				require.NoError(b, err)
				_, err = conn.Write([]byte("GET /events?dag=wide HTTP/1.1\r\nHost: x\r\n\r\n"))
				require.NoError(b, err)
				conns = append(conns, conn)
				if i == 0 {
					continue // it never reads
				}
				lines := bufio.NewScanner(conn)
				for lines.Scan() && lines.Text() != "retry: 3000" {
					continue // until the server has taken it in
				}
				wait.Go(func() {
					for lines.Scan() {
						if lines.Text() == "event: changed" {
							told.Add(1)
						}
					}
				})
			}
			for b.Loop() {
				ran(b, e, "wide")
			}
			b.ReportMetric(float64(told.Load())/float64(b.N), "events/op")
			for _, conn := range conns {
				require.NoError(b, conn.Close())
			}
			wait.Wait()
		})
	}
}
