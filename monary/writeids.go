package monary

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// idColumn gathers the _ids of an insert's rows: those of a column that is
// complete as they are, others out of the documents.
type idColumn struct {
	parts []*Series

	// Of the table in progress:
	fresh []bson.ObjectID // if it has no _id
	mixed []Value         // if it has some, or they are of several columns
	valid []bool
}

// begin begins a table.
func (c *idColumn) begin(t *Table) {
	c.fresh, c.mixed, c.valid = nil, nil, nil
	given, ok := t.Lookup("_id")
	if ok && given.NullCount() == 0 {
		c.parts = append(c.parts, concat(given)) // a copy: the memory may be used for the next batch
		return
	}
	c.valid = make([]bool, t.rows)
	if ok || slices.ContainsFunc(t.columns, insideID) {
		c.mixed = make([]Value, t.rows)
		return
	}
	c.fresh = make([]bson.ObjectID, t.rows)
}

// insideID reports whether a column is a field of an _id that is a document.
func insideID(c *Series) bool {
	path, err := parsePath(c.Name())
	return err == nil && path[0] == "_id"
}

// note takes the _id of a row, the first field of its document.
func (c *idColumn) note(row int, doc []byte) {
	if c.valid == nil {
		return
	}
	c.valid[row] = true
	t, val := bson.Type(doc[4]), doc[4+len("\x07_id\x00"):]
	if c.fresh != nil {
		c.fresh[row] = bson.ObjectID(val)
		return
	}
	size, _ := valueSize(t, val) // of our own writing
	c.mixed[row] = makeValue(t, slices.Clone(val[:size]))
}

// end ends a table.
func (c *idColumn) end() {
	switch {
	case c.fresh != nil:
		c.parts = append(c.parts, ColumnOf("_id", c.fresh, c.valid))
	case c.mixed != nil:
		c.parts = append(c.parts, ColumnOf("_id", c.mixed, c.valid))
	}
}

// series is the column of all tables, of type "any" if theirs differ.
func (c *idColumn) series() *Series {
	if len(c.parts) == 0 {
		return nil
	}
	for _, p := range c.parts {
		if !p.Type().Equal(c.parts[0].Type()) {
			return concat(c.boxed()...)
		}
	}
	return concat(c.parts...)
}

// boxed is the tables' columns as columns of any type.
func (c *idColumn) boxed() []*Series {
	all := make([]*Series, len(c.parts))
	for i, p := range c.parts {
		values := make([]Value, p.rows)
		for row := range values {
			if p.IsValid(row) {
				values[row] = p.Value(row)
			}
		}
		all[i] = ColumnOf("_id", values, nil)
	}
	return all
}
