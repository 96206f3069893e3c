package monary_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// waysToRead are reads with one cursor and several.
var waysToRead = map[string][]monary.ReadOption{
	"one":     nil,
	"alone":   {monary.Workers(1), monary.Prefetch(-1)},
	"byID":    {byID},
	"parts":   {monary.Partitions(3)},
	"inOrder": {monary.Partitions(3), byID},
	"falling": {monary.Partitions(4), fallingID, monary.Workers(1)},
}

// silent is a server that answers nothing any more, from a getMore
// or from the moment on that it is told to, until it is released.
type silent struct {
	*monary.Client
	more   atomic.Int32  // getMores that it still answers
	held   chan struct{} // closed when it has not answered
	resume chan struct{}
	once   sync.Once
}

func newSilent(t *testing.T, more int) *silent {
	t.Helper()
	q := &silent{held: make(chan struct{}), resume: make(chan struct{})}
	q.more.Store(int32(more))
	var reading atomic.Bool // after asking where to divide the collection
	_, q.Client = serving(t, numbered(t, 1000), func(s *replay.Server) {
		s.Select, s.MaxBatch = replay.Matching, 10
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			switch {
			case r.Command == "find":
				reading.Store(true)
			case r.Command == "getMore" && reading.Load():
				q.more.Add(-1)
			}
			if q.more.Load() >= 0 {
				return nil
			}
			q.once.Do(func() { close(q.held) })
			return &replay.Fault{Hold: q.resume}
		}
	})
	return q
}

// soon checks that something takes less than 100 ms; on a machine that has other
// things to do, once in ten times.
func soon(t *testing.T, once func() time.Duration) {
	t.Helper()
	best := time.Hour
	for i := 0; i < 10 && best >= 100*time.Millisecond; i++ {
		best = min(best, once())
	}
	assert.Less(t, best, 100*time.Millisecond)
}

// TestCancelReturnsSoon: a read whose server does not answer, not even to the
// killing of its cursors, ends within 100 ms of its context.
func TestCancelReturnsSoon(t *testing.T) {
	for name, opts := range waysToRead {
		t.Run(name, func(t *testing.T) {
			soon(t, func() time.Duration {
				m := newSilent(t, 5)
				defer close(m.resume)
				reason := errors.New("enough")
				ctx, cancel := context.WithCancelCause(t.Context())
				var at time.Time
				go func() {
					<-m.held
					at = time.Now()
					cancel(reason)
				}()
				r, err := m.Collection("db", "c").Find(ctx, nil, numberedSchema, opts...)
				require.NoError(t, err)
				_, err = r.Table()
				require.ErrorIs(t, err, reason)
				return time.Since(at)
			})
			noGoroutines(t)
		})
	}
}

// TestCloseReturnsSoon: so does Close in the midst of the batches, and a loop that
// is left.
func TestCloseReturnsSoon(t *testing.T) {
	for name, opts := range waysToRead {
		t.Run(name, func(t *testing.T) {
			for _, leave := range []bool{false, true} {
				soon(t, func() time.Duration {
					m := newSilent(t, 1000)
					defer close(m.resume)
					r, err := m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, append(opts, monary.BatchRows(10))...)
					require.NoError(t, err)
					var at time.Time
					for _, err := range r.Batches() {
						if errors.Is(err, monary.ErrReaderUsed) {
							break
						}
						require.NoError(t, err)
						m.more.Store(-1)
						at = time.Now()
						if leave {
							break
						}
						require.NoError(t, r.Close())
					}
					return time.Since(at)
				})
			}
			noGoroutines(t)
		})
	}
}

// TestCancelledPartsAreKilled: all cursors of a read end with it, also those that are
// not read just then.
func TestCancelledPartsAreKilled(t *testing.T) {
	for _, name := range []string{"parts", "inOrder", "falling"} {
		t.Run(name, func(t *testing.T) {
			server, m := serving(t, numbered(t, 1000), func(s *replay.Server) { s.Select, s.MaxBatch = replay.Matching, 10 })
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r, err := m.Collection("db", "c").Find(ctx, nil, numberedSchema, append(waysToRead[name], monary.BatchRows(10))...)
			require.NoError(t, err)
			batches := 0
			for _, err = range r.Batches() {
				if batches++; batches == 5 {
					assert.Positive(t, server.OpenCursors())
					cancel()
				}
			}
			require.ErrorIs(t, err, context.Canceled)
			settles(t, "the cursors are killed", func() bool { return server.OpenCursors() == 0 })
			noGoroutines(t)

			r, err = m.Collection("db", "c").Find(t.Context(), nil, numberedSchema, append(waysToRead[name], monary.BatchRows(10))...)
			require.NoError(t, err)
			require.NoError(t, r.Close(), "unread")
			settles(t, "the first cursor is killed", func() bool { return server.OpenCursors() == 0 })
		})
	}
}

// TestCutAnywhere: connections are cut at random places of random replies, 200 reads
// long. Each read gives all rows once, or an error that says how many were
// delivered and, where they have an order, which was the last.
func TestCutAnywhere(t *testing.T) {
	reads := 200
	if testing.Short() {
		reads = 60
	}
	ids := append([]any{}, oneEach...)
	for i := range 60 {
		ids = append(ids, int64(i), kindsOfIDs["objectid"](i))
	}
	docs := withIDs(t, ids)[:len(ids)] // a sort does not tell missing from undefined
	var names []string
	for name := range waysToRead {
		names = append(names, name)
	}
	var whole, broken, cuts atomic.Int32
	var group sync.WaitGroup
	places := make(chan struct{}, 100)
	for read := range reads {
		rng := rand.New(rand.NewPCG(11, uint64(read)))
		name := names[read%len(names)]
		server, m := serving(t, docs, func(s *replay.Server) {
			s.Select, s.MaxBatch = replay.Matching, 5+rng.IntN(40)
			var mu sync.Mutex
			s.OnRequest = func(r *replay.Request) *replay.Fault {
				mu.Lock()
				defer mu.Unlock()
				if r.Command == "killCursors" || rng.IntN(15) > 0 {
					return nil
				}
				cuts.Add(1)
				at := rng.Float64()
				return &replay.Fault{Cut: true, CutFrom: func(size int) int { return int(at * float64(size)) }}
			}
		})
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			if cutRead(t, m, len(docs), waysToRead[name], name) {
				whole.Add(1)
			} else {
				broken.Add(1)
			}
			settles(t, "cursors are left", func() bool { return server.OpenCursors() < 20 })
		})
	}
	group.Wait()
	noGoroutines(t)
	t.Logf("%d cuts: %d reads to the end, %d not", cuts.Load(), whole.Load(), broken.Load())
	assert.Positive(t, whole.Load())
	assert.Positive(t, broken.Load())
}

// cutRead reads n documents; it returns false if that ended in an error.
func cutRead(t *testing.T, m *monary.Client, n int, opts []monary.ReadOption, name string) bool {
	r, err := m.Collection("db", "c").Find(t.Context(), bson.D{}, partSchema, opts...)
	if err != nil {
		return false
	}
	table, err := r.Table()
	rows, bad := monary.Values[int32](table, "n")
	assert.NoError(t, bad)
	seen := map[int32]bool{}
	for _, row := range rows {
		assert.False(t, seen[row], "%s: a row came twice", name)
		seen[row] = true
	}
	if err == nil {
		assert.Len(t, rows, n, name)
		return true
	}
	var at *monary.DecodeError
	var e *monary.CursorError
	if assert.ErrorAs(t, err, &at) && assert.ErrorAs(t, err, &e) {
		assert.EqualValues(t, len(rows), at.Doc)
	}
	if name != "parts" && len(rows) > 0 {
		last := table.Series(0).Value(len(rows) - 1)
		assert.True(t, last.Raw().Equal(e.LastID), "%s: %s came last, not %s", name, last, e.LastID)
	}
	return false
}

// TestCancelledFindLeavesNoCursor: one that the server makes just when the context is
// cancelled is killed, though nobody waits for it.
func TestCancelledFindLeavesNoCursor(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	server, m := serving(t, numbered(t, 100), func(s *replay.Server) {
		s.MaxBatch = 10
		s.OnRequest = func(r *replay.Request) *replay.Fault {
			if r.Command == "killCursors" {
				return nil
			}
			close(asked)
			return &replay.Fault{Hold: release}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := m.Collection("db", "c").Find(ctx, nil, numberedSchema)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	settles(t, "the cursor is killed", func() bool { return len(server.Requests("killCursors")) == 1 && server.OpenCursors() == 0 })
}
