package pipeline

import (
	"context"
	"sync"
)

// parcel is what goes through a queue.
type parcel struct {
	batch *batch
	err   error
	fault any // what the stage has panicked with
}

// link runs what comes before in a goroutine of its own and hands it over through a
// queue. That goroutine has ended when the loop over the link ends.
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
				panic(p.fault) // in the goroutine of who runs the flow, as without a queue
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
	defer func() {
		if fault := recover(); fault != nil {
			send(parcel{fault: fault}, queue, stop, m)
		}
	}()
	m.start()
	for b, err := range in {
		if !send(parcel{batch: b, err: err}, queue, stop, m) {
			return
		}
	}
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
	from.depth(len(queue))
	if ok && to != nil {
		to.took(p.batch)
	}
	return p, ok
}
