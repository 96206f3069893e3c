package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/penstock/penstock/dag"
)

// Cause is why a run was started.
type Cause string

// The causes of runs.
const (
	Triggered  Cause = "trigger"
	Scheduled  Cause = "schedule"
	Backfilled Cause = "backfill"
	Followed   Cause = "after" // a run of another DAG has succeeded
)

// RunState is how a run stands.
type RunState string

// The states of a run.
const (
	RunRunning   RunState = "running"
	RunSucceeded RunState = "succeeded" // all tasks have, or were skipped
	RunFailed    RunState = "failed"    // a task has, or the run's Timeout was over, or it was not let run
	RunCancelled RunState = "cancelled" // by Cancel
)

// RunRecord is what an engine knows of a run without reading its log. Times are in UTC.
type RunRecord struct {
	ID          string
	Cause       Cause
	Of          string // the backfill or, if it followed one, the other DAG's run; else ""
	LogicalTime time.Time
	Interval    dag.Interval
	Used        map[string]string // by name of a DAG which run of it was used (After, MaxAge); read-only
	State       RunState
	Started     time.Time
	Ended       time.Time // zero while it has not
	Tasks       TaskCounts
	Pruned      bool // by Prune: this record is all that is left of it

	durable   bool // its start is
	succeeded bool // once at least
}

// TaskCounts says how many tasks of a run have ended how.
type TaskCounts struct {
	Succeeded int `json:"succeeded,omitempty"`
	Failed    int `json:"failed,omitempty"` // those too that were not run because of a failure or the end of the run
	Skipped   int `json:"skipped,omitempty"`
}

// The kinds of notes in the log of a DAG.
const (
	noteStarted  = "started"  // a run
	noteEnded    = "ended"    // a run; the last one counts
	noteReopened = "reopened" // a run that had ended
	notePruned   = "pruned"   // a run: its log is gone
	notePassed   = "passed"   // the schedule has dealt with all that is before a time
	noteSetBack  = "set back" // the clock, and the schedule to a time
	notePaused   = "paused"
	noteUnpaused = "unpaused"
	noteFollows  = "follows"  // another DAG, from its runs on that succeed from now on
	noteBackfill = "backfill" // one is started
	noteStopped  = "stopped"  // a backfill starts nothing any more
	noteLeaves   = "leaves"   // another DAG: it is followed no more
)

// note is an entry in the log of a DAG, as JSON.
type note struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`

	Run     string            `json:"run,omitempty"`
	Cause   Cause             `json:"cause,omitempty"`
	Of      string            `json:"of,omitempty"`
	Logical time.Time         `json:"logical,omitzero"`
	Start   time.Time         `json:"start,omitzero"`
	End     time.Time         `json:"end,omitzero"`
	Used    map[string]string `json:"used,omitempty"`

	State RunState   `json:"state,omitempty"`
	Tasks TaskCounts `json:"tasks,omitzero"`

	DAG      string        `json:"dag,omitempty"` // that is followed
	Backfill *backfillSpec `json:"backfill,omitempty"`
	Error    string        `json:"error,omitempty"`
}

func (n note) record(name string) Record {
	data, err := json.Marshal(n)
	if err != nil { // texts, numbers and times within the years that were checked: cannot be
		panic(err)
	}
	return Record{dagLog(name), data}
}

// startNote returns the note of a run's start.
func (r *RunRecord) startNote() note {
	return note{
		Kind: noteStarted, At: r.Started, Run: r.ID, Cause: r.Cause, Of: r.Of, Used: r.Used,
		Logical: r.LogicalTime, Start: r.Interval.Start, End: r.Interval.End,
	}
}

// calendar is what the log of a DAG says, read once and kept up to date: its runs and where
// its schedule is. It belongs to the holder of the engine's lock.
type calendar struct {
	name string
	runs []*RunRecord // in the order of their starts
	byID map[string]*RunRecord

	// The newest run of each logical time, and the times in order. Triggered runs
	// stand for no time of a schedule.
	byTime map[int64]*RunRecord
	times  []int64

	active    int       // runs that have not ended, those of backfills aside
	passed    time.Time // the schedule has dealt with intervals that start before
	paused    bool
	successes []string          // runs, in the order in which they succeeded first
	follows   map[string]string // by DAG: its last success before it was followed
	followed  map[string]bool   // runs of others that have started one of this DAG
	backfills []*BackfillRun    // the oldest first
}

func newCalendar(name string) *calendar {
	return &calendar{
		name: name, byID: map[string]*RunRecord{}, byTime: map[int64]*RunRecord{},
		follows: map[string]string{}, followed: map[string]bool{},
	}
}

// readCalendar reads the log of a DAG.
func readCalendar(ctx context.Context, s Store, name string) (*calendar, error) {
	c := newCalendar(name)
	for data, err := range s.Read(ctx, dagLog(name)) {
		if err != nil {
			return nil, err
		}
		var n note
		if err := json.Unmarshal(data, &n); err != nil {
			return nil, fmt.Errorf("log of DAG %q is damaged: %w", name, err)
		}
		c.apply(n)
	}
	for _, r := range c.runs {
		r.durable = true
	}
	return c, nil
}

// apply acts on a note. Applied twice, as when a commit was tried twice, it does nothing more.
func (c *calendar) apply(n note) {
	switch n.Kind {
	case noteStarted:
		c.add(n)
	case noteEnded:
		c.end(n)
	case noteReopened:
		c.reopen(c.byID[n.Run])
	case notePruned:
		if r := c.byID[n.Run]; r != nil {
			r.Pruned = true
		}
	case notePassed:
		c.pass(n.End)
	case noteSetBack:
		c.passed = n.End
	case notePaused, noteUnpaused:
		c.paused = n.Kind == notePaused
	case noteFollows:
		c.follows[n.DAG] = n.Run
	case noteLeaves:
		delete(c.follows, n.DAG)
	case noteBackfill:
		if n.Backfill != nil && c.backfill(n.Backfill.ID) == nil {
			c.backfills = append(c.backfills, newBackfillRun(c, *n.Backfill))
		}
	case noteStopped:
		if b := c.backfill(n.Of); b != nil {
			b.stopFor(n.Error)
		}
	}
}

// add notes the start of a run.
func (c *calendar) add(n note) *RunRecord {
	if r := c.byID[n.Run]; r != nil {
		return r
	}
	r := &RunRecord{
		ID: n.Run, Cause: n.Cause, Of: n.Of, LogicalTime: n.Logical, Interval: dag.Interval{Start: n.Start, End: n.End},
		Used: n.Used, State: RunRunning, Started: n.At,
	}
	c.runs = append(c.runs, r)
	c.byID[r.ID] = r
	c.count(r, 1)
	if r.Cause == Followed {
		c.followed[r.Of] = true
	}
	if b := c.backfill(r.Of); b != nil {
		b.runs[r.LogicalTime.UnixNano()] = r
	}
	if r.Cause == Scheduled {
		c.pass(r.Interval.End)
	}
	if r.Cause == Scheduled || r.Cause == Backfilled {
		at := r.LogicalTime.UnixNano()
		if i, known := slices.BinarySearch(c.times, at); !known {
			c.times = slices.Insert(c.times, i, at)
		}
		c.byTime[at] = r
	}
	return r
}

func (c *calendar) end(n note) {
	r := c.byID[n.Run]
	if r == nil {
		return
	}
	if r.State == RunRunning {
		c.count(r, -1)
	}
	r.State, r.Ended, r.Tasks = n.State, n.At, n.Tasks
	if r.State == RunSucceeded && !r.succeeded {
		r.succeeded = true
		c.successes = append(c.successes, r.ID)
	}
}

func (c *calendar) reopen(r *RunRecord) {
	if r != nil && r.State != RunRunning {
		r.State, r.Ended, r.Tasks = RunRunning, time.Time{}, TaskCounts{}
		c.count(r, 1)
	}
}

// count keeps the number of active runs.
func (c *calendar) count(r *RunRecord, n int) {
	if r.Cause != Backfilled {
		c.active += n
	} else if b := c.backfill(r.Of); b != nil {
		b.active += n
	}
}

func (c *calendar) backfill(id string) *BackfillRun {
	for _, b := range slices.Backward(c.backfills) {
		if b.ID() == id {
			return b
		}
	}
	return nil
}

func (c *calendar) pass(until time.Time) {
	if until.After(c.passed) {
		c.passed = until
	}
}

// at returns the newest run for a logical time, nil if there is none.
func (c *calendar) at(logical time.Time) *RunRecord { return c.byTime[logical.UnixNano()] }

// before returns the newest run for the last logical time before another that has one.
func (c *calendar) before(logical time.Time) *RunRecord {
	i, _ := slices.BinarySearch(c.times, logical.UnixNano())
	if i == 0 {
		return nil
	}
	return c.byTime[c.times[i-1]]
}

// newest returns the run that has succeeded and whose interval ends last.
func (c *calendar) newest() (best *RunRecord) {
	for _, r := range c.runs {
		if r.State == RunSucceeded && (best == nil || !r.Interval.End.Before(best.Interval.End)) {
			best = r
		}
	}
	return best
}

// unfinished returns the runs that have not ended.
func (c *calendar) unfinished() (ids []string) {
	for _, r := range c.runs {
		if r.State == RunRunning {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func runLog(id string) string   { return "run/" + id }
func dagLog(name string) string { return "dag/" + url.PathEscape(name) }
