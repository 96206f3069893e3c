package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/dag/internal/task"
)

// After starts a run when a run of another DAG has succeeded, however that one was started:
// exactly one for each, once both DAGs are registered, through pauses and crashes. It has the
// logical time and interval of the other, and UsedRun gives its tasks the other's id. The
// other DAG must be registered first. Runs that succeeded before After was first said are not
// followed.
func After(name string) ScheduleOption {
	return scheduleOption(func(s *schedule) {
		if slices.Contains(s.after, name) {
			s.fault("After(%q) is given twice", name)
		}
		s.after = append(s.after, name)
	})
}

// MaxAge asks for a run of another DAG that succeeded not longer ago than d when a run starts:
// of its runs that succeeded, the one whose interval ends last counts. Which one it
// was is recorded (RunRecord.Used) and UsedRun gives it to the tasks. The other DAG must be
// registered first.
//
// If it is older, or there is none, stale says whether the run waits for a newer one or
// starts and fails at once, all its tasks cancelled. Trigger does neither but returns an error.
func MaxAge(name string, d time.Duration, stale Stale) ScheduleOption {
	return scheduleOption(func(s *schedule) {
		if d <= 0 {
			s.fault("MaxAge(%q) is %v, want more than 0", name, d)
		}
		if stale != WaitWhenStale && stale != FailWhenStale {
			s.fault("MaxAge(%q): Stale is %d, want WaitWhenStale or FailWhenStale", name, int(stale))
		}
		s.maxAges = append(s.maxAges, maxAge{name, d, stale})
	})
}

// maxAge bounds how old the newest success of another DAG may be.
type maxAge struct {
	dag   string
	most  time.Duration
	stale Stale
}

// Stale says what becomes of a run for which another DAG's newest success is too old.
type Stale int

// What MaxAge can do.
const (
	WaitWhenStale Stale = iota // the run starts when a newer run has succeeded
	FailWhenStale              // the run fails
)

// UsedRun returns which run of another DAG the task's run was started by (After) or found (MaxAge).
// It is false outside a task and for DAGs that neither of them names.
func UsedRun(ctx context.Context, name string) (id string, ok bool) {
	env := task.From(ctx)
	if env == nil {
		return "", false
	}
	id, ok = env.Used[name]
	return id, ok
}

// link checks the DAGs that g's schedule names. It is called with the lock held.
func (e *Engine) link(g *registered) error {
	for _, name := range g.sched.after {
		if e.dags[name] == nil {
			return fmt.Errorf("After(%q): no such DAG is registered", name)
		}
		if e.startsAfter(name, g.dag.Name()) {
			return fmt.Errorf("After(%q): that DAG is itself started after this one", name)
		}
	}
	for _, m := range g.sched.maxAges {
		if e.dags[m.dag] == nil || m.dag == g.dag.Name() {
			return fmt.Errorf("MaxAge(%q): no such other DAG is registered", m.dag)
		}
	}
	return nil
}

// relate notes which DAGs g depends on, or that it does no more, so that the end of a run need not
// look at every DAG there is.
func (e *Engine) relate(g *registered, depends bool) {
	name, ups := g.dag.Name(), slices.Clone(g.sched.after)
	for _, m := range g.sched.maxAges {
		ups = append(ups, m.dag)
	}
	for _, up := range ups {
		i, known := slices.BinarySearch(e.dependants[up], name)
		switch {
		case depends && !known:
			e.dependants[up] = slices.Insert(e.dependants[up], i, name)
		case !depends && known:
			e.dependants[up] = slices.Delete(e.dependants[up], i, i+1)
		}
	}
}

// startsAfter tells whether a DAG is started after another one, by way of any others, or is that one.
func (e *Engine) startsAfter(name, other string) bool {
	seen := map[string]bool{name: true}
	for todo := []string{name}; len(todo) > 0; {
		name, todo = todo[0], todo[1:]
		if name == other {
			return true
		}
		g := e.dags[name]
		if g == nil {
			continue
		}
		for _, up := range g.sched.after {
			if !seen[up] {
				seen[up] = true
				todo = append(todo, up)
			}
		}
	}
	return false
}

// follow starts the runs that are due after others.
func (e *Engine) follow(g *registered) {
	for _, name := range g.sched.after {
		up := e.calendars[name]
		for ; g.heard[name] < len(up.successes); g.heard[name]++ {
			id := up.successes[g.heard[name]]
			of := up.byID[id]
			if of == nil || g.cal.followed[id] {
				continue
			}
			used, refused, why := e.admit(g)
			if why != "" {
				g.waiting = why
				return
			}
			used[name] = id
			rec := RunRecord{ID: runID(g.dag.Name(), "after-"+id), Cause: Followed, Of: id, LogicalTime: of.LogicalTime, Interval: of.Interval, Used: used}
			if !e.launchDue(g, &rec, refused) {
				return
			}
		}
	}
}

// following returns notes of which DAGs are followed from now on, and which are no more.
func (e *Engine) following(g *registered) (notes []note) {
	for _, name := range g.sched.after {
		if _, known := g.cal.follows[name]; known {
			continue
		}
		n := note{Kind: noteFollows, At: e.now(), DAG: name}
		if s := e.calendars[name].successes; len(s) > 0 {
			n.Run = s[len(s)-1]
		}
		notes = append(notes, n)
	}
	for name := range g.cal.follows {
		if !slices.Contains(g.sched.after, name) {
			notes = append(notes, note{Kind: noteLeaves, At: e.now(), DAG: name})
		}
	}
	return notes
}

// listen finds out from where on runs of others are still to be followed.
func (e *Engine) listen(g *registered) {
	g.heard = map[string]int{}
	for _, name := range g.sched.after {
		g.heard[name] = slices.Index(e.calendars[name].successes, g.cal.follows[name]) + 1
	}
}

// fresh returns the runs that MaxAge asks for, or which one is missing, and what to do then.
func (e *Engine) fresh(g *registered) (used map[string]string, missing string, stale Stale) {
	used = map[string]string{}
	for _, m := range g.sched.maxAges {
		r := e.calendars[m.dag].newest()
		if r == nil {
			return used, fmt.Sprintf("no run of DAG %q has succeeded, want one not older than %v", m.dag, m.most), m.stale
		}
		if age := e.now().Sub(r.Ended); age > m.most {
			return used, fmt.Sprintf("run %q of DAG %q succeeded %v ago, want at most %v", r.ID, m.dag, age, m.most), m.stale
		}
		used[m.dag] = r.ID
	}
	return used, "", 0
}
