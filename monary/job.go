package monary

// job is what a worker takes at a time: the rest of a batch, more batches if they
// are small, and if the batch is large, part of it.
type job struct {
	shares []share
	err    error // behind the documents; io.EOF when they are the last
	done   bool
}

// share is the documents of a job that belong to one batch.
type share struct {
	ends    []uint32 // as in a chunk
	whole   bool     // they are all of the batch
	last    bool     // the batch ends with them
	decoder *decoder

	table *Table
	tally tally
	err   error // behind the rows
}

// Bytes of a job, about.
const (
	jobRead  = 16 << 10  // are read at a time, at least
	jobLeast = 256 << 10 // are worth a turn, which costs microseconds
	jobPart  = 1 << 20   // of a batch that is too large for a job
	jobsMost = 16 << 20  // of the jobs of all workers
)

// jobBatches is how many batches a job has at most, about; each has a decoder.
const jobBatches = 64

// worker takes jobs and decodes them.
type worker struct {
	*team
	slab    *slab
	locator *locator
}

func newWorker(t *team) *worker {
	return &worker{t, newSlab(), newLocator(t.reader.schema, t.reader.options)}
}

// work takes a job and does it. The team is locked before and afterwards.
func (w *worker) work() {
	j := &job{}
	w.taking = true
	w.jobs = append(w.jobs, j)
	w.mu.Unlock()
	w.take(j)
	w.mu.Lock()
	w.taking, w.ended = false, j.err != nil
	w.changed.Broadcast()
	w.mu.Unlock()
	for i := range j.shares {
		s := &j.shares[i]
		s.decoder = w.decoder()
		s.decoder.reuse = !s.whole || w.reader.options.ReuseBuffers
		if s.decode(w.slab.buf); s.err != nil {
			break
		}
	}
	w.mu.Lock()
	j.done = true
	w.changed.Broadcast()
}

// take takes the job's documents off the source.
func (w *worker) take(j *job) {
	s, t := w.slab, w.team
	docs, used, goal, most := 0, 0, t.rows-t.begun, t.most
	if goal > most/t.mean {
		most = jobPart
	}
	s.begin()
	for j.err == nil && docs < goal && used < most {
		missing := t.size(goal-docs, most-used) + used - s.held
		j.err = s.fill(t.from, min(max(missing+missing/64, jobRead), max(jobLeast, s.held))) // memory is made as bytes arrive
		if docs, used = s.docs(); docs > 0 {
			t.mean = used/docs + 1
		}
		for docs >= goal && used < jobLeast && goal < jobBatches*t.rows && !t.eager {
			goal += t.rows
		}
	}
	if docs > goal {
		docs, j.err = goal, nil
	}
	t.from.leave(s, int(s.ends[docs]))
	for ends := s.ends[:docs+1]; len(ends) > 1; {
		n := min(len(ends)-1, t.rows-t.begun)
		j.shares = append(j.shares, share{ends: ends[:n+1], whole: n == t.rows, last: t.begun+n == t.rows})
		t.begun, ends = (t.begun+n)%t.rows, ends[n:]
	}
}

// size is about how many bytes so many documents have, at most most.
func (t *team) size(docs, most int) int { return min(min(docs, most/t.mean+1)*t.mean, most) }

// decoder returns a decoder for the next table.
func (w *worker) decoder() *decoder {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := &decoder{}
	if n := len(w.spare); n > 0 {
		d, w.spare = w.spare[n-1], w.spare[:n-1]
	} else {
		d = newDecoder(w.reader.schema, w.reader.options)
	}
	d.locator = w.locator
	return d
}

// decode decodes the documents.
func (s *share) decode(buf []byte) {
	d := s.decoder
	if d.locator.sieve == nil {
		d.hint = len(s.ends) - 1
	}
	for ends := s.ends; len(ends) > 1 && s.err == nil; {
		n, f := d.add(buf, ends[:min(len(ends), blockRows+1)])
		if ends = ends[n:]; f != nil {
			s.err = f
		}
	}
	s.table, s.tally = d.flush(), d.takeTally()
}
