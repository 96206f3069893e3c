package monary

import (
	"fmt"
	"slices"
	"strings"
)

// List returns the parts of a list column: row i holds the rows offsets[i] to
// offsets[i+1]-1 of child, which is named "item". Offsets, one more than rows,
// need not begin at 0 and are read-only. An empty list and a row without one
// both have no elements; [Series.IsValid] tells them apart.
func (s *Series) List() (offsets []int64, child *Series, err error) {
	l, ok := s.vector.(*list)
	if !ok {
		return nil, nil, fmt.Errorf("monary: column %q is %s, not a list", s.Name(), s.Type())
	}
	return l.offsets, l.child, nil
}

// Fields returns the fields of a struct column as a table with as many rows.
// Where the struct has no value, none of its fields has.
func (s *Series) Fields() (*Table, error) {
	r, ok := s.vector.(*record)
	if !ok {
		return nil, fmt.Errorf("monary: column %q is %s, not a struct", s.Name(), s.Type())
	}
	return newTable(s.rows, r.fields)
}

// ListOf makes a list column: row i holds the rows offsets[i] to
// offsets[i+1]-1 of child. valid says which rows have a list, nil meaning all;
// one without must have no elements. Memory is shared. It panics when the
// offsets fall, leave the child, or are not one more than the validity marks.
func ListOf(name string, offsets []int64, child *Series, valid []bool) *Series {
	n := len(offsets) - 1
	if n < 0 || offsets[0] < 0 || !slices.IsSorted(offsets) || offsets[n] > int64(child.rows) {
		panic(fmt.Sprintf("monary: the offsets of column %q must rise from 0 to at most %d", name, child.rows))
	}
	bits := marksOf(name, n, valid)
	for row := range n {
		if !bits.get(row) && offsets[row] != offsets[row+1] {
			panic(fmt.Sprintf("monary: row %d of column %q has no list, but elements", row, name))
		}
	}
	elem := child.Type()
	typ := Type{Kind: KindList, Elem: &elem}
	return newSeries(FieldSpec{Name: name, Type: typ}, &list{offsets: offsets, child: child.Rename(itemName)}, bits, n)
}

// StructOf makes a struct column of a table's columns, whose names must be one
// key each. valid says which rows have a struct, nil meaning all; in a row
// without one the fields lose their values. It panics when there are no
// columns, when a name is a path, and when the lengths differ.
func StructOf(name string, fields *Table, valid []bool) *Series {
	typ := Type{Kind: KindStruct}
	for _, s := range fields.columns {
		typ.Fields = append(typ.Fields, s.field)
	}
	if err := typ.check(); err != nil {
		panic(fmt.Sprintf("monary: column %q: %v", name, err))
	}
	bits := marksOf(name, fields.rows, valid)
	r := newRecord(typ.Fields)
	r.parts = nil
	for _, s := range fields.columns {
		r.fields = append(r.fields, s.masked(bits))
	}
	return newSeries(FieldSpec{Name: name, Type: typ}, r, bits, fields.rows)
}

func marksOf(name string, rows int, valid []bool) bitmap {
	if valid != nil && len(valid) != rows {
		panic(fmt.Sprintf("monary: column %q has %d rows but %d validity marks", name, rows, len(valid)))
	}
	bits := newBitmap(rows)
	for row := range rows {
		if valid == nil || valid[row] {
			bits.set(row)
		}
	}
	return bits
}

// masked returns the column with values only where bits are on.
func (s *Series) masked(bits bitmap) *Series {
	if s.isWithin(bits) {
		return s
	}
	vec := newVector(s.Type())
	vec.reserve(1)
	vec.finish(1, false)
	none := newSeries(s.field, vec, newBitmap(1), 1)
	rows := make([]int, s.rows)
	for row := range rows {
		if rows[row] = row; !bits.get(row) {
			rows[row] = s.rows
		}
	}
	return concat(s, none).Take(rows)
}

// isWithin reports whether the column has values only where bits are on.
func (s *Series) isWithin(bits bitmap) bool {
	for row := range bits.without(s.rows) {
		if s.valid.get(row) {
			return false
		}
	}
	return true
}

// presence counts the cells of a column that has lost the other states: total
// of them are in documents, lists and structs that have a value themselves.
// What is inside is counted too.
func presence(path string, s *Series, total int) []Counts {
	c := Counts{Field: path, Type: s.Type()}
	c.add(Present, int64(s.rows-s.nulls))
	c.add(Null, int64(total-(s.rows-s.nulls)))
	switch vec := s.vector.(type) {
	case *list:
		items := vec.used()
		c.Nested = presence(path+"[]", items, items.rows)
	case *record:
		for _, f := range vec.fields {
			c.Nested = append(c.Nested, presence(path+"."+f.Name(), f, s.rows-s.nulls)...)
		}
	}
	return append([]Counts{c}, c.Nested...)
}

// addNested adds the counts of the columns inside a finished vector.
func (c *Counts) addNested(vec vector) {
	if v, ok := vec.(nested); ok {
		c.mergeNested(v.nestedCounts(c.Field))
	}
}

// mergeNested adds counts of the same paths. It leaves the old ones alone,
// which a report may have been given.
func (c *Counts) mergeNested(more []Counts) {
	if c.Nested = slices.Clone(c.Nested); c.Nested == nil {
		c.Nested = slices.Clone(more)
		return
	}
	for i, m := range more {
		for state, n := range m.states {
			c.Nested[i].add(State(state), n)
		}
	}
}

// absentInside are the paths inside a column that nothing was found at,
// although there was something to look in.
func (c Counts) absentInside() []string {
	var paths []string
	for _, n := range c.Nested {
		if n.isAbsent() {
			paths = append(paths, n.Field)
		}
	}
	return paths
}

func (c Counts) isAbsent() bool {
	sum := int64(0)
	for _, n := range c.states {
		sum += n
	}
	return sum > 0 && c.Of(Missing) == sum
}

func (c Counts) writeNested(b *strings.Builder) {
	for _, n := range c.Nested {
		fmt.Fprintf(b, "\n  %s %s:", quoteName(n.Field), n.Type)
		if n.isAbsent() {
			b.WriteString(" in none of them")
			continue
		}
		for state, count := range n.states {
			if count > 0 {
				fmt.Fprintf(b, " %d %s", count, State(state))
			}
		}
	}
}
