package arrowcol

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// FromRecord returns the record as a table, with the column types that
// [MonarySchema] tells. It shares the record's memory where the layouts agree: as
// long as the table, or anything that was made of it without copying, is used, the
// record must be retained. monary.Concat of the one table is a copy, behind which
// the record may be released. FromRecord itself retains nothing.
//
// A record may come from anywhere: its offsets, text and documents are checked.
// What a column cannot hold is an error that names column and row: a time between
// two milliseconds, a decimal of more than 34 digits, a dictionary code that
// stands for nothing.
func FromRecord(rec arrow.RecordBatch) (*monary.Table, error) {
	types, err := columnTypes(rec.Schema())
	if err != nil {
		return nil, err
	}
	return fromRecord(rec, types)
}

// fromRecord makes columns of types that fit the record's.
func fromRecord(rec arrow.RecordBatch, types []monary.Type) (t *monary.Table, err error) {
	defer recovered(&err, "malformed record")
	if rec.NumRows() > math.MaxInt32 {
		return nil, fmt.Errorf("arrowcol: a record of %d rows; at most %d are allowed", rec.NumRows(), math.MaxInt32)
	}
	columns := make([]*monary.Series, rec.NumCols())
	for i, arr := range rec.Columns() {
		if columns[i], err = seriesOf(rec.ColumnName(i), types[i], arr); err != nil {
			return nil, fmt.Errorf("arrowcol: column %q: %w", rec.ColumnName(i), err)
		}
	}
	if t, err = tableOf(columns, int(rec.NumRows())); err != nil {
		return nil, fmt.Errorf("arrowcol: %w", err)
	}
	return t, nil
}

// recovered makes an error of a panic: Arrow's accessors and its Parquet library
// panic on much that is malformed.
func recovered(err *error, what string) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("arrowcol: %s: %v", what, p)
	}
}

// tableOf also makes a table of rows without columns.
func tableOf(columns []*monary.Series, rows int) (*monary.Table, error) {
	if len(columns) > 0 {
		return monary.NewTable(columns...)
	}
	none, err := nullSeries("", monary.Type{Kind: monary.KindNull}, rows)
	if err != nil {
		return nil, err
	}
	t, err := monary.NewTable(none)
	if err != nil {
		return nil, err
	}
	return t.Drop("")
}

// nullSeries is a column of rows without values.
func nullSeries(name string, t monary.Type, rows int) (*monary.Series, error) {
	valid := make([]byte, (rows+7)/8)
	s, err := monary.FromBuffers(name, monary.Type{Kind: monary.KindNull}, rows, monary.Buffers{Valid: valid})
	if err != nil {
		return nil, err
	}
	s, _, err = s.Cast(t)
	return s, err
}

// seriesOf makes a column of a type that fits the array.
func seriesOf(name string, t monary.Type, arr arrow.Array) (*monary.Series, error) {
	switch a := arr.(type) {
	case *array.Dictionary:
		return decoded(name, t, a)
	case array.ExtensionArray:
		return seriesOf(name, t, a.Storage())
	}
	switch t.Kind {
	case monary.KindAny:
		return anySeries(name, arr)
	case monary.KindFixedString:
		return cast(name, t, monary.KindString, arr)
	case monary.KindFixedBinary:
		return cast(name, t, monary.KindBinary, arr)
	case monary.KindFixedBSON:
		return cast(name, t, monary.KindBSON, arr)
	}
	b, err := buffersOf(t, arr)
	if err != nil {
		return nil, err
	}
	return monary.FromBuffers(name, t, arr.Len(), b)
}

// cast makes a column of fixed width of one of any, whose values must fit it.
func cast(name string, t monary.Type, plain monary.Kind, arr arrow.Array) (*monary.Series, error) {
	s, err := seriesOf(name, monary.Type{Kind: plain}, arr)
	if err != nil {
		return nil, err
	}
	fixed, counts, err := s.Cast(t)
	if err != nil {
		return nil, err
	}
	if n := counts.Of(monary.Present); n != int64(s.Len()-s.NullCount()) {
		return nil, fmt.Errorf("of %d values only %d fit %s", s.Len()-s.NullCount(), n, t)
	}
	return fixed, nil
}

// decoded replaces a dictionary's codes by what they stand for.
func decoded(name string, t monary.Type, a *array.Dictionary) (*monary.Series, error) {
	words, err := seriesOf(name, t, a.Dictionary())
	if err != nil {
		return nil, fmt.Errorf("in its dictionary, %w", err)
	}
	none, err := nullSeries(name, t, 1)
	if err != nil {
		return nil, err
	}
	table, err := monary.NewTable(words)
	if err != nil {
		return nil, err
	}
	last, err := monary.NewTable(none)
	if err != nil {
		return nil, err
	}
	if table, err = table.Append(last); err != nil {
		return nil, err
	}
	rows := make([]int, a.Len())
	for row := range rows {
		if rows[row] = words.Len(); a.IsValid(row) {
			rows[row] = a.GetValueIndex(row)
		}
		if a.IsValid(row) && (rows[row] < 0 || rows[row] >= words.Len()) {
			return nil, fmt.Errorf("row %d: code %d of a dictionary of %d", row, rows[row], words.Len())
		}
	}
	return table.Take(rows).Series(0), nil
}

// anySeries reads values of any type; a missing one is null.
func anySeries(name string, arr arrow.Array) (*monary.Series, error) {
	tagged, err := seriesOf(name, monary.Type{Kind: monary.KindBinary}, arr)
	if err != nil {
		return nil, err
	}
	raw, err := monary.ArrayOf[bson.Binary](tagged)
	if err != nil {
		return nil, err
	}
	values := make([]monary.Value, raw.Len())
	for row := range values {
		v, ok := raw.At(row)
		if !ok {
			continue
		}
		if values[row], err = monary.ParseValue(bson.RawValue{Type: bson.Type(v.Subtype), Value: v.Data}); err != nil {
			return nil, fmt.Errorf("row %d: a value of BSON type %#x: %w", row, v.Subtype, err)
		}
	}
	return monary.ColumnOf(name, values, nil), nil
}
