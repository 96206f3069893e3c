// Package codec turns outputs and checkpoints into bytes and back without loss:
// through encoding.BinaryMarshaler where a type has it, else as JSON where JSON
// keeps every value of the type.
//
// # Basics
//
// [Check] says whether a type can be kept; [Encode] and [Decode] do it.
//
// # Caveats
//
// Single values can still be refused by Encode: a NaN, an infinity, or text that
// is not UTF-8 does not fit into JSON. Nothing is altered silently.
package codec

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

var (
	binaryMarshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	jsonMarshaler     = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler   = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler     = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// Check returns why values of type t cannot be kept, nil if they can.
func Check(t reflect.Type) error {
	if isBinary(t) {
		return nil
	}
	if why := lossy(t, map[reflect.Type]bool{}, t.String()); why != "" {
		return fmt.Errorf("type %v has no MarshalBinary and UnmarshalBinary, and JSON would lose something: %s", t, why)
	}
	return nil
}

// isBinary tells whether *t can be read and t written in a binary form.
func isBinary(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer && t.Implements(binaryMarshaler) && t.Implements(binaryUnmarshaler) {
		return true
	}
	p := reflect.PointerTo(t)
	return p.Implements(binaryMarshaler) && p.Implements(binaryUnmarshaler)
}

// lossy names the first place in t that JSON does not keep.
func lossy(t reflect.Type, seen map[reflect.Type]bool, path string) string {
	p := reflect.PointerTo(t)
	switch {
	case seen[t], p.Implements(jsonMarshaler) && p.Implements(jsonUnmarshaler), p.Implements(textMarshaler) && p.Implements(textUnmarshaler):
		return ""
	case p.Implements(jsonMarshaler) || p.Implements(textMarshaler):
		return path + " is written by a method of its own, with none to read it"
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return ""
	case reflect.Pointer:
		switch t.Elem().Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map: // null could be either
			return fmt.Sprintf("%s is a pointer to a %v", path, t.Elem().Kind())
		}
		return lossy(t.Elem(), seen, path)
	case reflect.Slice, reflect.Array:
		return lossy(t.Elem(), seen, path+"[]")
	case reflect.Map:
		if k := t.Key(); !isKey(k) {
			return fmt.Sprintf("%s has keys of type %v", path, k)
		}
		return lossy(t.Elem(), seen, path+"[]")
	case reflect.Struct:
		return lossyStruct(t, seen, path)
	}
	return fmt.Sprintf("%s is of kind %v", path, t.Kind())
}

func isKey(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return t.Implements(textMarshaler) && reflect.PointerTo(t).Implements(textUnmarshaler)
}

// lossyStruct wants every field exported, under a name of its own and always written.
func lossyStruct(t reflect.Type, seen map[reflect.Type]bool, path string) string {
	names := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		at := path + "." + f.Name
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case !f.IsExported():
			return at + " is not exported"
		case tag == "-":
			return at + ` is left out by its tag json:"-"`
		case strings.Contains(options, "omit"):
			return fmt.Sprintf("%s may be left out by its tag json:%q", at, tag)
		case f.Anonymous && name == "" && f.Type.Kind() != reflect.Struct:
			return at + " is embedded"
		}
		if name == "" {
			name = f.Name
		}
		fold := strings.ToLower(name)
		if names[fold] {
			return fmt.Sprintf("%s has the JSON name %q twice", path, name)
		}
		names[fold] = true
		if f.Anonymous {
			for _, inner := range reflect.VisibleFields(f.Type) {
				if names[strings.ToLower(inner.Name)] {
					return fmt.Sprintf("%s has the JSON name %q twice", path, inner.Name)
				}
			}
		}
		if why := lossy(f.Type, seen, at); why != "" {
			return why
		}
	}
	return ""
}

// Encode returns v, of a type that Check accepts, as bytes.
func Encode(v any) ([]byte, error) {
	if isBinary(reflect.TypeOf(v)) {
		return encodeBinary(v)
	}
	if where := badText(reflect.ValueOf(v), "value"); where != "" {
		return nil, fmt.Errorf("%s is text that is not UTF-8, which JSON cannot keep", where)
	}
	return json.Marshal(v)
}

// encodeBinary prefixes a pointer's bytes with whether it is nil.
func encodeBinary(v any) ([]byte, error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return []byte{0}, nil
	}
	m, ok := v.(encoding.BinaryMarshaler)
	if !ok { // the method is the pointer's
		p := reflect.New(rv.Type())
		p.Elem().Set(rv)
		m = p.Interface().(encoding.BinaryMarshaler)
	}
	data, err := m.MarshalBinary()
	return append([]byte{1}, data...), err
}

// Decode reads what Encode has written into *p, whose type is that of the value.
func Decode(data []byte, p any) error {
	target := reflect.ValueOf(p).Elem()
	if !isBinary(target.Type()) {
		return json.Unmarshal(data, p)
	}
	if len(data) == 0 || data[0] > 1 {
		return fmt.Errorf("not the binary form of a %v", target.Type())
	}
	if data[0] == 0 {
		target.SetZero()
		return nil
	}
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		p = target.Interface()
	}
	return p.(encoding.BinaryUnmarshaler).UnmarshalBinary(data[1:])
}

// badText finds text that JSON would alter.
func badText(v reflect.Value, path string) string {
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return path
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return badText(v.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		if !mayHoldText(v.Type().Elem()) {
			return ""
		}
		for i := range v.Len() {
			if where := badText(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); where != "" {
				return where
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			for _, x := range []reflect.Value{it.Key(), it.Value()} {
				if where := badText(x, fmt.Sprintf("%s[%v]", path, it.Key())); where != "" {
					return where
				}
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if where := badText(v.Field(i), path+"."+v.Type().Field(i).Name); where != "" {
				return where
			}
		}
	}
	return ""
}

// mayHoldText spares long lists of numbers the search.
func mayHoldText(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		return true
	}
	return false
}
