package monary

import "slices"

// decoder writes documents, one a row, into the columns of a batch, a block of
// documents at a time.
type decoder struct {
	schema  Schema
	locator *locator
	columns []*cells
	rows    int // complete rows in the batch
	room    int // rows that the columns have memory for
	hint    int // rows of the batch before
	reuse   bool
	options ReadOptions
	open    bool  // a batch has begun
	tally   tally // since takeTally
}

// cells is a column under construction.
type cells struct {
	vector vector
	valid  bitmap
	counts [numCounts]int64 // of this batch
	before [numCounts]int64 // of its blocks before the one in progress
	typ    Type
	policy Policy
	drops  []int // rows to leave out, in order

	states   []State  // of every row, if they are kept
	keep     int      // values to keep that the column did not take
	rejected []reject // of the block in progress
	offended bool     // a value inside the cell in progress does not fit
	scratch  []byte
}

func newDecoder(s Schema, o ReadOptions) *decoder {
	d := &decoder{schema: s, locator: newLocator(s, o), tally: newTally(s), reuse: o.ReuseBuffers, options: o}
	d.columns = make([]*cells, len(s.fields))
	return d
}

// add adds the documents of a chunk, or some of them, as rows: those that end at
// ends[1:], at most blockRows, as far as they are wanted. It returns how many it has
// dealt with and, if that is not all, what is wrong with the next.
func (d *decoder) add(buf []byte, ends []uint32) (int, *fault) {
	d.begin()
	b, n, f := d.locator.wanted(buf, ends)
	d.makeRoom(b.rows())
	if row, bad := d.store(b); bad != nil {
		n, f, b = b.doc(row), bad, b.first(row)
		_, _ = d.store(b) // which holds no fault any more
	}
	d.keepRejected(b)
	d.rows += b.rows()
	d.tally.docs += int64(n)
	d.tally.filtered += int64(n - b.rows())
	d.tally.bytes += int64(ends[n] - ends[0])
	return n, f
}

// makeRoom makes room for n rows more; there is some even if none of a batch's first documents is wanted.
func (d *decoder) makeRoom(n int) {
	if need := d.rows + n; need > d.room || d.room == 0 {
		d.reserve(max(need, 2*d.room, d.hint, 1))
	}
}

// store gathers every column's cells. If a document is malformed it takes back
// the block and returns the first such document's row in it and its first fault.
func (d *decoder) store(b block) (bad int, f *fault) {
	where := uint32(0)
	bad = b.rows()
	for c, column := range d.columns {
		column.before, column.rejected = column.counts, column.rejected[:0]
		found := d.locator.found[c]
		row, g := column.gather(d.rows, b.buf, found, b.rows())
		if g == nil || row > bad || row == bad && f != nil && found.of(row) > where {
			continue
		}
		bad, where, f = row, found.of(row), g
		f.offset += int(where - b.ends[b.doc(row)])
		if len(d.schema.paths[c]) > 0 {
			f.keys = append(f.keys, d.schema.fields[c].Name)
		}
	}
	if f != nil {
		for _, column := range d.columns {
			column.counts = column.before
			column.vector.truncate(d.rows)
			column.valid.clearFrom(d.rows)
			kept, _ := slices.BinarySearch(column.drops, d.rows)
			column.drops, column.rejected = column.drops[:kept], column.rejected[:0]
		}
	}
	return bad, f
}

func (d *decoder) reserve(rows int) {
	for _, c := range d.columns {
		c.vector.reserve(rows)
		c.valid = c.valid.grown(rows)
		if d.options.KeepStates {
			c.states = resized(c.states, rows)
		}
	}
	d.room = rows
}

// begin starts a batch, of about the size of the one before, in new memory
// unless it may be reused.
func (d *decoder) begin() {
	if d.open {
		return
	}
	d.open = true
	if d.reuse && len(d.columns) > 0 && d.columns[0] != nil {
		for _, c := range d.columns {
			c.vector.truncate(0)
			clear(c.valid)
			c.counts, c.drops = [numCounts]int64{}, c.drops[:0]
		}
		return
	}
	for i, f := range d.schema.fields {
		c := &cells{vector: newVector(f.Type), typ: f.Type, policy: d.options.policy(f.Name), keep: d.options.KeepRejected}
		setInside(c.vector, c.policy, &c.offended)
		if d.options.Dictionaries {
			encodeText(c.vector)
		}
		d.columns[i] = c
	}
	d.room = 0
}

// flush ends the batch and returns its rows as a table.
func (d *decoder) flush() *Table {
	d.begin() // a table without rows has its columns too
	d.reserve(max(d.room, d.rows))
	series := make([]*Series, len(d.columns))
	for i, c := range d.columns {
		for state, n := range c.counts {
			d.tally.counts[i].add(State(state), n)
		}
		vec := c.vector
		if vec.finish(d.rows, d.reuse); d.reuse {
			vec = vec.slice(0, d.rows) // without the room behind them
		}
		if d.rows > 0 {
			d.tally.counts[i].addNested(c.vector)
		}
		series[i] = newSeries(d.schema.fields[i], vec, c.valid, d.rows)
		if c.states != nil {
			series[i].states = c.states[:d.rows:d.rows]
		}
	}
	t := d.leaveOut(&Table{columns: series, rows: d.rows})
	d.open, d.room, d.hint, d.rows = false, d.rows, d.rows, 0
	return t
}

// leaveOut returns the table without the rows that a column wants dropped.
func (d *decoder) leaveOut(t *Table) *Table {
	drop := map[int]bool{}
	for _, c := range d.columns {
		for _, row := range c.drops {
			drop[row] = true
		}
	}
	d.tally.dropped += int64(len(drop))
	return t.without(drop)
}
