package monary

// join is a table that grows by the rows of others, which are copied.
type join struct {
	stacks []*stack
	rows   int
}

func newJoin(s Schema) *join {
	j := &join{stacks: make([]*stack, s.Len())}
	for i, f := range s.fields {
		j.stacks[i] = newStack(f)
	}
	return j
}

func (j *join) reserve(rows int) {
	for _, s := range j.stacks {
		s.reserve(rows)
	}
}

func (j *join) add(t *Table) {
	for i, c := range t.columns {
		j.stacks[i].add(c)
	}
	j.rows += t.rows
}

// table returns the rows. With keep, clear will come.
func (j *join) table(keep bool) *Table {
	t := &Table{columns: make([]*Series, len(j.stacks)), rows: j.rows}
	for i, s := range j.stacks {
		t.columns[i] = s.series(keep)
	}
	return t
}

// clear begins another table in the same memory.
func (j *join) clear() {
	for _, s := range j.stacks {
		s.clear()
	}
	j.rows = 0
}
