package pipeline

import (
	"container/heap"
	"errors"
	"iter"

	"github.com/penstock/penstock/monary"
)

// sorted sorts what may be more than fits into memory: as many rows as fit at a time, in a file each,
// and then all of these at once (Knuth 1998, section 5.4).
func (o *order) sorted(e *env, in batches, yield func(*batch, error) bool) {
	var disk *spill
	runs, err := o.fill(e, in, &disk)
	if err == nil {
		err = o.mergeRuns(runs, yield)
	}
	if err = errors.Join(err, disk.close()); err != nil && !errors.Is(err, errStopped) {
		yield(nil, err)
	}
}

// errStopped says that no more is wanted.
var errStopped = errors.New("stopped")

// fill sorts the rows, by parts if they do not fit.
func (o *order) fill(e *env, in batches, disk **spill) (runs []batches, err error) {
	var kept []*batch
	bytes, all := int64(0), int64(0)
	flush := func() error {
		b, err := join(kept)
		if err == nil && b != nil {
			b, err = o.sort(b)
		}
		if b == nil || err != nil {
			return err
		}
		if *disk == nil { // all that there is
			runs = append(runs, func(yield func(*batch, error) bool) { yield(b, nil) })
			return nil
		}
		f, err := (*disk).create()
		for i := 0; err == nil && i < b.len(); i += defaultRows {
			err = f.write(b.slice(i, min(i+defaultRows, b.len())))
		}
		if err == nil {
			runs = append(runs, f.batches())
		}
		return err
	}
	for b, err := range in {
		if err != nil {
			return nil, err
		}
		size := b.size()
		all += size
		if e.limits.exceeded(bytes+size) && !e.limits.disk {
			kept = nil // and go on, to say how much was needed
		} else if e.limits.exceeded(bytes+size) && len(kept) > 0 {
			if *disk == nil {
				if *disk, err = newSpill(); err != nil {
					return nil, err
				}
			}
			if err := flush(); err != nil {
				return nil, err
			}
			kept, bytes = nil, 0
		}
		kept, bytes = append(kept, b), bytes+size
	}
	if e.limits.exceeded(bytes) && !e.limits.disk {
		return nil, e.limits.errorOf(all)
	}
	return runs, flush()
}

// mergeRuns yields the rows of sorted runs in order. Equal rows come in the order of the runs.
func (o *order) mergeRuns(runs []batches, yield func(*batch, error) bool) error {
	if len(runs) == 1 {
		for b, err := range runs[0] {
			if !yield(b, err) || err != nil {
				return errStopped
			}
		}
		return nil
	}
	m := merge{order: o}
	for i, r := range runs {
		next, stop := iter.Pull2(r)
		defer stop()
		run := &mergedRun{number: i, next: next}
		if more, err := m.load(run); err != nil {
			return err
		} else if more {
			m.runs = append(m.runs, run)
		}
	}
	heap.Init(&m)
	for len(m.runs) > 0 {
		run := m.runs[0]
		m.take(run)
		more := true
		if run.row == run.batch.len() {
			var err error
			if more, err = m.load(run); err != nil {
				return err
			}
		}
		if more {
			heap.Fix(&m, 0)
		} else {
			heap.Pop(&m)
		}
		if len(m.taken) == defaultRows || len(m.runs) == 0 {
			b, err := m.flush()
			if !yield(b, err) || err != nil {
				return errStopped
			}
		}
	}
	return nil
}

// merge is a heap of runs by the row that each of them has next, and the rows taken so far.
type merge struct {
	order *order
	runs  []*mergedRun
	parts []*batch // that rows are taken from
	taken []takenRow
}

type takenRow struct{ part, row int }

type mergedRun struct {
	number int
	next   func() (*batch, error, bool)
	batch  *batch
	keys   [][]monary.Value
	row    int // the next one
	part   int // of the batch, −1 if no row of it has been taken
}

// load turns a run to its next batch that has rows.
func (m *merge) load(r *mergedRun) (more bool, err error) {
	for {
		b, err, ok := r.next()
		if !ok || err != nil {
			return false, err
		}
		if b.len() == 0 {
			continue
		}
		r.batch, r.row, r.part = b, 0, -1
		r.keys, err = m.order.keyColumns(b)
		return true, err
	}
}

func (m *merge) take(r *mergedRun) {
	if r.part < 0 {
		r.part, m.parts = len(m.parts), append(m.parts, r.batch)
	}
	m.taken = append(m.taken, takenRow{r.part, r.batch.row(r.row)})
	r.row++
}

// flush makes a batch of the rows taken.
func (m *merge) flush() (*batch, error) {
	rows := make([][]int, len(m.parts))
	for _, t := range m.taken {
		rows[t.part] = append(rows[t.part], t.row)
	}
	starts, start := make([]int, len(m.parts)), 0
	for i, part := range m.parts {
		starts[i] = start
		start += len(rows[i])
		m.parts[i] = part.pick(rows[i])
	}
	all, err := join(m.parts)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(m.taken))
	for i, t := range m.taken {
		order[i] = all.row(starts[t.part])
		starts[t.part]++
	}
	m.parts, m.taken = nil, nil
	for _, r := range m.runs {
		r.part = -1
	}
	return all.pick(order), nil
}

// Len, Less, Swap, Push and Pop are heap.Interface.
func (m *merge) Len() int { return len(m.runs) }

func (m *merge) Less(i, j int) bool {
	a, b := m.runs[i], m.runs[j]
	for k, key := range m.order.keys {
		if c := monary.Compare(a.keys[k][a.row], b.keys[k][b.row]); c != 0 {
			return c*key.sign < 0
		}
	}
	return a.number < b.number
}

func (m *merge) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }

// Push is not used.
func (m *merge) Push(any) {}

// Pop takes the last run off.
func (m *merge) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
