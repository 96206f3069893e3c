package monary

import (
	"context"
	"iter"
	"math"
	"sync"
)

// jobRows is how many documents a job has where batches have no bound.
const jobRows = 32768

// job is a batch on its way: documents that a worker makes a table of.
type job struct {
	parts []chunk
	end   error // of the source, behind the documents

	decoder  *decoder // whose memory the table may share
	table    *Table
	counts   []Counts
	dropped  int64
	rejected [][]Rejected
	docs     int64 // decoded
	bytes    int64
	fault    error // in the next document
	done     chan struct{}
}

// decodeParallel is decode on several goroutines: one cuts the stream into jobs,
// workers decode them, and the tables come out in the order of the documents. No
// goroutine is left when the loop over it ends. Chunks must keep their memory.
func (r *Reader) decodeParallel(chunks iter.Seq2[chunk, error], rows, workers int) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		if err := context.Cause(r.ctx); err != nil {
			yield(nil, err)
			return
		}
		options := r.options
		if rows == math.MaxInt {
			rows = jobRows
			options.ReuseBuffers = r.joins
		}
		ctx, stop := context.WithCancel(r.ctx)
		var group sync.WaitGroup
		defer group.Wait()
		defer stop()

		ordered := make(chan *job, workers)
		work := make(chan *job, workers)
		decoders := make(chan *decoder, 2*workers+2)
		for range cap(decoders) {
			decoders <- newDecoder(r.schema, options)
		}
		group.Go(func() {
			defer close(ordered)
			defer close(work)
			for j := range cutJobs(ctx, chunks, rows) {
				if !send(ctx, ordered, j) || !send(ctx, work, j) {
					return
				}
			}
		})
		for range workers {
			group.Go(func() {
				for j := range work {
					j.run(ctx, decoders)
				}
			})
		}
		r.deliver(ctx, ordered, decoders, yield)
	}
}

// deliver yields the tables of the jobs in order.
func (r *Reader) deliver(ctx context.Context, ordered <-chan *job, decoders chan<- *decoder, yield func(*Table, error) bool) {
	for j := range ordered {
		select {
		case <-j.done:
		case <-ctx.Done():
			yield(nil, context.Cause(r.ctx))
			return
		}
		if j.table == nil { // the worker saw that ctx is done
			yield(nil, context.Cause(r.ctx))
			return
		}
		r.count(j.counts, j.dropped)
		r.keepRejected(r.report.Documents, j.rejected)
		r.report.Documents += j.docs
		r.offset += j.bytes
		if j.table.rows > 0 && !yield(j.table, nil) {
			return
		}
		decoders <- j.decoder
		if err := j.fault; err != nil {
			yield(nil, withPosition(err, r.file, r.report.Documents, r.offset))
			return
		}
		if err := context.Cause(r.ctx); err != nil {
			yield(nil, err)
			return
		}
		if err := j.end; err != nil {
			yield(nil, withPosition(err, r.file, r.report.Documents, r.offset))
			return
		}
	}
	if err := context.Cause(r.ctx); err != nil {
		yield(nil, err)
	}
}

// run decodes the job with one of the decoders.
func (j *job) run(ctx context.Context, decoders <-chan *decoder) {
	defer close(j.done)
	select {
	case j.decoder = <-decoders:
	case <-ctx.Done():
		return
	}
	for _, c := range j.parts {
		for ends := c.ends; len(ends) > 1 && j.fault == nil; {
			n, f := j.decoder.add(c.buf, ends[:min(len(ends), blockRows+1)])
			j.docs += int64(n)
			j.bytes += int64(ends[n] - ends[0])
			if ends = ends[n:]; f != nil {
				j.fault = f
			}
		}
		c.slab.release()
	}
	j.table = j.decoder.flush()
	j.counts, j.dropped = j.decoder.takeCounts()
	j.rejected = j.decoder.takeRejected()
	j.parts = nil
}

// cutJobs gathers chunks into jobs of so many documents each; the last has the
// source's error, if there is one.
func cutJobs(ctx context.Context, chunks iter.Seq2[chunk, error], rows int) iter.Seq[*job] {
	return func(yield func(*job) bool) {
		j, left := newJob(), rows
		for c, err := range chunks {
			for ends := c.ends; len(ends) > 1; {
				n := min(left, len(ends)-1)
				c.slab.hold()
				j.parts = append(j.parts, chunk{c.buf, ends[:n+1], c.slab})
				ends = ends[n:]
				if left -= n; left == 0 {
					if !yield(j) {
						return
					}
					j, left = newJob(), rows
				}
			}
			if err != nil || ctx.Err() != nil {
				j.end = err
				break
			}
		}
		if len(j.parts) > 0 || j.end != nil {
			yield(j)
		}
	}
}

func newJob() *job { return &job{done: make(chan struct{})} }

// send hands a job on, unless the reader stops first.
func send(ctx context.Context, to chan<- *job, j *job) bool {
	select {
	case to <- j:
		return true
	case <-ctx.Done():
		return false
	}
}
