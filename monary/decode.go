package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// decoder writes documents, one a row, into the columns of a batch.
type decoder struct {
	schema  Schema
	plan    *node
	columns []*cells
	rows    int   // complete rows in the batch
	room    int   // rows that the columns have memory for
	hint    int   // rows of the batch before
	stamp   int64 // number of the document in progress, from 1
	report  []Counts
}

// cells is a column under construction.
type cells struct {
	vector vector
	valid  bitmap
	stamp  int64            // the newest document that wrote here
	state  State            // and what became of it
	counts [numStates]int64 // of this batch
}

func newDecoder(s Schema) *decoder {
	d := &decoder{schema: s, plan: newPlan(s), report: newCounts(s)}
	d.reset()
	return d
}

// document adds a document whose length and terminator have been checked as a
// new row. On a fault the row is taken back.
func (d *decoder) document(doc []byte) *fault {
	if d.rows == d.room {
		d.reserve(max(64, 2*d.room, d.hint))
	}
	d.stamp++
	f := d.walk(d.plan, doc, false)
	if f != nil {
		d.undo()
		return f
	}
	d.rows++
	return nil
}

// walk goes over the elements of a document or array once. This is the inner
// loop: an element costs the search for its key's end, a look at its type for
// its size, and a comparison with the keys that are wanted.
func (d *decoder) walk(n *node, doc []byte, array bool) *fault {
	n.next = 0
	pos, end := 4, len(doc)-1
	for index := 0; pos < end; index++ {
		t, key, val, f := nextElement(doc, pos, end)
		if f != nil {
			return f
		}
		var child *node
		if array {
			child = n.matchIndex(index)
		} else {
			child = n.match(key)
		}
		if child != nil {
			if f := d.element(child, t, val); f != nil {
				return f.within(pos+2+len(key), key)
			}
		}
		pos += 2 + len(key) + len(val)
	}
	return nil
}

// element stores a wanted value and looks for wanted ones inside it. The first
// of duplicate keys wins, with all that it holds.
func (d *decoder) element(n *node, t bson.Type, val []byte) *fault {
	if n.stamp == d.stamp {
		return nil
	}
	n.stamp = d.stamp
	if n.column >= 0 {
		if f := d.write(d.columns[n.column], t, val); f != nil {
			return f
		}
	}
	if len(n.children) > 0 && (t == bson.TypeEmbeddedDocument || t == bson.TypeArray) {
		return d.walk(n, val, t == bson.TypeArray)
	}
	return nil
}

func (d *decoder) write(c *cells, t bson.Type, val []byte) *fault {
	state, f := c.vector.write(d.rows, t, val)
	if f != nil {
		return f
	}
	c.stamp, c.state = d.stamp, state
	c.counts[state]++
	if state == Present || state == Truncated {
		c.valid.set(d.rows)
	}
	return nil
}

// undo takes back what the document in progress has written.
func (d *decoder) undo() {
	for _, c := range d.columns {
		if c.stamp == d.stamp {
			c.vector.undo(d.rows)
			c.valid.clear(d.rows)
			c.counts[c.state]--
		}
	}
}

func (d *decoder) reserve(rows int) {
	for _, c := range d.columns {
		c.vector.reserve(rows)
		c.valid = c.valid.grown(rows)
	}
	d.room = rows
}

// flush returns the rows as a table and starts a new batch in new memory.
func (d *decoder) flush() *Table {
	d.reserve(max(d.room, d.rows)) // a table without rows has its columns too
	series := make([]*Series, len(d.columns))
	for i, c := range d.columns {
		d.count(i)
		c.vector.finish(d.rows)
		series[i] = newSeries(d.schema.fields[i], c.vector, c.valid, d.rows)
	}
	t := &Table{columns: series, rows: d.rows}
	d.reset()
	return t
}

// count adds a column's batch to the report; what was not seen is missing.
func (d *decoder) count(column int) {
	seen := int64(0)
	for state, n := range d.columns[column].counts {
		d.report[column].add(State(state), n)
		seen += n
	}
	d.report[column].add(Missing, int64(d.rows)-seen)
}

// reset prepares for a batch of about the size of the one before.
func (d *decoder) reset() {
	d.columns = make([]*cells, len(d.schema.fields))
	for i, f := range d.schema.fields {
		d.columns[i] = &cells{vector: newVector(f.Type)}
	}
	d.rows, d.room, d.hint = 0, 0, d.rows
}
