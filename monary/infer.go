package monary

import (
	"bytes"
	"cmp"
	"errors"
	"iter"
	"maps"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxInferred is how many different keys the documents of one struct may have;
// more look like keys that are data, and the field is inferred as bson.
const maxInferred = 250

// InferSchema returns the narrowest schema that takes every value of the
// documents: reading them with it masks nothing. The fields come in the order
// of their names, _id first.
//
// It joins what it sees in a lattice: int32 < int64 < float64 (if a double
// equals every integer), documents are structs of all fields met, arrays lists
// of what their elements join to, BSON vectors of float32 and one length are
// vector:N, anything else mixed is any; null and missing join with everything. So the result does not depend on the order of the
// documents or on where a batch ends. To look at a sample, let docs end early.
func InferSchema[D ~[]byte](docs iter.Seq2[D, error]) (Schema, error) {
	root := &seen{}
	n, offset := int64(0), int64(0)
	for doc, err := range docs {
		if err == nil {
			err = checkFrame(doc)
		}
		if err == nil {
			if f := root.document(doc, 0); f != nil {
				err = f
			}
		}
		if err != nil {
			return Schema{}, withPosition(err, "", n, offset)
		}
		n++
		offset += int64(len(doc))
	}
	fields := root.columns()
	if len(fields) == 0 {
		return Schema{}, errors.New("monary: no schema to infer: there is no field in any document")
	}
	return finishSchema(fields, nil)
}

// seen is what the values at one place have been.
type seen struct {
	types  map[bson.Type]bool // without null and undefined
	big    bool               // an integer that no double equals
	other  bool               // a value that only an any column keeps
	uuids  bool               // all binaries are UUIDs
	short  int                // elements of the shortest binary as a vector of float32, 0 if one is none
	long   int                // and of the longest
	fields map[string]*seen   // of documents
	item   *seen              // of arrays
	stamp  int                // the container that had the key last
	visits int                // containers walked
}

// value joins a value, whose size has been checked.
func (s *seen) value(t bson.Type, val []byte, depth int) *fault {
	if t == bson.TypeNull || t == bson.TypeUndefined {
		return nil
	}
	if s.types == nil {
		s.types, s.uuids, s.short = map[bson.Type]bool{}, true, math.MaxInt
	}
	s.types[t] = true
	switch t {
	case bson.TypeInt64:
		_, state := toFloat64(t, val)
		s.big = s.big || state != Present
	case bson.TypeBinary:
		s.uuids = s.uuids && val[4] == bson.TypeBinaryUUID && len(val) == 5+16
		n := vectorLength(val)
		s.short, s.long = min(s.short, n), max(s.long, n)
	case bson.TypeRegex:
		options := val[bytes.IndexByte(val, 0)+1:]
		s.other = s.other || bytes.IndexByte(options, '/') >= 0
	case bson.TypeEmbeddedDocument:
		return s.document(val, depth+1)
	case bson.TypeArray:
		return s.array(val, depth+1)
	}
	return checkDeep(t, val, depth)
}

// document joins each field; the first of duplicate keys counts.
func (s *seen) document(doc []byte, depth int) *fault {
	if depth > maxDepth/2 {
		s.other = true
		return checkDeep(bson.TypeEmbeddedDocument, doc, depth)
	}
	if s.fields == nil {
		s.fields = map[string]*seen{}
	}
	s.visits++
	return eachElement(doc, func(t bson.Type, key, val []byte) *fault {
		field := s.fields[string(key)]
		if field == nil {
			if len(s.fields) > maxInferred && depth > 0 {
				return checkDeep(t, val, depth) // it is a bson column already
			}
			field = &seen{}
			s.fields[string(key)] = field
		}
		if field.stamp == s.visits {
			return checkDeep(t, val, depth)
		}
		field.stamp = s.visits
		return field.value(t, val, depth)
	})
}

func (s *seen) array(array []byte, depth int) *fault {
	if depth > maxDepth/2 {
		s.other = true
		return checkDeep(bson.TypeArray, array, depth)
	}
	if s.item == nil {
		s.item = &seen{}
	}
	return eachElement(array, func(t bson.Type, _, val []byte) *fault { return s.item.value(t, val, depth) })
}

// columns are the fields of the documents.
func (s *seen) columns() []FieldSpec {
	keys := slices.SortedFunc(maps.Keys(s.fields), func(a, b string) int {
		return cmp.Or(-cmp.Compare(btoi(a == "_id"), btoi(b == "_id")), cmp.Compare(a, b))
	})
	fields := make([]FieldSpec, len(keys))
	for i, key := range keys {
		fields[i] = FieldSpec{Name: EscapeKey(key), Type: s.fields[key].join()}
	}
	return fields
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// join is the narrowest type that takes all that was seen.
func (s *seen) join() Type {
	numbers := s.types[bson.TypeInt32] || s.types[bson.TypeInt64] || s.types[bson.TypeDouble]
	switch {
	case s.other:
		return Type{Kind: KindAny}
	case len(s.types) == 0:
		return Type{Kind: KindNull}
	case numbers:
		return Type{Kind: s.joinNumbers()}
	case len(s.types) > 1:
		return Type{Kind: KindAny}
	case s.types[bson.TypeEmbeddedDocument]:
		return s.joinDocuments()
	case s.types[bson.TypeArray]:
		item := s.item.join()
		return Type{Kind: KindList, Elem: &item}
	}
	for t := range s.types { // the only one
		if t == bson.TypeBinary && s.uuids {
			return Type{Kind: KindUUID}
		}
		if t == bson.TypeBinary && s.short == s.long && s.short > 0 && s.short <= maxWidth {
			return Type{Kind: KindVector, Width: s.short}
		}
		if kind, ok := inferred[t]; ok {
			return Type{Kind: kind}
		}
	}
	return Type{Kind: KindAny}
}

func (s *seen) joinNumbers() Kind {
	for t := range s.types {
		if t != bson.TypeInt32 && t != bson.TypeInt64 && t != bson.TypeDouble {
			return KindAny
		}
	}
	switch {
	case s.types[bson.TypeDouble] && s.big:
		return KindAny
	case s.types[bson.TypeDouble]:
		return KindFloat64
	case s.types[bson.TypeInt64]:
		return KindInt64
	}
	return KindInt32
}

func (s *seen) joinDocuments() Type {
	if len(s.fields) == 0 || len(s.fields) > maxInferred {
		return Type{Kind: KindBSON}
	}
	return Type{Kind: KindStruct, Fields: s.columns()}
}

// inferred are the types of columns whose values have one BSON type.
var inferred = map[bson.Type]Kind{
	bson.TypeBoolean: KindBool, bson.TypeString: KindString, bson.TypeObjectID: KindObjectID, bson.TypeDateTime: KindDate,
	bson.TypeTimestamp: KindTimestamp, bson.TypeDecimal128: KindDecimal128, bson.TypeBinary: KindBinary, bson.TypeRegex: KindRegex,
	bson.TypeJavaScript: KindCode, bson.TypeSymbol: KindSymbol, bson.TypeMinKey: KindMinKey, bson.TypeMaxKey: KindMaxKey,
}
