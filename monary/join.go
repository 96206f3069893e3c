package monary

// join makes one table of those that a read yields. When it is known how many
// rows will come, and all columns can take rows as they come, they are copied
// into their place, so that the tables' memory can be used again.
type join struct {
	empty  *Table // the columns, if no rows come
	tables []*Table
	expect int
	rows   int // in their places
	places []joiner
	valid  []bitmap
	states [][]State
}

// joiner is a vector of cells of fixed size.
type joiner interface {
	vector
	// place copies the part's rows to row at and the next ones.
	place(at int, part vector)
}

// newJoin returns a join of tables with the columns of empty.
func newJoin(empty *Table, expect int) *join {
	j := &join{empty: empty, expect: expect}
	if expect <= jobRows { // a parallel read yields no more at once
		return j
	}
	for _, s := range empty.columns {
		p, ok := newVector(s.Type()).(joiner)
		if !ok {
			j.places = nil
			return j
		}
		j.places = append(j.places, p)
	}
	return j
}

// copies reports whether the tables are only needed while they are added.
func (j *join) copies() bool { return len(j.places) > 0 }

func (j *join) add(t *Table) {
	if !j.copies() || j.rows == 0 && t.rows > jobRows { // one decoder has filled it to the end
		j.tables, j.places = append(j.tables, t), nil
		return
	}
	if j.rows == 0 {
		j.valid, j.states = make([]bitmap, len(j.places)), make([][]State, len(j.places))
		j.grow(j.expect)
	}
	if need := j.rows + t.rows; need > j.expect {
		j.grow(max(need, 2*j.expect))
	}
	for i, s := range t.columns {
		j.places[i].place(j.rows, s.vector)
		j.valid[i].copyFrom(j.rows, s.valid, s.rows)
		j.states[i] = append(j.states[i], s.states...)
	}
	j.rows += t.rows
}

func (j *join) grow(rows int) {
	j.expect = rows
	for i, p := range j.places {
		p.reserve(rows)
		j.valid[i] = j.valid[i].grown(rows)
	}
}

// table returns the rows of all tables.
func (j *join) table() (*Table, error) {
	if j.rows == 0 {
		if len(j.tables) == 1 {
			return j.tables[0], nil
		}
		return Concat(append([]*Table{j.empty}, j.tables...)...)
	}
	out := &Table{columns: make([]*Series, len(j.places)), rows: j.rows}
	for i, p := range j.places {
		p.finish(j.rows)
		out.columns[i] = newSeries(j.empty.columns[i].field, p, j.valid[i], j.rows)
		out.columns[i].states = j.states[i]
	}
	return out, nil
}

func (f *flat[T]) place(at int, part vector) { copy(f.values[at:], part.(*flat[T]).values) }

func (f *fixed) place(at int, part vector) { copy(f.cells[at*f.width:], part.(*fixed).cells) }

func (m *measured) place(at int, part vector) { m.flat.place(at, &part.(*measured).flat) }
