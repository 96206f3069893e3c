package monary

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fleet reads the parts of a collection with several cursors at a time.
//
// Batches are handed out as they come, or in the order of _id. For that each part
// has an outlet of its own, one after the other; the part of what is in no range
// has two, as its documents lie before and behind all ranges.
type fleet struct {
	lanes []*lane
	crew  int // cursors at a time
	order int // of _id; 0: as they come
	mid   int // the bracket of the ranges

	outlets []*outlet // in the order in which they are read
	free    chan []byte
	begin   sync.Once
	stop    context.CancelFunc
	group   sync.WaitGroup
	claimed atomic.Int64  // lanes that someone has taken up
	last    bson.RawValue // the _id of the last document handed out, in order
}

// lane is a part and where its batches go.
type lane struct {
	scan   *scan
	out    *outlet
	behind *outlet // of documents in brackets behind the ranges'; nil: out takes all
}

// outlet is batches to be handed out, until each lane has said that it has no
// more.
type outlet struct {
	batches chan batch
	lanes   int
}

// newFleet returns the reader of some scans, of which the first is that of what is
// in no range.
func newFleet(scans []*scan, crew, ahead, order, mid int) *fleet {
	crew = min(crew, len(scans))
	f := &fleet{crew: crew, order: order, mid: mid, free: make(chan []byte, crew*(ahead+2))}
	if order == 0 {
		f.outlets = []*outlet{{batches: make(chan batch, crew*ahead), lanes: len(scans)}}
		for _, s := range scans {
			f.lanes = append(f.lanes, &lane{scan: s, out: f.outlets[0]})
		}
		return f
	}
	for range len(scans) + 1 {
		f.outlets = append(f.outlets, &outlet{batches: make(chan batch, max(ahead-1, 0)), lanes: 1})
	}
	f.lanes = append(f.lanes, &lane{scan: scans[0], out: f.outlets[0], behind: f.outlets[len(scans)]})
	for i, s := range scans[1:] {
		f.lanes = append(f.lanes, &lane{scan: s, out: f.outlets[i+1]})
	}
	return f
}

// next returns the next batch that is there, or in order. It takes buf for
// another.
func (f *fleet) next(ctx context.Context, buf []byte) ([]byte, error) {
	f.begin.Do(func() { f.sail(ctx) })
	f.giveBack(buf)
	for len(f.outlets) > 0 {
		select {
		case b := <-f.outlets[0].batches:
			if b.err == io.EOF { //nolint:errorlint // as in scan.next
				b.err = nil
				if f.outlets[0].lanes--; f.outlets[0].lanes == 0 {
					f.outlets = f.outlets[1:]
				}
			}
			if len(b.docs) > 0 || b.err != nil {
				return b.docs, f.note(b)
			}
			f.giveBack(b.docs)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, io.EOF
}

// note remembers the last _id in order, and returns the batch's error with it if
// the lane that met it had none yet.
func (f *fleet) note(b batch) error {
	if f.order == 0 {
		return b.err
	}
	if id := lastID(b.docs); !id.IsZero() {
		f.last = id
	}
	var e *CursorError
	if errors.As(b.err, &e) && e.LastID.IsZero() {
		e.LastID = f.last
	}
	return b.err
}

// sail lets the lanes be read.
func (f *fleet) sail(ctx context.Context) {
	ctx, f.stop = context.WithCancel(ctx)
	for range f.crew {
		f.group.Go(func() {
			for {
				i := int(f.claimed.Add(1)) - 1
				if i >= len(f.lanes) || !f.read(ctx, f.lanes[i]) {
					return
				}
			}
		})
	}
}

// read reads a lane to its end. It returns false where the whole read ends.
func (f *fleet) read(ctx context.Context, l *lane) bool {
	out := l.out
	for {
		docs, err := l.scan.next(ctx, f.buffer())
		if l.behind != nil && out != l.behind {
			if at := f.turn(docs); at < len(docs) || err == io.EOF { //nolint:errorlint // as in scan.next
				rest := append(f.buffer(), docs[at:]...)
				if !out.put(ctx, batch{docs[:at], io.EOF}) {
					return false
				}
				out, docs = l.behind, rest
			}
		}
		if !out.put(ctx, batch{docs, err}) {
			return false
		}
		if err != nil {
			l.scan.close(ctx)
			return err == io.EOF //nolint:errorlint // as above
		}
	}
}

// turn is where in some documents those begin that come behind the ranges.
func (f *fleet) turn(docs []byte) int {
	at := 0
	for doc := range eachDocument(docs) {
		bracket, err := bracketOf(cmp.Or(doc.Lookup("_id").Type, bson.TypeNull)) // missing sorts as null
		if bracket == f.mid {
			bracket-- // NaN is less than the ranges' numbers
		}
		if err == nil && (bracket-f.mid)*f.order > 0 {
			return at
		}
		at += len(doc)
	}
	return len(docs)
}

func (o *outlet) put(ctx context.Context, b batch) bool {
	select {
	case o.batches <- b:
		return true
	case <-ctx.Done():
		return false
	}
}

// buffer is memory for a batch, empty.
func (f *fleet) buffer() []byte {
	select {
	case buf := <-f.free:
		return buf[:0]
	default:
		return nil
	}
}

func (f *fleet) giveBack(buf []byte) {
	if cap(buf) == 0 {
		return
	}
	select {
	case f.free <- buf:
	default:
	}
}

// close stops the goroutines and ends all cursors, together: each may have to be
// waited for.
func (f *fleet) close(ctx context.Context) {
	f.begin.Do(func() {})
	if f.stop != nil {
		f.stop()
	}
	f.group.Wait()
	var group sync.WaitGroup
	for _, l := range f.lanes {
		group.Go(func() { l.scan.close(ctx) })
	}
	group.Wait()
}

var _ feed = (*fleet)(nil)
