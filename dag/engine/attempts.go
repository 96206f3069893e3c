package engine

import (
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/mask"
)

// history collects the attempts of a run from its events.
type history struct {
	only  string               // the task whose logs are wanted, "" if none are
	tasks map[string][]Attempt // by id
	logs  map[logOf][]byte     // of the attempts
	last  map[tryOf]int        // where the newest attempt with these numbers is
}

// logOf names an attempt by its place among those of its task.
type logOf struct {
	task  string
	place int
}

func newHistory(only string) *history {
	return &history{only: only, tasks: map[string][]Attempt{}, logs: map[logOf][]byte{}, last: map[tryOf]int{}}
}

type tryOf struct {
	task      string
	elem, try int32
}

func (h *history) add(ev event) {
	switch ev.Kind {
	case started:
		a := h.newest(ev)
		if a != nil && a.Started.Equal(ev.At) {
			return // a commit that was tried twice
		}
		if a != nil && a.Outcome == OutcomeWorking {
			a.Outcome = OutcomeInterrupted
		}
		h.begin(ev)
	case logged:
		h.working(ev)
		h.log(ev, ev.payload)
	case released:
		h.end(ev, OutcomeInterrupted)
	case finished:
		switch {
		case ev.Skip:
			h.end(ev, OutcomeSkipped)
		case ev.Failed:
			h.end(ev, OutcomeFailed)
		default:
			h.end(ev, OutcomeSucceeded)
		}
	}
}

// newest returns the newest attempt with the numbers of an event, nil if there is none.
func (h *history) newest(ev event) *Attempt {
	i, ok := h.last[tryOf{ev.Task, ev.Elem, ev.Try}]
	if !ok {
		return nil
	}
	return &h.tasks[ev.Task][i]
}

func (h *history) begin(ev event) *Attempt {
	all := append(h.tasks[ev.Task], Attempt{Element: int(ev.Elem), Try: int(ev.Try), Outcome: OutcomeWorking, Started: ev.At})
	h.tasks[ev.Task], h.last[tryOf{ev.Task, ev.Elem, ev.Try}] = all, len(all)-1
	return &all[len(all)-1]
}

// working returns the attempt of an event. The record of its start may not have been written.
func (h *history) working(ev event) *Attempt {
	if a := h.newest(ev); a != nil && a.Outcome == OutcomeWorking {
		return a
	}
	return h.begin(ev)
}

func (h *history) end(ev event, outcome Outcome) {
	if a := h.newest(ev); a != nil && a.Ended.Equal(ev.At) {
		return // a commit that was tried twice
	}
	a := h.working(ev)
	a.Outcome, a.Ended, a.Err = outcome, ev.At, ev.Err
	h.log(ev, []byte(ev.Log))
}

// log adds lines to those of the newest attempt with the numbers of an event.
func (h *history) log(ev event, lines []byte) {
	if ev.Task == h.only {
		at := logOf{ev.Task, h.last[tryOf{ev.Task, ev.Elem, ev.Try}]}
		h.logs[at] = append(h.logs[at], lines...)
	}
}

// attempts returns those of a run as they stand: what has not ended works, or was cut off. Their texts
// are still to be masked. It is called with the lock held.
func (h *history) attempts(r *run) map[string][]Attempt {
	for id, all := range h.tasks {
		i, known := r.plan.Index[id]
		for k := range all {
			a := &all[k]
			a.Log = string(h.logs[logOf{id, k}])
			if a.Outcome != OutcomeWorking {
				continue
			}
			l, works := r.working[flow.Attempt{Task: int32(i), Elem: int32(a.Element), Try: int32(a.Try)}]
			if !known || !works {
				a.Outcome = OutcomeInterrupted
				continue
			}
			if id == h.only {
				a.Log += l.peek()
			}
		}
	}
	return h.tasks
}

// hide masks the texts of attempts, which may have been written before a secret was known. That takes its time:
// it is called without the lock.
func hide(attempts map[string][]Attempt, m *mask.Masker) {
	for _, all := range attempts {
		for k := range all {
			all[k].Log, all[k].Err = m.Text(all[k].Log), m.Text(all[k].Err)
		}
	}
}
