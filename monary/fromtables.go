package monary

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
)

// FromTables returns a reader of tables that exist already, such as the output
// of a pipeline. Each must have the schema's columns by name; their cells are
// converted to the schema's types by [Series.Cast].
func FromTables(ctx context.Context, tables iter.Seq2[*Table, error], schema Schema, opts ...ReadOption) (*Reader, error) {
	if err := schema.check(); err != nil {
		return nil, err
	}
	r, err := newReader(ctx, schema, opts)
	if err != nil {
		return nil, err
	}
	r.options.OnBytes = nil // which tables do not have
	r.batches = func(rows int) iter.Seq2[*Table, error] { return r.convert(tables, rows) }
	return r, nil
}

// convert is the way from other tables to those of the schema.
func (r *Reader) convert(tables iter.Seq2[*Table, error], rows int) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		if rows == 0 {
			rows = math.MaxInt
		}
		for t, err := range tables {
			if err == nil {
				err = context.Cause(r.ctx)
			}
			if err == nil {
				t, err = r.cast(t)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := 0; i < t.rows; i += min(rows, t.rows-i) {
				if !yield(t.Slice(i, i+min(rows, t.rows-i)), nil) {
					return
				}
			}
		}
	}
}

func (r *Reader) cast(t *Table) (*Table, error) {
	tally, drop := newTally(r.schema), map[int]bool{}
	tally.docs = int64(t.rows)
	chosen, err := r.options.chosen(t)
	if err != nil {
		return nil, err
	}
	number := func(row int) int64 { return int64(row) }
	if chosen != nil {
		t, number = t.Take(chosen), func(row int) int64 { return int64(chosen[row]) }
		tally.filtered = tally.docs - int64(t.rows)
	}
	out := &Table{columns: make([]*Series, r.schema.Len()), rows: t.rows}
	for i, f := range r.schema.fields {
		s, err := t.find(f.Name)
		if err != nil {
			return nil, err
		}
		var offence error
		policy := r.options.policy(f.Name)
		out.columns[i], tally.counts[i], err = s.cast(r.tally.docs, f.Type, policy, r.options.KeepStates, func(row int, state State) {
			if len(tally.rejected[i]) < r.options.KeepRejected {
				tally.rejected[i] = appendRejected(tally.rejected[i], number(row), t, s, row, f.Type, policy, state)
			}
			switch policy {
			case Fail:
				offence = cmp.Or(offence, fmt.Errorf("monary: row %d, field %q: %w: %s of %s in a column of type %s",
					r.tally.docs+number(row), f.Name, ErrValue, state, s.Value(row).typ, f.Type))
			case DropRow:
				drop[row] = true
			}
		})
		if err = cmp.Or(err, offence); err != nil {
			return nil, err
		}
	}
	tally.dropped = int64(len(drop))
	r.tally.add(tally, r.options.KeepRejected)
	return out.without(drop), nil
}

// chosen returns the rows of a table that all conditions keep; nil if there are no
// conditions.
func (o ReadOptions) chosen(t *Table) ([]int, error) {
	if len(o.Where) == 0 {
		return nil, nil
	}
	rows := make([]int, t.rows)
	for row := range rows {
		rows[row] = row
	}
	for _, c := range o.Where {
		of, err := c.columns(t)
		if err != nil {
			return nil, err
		}
		keep := make([]bool, len(rows))
		if err := c.Keep(of.Take(rows), keep); err != nil {
			return nil, err
		}
		kept := rows[:0]
		for i, row := range rows {
			if keep[i] {
				kept = append(kept, row)
			}
		}
		rows = kept
	}
	return rows, nil
}

// columns are the condition's columns of a table.
func (c Condition) columns(t *Table) (*Table, error) {
	of, err := t.Select(c.Fields.Names()...)
	if err != nil {
		return nil, err
	}
	for i, f := range c.Fields.fields {
		if of.columns[i], _, err = of.columns[i].cast(0, f.Type, Mask, false, func(int, State) {}); err != nil {
			return nil, err
		}
	}
	return of, nil
}
