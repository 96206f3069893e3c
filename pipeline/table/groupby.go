package table

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/monary"
)

// GroupBy gathers the rows that are equal in all of the key columns and returns a row for
// each group, in the order in which they are first seen: the key columns, with their types,
// and a column for each aggregate. Rows with a null key are a group. Without keys all rows
// are one group, even if there are none. It uses all processors, and the result does not
// depend on how many there are.
func GroupBy(t *monary.Table, keys []string, aggregates ...Aggregate) (*monary.Table, error) {
	columns, err := find(t, keys)
	made, errs := make([]func(groups int) accumulator, len(aggregates)), []error{err}
	for i, a := range aggregates {
		var err error
		made[i], err = a.on(t)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errorf("group by: %w", err)
	}
	n := numberAll(t.NumRows(), columns)
	out := make([]*monary.Series, 0, len(columns)+len(aggregates))
	for _, s := range columns {
		out = append(out, s.Take(n.first))
	}
	results, err := accumulate(n, aggregates, made)
	if err != nil {
		return nil, errorf("group by: %w", err)
	}
	return newTable(append(out, results...))
}

// accumulator is an aggregate at work on one column.
type accumulator interface {
	// add adds the rows from row on, whose groups' numbers are given.
	add(codes []uint32, row int)
	// merge adds what another one, of the same column and groups, has of later rows.
	merge(later accumulator)
	// result returns a column of a row for each group.
	result(name string) (*monary.Series, error)
}

// A column is accumulated in up to mostChunks chunks of at least chunkRows rows each, so
// that processors share the work; not if there are so many groups that merging them takes
// the time. Chunks depend on the rows alone, and so does the result.
const (
	mostChunks = 16
	chunkRows  = 1 << 17
)

func chunksOf(rows, groups int) int {
	return max(1, min(mostChunks, rows/chunkRows, rows/(8*groups+1)))
}

func accumulate(n *numbering, aggregates []Aggregate, made []func(int) accumulator) ([]*monary.Series, error) {
	rows, groups := len(n.codes), len(n.first)
	chunks := chunksOf(rows, groups)
	work := make([]accumulator, len(made)*chunks)
	parallel(len(work), func(i int) {
		chunk := i % chunks
		from, to := chunk*rows/chunks, (chunk+1)*rows/chunks
		work[i] = made[i/chunks](groups)
		work[i].add(n.codes[from:to], from)
	})
	results, errs := make([]*monary.Series, len(made)), make([]error, len(made))
	for i, a := range aggregates {
		first := work[i*chunks]
		for _, later := range work[i*chunks+1 : (i+1)*chunks] {
			first.merge(later)
		}
		if results[i], errs[i] = first.result(a.name); errs[i] != nil {
			errs[i] = fmt.Errorf("%s: %w", a, errs[i])
		}
	}
	return results, errors.Join(errs...)
}
