package monary

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is the family of a column type.
type Kind uint8

// The kinds of column. The zero Kind is invalid.
const (
	KindBool        Kind = iota + 1 // bool, a byte each; only BSON booleans
	KindInt8                        // int8
	KindInt16                       // int16
	KindInt32                       // int32
	KindInt64                       // int64
	KindUint8                       // uint8
	KindUint16                      // uint16
	KindUint32                      // uint32
	KindUint64                      // uint64
	KindFloat32                     // float32; only numbers that it holds exactly
	KindFloat64                     // float64
	KindDecimal128                  // BSON decimal128, its 16 bytes
	KindDate                        // BSON UTC datetime as int64 milliseconds since 1970
	KindTimestamp                   // BSON timestamp: seconds and an increment
	KindObjectID                    // 12-byte ObjectID
	KindUUID                        // 16-byte UUID (binary subtype 4)
	KindString                      // UTF-8 text of any length: n+1 offsets and one arena
	KindFixedString                 // string:N, UTF-8 text of at most N bytes in N-byte cells
	KindRegex                       // regular expression as the text /pattern/options
	KindCode                        // JavaScript code without scope, as text
	KindSymbol                      // symbol, as text
	KindBinary                      // bytes of any length, with their subtypes
	KindFixedBinary                 // binary:N, at most N bytes in N-byte cells, with length and subtype
	KindBSON                        // raw documents and arrays
	KindFixedBSON                   // bson:N, raw documents and arrays of at most N bytes in N-byte cells
	KindVector                      // vector:N, BSON vectors and arrays of N numbers as rows of N float32
	KindVector64                    // vector64:N, the same as rows of N float64
	KindNull                        // only null: a column without any value
	KindMinKey                      // only MinKey; nothing is stored but the validity
	KindMaxKey                      // only MaxKey; nothing is stored but the validity
	KindType                        // meta: the value's BSON type code, as uint8
	KindSize                        // meta: bytes of a string, code, symbol, binary, document or array, as uint32
	KindLength                      // meta: its code points, bytes, keys or elements, as uint32
	KindList                        // list<T>, arrays: n+1 offsets and a child column
	KindStruct                      // struct{a T; b U}, documents: a child column for each field
	KindAny                         // a value of any BSON type, kept whole
)

var kindNames = [...]string{
	KindBool:        "bool",
	KindInt8:        "int8",
	KindInt16:       "int16",
	KindInt32:       "int32",
	KindInt64:       "int64",
	KindUint8:       "uint8",
	KindUint16:      "uint16",
	KindUint32:      "uint32",
	KindUint64:      "uint64",
	KindFloat32:     "float32",
	KindFloat64:     "float64",
	KindDecimal128:  "decimal128",
	KindDate:        "date",
	KindTimestamp:   "timestamp",
	KindObjectID:    "objectid",
	KindUUID:        "uuid",
	KindString:      "string",
	KindFixedString: "string:N",
	KindRegex:       "regex",
	KindCode:        "code",
	KindSymbol:      "symbol",
	KindBinary:      "binary",
	KindFixedBinary: "binary:N",
	KindBSON:        "bson",
	KindFixedBSON:   "bson:N",
	KindVector:      "vector:N",
	KindVector64:    "vector64:N",
	KindNull:        "null",
	KindMinKey:      "minkey",
	KindMaxKey:      "maxkey",
	KindType:        "type",
	KindSize:        "size",
	KindLength:      "length",
	KindList:        "list<T>",
	KindStruct:      "struct{name T; …}",
	KindAny:         "any",
}

// isMeta reports whether the type says something about a value instead of
// holding it.
func (t Type) isMeta() bool {
	return t.Kind == KindType || t.Kind == KindSize || t.Kind == KindLength
}

// String returns the kind's name. For kinds with parameters, such as string:N
// and list<T>, that is not a type text.
func (k Kind) String() string {
	if k != 0 && int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// maxWidth bounds N of string:N and its like: longer values belong into a
// column of any length.
const maxWidth = 1 << 20

// Type is the type of a column: a kind and what the kind needs beside it. The
// zero Type is invalid. Types are compared by [Type.Equal] and are read-only.
type Type struct {
	Kind   Kind
	Width  int         // bytes of a cell of string:N, binary:N and bson:N, numbers of one of vector:N and vector64:N
	Elem   *Type       // type of the elements; only for lists
	Fields []FieldSpec // the fields, each name one key; only for structs
}

// Equal reports whether two types are the same, elements and fields (their
// names and order too) included.
func (t Type) Equal(o Type) bool {
	if t.Kind != o.Kind || t.Width != o.Width || (t.Elem == nil) != (o.Elem == nil) {
		return false
	}
	if t.Elem != nil && !t.Elem.Equal(*o.Elem) {
		return false
	}
	return slices.EqualFunc(t.Fields, o.Fields, FieldSpec.Equal)
}

// String returns the text that [ParseType] reads.
func (t Type) String() string {
	switch t.Kind {
	case KindFixedString, KindFixedBinary, KindFixedBSON, KindVector, KindVector64:
		return strings.TrimSuffix(t.Kind.String(), "N") + strconv.Itoa(t.Width)
	case KindList:
		if t.Elem == nil {
			return "list<invalid>"
		}
		return "list<" + t.Elem.String() + ">"
	case KindStruct:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = quoteField(f.Name) + " " + f.Type.String()
		}
		return "struct{" + strings.Join(fields, "; ") + "}"
	}
	return t.Kind.String()
}

// check finds what is wrong with a type, however it was made.
func (t Type) check() error { return t.checkAt(0) }

func (t Type) checkAt(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("types are nested more than %d levels deep", maxDepth)
	}
	switch t.Kind {
	case KindFixedString, KindFixedBinary, KindFixedBSON, KindVector, KindVector64:
		return checkWidth(t.Kind, t.Width)
	case KindList:
		if t.Elem == nil {
			return errors.New("list: the type of its elements is not set")
		}
		if err := t.Elem.checkAt(depth + 1); err != nil {
			return fmt.Errorf("list: %w", err)
		}
		return nil
	case KindStruct:
		return t.checkFields(depth)
	}
	if t.Kind == 0 || int(t.Kind) >= len(kindNames) {
		return fmt.Errorf("invalid kind %d; known types are %s", t.Kind, knownTypes())
	}
	return nil
}

func (t Type) checkFields(depth int) error {
	if len(t.Fields) == 0 {
		return errors.New("struct: it has no fields")
	}
	seen := map[string]bool{}
	for _, f := range t.Fields {
		key, err := fieldKey(f.Name)
		if err == nil {
			err = f.Type.checkAt(depth + 1)
		}
		if err == nil && seen[key] {
			err = errors.New("the field appears twice")
		}
		if err != nil {
			return fmt.Errorf("struct field %q: %w", f.Name, err)
		}
		seen[key] = true
	}
	return nil
}

// fieldKey is the one key that the name of a struct's field stands for.
func fieldKey(name string) (string, error) {
	path, err := parsePath(name)
	if err != nil {
		return "", err
	}
	if len(path) > 1 {
		return "", fmt.Errorf(`the field of a struct is one key, found %d (a dot inside a key is written "\.")`, len(path))
	}
	return path[0], nil
}

// minBSON is the least N of bson:N: the size of the empty document.
const minBSON = minDocument

func checkWidth(k Kind, width int) error {
	least := 1
	if k == KindFixedBSON {
		least = minBSON
	}
	if width < least || width > maxWidth {
		return fmt.Errorf("%s%d: the width must be a number from %d to %d", strings.TrimSuffix(k.String(), "N"), width, least, maxWidth)
	}
	return nil
}

func knownTypes() string { return strings.Join(kindNames[1:], ", ") }
