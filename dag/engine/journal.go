package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// journal writes records in the order in which they come. One goroutine writes
// all that has queued up since its last write at once, so that many tasks which
// finish together share a commit.
type journal struct {
	store Store
	epoch int64
	log   *slog.Logger
	lost  func(error) // called once if another has taken over

	watchers watchers

	mu      sync.Mutex
	records []Record
	late    []func(add func(Record)) // add what there is when the records are written
	waiting []func(error)            // of those who wait for records to be durable
	urgent  bool                     // somebody does
	wake    chan struct{}
	ctx     context.Context
	stop    context.CancelFunc
	done    chan struct{}
}

// lazy is how long records may lie about that nobody waits for.
const lazy = time.Second

func newJournal(store Store, epoch int64, log *slog.Logger, lost func(error)) *journal {
	j := &journal{store: store, epoch: epoch, log: log, lost: lost, wake: make(chan struct{}, 1), done: make(chan struct{})}
	j.ctx, j.stop = context.WithCancel(context.Background())
	go j.loop()
	return j
}

// errClosed is what those are told whose records come after the end.
var errClosed = errors.New("the engine is closed")

// write queues records. If then is not nil it is called, from the journal's
// goroutine, when they are durable or never will be; records that nobody waits for go with
// the next that somebody does, or after a while.
func (j *journal) write(then func(error), records ...Record) {
	j.mu.Lock()
	if j.ctx.Err() != nil {
		j.mu.Unlock()
		if then != nil {
			go then(errClosed) // the caller may hold a lock that then needs
		}
		return
	}
	j.records = append(j.records, records...)
	if then != nil {
		j.waiting = append(j.waiting, then)
		j.urgent = true
	}
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// writeLate has late called when the next records are written, to add to them.
func (j *journal) writeLate(late func(add func(Record))) {
	j.mu.Lock()
	j.late = append(j.late, late)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// sync writes records and returns when they are durable.
func (j *journal) sync(ctx context.Context, records ...Record) error {
	result := make(chan error, 1)
	j.write(func(err error) { result <- err }, records...)
	return await(ctx, result)
}

// await returns what arrives, or why ctx is done before.
func await(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (j *journal) loop() {
	defer close(j.done)
	flush := time.NewTimer(lazy)
	flush.Stop()
	armed := false
	for {
		select {
		case <-j.wake:
			if !j.isUrgent() {
				if !armed {
					armed = true
					flush.Reset(lazy)
				}
				continue
			}
		case <-flush.C:
		case <-j.ctx.Done():
			flush.Stop()
			j.fail(errClosed)
			return
		}
		armed = false
		flush.Stop()
		if err := j.commit(); err != nil {
			j.stop()
			j.lost(err)
		}
	}
}

func (j *journal) isUrgent() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.urgent
}

// take takes what has queued up.
func (j *journal) take() (records []Record, waiting []func(error)) {
	j.mu.Lock()
	records, waiting = j.records, j.waiting
	late := j.late
	j.records, j.late, j.waiting, j.urgent = nil, nil, nil, false
	j.mu.Unlock()
	for _, l := range late {
		l(func(r Record) { records = append(records, r) })
	}
	return records, waiting
}

// commit writes what has queued up. A store that fails is asked again, less and less
// often, until it does not, or the engine is closed, or another has taken over: nothing is
// lost, and nothing goes on that is not durable. A record that is written twice
// by that is known by its attempt when the log is read.
func (j *journal) commit() error {
	records, waiting := j.take()
	if len(records) == 0 && len(waiting) == 0 {
		return nil // lines that have found another way
	}
	err := insist(j.ctx, j.log, func() error { return j.store.Append(j.ctx, j.epoch, records) })
	if err != nil && j.ctx.Err() != nil {
		err = errClosed
	}
	for _, then := range waiting {
		then(err)
	}
	if err == nil {
		j.watchers.tell(records)
	}
	return err
}

// insist calls write until it succeeds, another has taken over or ctx is done.
func insist(ctx context.Context, log *slog.Logger, write func() error) error {
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := write()
		if err == nil || errors.Is(err, ErrFenced) || ctx.Err() != nil {
			return err
		}
		log.Error("store does not write", "error", err, "again_in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// fail tells those who still wait.
func (j *journal) fail(err error) {
	_, waiting := j.take()
	for _, then := range waiting {
		then(err)
	}
}

// close ends the journal. Records that are not durable yet are lost.
func (j *journal) close() {
	j.stop()
	<-j.done
}
