package monary

// sieve asks the conditions of a read about documents that have been located, which
// is when nothing but their places is known.
type sieve struct {
	conditions []Condition
	probes     []*decoder // the fields of each
	places     []*places  // of all columns, each once
	keep       [blockRows]bool
	rows       [blockRows]int
	docs       [blockRows]int
}

// newSieve makes a sieve of conditions whose fields are located for found, one behind the
// other, and then among all.
func newSieve(conditions []Condition, found, all []*places) *sieve {
	s := &sieve{conditions: conditions}
	for _, c := range conditions {
		d := newDecoder(c.Fields, ReadOptions{ReuseBuffers: true})
		d.locator, found = &locator{found: found[:c.Fields.Len()]}, found[c.Fields.Len():]
		s.probes = append(s.probes, d)
	}
	seen := map[*places]bool{}
	for _, p := range all {
		if !seen[p] {
			seen[p] = true
			s.places = append(s.places, p)
		}
	}
	return s
}

// sift leaves of a block what the conditions keep. It returns how many documents that
// concerns and, if they are not all, what is wrong with the next, which is f if nothing
// else is.
func (s *sieve) sift(b block, f *fault) (kept block, docs int, bad *fault) {
	docs = len(b.ends) - 1
	for i, c := range s.conditions {
		if b.rows() == 0 {
			break
		}
		t, row, g := s.probe(s.probes[i], b)
		if g != nil {
			b, docs, f = b.first(row), b.doc(row), g
		}
		if t.rows == 0 {
			break
		}
		if row, err := c.ask(t, s.keep[:t.rows]); err != nil {
			b, docs, f = b.first(row), b.doc(row), &fault{err: err, foreign: true}
		}
		b = s.pick(b)
	}
	return b, docs, f
}

// probe decodes the fields of a condition, up to the row that is malformed in them.
func (s *sieve) probe(d *decoder, b block) (t *Table, row int, f *fault) {
	d.begin()
	d.makeRoom(b.rows())
	if row, f = d.store(b); f != nil {
		_, _ = d.store(b.first(row)) // which holds no fault any more
	}
	d.rows = row
	return d.flush(), row, f
}

// pick leaves of the block what is to be kept.
func (s *sieve) pick(b block) block {
	n := 0
	for row, keep := range s.keep[:b.rows()] {
		if keep {
			s.rows[n], s.docs[n] = row, b.doc(row)
			n++
		}
	}
	if n == b.rows() {
		return b
	}
	for _, p := range s.places {
		p.pick(s.rows[:n])
	}
	b.chosen = s.docs[:n]
	return b
}

// ask asks the condition about the rows of a table. With an error, it has answered for
// the rows before the one that the error concerns.
func (c Condition) ask(t *Table, keep []bool) (rows int, err error) {
	clear(keep)
	whole := c.Keep(t, keep)
	if whole == nil {
		return t.rows, nil
	}
	clear(keep)
	for row := range t.rows {
		if err := c.Keep(t.Slice(row, row+1), keep[row:row+1]); err != nil {
			return row, err
		}
	}
	return 0, whole
}
