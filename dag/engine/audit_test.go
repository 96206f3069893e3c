package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// audited returns the entries, the oldest first, without their times.
func audited(t *testing.T, e *engine.Engine, name string) []engine.AuditEntry {
	t.Helper()
	entries, more, err := e.Audit(t.Context(), name, 0, 1000)
	require.NoError(t, err)
	require.False(t, more)
	for i, k := 0, len(entries)-1; i < k; i, k = i+1, k-1 {
		entries[i], entries[k] = entries[k], entries[i]
	}
	for i := range entries {
		assert.False(t, entries[i].At.IsZero())
		entries[i].At = time.Time{}
	}
	return entries
}

// twoTasks returns a DAG of two tasks, of which the second fails once.
func twoTasks(name string) *dag.DAG {
	d := dag.New(name, dag.WithParams(dag.Params{"password": "", "n": 1}))
	failed := false
	a := dag.Do(d, "a", func(context.Context) error { return nil })
	dag.Do(d, "b", func(context.Context) error {
		if failed {
			return nil
		}
		failed = true
		return errors.New("the first time")
	}).SetUpstream(a)
	return d
}

// Every verb leaves an entry that says who, by which way, and what; a schedule leaves none. The trail outlives the engine.
func TestAudit(t *testing.T) {
	store := engine.NewMemory()
	open := func() *engine.Engine {
		e, err := engine.Open(t.Context(), engine.Config{Store: store})
		require.NoError(t, err)
		require.NoError(t, e.Register(t.Context(), twoTasks("d"), engine.Every(time.Hour)))
		return e
	}
	e := open()
	ctx := engine.WithOrigin(engine.WithActor(t.Context(), "ana"), engine.FromPage)
	id, err := e.Trigger(ctx, "d", dag.Params{"password": "hunter2", "n": 3})
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.Error(t, err)
	_, err = e.Retry(ctx, id)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	_, err = e.Retry(ctx, id) // nothing has failed: nothing happens
	require.NoError(t, err)
	_, err = e.Clear(ctx, id, true, "a")
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Mark(ctx, id, "b", dag.Failed))
	require.NoError(t, e.Pause(ctx, "d"))
	require.NoError(t, e.Unpause(engine.WithActor(ctx, "bob"), "d"))
	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	b, err := e.StartBackfill(ctx, "d", engine.Backfill{From: day, To: day.Add(time.Hour), Params: dag.Params{"password": "hunter3"}})
	require.NoError(t, err)
	require.NoError(t, b.Wait(t.Context()))
	require.NoError(t, e.Replace(ctx, twoTasks("d"), engine.Every(time.Hour)))
	pruned, err := e.Prune(ctx, "d", 1, 0)
	require.NoError(t, err)
	require.Len(t, pruned, 2)
	_, err = e.Prune(ctx, "d", 1, 0) // there is nothing left to remove
	require.NoError(t, err)
	require.NoError(t, e.Remove("d"))

	entry := func(verb string, more engine.AuditEntry) engine.AuditEntry {
		more.Actor, more.Origin, more.Verb, more.DAG = "ana", engine.FromPage, verb, "d"
		return more
	}
	want := []engine.AuditEntry{
		entry("trigger", engine.AuditEntry{Run: id, Params: map[string]string{"password": "***", "n": "3"}}),
		entry("retry", engine.AuditEntry{Run: id, Tasks: []string{"b"}, N: 1}),
		entry("clear", engine.AuditEntry{Run: id, Tasks: []string{"a", "b"}, N: 2}),
		entry("mark", engine.AuditEntry{Run: id, Tasks: []string{"b"}, N: 1, Detail: "failed"}),
		entry("pause", engine.AuditEntry{}),
		{Actor: "bob", Origin: engine.FromPage, Verb: "unpause", DAG: "d"},
		entry("backfill", engine.AuditEntry{Run: b.ID(), N: 2, Detail: "2015-01-01T00:00:00Z to 2015-01-01T01:00:00Z", Params: map[string]string{"password": "***"}}),
		entry("replace", engine.AuditEntry{}),
		entry("prune", engine.AuditEntry{N: 2}),
		{Verb: "remove", DAG: "d"},
	}
	require.NoError(t, e.Close(t.Context()))
	e = open()
	defer e.Close(context.Background())
	assert.Equal(t, want, audited(t, e, "d"))
	assert.Empty(t, audited(t, e, "other"))

	entries, more, err := e.Audit(t.Context(), "", 2, 3)
	require.NoError(t, err)
	assert.True(t, more)
	require.Len(t, entries, 3)
	assert.Equal(t, "replace", entries[0].Verb, "the newest first, but for two")
	_, _, err = e.Audit(t.Context(), "", -1, 1)
	require.ErrorContains(t, err, "want 0 or more")
}

// What is refused is noted with the reason; a run that is cancelled, and a backfill that is stopped, too.
func TestAuditOfRefusals(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Secrets: []string{"hunter2"}})
	require.NoError(t, err)
	defer e.Close(context.Background())
	d := dag.New("d")
	dag.Do(d, "a", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	require.NoError(t, e.Register(t.Context(), d))
	ctx := engine.WithActor(t.Context(), "ana")
	_, err = e.Trigger(ctx, "none", dag.Params{"with": "hunter2"})
	require.Error(t, err)
	id, err := e.Trigger(ctx, "d", nil)
	require.NoError(t, err)
	_, err = e.Clear(ctx, id, false, "a", "x")
	require.Error(t, err)
	require.NoError(t, e.Cancel(ctx, id))
	_, err = e.Wait(t.Context(), id)
	require.Error(t, err)
	require.Error(t, e.Cancel(ctx, id))
	require.Error(t, e.Mark(ctx, "hunter2/x", "a", dag.Failed))
	require.Error(t, e.Pause(ctx, "none"))
	require.Error(t, e.Replace(ctx, dag.New("none")))
	require.Error(t, e.Remove("none"))
	_, err = e.Prune(ctx, "none", 0, 0)
	require.Error(t, err)
	_, err = e.StartBackfill(ctx, "d", engine.Backfill{})
	require.Error(t, err)
	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	b, err := e.StartBackfill(ctx, "d", engine.Backfill{From: day, To: day})
	require.NoError(t, err)
	require.NoError(t, b.Cancel(ctx))
	require.NoError(t, b.Cancel(ctx))
	require.NoError(t, e.Pause(ctx, "d")) // what Remove has noted is durable by then

	var got []string
	for _, a := range audited(t, e, "") {
		assert.NotContains(t, fmt.Sprint(a), "hunter2")
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s: %s", a.Verb, a.DAG, a.Refused)))
	}
	assert.Equal(t, []string{
		`trigger none: no DAG "none" is registered`,
		"trigger d:",
		`clear d: run "` + id + `": it has no task "x"`,
		"cancel d:",
		`cancel d: run "` + id + `": it has ended, or is not known`,
		`mark ***: run "***/x": its DAG is not registered`,
		`pause none: no DAG "none" is registered`,
		`replace none: DAG "none": it is not registered`,
		`remove none: no DAG "none" is registered`,
		`prune none: no DAG "none" is registered`,
		"backfill d: backfill of DAG \"d\": From is 0001-01-01 00:00:00 +0000 UTC, want a time of the years 1700 to 2200 To is 0001-01-01 00:00:00 +0000 UTC, want a time of the years 1700 to 2200",
		"backfill d:", "stop d:", "pause d:",
	}, got)
}

// What a task asks for has its name; what a graph starts by TriggerOnce is no order.
func TestAuditOfTasks(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer e.Close(context.Background())
	d := dag.New("d")
	dag.Do(d, "a", func(ctx context.Context) error {
		e, _ := engine.From(ctx)
		if _, err := e.TriggerOnce(ctx, "key", "other", nil); err != nil {
			return err
		}
		return e.Pause(ctx, "other")
	})
	require.NoError(t, e.Register(t.Context(), d))
	require.NoError(t, e.Register(t.Context(), twoTasks("other")))
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	for range 2 {
		_, err = e.TriggerOnce(t.Context(), "another key", "other", nil)
		require.NoError(t, err)
	}
	all := audited(t, e, "other")
	require.Len(t, all, 2)
	assert.Equal(t, engine.AuditEntry{Actor: id + " a", Origin: engine.FromTask, Verb: "pause", DAG: "other"}, all[0])
	assert.Equal(t, "trigger", all[1].Verb, "only the first call starts a run")
}

// tracked keeps what is appended together, and says of some commits that they have failed when they have not.
type tracked struct {
	*engine.Memory
	mu      sync.Mutex
	commits [][]engine.Record
	lie     int // after so many commits
}

func (s *tracked) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.Memory.Append(ctx, epoch, records); err != nil {
		return err
	}
	s.commits = append(s.commits, records)
	if s.lie--; s.lie == 0 {
		return errors.New("no answer")
	}
	return nil
}

// An entry is in the commit of what it is about, so a crash leaves both or neither. A commit that was tried
// twice leaves one.
func TestAuditIsWrittenWithTheEvent(t *testing.T) {
	for lie := range 4 {
		s := &tracked{Memory: engine.NewMemory(), lie: lie}
		e, err := engine.Open(t.Context(), engine.Config{Store: s})
		require.NoError(t, err)
		require.NoError(t, e.Register(t.Context(), twoTasks("d")))
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		_, _ = e.Wait(t.Context(), id)
		_, err = e.Retry(t.Context(), id)
		require.NoError(t, err)
		_, _ = e.Wait(t.Context(), id)
		b, err := e.StartBackfill(t.Context(), "d", engine.Backfill{From: time.Unix(0, 0), To: time.Unix(0, 0)})
		require.NoError(t, err)
		require.NoError(t, b.Wait(t.Context()))
		var wait sync.WaitGroup
		for range 10 { // so that the journal always writes, and would come between two records that were not written as one
			wait.Go(func() {
				for range 90 {
					assert.NoError(t, e.Pause(t.Context(), "d"))
				}
			})
		}
		wait.Wait()
		assert.Len(t, audited(t, e, "d"), 903)
		require.NoError(t, e.Close(t.Context()))
		beside := map[string]string{"trigger": `"kind":"created"`, "retry": `"kind":"cleared"`, "pause": `"kind":"paused"`, "backfill": `"kind":"backfill"`}
		found := 0
		for _, commit := range s.commits {
			for verb, event := range beside {
				entries, events := 0, 0
				for _, r := range commit {
					switch trail := strings.HasPrefix(r.Log, "audit/"); {
					case trail && bytes.Contains(r.Data, []byte(`"verb":"`+verb+`"`)):
						entries++
					case !trail && bytes.Contains(r.Data, []byte(event)) && !bytes.Contains(r.Data, []byte(`"logicalTime":"1970`)): // the run of the backfill
						events++
					}
				}
				assert.Equal(t, events, entries, verb)
				found += entries
			}
		}
		assert.GreaterOrEqual(t, found, 903)
	}
}

// The trail has an end, and what was refused cannot push out what was done.
func TestAuditIsBounded(t *testing.T) {
	store := engine.NewMemory()
	epoch, err := store.Acquire(t.Context(), "test")
	require.NoError(t, err)
	serial := 0
	fill := func(trail string, logs int) {
		for log := 1; log <= logs; log++ {
			records := make([]engine.Record, 1000)
			for i := range records {
				serial++
				records[i] = engine.Record{
					Log: fmt.Sprintf("audit/%s/%010d", trail, log), Data: fmt.Appendf(nil, `{"epoch":1,"serial":%d,"at":"2015-01-01T00:00:00Z","verb":"pause","dag":"d%d"}`, serial, log),
				}
			}
			require.NoError(t, store.Append(t.Context(), epoch, records))
		}
	}
	fill("done", 25)
	fill("refused", 7)
	e, err := engine.Open(t.Context(), engine.Config{Store: store})
	require.NoError(t, err)
	defer e.Close(context.Background())
	require.NoError(t, e.Register(t.Context(), twoTasks("d")))
	require.NoError(t, e.Pause(t.Context(), "d"))
	for range 3 {
		require.Error(t, e.Pause(t.Context(), "none"))
	}
	logs, err := store.Logs(t.Context(), "audit/")
	require.NoError(t, err)
	assert.Equal(t, "audit/done/0000000006", logs[0])
	assert.Equal(t, "audit/done/0000000026", logs[20])
	assert.Equal(t, []string{"audit/refused/0000000006", "audit/refused/0000000007", "audit/refused/0000000008"}, logs[21:])
	entries, more, err := e.Audit(t.Context(), "d6", 0, 5000)
	require.NoError(t, err)
	assert.Len(t, entries, 2000, "of both trails")
	assert.False(t, more)
	entries, more, err = e.Audit(t.Context(), "", 0, 2)
	require.NoError(t, err)
	assert.True(t, more)
	assert.Equal(t, []string{"none", "none"}, []string{entries[0].DAG, entries[1].DAG})
}

// A damaged trail stops who would write to it, and says so.
func TestAuditIsDamaged(t *testing.T) {
	store := engine.NewMemory()
	epoch, err := store.Acquire(t.Context(), "test")
	require.NoError(t, err)
	require.NoError(t, store.Append(t.Context(), epoch, []engine.Record{{Log: "audit/done/x", Data: []byte("{}")}}))
	e, err := engine.Open(t.Context(), engine.Config{Store: store})
	require.NoError(t, err)
	defer e.Close(context.Background())
	require.NoError(t, e.Register(t.Context(), twoTasks("d")))
	require.EqualError(t, e.Pause(t.Context(), "d"), `engine: audit trail: log "audit/done/x": want a number`)
	info, err := e.Schedule("d")
	require.NoError(t, err)
	assert.False(t, info.Paused)
}

// Hostile names become one short line of text.
func TestAuditOfHostileNames(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer e.Close(context.Background())
	ctx := engine.WithActor(t.Context(), "ana\x1b[31m\r\nroot\xff"+strings.Repeat("x", 1<<20))
	params := dag.Params{}
	for i := range 1000 {
		params[fmt.Sprint(i, strings.Repeat("p", 1000))] = strings.Repeat("v", 10_000)
	}
	_, err = e.Trigger(ctx, strings.Repeat("d\n", 1000), params)
	require.Error(t, err)
	ids := make([]string, 5000)
	for i := range ids {
		ids[i] = strings.Repeat("t", 1000)
	}
	_, err = e.Clear(ctx, "%zz/"+strings.Repeat("r", 1<<20), true, ids...)
	require.Error(t, err)
	for _, a := range audited(t, e, "") {
		text := fmt.Sprint(a)
		assert.Less(t, len(text), 40_000)
		assert.NotContains(t, text, "\x1b")
		assert.NotContains(t, text, "\n")
		assert.True(t, strings.HasPrefix(a.Actor, "ana [31m  root\uFFFDxxx"), a.Actor[:20])
	}
	assert.Equal(t, 5000, audited(t, e, "")[1].N)
}

// As many entries as there can be numbers are all that there are.
func TestAuditOfAllEntries(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer e.Close(context.Background())
	for _, skip := range []int{0, math.MaxInt} {
		entries, more, err := e.Audit(t.Context(), "", skip, math.MaxInt)
		require.NoError(t, err)
		require.Empty(t, entries)
		require.False(t, more)
	}
}
