package monary

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// verb is what a write does with its rows.
type verb uint8

const (
	insertRows verb = iota
	replaceRows
	upsertRows
	updateRows
	deleteRows
)

func (v verb) String() string {
	return [...]string{insertRows: "insert", replaceRows: "replace", upsertRows: "upsert", updateRows: "update", deleteRows: "delete"}[v]
}

// checkKeys refuses key columns that no table could have.
func (v verb) checkKeys(keys []string) error {
	if v == insertRows {
		return nil
	}
	if len(keys) == 0 {
		return errors.New("no key columns were named")
	}
	for i, key := range keys {
		if slices.Contains(keys[:i], key) {
			return fmt.Errorf("the key column %q was named twice", key)
		}
		if _, err := updatePath(key); err != nil {
			return err
		}
	}
	return nil
}

// updatePath is a column's name as filters and updates write it. They have no
// way to escape a dot, and other uses for a dollar.
func updatePath(name string) (string, error) {
	path, err := parsePath(name)
	if err != nil {
		return "", fmt.Errorf("column %q: %w", name, err)
	}
	for _, key := range path {
		switch {
		case key == "":
			return "", fmt.Errorf("column %q: a key or an update cannot name an empty field", name)
		case strings.Contains(key, "."):
			return "", fmt.Errorf("column %q: a key or an update cannot name a field with a dot in it", name)
		case strings.HasPrefix(key, "$"):
			return "", fmt.Errorf("column %q: a key or an update cannot name a field that begins with a dollar", name)
		}
	}
	return strings.Join(path, "."), nil
}

// rowForm is how a table's rows become what a command has of them: a filter, if
// the verb has keys, and a document, if it has one.
type rowForm struct {
	keys        []*Series
	filter, doc *stamper
	sets        bool     // the document is an update, which may set nothing
	bare        *stamper // the document of a row that sets nothing; nil if such a row is not sent
}

// form prepares a table's rows.
func (v verb) form(t *Table, keys []string, o WriteOptions) (f *rowForm, err error) {
	f = &rowForm{}
	if v != insertRows {
		if err = f.addKeys(t, keys); err != nil {
			return nil, err
		}
	}
	without := nullsAbsent
	if o.ExplicitNulls {
		without = nullsExplicit
	}
	switch v {
	case insertRows:
		f.doc, err = newStamper(t, without, makeID)
	case replaceRows:
		if err = checkReplacement(t); err == nil {
			f.doc, err = newStamper(t, without, keepID)
		}
	case upsertRows, updateRows:
		err = f.addSet(t, keys, v == upsertRows, without)
	}
	return f, err
}

// checkReplacement refuses what would be the operator of an update.
func checkReplacement(t *Table) error {
	for _, name := range t.ColumnNames() {
		if strings.HasPrefix(name, "$") {
			return fmt.Errorf("column %q: a document that replaces another cannot have a field that begins with a dollar", name)
		}
	}
	return nil
}

// addKeys adds the filter: {"a.b": value}. Values that could be taken for
// operators or patterns are {$eq: value}.
func (f *rowForm) addKeys(t *Table, keys []string) error {
	filter := &branch{column: -1}
	for _, key := range keys {
		i := slices.IndexFunc(t.columns, func(s *Series) bool { return s.Name() == key })
		if i < 0 {
			return fmt.Errorf("there is no column %q for the key; the table has %s", key, strings.Join(t.ColumnNames(), ", "))
		}
		if _, err := writable(t.columns[i]); err != nil {
			return err
		}
		path, err := updatePath(key)
		if err != nil {
			return err
		}
		b := &branch{key: path, column: i}
		switch t.columns[i].Type().Kind {
		case KindAny, KindBSON, KindFixedBSON, KindStruct, KindRegex:
			b.column, b.inside = -1, []*branch{{key: "$eq", column: i}}
		}
		filter.inside = append(filter.inside, b)
		f.keys = append(f.keys, t.columns[i])
	}
	f.filter = filter.stamper(t, nullsAbsent)
	return nil
}

// addSet adds the update {$set: {"a.b": value, …}} of all columns but the keys,
// and for an upsert that sets nothing one that only inserts.
func (f *rowForm) addSet(t *Table, keys []string, upsert bool, without nulls) error {
	if _, err := treeOf(t); err != nil {
		return err
	}
	set, onInsert := &branch{key: "$set", column: -1, top: true}, &branch{key: "$setOnInsert", column: -1}
	for i, c := range t.columns {
		path, err := updatePath(c.Name())
		if err != nil {
			return err
		}
		in := set
		if slices.Contains(keys, c.Name()) {
			in = onInsert
		}
		in.inside = append(in.inside, &branch{key: path, column: i})
	}
	f.sets, f.doc = true, (&branch{column: -1, inside: withInside(set)}).stamper(t, without)
	if upsert {
		f.bare = (&branch{column: -1, inside: withInside(onInsert)}).stamper(t, without)
	}
	return nil
}

// withInside is the branch, if there is something inside.
func withInside(b *branch) []*branch {
	if len(b.inside) == 0 {
		return nil
	}
	return []*branch{b}
}

// append appends a row's filter and document to the batch's bytes and returns
// their sizes, both 0 if there is nothing to do.
func (f *rowForm) append(b *bulk, row int) (filter, doc int, err error) {
	for _, key := range f.keys {
		if !key.IsValid(row) {
			return 0, 0, fmt.Errorf("column %q: a key needs a value", key.Name())
		}
	}
	start := len(b.buf)
	if f.filter != nil {
		if b.buf, err = f.filter.append(b.buf, row); err != nil {
			return 0, 0, err
		}
	}
	middle := len(b.buf)
	if f.doc != nil {
		if b.buf, err = f.doc.append(b.buf, row); err != nil {
			return 0, 0, err
		}
	}
	if f.sets && len(b.buf)-middle == minDocument {
		return f.appendBare(b, row, start, middle)
	}
	return middle - start, len(b.buf) - middle, nil
}

// appendBare is for rows that set nothing.
func (f *rowForm) appendBare(b *bulk, row, start, middle int) (filter, doc int, err error) {
	if b.buf = b.buf[:middle]; f.bare == nil {
		b.buf = b.buf[:start]
		return 0, 0, nil
	}
	b.buf, err = f.bare.append(b.buf, row)
	return middle - start, len(b.buf) - middle, err
}
