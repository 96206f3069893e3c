package pipeline

import (
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// WriteCSV is monary.WriteCSV for tables with documents in them: a field inside is a
// column of its own, such as _id.d, and documents give a column for each path that
// one of them has. (monary.WriteCSV, which need not look at all rows first, writes
// documents as cells of extended JSON.)
func WriteCSV(w io.Writer, t *monary.Table) error {
	opened, err := openDocuments(t)
	if err != nil {
		return err
	}
	return monary.WriteCSV(w, opened, monary.ExportOptions{})
}

// openDocuments makes columns of what is in documents, in the order in which it
// comes up.
func openDocuments(t *monary.Table) (*monary.Table, error) {
	var columns []*monary.Series
	for i := range t.NumColumns() {
		s := t.Series(i)
		f := flattener{at: map[string]int{}}
		if mayHoldDocuments(s.Type().Kind) {
			for row := range s.Len() {
				f.visit(s.Name(), nil, s.Value(row))
			}
		}
		if len(f.columns) == 0 {
			columns = append(columns, s)
		}
		for _, c := range f.columns {
			columns = append(columns, c.of(s))
		}
	}
	return monary.NewTable(columns...)
}

func mayHoldDocuments(k monary.Kind) bool {
	switch k {
	case monary.KindAny, monary.KindBSON, monary.KindFixedBSON, monary.KindStruct:
		return true
	}
	return false
}

// csvColumn is a path into a column of a table.
type csvColumn struct {
	name   string
	inside path
}

// of is the column of what is there. A document that has columns of its own is
// not written again.
func (c csvColumn) of(s *monary.Series) *monary.Series {
	values := make([]monary.Value, s.Len())
	for row := range values {
		if v := follow(s.Value(row), c.inside); !isFilled(v) {
			values[row] = v
		}
	}
	return monary.ColumnOf(c.name, values, nil)
}

// isFilled reports whether the value is a document with fields.
func isFilled(v monary.Value) bool {
	return v.Type() == bson.TypeEmbeddedDocument && len(elements(v)) > 0
}

type flattener struct {
	columns []csvColumn
	at      map[string]int
}

func (f *flattener) visit(name string, inside path, v monary.Value) {
	switch {
	case isFilled(v):
		for key, e := range v.Elements() {
			f.visit(name+"."+monary.EscapeKey(key), append(inside[:len(inside):len(inside)], key), e)
		}
	case v.IsNull() && len(inside) == 0: // says nothing of what the column holds
	default:
		if _, known := f.at[name]; !known {
			f.at[name] = len(f.columns)
			f.columns = append(f.columns, csvColumn{name: name, inside: inside})
		}
	}
}
