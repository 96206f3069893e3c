package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// record is a struct column: a child column for each field, all with as many
// rows as the struct itself. The struct's own validity tells a null struct from
// one of nulls.
type record struct {
	keys   []string
	byKey  map[string]int
	parts  []*part   // while the column is written
	stacks []*stack  // while rows of others are placed in it
	fields []*Series // then
}

func newRecord(fields []FieldSpec) *record {
	r := &record{byKey: map[string]int{}}
	for i, f := range fields {
		key, err := fieldKey(f.Name)
		if err != nil {
			panic(err) // the type has been checked
		}
		r.parts = append(r.parts, newPart(f))
		r.keys = append(r.keys, key)
		r.byKey[key] = i
	}
	return r
}

func (r *record) reserve(n int) {
	for _, p := range r.parts {
		p.reserve(n)
	}
}

// write stores the fields of a document; those that it does not have are
// missing, and the first of duplicate keys wins.
func (r *record) write(row int, t bson.Type, val []byte) (State, *fault) {
	if t != bson.TypeEmbeddedDocument {
		return mismatch(t), nil
	}
	f := eachElement(val, func(t bson.Type, key, val []byte) *fault {
		i, ok := r.byKey[string(key)]
		if !ok || r.parts[i].isMarked(row) {
			return nil
		}
		return r.parts[i].write(row, t, val)
	})
	for _, p := range r.parts {
		if !p.isMarked(row) {
			p.mark(row, Missing)
		}
	}
	return Present, f
}

func (r *record) coerceInside() {
	for _, p := range r.parts {
		p.coerceInside()
	}
}

func (r *record) truncate(n int) {
	for _, p := range r.parts {
		p.truncate(n)
	}
}

func (r *record) finish(n int, keep bool) {
	r.fields = make([]*Series, len(r.keys))
	for i, p := range r.parts {
		r.fields[i] = p.finish(n, keep)
	}
	for i, s := range r.stacks {
		r.fields[i] = s.series(keep)
	}
}

func (r *record) value(row int) Value {
	doc := beginDocument()
	for i, s := range r.fields {
		if v := s.Value(row); !v.IsMissing() {
			doc = appendElement(doc, r.keys[i], v)
		}
	}
	return Value{typ: bson.TypeEmbeddedDocument, data: endDocument(doc)}
}

func (r *record) slice(i, j int) vector {
	return r.each(func(s *Series) *Series { return s.Slice(i, j) })
}

func (r *record) take(rows []int) vector {
	return r.each(func(s *Series) *Series { return s.Take(rows) })
}

func (r *record) place(row int, parts ...vector) {
	for _, p := range r.parts {
		r.stacks = append(r.stacks, newStack(p.field))
	}
	r.parts = nil
	children := make([]*Series, len(parts))
	for i, s := range r.stacks {
		if row == 0 {
			s.clear()
		}
		for k, p := range parts {
			children[k] = p.(*record).fields[i]
		}
		s.add(children...)
	}
}

func (r *record) each(change func(*Series) *Series) *record {
	out := &record{keys: r.keys, fields: make([]*Series, len(r.fields))}
	for i, s := range r.fields {
		out.fields[i] = change(s)
	}
	return out
}

func (r *record) marshal(dst []byte) []byte {
	for _, s := range r.fields {
		dst = appendCells(dst, s)
	}
	return dst
}

func (r *record) unmarshal(in *input, n int) {
	r.fields = make([]*Series, len(r.parts))
	for i, p := range r.parts {
		r.fields[i] = in.cells(p.field, n)
	}
}

func (r *record) sound(row int, valid bool) bool {
	for _, s := range r.fields {
		if !valid && s.IsValid(row) {
			return false
		}
	}
	return true
}

func (r *record) nestedCounts(path string) []Counts {
	var counts []Counts
	for _, p := range r.parts {
		counts = append(counts, p.nestedCounts(path+"."+p.field.Name)...)
	}
	return counts
}
