package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// parcel is what goes through a queue.
type parcel struct {
	batch *batch
	err   error
	fault *stagePanic
}

// stagePanic is a panic of a stage on its way to the goroutine of who runs the flow, with
// the stack of the goroutine where it was.
type stagePanic struct {
	value any
	stack []byte
}

// Error is what the stage has panicked with, and where.
func (p *stagePanic) Error() string {
	return fmt.Sprintf("%v\n\nin a stage of a flow:\n%s", p.value, p.stack)
}

// Unwrap returns the value if it is an error, such as a runtime.Error.
func (p *stagePanic) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// errGone is told when a stage has ended its goroutine by runtime.Goexit, as the FailNow of
// a test does: what it has made is not all.
var errGone = errors.New("pipeline: a stage of the flow has ended its goroutine")

// link runs what comes before in a goroutine of its own and hands it over through a queue.
// That goroutine has ended when the loop over the link ends.
func link(ctx context.Context, in batches, from, to *meter, size int) batches {
	return func(yield func(*batch, error) bool) {
		queue, stop := make(chan parcel, size), make(chan struct{})
		var work sync.WaitGroup
		work.Go(func() { fill(in, queue, stop, from) })
		defer work.Wait()
		defer close(stop)
		for {
			p, ok := take(ctx, queue, from, to)
			if p.fault != nil {
				panic(p.fault)
			}
			if !ok || !yield(p.batch, p.err) || p.err != nil {
				return
			}
		}
	}
}

// fill is the goroutine of a stage.
func fill(in batches, queue chan<- parcel, stop <-chan struct{}, m *meter) {
	defer close(queue)
	defer m.finish()
	ended := false
	defer func() {
		if fault := recover(); fault != nil {
			send(parcel{fault: &stagePanic{fault, debug.Stack()}}, queue, stop, m)
		} else if !ended {
			send(parcel{err: errGone}, queue, stop, m)
		}
	}()
	m.start(func() int { return len(queue) })
	for b, err := range in {
		if !send(parcel{batch: b, err: err}, queue, stop, m) {
			break
		}
	}
	ended = true
}

// send waits for room in the queue; false if nobody takes anything from it any more.
func send(p parcel, queue chan<- parcel, stop <-chan struct{}, m *meter) bool {
	resume := m.pause()
	defer resume()
	select {
	case queue <- p:
		m.made(p.batch, len(queue))
		return true
	case <-stop:
		return false
	}
}

// take waits for the next batch; false if there is none. A cancelled context is an error.
func take(ctx context.Context, queue <-chan parcel, from, to *meter) (p parcel, ok bool) {
	if ctx.Err() != nil {
		return parcel{err: context.Cause(ctx)}, true
	}
	from.asked(len(queue))
	if to != nil {
		resume := to.pause()
		defer resume()
	}
	select {
	case p, ok = <-queue:
	case <-ctx.Done():
		return parcel{err: context.Cause(ctx)}, true
	}
	if ok && to != nil {
		to.took(p.batch)
	}
	return p, ok
}
