package pipeline

import (
	"container/heap"
	"errors"
	"io"

	"github.com/penstock/penstock/monary"
)

// sorter sorts what may be more than fits into memory: as many rows as fit at a time, in a file each,
// and then all of these at once (Knuth 1998, section 5.4).
type sorter struct {
	order *order
	disk  *spill
	kept  []*batch
	bytes int64 // of those kept
	all   int64 // of all that has been added
	part  int64 // of the memory that there is for rows in files; 0 means all
	runs  []sortedRun
}

// sortedRun is a file of sorted rows, of as many others as its level says.
type sortedRun struct {
	*spillFile
	level int
}

// mergedRuns is how many files are read at a time at most.
const mergedRuns = 64

// addAll takes all batches.
func (s *sorter) addAll(in batches) error {
	for b, err := range in {
		if err != nil {
			return err
		}
		if err := s.add(b); err != nil {
			return err
		}
	}
	return nil
}

func (s *sorter) add(b *batch) error {
	size, limits := b.size(), s.disk.env.limits
	s.all += size
	if limits.exceeded(s.all) && !limits.disk {
		s.kept = nil // and go on, to say how much was needed
		return nil
	}
	if limits.spills((s.bytes+size)*max(s.part, 1)) && len(s.kept) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.kept, s.bytes = append(s.kept, b), s.bytes+size
	return nil
}

// spill sorts what is kept into a file. Many files of one level become one of the next.
func (s *sorter) spill() error {
	b, err := s.sortKept()
	if b == nil || err != nil {
		return err
	}
	f, err := s.disk.create()
	if err != nil {
		return err
	}
	if err := f.write(b); err != nil {
		return err
	}
	s.runs = append(s.runs, sortedRun{f, 0})
	err = f.finish()
	for n := len(s.runs); err == nil && n >= mergedRuns && s.runs[n-mergedRuns].level == s.runs[n-1].level; n = len(s.runs) {
		err = s.mergeLast(mergedRuns)
	}
	return err
}

func (s *sorter) sortKept() (*batch, error) {
	b, err := join(s.kept)
	s.kept, s.bytes = nil, 0
	if b == nil || err != nil {
		return nil, err
	}
	return s.order.sort(b)
}

// mergeLast makes one file of the last n.
func (s *sorter) mergeLast(n int) error {
	f, err := s.disk.create()
	if err != nil {
		return err
	}
	last := s.runs[len(s.runs)-n:]
	if err := s.merge(last, f.write); err != nil {
		return err
	}
	for _, r := range last {
		r.remove()
	}
	s.runs = append(s.runs[:len(s.runs)-n], sortedRun{f, last[0].level + 1})
	return f.finish()
}

// inMemory reports whether all rows have found a place there.
func (s *sorter) inMemory() bool { return s.runs == nil }

// unsorted is all rows, which are in memory; nil if there was no batch.
func (s *sorter) unsorted() (*batch, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return join(s.kept)
}

// check tells how much was needed if that was too much.
func (s *sorter) check() error {
	if l := s.disk.env.limits; l.exceeded(s.all) && !l.disk {
		return l.errorOf(s.all)
	}
	return nil
}

// sorted yields all rows in order.
func (s *sorter) sorted(yield func(*batch) error) error {
	if err := s.check(); err != nil {
		return err
	}
	if s.inMemory() {
		b, err := s.sortKept()
		if b == nil || err != nil {
			return err
		}
		return yield(b)
	}
	if err := s.spill(); err != nil {
		return err
	}
	for len(s.runs) > mergedRuns {
		if err := s.mergeLast(min(mergedRuns, len(s.runs)-mergedRuns+1)); err != nil {
			return err
		}
	}
	return s.merge(s.runs, yield)
}

// merge yields the rows of sorted runs in order. Equal rows come in the order of the runs.
func (s *sorter) merge(runs []sortedRun, yield func(*batch) error) error {
	m := merge{order: s.order}
	for i, r := range runs {
		in, err := r.reader()
		if err != nil {
			return err
		}
		defer in.close()
		run := &mergedRun{number: i, in: in}
		if more, err := m.load(run); err != nil {
			return err
		} else if more {
			m.runs = append(m.runs, run)
		}
	}
	heap.Init(&m)
	most := s.disk.env.limits.share(32)
	for len(m.runs) > 0 {
		if err := m.advance(); err != nil {
			return err
		}
		if len(m.taken) < defaultRows && m.bytes < most && len(m.runs) > 0 {
			continue
		}
		b, err := m.flush()
		if err == nil {
			err = yield(b)
		}
		if err != nil {
			return err
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
	bytes int64 // of the rows taken
}

type takenRow struct{ part, row int }

type mergedRun struct {
	number int
	in     *spillReader
	batch  *batch
	size   int64 // of a row
	keys   [][]monary.Value
	row    int // the next one
	part   int // of the batch, −1 if no row of it has been taken
}

// load turns a run to its next batch that has rows.
func (m *merge) load(r *mergedRun) (more bool, err error) {
	for {
		b, err := r.in.next()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case b.len() == 0:
			continue
		}
		r.batch, r.row, r.part, r.size = b, 0, -1, b.size()/int64(b.len())
		r.keys, err = m.order.keyColumns(b)
		return true, err
	}
}

// advance takes the first of all rows.
func (m *merge) advance() error {
	run := m.runs[0]
	m.take(run)
	if run.row == run.batch.len() {
		more, err := m.load(run)
		if err != nil {
			return err
		}
		if !more {
			heap.Pop(m)
			return nil
		}
	}
	heap.Fix(m, 0)
	return nil
}

func (m *merge) take(r *mergedRun) {
	if r.part < 0 {
		r.part, m.parts = len(m.parts), append(m.parts, r.batch)
	}
	m.taken, m.bytes = append(m.taken, takenRow{r.part, r.batch.row(r.row)}), m.bytes+r.size
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
	m.parts, m.taken, m.bytes = nil, nil, 0
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
