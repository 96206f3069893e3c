package monary

import (
	"errors"
	"fmt"
	"slices"
)

// Condition is what a read asks about documents before it stores them, see [Where].
type Condition struct {
	// Fields are the columns that Keep is given. They need not be among those of the
	// read, and may have other types; what such a column does not take is masked.
	Fields Schema
	// Keep sets keep[row] for the rows of t whose documents are wanted; all of it is
	// false before. Several goroutines may call it at a time. The table is valid until it
	// returns, and how documents are divided into tables means nothing. Its error ends
	// the read behind the rows of the documents before the first for which it is
	// returned, as it is.
	Keep func(t *Table, keep []bool) error
}

// Where reads only the documents that a condition keeps. Its fields are decoded first,
// a block of documents at a time, and the others only of the documents that it
// keeps, so a condition that few documents meet saves most of the work. With
// several, each is asked about what those before it have kept. Batches are cut as
// without it, at BatchRows documents read, so they are smaller then.
//
// A document that is left out is not looked at any further: a value of it that its
// column would not take is neither counted nor, under [Fail], an error, and of what
// is malformed in it only that is found which keeps its elements from being told apart.
//
// A reader of tables that are there already ([FromTables]) asks about each as a whole: an error ends it before
// the table that it concerns, and batches are cut at BatchRows rows kept.
//
// A server sends the condition's fields beside the schema's, and still all documents; a
// filter makes it send fewer.
func Where(fields Schema, keep func(t *Table, keep []bool) error) ReadOption {
	return func(o *ReadOptions) {
		o.Where = append(slices.Clip(o.Where), Condition{Fields: fields, Keep: keep})
	}
}

// checkWhere finds the mistakes in conditions.
func (o ReadOptions) checkWhere() error {
	for i, c := range o.Where {
		if c.Keep == nil {
			return fmt.Errorf("monary: condition %d of Where has no function", i)
		}
		if err := c.Fields.check(); err != nil {
			return fmt.Errorf("monary: condition %d of Where looks at nothing: %w", i, err)
		}
	}
	if len(o.Where) > 0 && o.Server.ShortKeys {
		return errors.New("monary: fields that come by short keys cannot be asked about by Where; leave one of the two options out")
	}
	return nil
}

// located is the schema with the fields of the conditions behind its own: what has to be
// found in each document.
func (o ReadOptions) located(s Schema) Schema {
	for _, c := range o.Where {
		s = Schema{
			fields: slices.Concat(s.fields, c.Fields.fields),
			paths:  slices.Concat(s.paths, c.Fields.paths),
			texts:  slices.Concat(s.texts, c.Fields.texts),
		}
	}
	return s
}

// expected is how many rows a batch of at most so many may count on.
func (o ReadOptions) expected(rows int) int {
	if len(o.Where) > 0 {
		return 0
	}
	return min(o.ExpectRows, rows)
}
