package ui

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/penstock/penstock/dag/engine"
)

const (
	maxFollowers = 5000             // browsers that follow at the same time
	heartbeat    = 20 * time.Second // so that a proxy does not take a quiet line for a dead one
	patience     = 10 * time.Second // with a browser that does not read

	// Between two rounds of telling them there is a gap, longer the more there are: however many follow a busy
	// engine, it has about a thousand of them to tell in a second.
	gap        = 500 * time.Millisecond
	gapForEach = time.Millisecond
)

// hub tells browsers that what they show has changed; they then ask for it. While one follows, one
// goroutine waits for the engine. A browser has room for a single word: that there is something to
// see. One that does not read it gets no second, and the engine does not notice.
type hub struct {
	engine    *engine.Engine
	mu        sync.Mutex
	followers map[*follower]struct{}
	stop      context.CancelFunc
}

// follower is a browser. It follows a run, else a DAG, else all DAGs.
type follower struct {
	run, dag string
	changed  chan struct{}
}

// join adds a follower and starts the round with the first. It returns false if there are too many.
func (h *hub) join(f *follower) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.followers) >= maxFollowers {
		return false
	}
	if len(h.followers) == 0 {
		h.followers = map[*follower]struct{}{}
		ctx, stop := context.WithCancel(context.Background())
		h.stop = stop
		w := h.engine.Watch()
		go h.tell(ctx, w)
	}
	h.followers[f] = struct{}{}
	return true
}

// leave takes a follower off and ends the round with the last.
func (h *hub) leave(f *follower) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.followers, f)
	if len(h.followers) == 0 {
		h.stop()
	}
}

// tell goes round until the last follower has left.
func (h *hub) tell(ctx context.Context, w *engine.Watcher) {
	defer w.Close()
	for {
		runs, dags, err := w.Next(ctx)
		if err != nil {
			return
		}
		n := h.pass(newNews(runs, dags))
		select {
		case <-time.After(gap + time.Duration(n)*gapForEach):
		case <-ctx.Done():
			return
		}
	}
}

// news is what has changed.
type news struct{ runs, dags, of map[string]bool } // of: DAGs of which a run has changed

func newNews(runs, dags []string) news {
	n := news{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, id := range runs {
		n.runs[id] = true
		n.of[dagOf(id)] = true
	}
	for _, name := range dags {
		n.dags[name] = true
	}
	return n
}

func (n news) concerns(f *follower) bool {
	switch {
	case f.run != "":
		return n.runs[f.run] || n.dags[f.dag]
	case f.dag != "":
		return n.of[f.dag] || n.dags[f.dag]
	}
	return len(n.dags) > 0
}

// pass tells the followers, and returns how many there are.
func (h *hub) pass(n news) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	for f := range h.followers {
		if !n.concerns(f) {
			continue
		}
		select {
		case f.changed <- struct{}{}:
		default: // it knows already
		}
	}
	return len(h.followers)
}

// follow sends a browser events until it goes away, or does not read them.
func (s *site) follow(w http.ResponseWriter, q *request) {
	f := &follower{run: q.get("run"), dag: q.get("dag"), changed: make(chan struct{}, 1)}
	if f.run != "" && f.dag == "" {
		f.dag = dagOf(f.run)
	}
	if !s.hub.join(f) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many browsers follow already", http.StatusServiceUnavailable)
		return
	}
	defer s.hub.leave(f)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the events back
	out := http.NewResponseController(w)
	write := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(patience)) // a writer without deadlines waits as long as it likes
		_, err := w.Write([]byte(text))
		if err == nil {
			err = out.Flush()
		}
		_ = out.SetWriteDeadline(time.Time{}) // a quiet line is not a slow one, nor has it to end by the server's WriteTimeout
		return err == nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for ok := write("retry: 3000\n\n"); ok; {
		select {
		case <-f.changed:
			ok = write("event: changed\ndata:\n\n")
		case <-beat.C:
			ok = write(":\n\n")
		case <-q.Context().Done():
			return
		}
	}
}
