package engine

import (
	"sync"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
)

// lines are those that an attempt has logged and that are not in the journal yet. They
// are written along with other records, or after a second, so that the log of an
// attempt which is cut off by the end of the process can be read.
type lines struct {
	mu      sync.Mutex
	text    []byte
	written int  // bytes before text
	due     bool // the journal will ask for them
}

// add keeps a line and has the journal ask for it.
func (l *lines) add(j *journal, text []byte, event func(text []byte) Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, text...)
	if !l.due {
		l.due = true
		j.writeLate(func(add func(Record)) {
			if text := l.take(); len(text) > 0 {
				add(event(text))
			}
		})
	}
}

func (l *lines) take() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text
	l.written += len(text)
	l.text, l.due = nil, false
	return text
}

// rest returns what of the whole log is still to be written, and leaves nothing for the journal
// to ask for.
func (l *lines) rest(log []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = nil
	return log[min(l.written, len(log)):]
}

// peek returns what is not in the journal yet.
func (l *lines) peek() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// watch returns what is given the lines of an attempt that is to start; nil for a look of a
// sensor, whose lines are kept with the last only. It is called with the lock held.
func (r *run) watch(a flow.Attempt) func([]byte) {
	l := &lines{}
	r.working[a] = l
	if r.plan.Nodes[a.Task].Kind == graph.Sensor {
		return nil
	}
	id := r.plan.Nodes[a.Task].ID
	return func(text []byte) {
		l.add(r.engine.journal, text, func(text []byte) Record {
			ev := attemptEvent(logged, id, a)
			ev.payload = text
			return ev.record(r.id)
		})
	}
}
