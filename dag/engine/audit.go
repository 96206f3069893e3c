package engine

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// AuditEntry says who asked for what. The text of all of it is masked and cut to a few hundred bytes.
//
// An entry is written together with what it is about: after a crash there are both or neither. What was refused is
// noted too, with the reason. Nobody is noted for what a schedule, a backfill that goes on or TriggerOnce in a task
// starts: RunRecord.Cause says that. At least the last 20,000 entries are kept and, apart from them so that they
// cannot push these out, the last 2,000 of those that were refused; Prune leaves them alone.
type AuditEntry struct {
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor,omitempty"`  // by WithActor; of a task its run and id; "" if nobody has said
	Origin  Origin            `json:"origin,omitempty"` // by WithOrigin
	Verb    string            `json:"verb"`             // trigger, backfill, stop (of a backfill), cancel, clear, retry, mark, pause, unpause, replace, remove or prune
	DAG     string            `json:"dag"`
	Run     string            `json:"run,omitempty"`   // its id, or that of the backfill
	Tasks   []string          `json:"tasks,omitempty"` // the first twenty
	N       int               `json:"n,omitempty"`     // how many tasks, or for prune and backfill runs, there are in all
	Params  map[string]string `json:"params,omitempty"`
	Detail  string            `json:"detail,omitempty"`  // the state that was marked, the dates of a backfill
	Refused string            `json:"refused,omitempty"` // why it was not done; "" if it was
}

// Origin is the way by which something was asked for.
type Origin string

// The origins of orders.
const (
	FromProgram Origin = ""     // by a call of Go code
	FromPage    Origin = "page" // of package ui
	FromAPI     Origin = "api"
	FromCLI     Origin = "cli"
	FromTask    Origin = "task"
)

// WithActor returns a context for the methods of an engine that change something: their entries in the audit
// trail name the actor. Middleware that knows who sends a request calls it, see package ui's Example_basicAuth.
func WithActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

// WithOrigin returns a context that says by which way an order has come.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

type (
	actorKey  struct{}
	originKey struct{}
)

// Limits of an entry.
const (
	maxAuditText   = 300 // bytes
	maxAuditTasks  = 20
	maxAuditParams = 30
)

// Audit returns up to n entries, the newest first, after leaving out skip of them, and whether there are
// more. They are those of one DAG, registered or not; of all for "".
func (e *Engine) Audit(ctx context.Context, name string, skip, n int) (entries []AuditEntry, more bool, err error) {
	if skip < 0 || n < 0 {
		return nil, false, fmt.Errorf("engine: audit trail: skip %d and return %d entries, want 0 or more", skip, n)
	}
	const most = 1 << 29 // so that their sum is an int everywhere; there are fewer entries
	skip, n = min(skip, most), min(n, most)
	if err := e.trails.open(ctx, e.Store, e.epoch); err != nil {
		return nil, false, fmt.Errorf("engine: audit trail: %w", err)
	}
	found, err := e.trails.newest(ctx, e.Store, skip+n+1, func(a *AuditEntry) bool { return name == "" || a.DAG == name })
	if err != nil {
		return nil, false, fmt.Errorf("engine: audit trail: %w", err)
	}
	found = found[min(skip, len(found)):]
	for i := range found[:min(n, len(found))] {
		entries = append(entries, found[i].AuditEntry)
	}
	return entries, len(found) > n, nil
}

// audited is an order while it is carried out. A nil one is nobody's.
type audited struct {
	engine *Engine
	entry  AuditEntry
	noted  bool
}

// audit begins an order. It is an error if the trail cannot be read: then nothing is done.
func (e *Engine) audit(ctx context.Context, verb, name, run string) (*audited, error) {
	if err := e.trails.open(ctx, e.Store, e.epoch); err != nil {
		return nil, fmt.Errorf("engine: audit trail: %w", err)
	}
	a := &audited{engine: e, entry: AuditEntry{Verb: verb, DAG: e.short(name), Run: e.short(run)}}
	actor, _ := ctx.Value(actorKey{}).(string)
	a.entry.Origin, _ = ctx.Value(originKey{}).(Origin)
	if env := task.From(ctx); env != nil && actor == "" {
		actor, a.entry.Origin = env.RunID+" "+env.Task, FromTask
	}
	a.entry.Actor = e.short(actor)
	return a, nil
}

// auditRun is audit for an order about a run.
func (e *Engine) auditRun(ctx context.Context, verb, run string) (*audited, error) {
	escaped, _, _ := strings.Cut(run, "/")
	name, err := url.PathUnescape(escaped)
	if err != nil {
		name = escaped
	}
	return e.audit(ctx, verb, name, run)
}

// short returns a text as it can be kept: one line without secrets, cut.
func (e *Engine) short(s string) string {
	if len(s) > maxAuditText {
		s = s[:e.mask.Cut(s, maxAuditText)] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(e.mask.Text(s), "\uFFFD"))
}

// tasks notes which tasks it is about.
func (a *audited) tasks(ids []string) {
	if a == nil {
		return
	}
	a.entry.Tasks, a.entry.N = nil, len(ids)
	for _, id := range ids[:min(len(ids), maxAuditTasks)] {
		a.entry.Tasks = append(a.entry.Tasks, a.engine.short(id))
	}
}

// params notes the parameters that were given.
func (a *audited) params(p dag.Params) {
	if len(p) == 0 {
		return
	}
	a.entry.Params = map[string]string{}
	masked := a.engine.MaskParams(p)
	for _, name := range slices.Sorted(maps.Keys(p))[:min(len(p), maxAuditParams)] {
		a.entry.Params[a.engine.short(name)] = a.engine.short(graph.Text(masked[name]))
	}
}

// with adds the entry to the records of what was asked for, which are to be written in one commit.
func (a *audited) with(records ...Record) []Record {
	if a == nil {
		return records
	}
	a.noted = true
	return append(records, a.engine.trails.record(a.engine.now(), a.entry))
}

// end returns err, and notes it as the reason of a refusal unless the order was carried out.
func (a *audited) end(ctx context.Context, err error) error {
	if a == nil || err == nil || a.noted {
		return err
	}
	a.entry.Refused = a.engine.short(strings.TrimPrefix(err.Error(), "engine: "))
	_ = a.engine.journal.sync(ctx, a.with()...) // what counts for the caller is err
	return err
}
