package pipeline

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/penstock/penstock/monary"
)

// batches is a pipeline's data on its way.
type batches = iter.Seq2[*batch, error]

// batch is some rows on their way, in one of two forms. Where only some fields
// are needed, or known, they are columns. Where a stage needs documents as they
// are, with all fields in each one's own order, rows are documents.
type batch struct {
	rows    int
	names   []string // field names as in a schema, in the order of the documents
	columns []column
	closed  bool           // a field that is no column is an error, not missing: a table of the caller's
	docs    []monary.Value // the documents; nil where there are columns
	picked  []int          // the rows that are still there; nil means all
	keys    []cells        // what a stage that puts rows in order has found for each; nil elsewhere
}

// column holds the values of a field.
type column interface{ Value(row int) monary.Value }

// cells is a column that a stage has made.
type cells []monary.Value

// Value returns the cell of a row.
func (c cells) Value(row int) monary.Value { return c[row] }

// constant is a column of one value.
type constant struct{ value monary.Value }

// Value returns the constant.
func (c constant) Value(int) monary.Value { return c.value }

// batchOf takes a table's columns.
func batchOf(t *monary.Table, closed bool) *batch {
	b := &batch{rows: t.NumRows(), names: t.ColumnNames(), closed: closed}
	for i := range b.names {
		b.columns = append(b.columns, t.Series(i))
	}
	return b
}

// documents makes a batch of whole documents.
func documents(docs []monary.Value) *batch {
	if docs == nil {
		docs = []monary.Value{}
	}
	return &batch{rows: len(docs), docs: docs}
}

func (b *batch) isDocuments() bool { return b.docs != nil }

// len is the number of rows that are there.
func (b *batch) len() int {
	if b.picked != nil {
		return len(b.picked)
	}
	return b.rows
}

// row is where the i-th of the rows that are there is kept.
func (b *batch) row(i int) int {
	if b.picked != nil {
		return b.picked[i]
	}
	return i
}

// pick returns the batch with only some of its rows, given by where they are kept.
func (b *batch) pick(rows []int) *batch {
	out := *b
	if out.picked = rows; rows == nil {
		out.picked = []int{}
	}
	return &out
}

// slice returns the i-th to j-1-th of the rows that are there.
func (b *batch) slice(i, j int) *batch {
	rows := make([]int, 0, j-i)
	for k := i; k < j; k++ {
		rows = append(rows, b.row(k))
	}
	return b.pick(rows)
}

// part is like slice, but rows are kept elsewhere: where that is possible, next to each other.
func (b *batch) part(i, j int) *batch {
	if b.picked != nil {
		return b.pick(b.picked[i:j:j]).compact()
	}
	out := *b
	out.rows, out.columns, out.keys = j-i, make([]column, len(b.columns)), make([]cells, len(b.keys))
	for k, c := range b.columns {
		switch c := c.(type) {
		case *monary.Series:
			out.columns[k] = c.Slice(i, j)
		case cells:
			out.columns[k] = c[i:j:j]
		default:
			return b.slice(i, j)
		}
	}
	if b.isDocuments() {
		out.docs = b.docs[i:j:j]
	}
	for k, key := range b.keys {
		out.keys[k] = key[i:j:j]
	}
	if b.keys == nil {
		out.keys = nil
	}
	return &out
}

// compact returns the rows that are there in memory of their own, without the others.
func (b *batch) compact() *batch {
	if b.picked == nil {
		return b
	}
	out := *b
	out.rows, out.picked, out.keys = len(b.picked), nil, b.takenKeys()
	if b.isDocuments() {
		out.docs = make([]monary.Value, len(b.picked))
		for i, row := range b.picked {
			out.docs[i] = b.docs[row].Clone()
		}
		return &out
	}
	out.columns = make([]column, len(b.columns))
	for i := range b.columns {
		out.columns[i] = b.taken(i, b.picked)
	}
	return &out
}

// field returns the column that a path leads to, and the keys that lead on from
// there: the column of the path's first key, or one that is called like the
// whole path.
func (b *batch) field(p path) (column, path, error) {
	if b.isDocuments() {
		values := make(cells, b.rows)
		for i := range b.len() {
			row := b.row(i)
			values[row] = b.docs[row].Field(p[0])
		}
		return values, p[1:], nil
	}
	if i := slices.Index(b.names, monary.EscapeKey(p[0])); i >= 0 {
		return b.columns[i], p[1:], nil
	}
	if i := slices.Index(b.names, p.String()); i >= 0 {
		return b.columns[i], nil, nil
	}
	if !b.closed {
		return constant{}, p[1:], nil
	}
	return nil, nil, fmt.Errorf("no field %q; there are %s", p, strings.Join(b.names, ", "))
}

// document puts together the document of a row.
func (b *batch) document(row int) monary.Value {
	if b.isDocuments() {
		return b.docs[row]
	}
	keys, values := make([]string, 0, len(b.names)), make([]monary.Value, 0, len(b.names))
	doc, nested := monary.Value{}, false
	for i, name := range b.names {
		v := b.columns[i].Value(row)
		if steps := keysOf(name); len(steps) > 1 || nested {
			if !nested {
				doc, nested = monary.DocumentValue(keys, values), true
			}
			doc = setPath(doc, steps, v)
			continue
		}
		keys, values = append(keys, keysOf(name)[0]), append(values, v)
	}
	if nested {
		return doc
	}
	return monary.DocumentValue(keys, values)
}

// keysOf takes a field name, as a schema has it, apart.
func keysOf(name string) []string {
	if !strings.ContainsAny(name, `.\`) {
		return []string{name}
	}
	s, err := monary.NewSchema([]string{name}, []string{"any"})
	if err != nil { // a name that is no path is one key
		return []string{name}
	}
	return s.Path(0)
}

// whole returns the batch as documents.
func (b *batch) whole() *batch {
	if b.isDocuments() {
		return b
	}
	docs := make([]monary.Value, b.len())
	for i := range docs {
		docs[i] = b.document(b.row(i))
	}
	out := documents(docs)
	out.keys = b.takenKeys()
	return out
}

// keyedBy returns the batch with other keys.
func (b *batch) keyedBy(keys ...cells) *batch {
	out := *b
	out.keys = keys
	return &out
}

// takenKeys are the keys of the rows that are there.
func (b *batch) takenKeys() []cells {
	if b.picked == nil {
		return b.keys
	}
	var out []cells
	for _, key := range b.keys {
		taken := make(cells, len(b.picked))
		for i, row := range b.picked {
			taken[i] = key[row]
		}
		out = append(out, taken)
	}
	return out
}

// with returns the batch with a column set or added.
func (b *batch) with(name string, c column) *batch {
	out := *b
	out.names, out.columns = slices.Clone(b.names), slices.Clone(b.columns)
	if i := slices.Index(out.names, name); i >= 0 {
		out.columns[i] = c
		return &out
	}
	out.names, out.columns = append(out.names, name), append(out.columns, c)
	return &out
}

// table returns the rows that are there as a table; a column that a stage made
// is an "any" column. Documents give a column for each key that one of them has.
func (b *batch) table() (*monary.Table, error) {
	if b.isDocuments() {
		return tableOf(b)
	}
	columns := make([]*monary.Series, len(b.columns))
	build := func(i int) { columns[i] = b.series(b.names[i], b.columns[i]) }
	if b.len() >= manyRows {
		inParallel(len(columns), build)
	} else {
		for i := range columns {
			build(i)
		}
	}
	if len(columns) == 0 {
		return rowsOnly(b.len())
	}
	return monary.NewTable(columns...)
}

func (b *batch) series(name string, c column) *monary.Series {
	if s, ok := c.(*monary.Series); ok {
		if b.picked != nil {
			s = s.Take(b.picked)
		}
		return s.Rename(name)
	}
	values := make([]monary.Value, b.len())
	for i := range values {
		values[i] = c.Value(b.row(i))
	}
	return monary.ColumnOf(name, values, nil)
}

func tableOf(b *batch) (*monary.Table, error) {
	var keys []string
	at := map[string]int{}
	var columns [][]monary.Value
	for i := range b.len() {
		for key, v := range b.docs[b.row(i)].Elements() {
			k, known := at[key]
			if !known {
				k = len(keys)
				at[key], keys, columns = k, append(keys, key), append(columns, make([]monary.Value, b.len()))
			}
			if columns[k][i].IsMissing() {
				columns[k][i] = v
			}
		}
	}
	series := make([]*monary.Series, len(keys))
	for k, key := range keys {
		series[k] = monary.ColumnOf(monary.EscapeKey(key), columns[k], nil)
	}
	if len(series) == 0 {
		return rowsOnly(b.len())
	}
	return monary.NewTable(series...)
}

// rowsOnly is a table of rows without columns.
func rowsOnly(n int) (*monary.Table, error) {
	t, err := monary.NewTable(monary.ColumnOf("", make([]bool, n), nil))
	if err != nil {
		return nil, err
	}
	return t.Drop("")
}

// collect joins all batches into one; nil if there are none.
func collect(in batches) (*batch, error) {
	var all []*batch
	for b, err := range in {
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return join(all)
}

// join puts batches together; nil if there are none.
func join(all []*batch) (*batch, error) {
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	out, err := joinRows(all)
	if err != nil || all[0].keys == nil {
		return out, err
	}
	out.keys = make([]cells, len(all[0].keys))
	for _, b := range all {
		for k, key := range b.takenKeys() {
			out.keys[k] = append(out.keys[k], key...)
		}
	}
	return out, nil
}

func joinRows(all []*batch) (*batch, error) {
	if !alike(all) {
		var docs []monary.Value
		for _, b := range all {
			w := b.whole()
			for i := range w.len() {
				docs = append(docs, w.docs[w.row(i)])
			}
		}
		return documents(docs), nil
	}
	tables := make([]*monary.Table, len(all))
	for i, b := range all {
		t, err := b.table()
		if err != nil {
			return nil, err
		}
		tables[i] = t
	}
	t, err := monary.Concat(tables...)
	if err != nil {
		return nil, err
	}
	return batchOf(t, all[0].closed), nil
}

// alike reports whether all batches have the same columns.
func alike(all []*batch) bool {
	for _, b := range all {
		if b.isDocuments() || !slices.Equal(b.names, all[0].names) || b.closed != all[0].closed {
			return false
		}
	}
	return true
}

// taken is column i with the rows that are kept at the given places.
func (b *batch) taken(i int, rows []int) column {
	if s, ok := b.columns[i].(*monary.Series); ok {
		return s.Take(rows)
	}
	out := make(cells, len(rows))
	for k, row := range rows {
		out[k] = b.columns[i].Value(row)
	}
	return out
}

func indexOfName(names []string, name string) (int, bool) {
	i := slices.Index(names, name)
	return i, i >= 0
}
