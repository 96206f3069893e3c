package monary

import (
	"context"
	"io"
	"sync"
)

// wire is the documents of a server as a [supply]. A goroutine fetches batches
// while others are decoded; how many there are at a time is bounded, and so is
// their memory, which goes round.
type wire struct {
	ctx   context.Context
	stop  context.CancelFunc
	from  feed
	ahead int // batches fetched ahead; 0: none, each when it is asked for

	fetched chan batch
	free    chan []byte
	group   sync.WaitGroup
	once    sync.Once // begins or prevents the fetching

	rest []byte // taken back
	err  error  // behind the documents so far
}

// feed is where a wire gets its batches from: one cursor or several.
type feed interface {
	// next returns the documents of the next batch, back to back. It may take buf,
	// which is empty, for them or for others. io.EOF says that there are no more;
	// there may be documents beside an error.
	next(ctx context.Context, buf []byte) ([]byte, error)
	// close ends the cursors, even when ctx has been cancelled.
	close(ctx context.Context)
}

// batch is the documents of a reply, back to back.
type batch struct {
	docs []byte
	err  error // behind them
}

func newWire(ctx context.Context, from feed, ahead int) *wire {
	w := &wire{from: from, ahead: ahead}
	w.ctx, w.stop = context.WithCancel(ctx)
	w.free = make(chan []byte, ahead+1)
	if ahead > 0 {
		w.fetched = make(chan batch, ahead-1) // one more is in the goroutine's hands
	}
	return w
}

// fetch fetches all batches.
func (w *wire) fetch() {
	for {
		b := w.one()
		select {
		case w.fetched <- b:
		case <-w.ctx.Done():
			return
		}
		if b.err != nil {
			return
		}
	}
}

// one fetches a batch into memory that is free.
func (w *wire) one() batch {
	var buf []byte
	select {
	case buf = <-w.free:
	default:
	}
	docs, err := w.from.next(w.ctx, buf[:0])
	return batch{docs, err}
}

// take returns the next batch as soon as it is there.
func (w *wire) take() batch {
	if w.ahead == 0 {
		return w.one()
	}
	w.once.Do(func() { w.group.Go(w.fetch) })
	select {
	case b := <-w.fetched:
		return b
	case <-w.ctx.Done():
		return batch{err: w.ctx.Err()}
	}
}

func (w *wire) more(s *slab, _ int) error {
	if len(w.rest) > 0 {
		w.put(s, w.rest)
		w.rest = w.rest[:0]
		return nil
	}
	if w.err != nil {
		return w.err
	}
	b := w.take()
	if cause := context.Cause(w.ctx); cause != nil && b.err != nil && b.err != io.EOF { //nolint:errorlint // as in scan.next
		b.err = cause
	}
	w.err = b.err
	if s.held == 0 && len(b.docs) > 0 { // the slab takes the memory and gives its own
		s.own, b.docs, s.held = b.docs[:cap(b.docs)], s.own, len(b.docs)
		s.buf = s.own
	} else {
		w.put(s, b.docs)
	}
	select {
	case w.free <- b.docs:
	default:
	}
	return b.err
}

func (w *wire) put(s *slab, docs []byte) {
	s.grow(len(docs))
	s.held += copy(s.buf[s.held:], docs)
}

func (w *wire) leave(s *slab, used int) { w.rest = append(w.rest, s.buf[used:s.held]...) }

// interrupt lets a more that waits return. Nothing can be read afterwards.
func (w *wire) interrupt() { w.stop() }

// close stops the goroutine and ends the cursor.
func (w *wire) close() error {
	w.stop()
	w.once.Do(func() {})
	w.group.Wait()
	w.from.close(w.ctx)
	return nil
}

var _ supply = (*wire)(nil)
