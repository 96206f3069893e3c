package monary

import (
	"bytes"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Rejected is a value that its column did not take as it is.
type Rejected struct {
	Doc   int64  // the document's number in the stream, from 0
	Line  int64  // where its record begins in CSV text, from 1; 0 for other sources
	ID    Value  // its _id; missing if it has none
	Path  string // of the value, such as "addr.zip" or "tags[3]"
	Type  Type   // of the column, or of the list or struct inside it
	Found bson.Type
	State State
	Bytes []byte // the value's bytes, at most 1024
	Size  int    // how many it has
}

// maxRejectedBytes is how much of a rejected value is kept.
const maxRejectedBytes = 1024

// reject is a value on its way to become a Rejected: one of a block that the
// column did not take or, of a nested column, took.
type reject struct {
	row   int
	at    uint32 // in the buffer
	typ   bson.Type
	state State
}

// keepRejected keeps what the columns have rejected of a block, which is not counted yet.
func (d *decoder) keepRejected(b block) {
	for i, c := range d.columns {
		for _, r := range c.rejected {
			n := b.doc(r.row - d.rows)
			doc := b.buf[b.ends[n]:b.ends[n+1]]
			emit := func(path string, t Type, found bson.Type, val []byte, state State) {
				if len(d.tally.rejected[i]) < c.keep {
					d.tally.rejected[i] = append(d.tally.rejected[i], newRejected(d.tally.docs+int64(n), idOf(doc), path, t, found, val, state))
				}
			}
			val := b.buf[r.at:]
			size, _ := valueSize(r.typ, val) // has been checked
			eachRejected(d.schema.fields[i].Name, c.typ, c.policy == Coerce, r.typ, val[:size], r.state, emit)
		}
		c.rejected = c.rejected[:0]
	}
}

// eachRejected calls emit for a value in an offending state, or for those inside
// it that a list or struct did not take.
func eachRejected(path string, typ Type, coerces bool, t bson.Type, val []byte, state State, emit func(string, Type, bson.Type, []byte, State)) {
	if state.offends() {
		emit(path, typ, t, val, state)
		return
	}
	if state != Present {
		return
	}
	inside := func(path string, typ Type, t bson.Type, val []byte) {
		vec := newVector(typ)
		vec.reserve(1)
		state, _ := vec.write(0, t, val)
		if coerces {
			state, _, _ = coerceCell(vec, typ, 0, t, val, state, nil)
		}
		eachRejected(path, typ, coerces, t, val, state, emit)
	}
	switch typ.Kind {
	case KindList:
		i := 0
		_ = eachElement(val, func(t bson.Type, _, val []byte) *fault {
			inside(path+"["+strconv.Itoa(i)+"]", *typ.Elem, t, val)
			i++
			return nil
		})
	case KindStruct:
		seen := map[string]bool{}
		_ = eachElement(val, func(t bson.Type, key, val []byte) *fault {
			k := slices.IndexFunc(typ.Fields, func(f FieldSpec) bool { name, _ := fieldKey(f.Name); return name == string(key) })
			if k >= 0 && !seen[string(key)] {
				seen[string(key)] = true
				inside(path+"."+typ.Fields[k].Name, typ.Fields[k].Type, t, val)
			}
			return nil
		})
	}
}

// idOf is the _id of a document, missing if it has none.
func idOf(doc []byte) (id Value) {
	for pos, last := 4, len(doc)-1; pos < last; {
		t, key, val, f := nextElement(doc, pos, last)
		if f != nil {
			break
		}
		if string(key) == "_id" {
			return makeValue(t, val).Clone()
		}
		pos += 2 + len(key) + len(val)
	}
	return Value{}
}

// appendRejected appends what a column has not taken of a table's cell; doc is the row's number.
func appendRejected(dst []Rejected, doc int64, t *Table, s *Series, row int, typ Type, policy Policy, state State) []Rejected {
	v, id := s.Value(row), Value{}
	if ids, ok := t.Lookup("_id"); ok {
		id = ids.Value(row).Clone()
	}
	eachRejected(s.Name(), typ, policy == Coerce, v.typ, v.appendBytes(nil), state, func(path string, t Type, found bson.Type, val []byte, state State) {
		dst = append(dst, newRejected(doc, id, path, t, found, val, state))
	})
	return dst
}

func newRejected(doc int64, id Value, path string, t Type, found bson.Type, val []byte, state State) Rejected {
	return Rejected{Doc: doc, ID: id, Path: path, Type: t, Found: found, State: state,
		Bytes: bytes.Clone(val[:min(len(val), maxRejectedBytes)]), Size: len(val)}
}
