package monary

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// SchemaOf makes a schema of a struct type, one field for each of its exported
// fields. Keys are the driver's: the bson tag's name, else the field's in lower
// case; "-" leaves a field out, and the inline option takes the fields of an
// inner struct as the outer one's. The type follows from Go's (int and uint
// are 64 bits wide, time.Time is date, [16]byte uuid, []byte binary, an
// interface any, a slice or array list<T>, a struct struct{…}, a pointer what
// it points to) unless a monary tag has a type text:
//
//	type Order struct {
//		ID    bson.ObjectID `bson:"_id"`
//		Price float64
//		Zip   string        `monary:"string:5"`
//		Tags  []string
//		Emb   bson.Vector   `monary:"vector:384"`
//	}
//
// Fields of other types are errors; all of them are reported at once.
func SchemaOf[T any]() (Schema, error) {
	t := reflect.TypeFor[T]()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || goTypes[t] != 0 {
		return Schema{}, fmt.Errorf("monary: a schema is made of a struct type, not of %s", t)
	}
	w := structWalker{open: []reflect.Type{t}}
	fields := w.fields(t, t.String())
	if len(w.errs) > 0 {
		return Schema{}, errors.Join(w.errs...)
	}
	return finishSchema(fields, nil)
}

// goTypes are the Go types that stand for a BSON type as a whole.
var goTypes = map[reflect.Type]Kind{
	reflect.TypeFor[time.Time]():       KindDate,
	reflect.TypeFor[bson.DateTime]():   KindDate,
	reflect.TypeFor[bson.ObjectID]():   KindObjectID,
	reflect.TypeFor[bson.Timestamp]():  KindTimestamp,
	reflect.TypeFor[bson.Decimal128](): KindDecimal128,
	reflect.TypeFor[bson.Binary]():     KindBinary,
	reflect.TypeFor[bson.Raw]():        KindBSON,
	reflect.TypeFor[bson.RawArray]():   KindBSON,
	reflect.TypeFor[bson.RawValue]():   KindAny,
	reflect.TypeFor[Value]():           KindAny,
	reflect.TypeFor[bson.Regex]():      KindRegex,
	reflect.TypeFor[bson.JavaScript](): KindCode,
	reflect.TypeFor[bson.Symbol]():     KindSymbol,
	reflect.TypeFor[bson.Null]():       KindNull,
	reflect.TypeFor[bson.MinKey]():     KindMinKey,
	reflect.TypeFor[bson.MaxKey]():     KindMaxKey,
}

// goKinds are the kinds of Go types that a column's kind follows from.
var goKinds = map[reflect.Kind]Kind{
	reflect.Bool:    KindBool,
	reflect.Int:     KindInt64,
	reflect.Int8:    KindInt8,
	reflect.Int16:   KindInt16,
	reflect.Int32:   KindInt32,
	reflect.Int64:   KindInt64,
	reflect.Uint:    KindUint64,
	reflect.Uint8:   KindUint8,
	reflect.Uint16:  KindUint16,
	reflect.Uint32:  KindUint32,
	reflect.Uint64:  KindUint64,
	reflect.Float32: KindFloat32,
	reflect.Float64: KindFloat64,
	reflect.String:  KindString,
}

// structWalker collects the faults of a struct type and of those inside it.
type structWalker struct {
	errs []error
	open []reflect.Type // types that the walk is inside of
}

func (w *structWalker) failf(where, format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf("monary: field %s: %w", where, fmt.Errorf(format, args...)))
}

// enter goes into a type, unless the walk is inside it already.
func (w *structWalker) enter(t reflect.Type, where string) bool {
	if slices.Contains(w.open, t) {
		w.failf(where, "type %s contains itself; choose a type with a monary tag", t)
		return false
	}
	w.open = append(w.open, t)
	return true
}

func (w *structWalker) leave() { w.open = w.open[:len(w.open)-1] }

func (w *structWalker) fields(t reflect.Type, where string) []FieldSpec {
	var fields []FieldSpec
	for i := range t.NumField() {
		f := t.Field(i)
		key, inline := bsonTag(f)
		inner := where + "." + f.Name
		switch {
		case !f.IsExported() || key == "-":
		case inline:
			fields = append(fields, w.inline(f.Type, inner)...)
		default:
			fields = append(fields, FieldSpec{Name: EscapeKey(key), Type: w.tagged(f, inner)})
		}
	}
	return fields
}

// bsonTag reads a field's key and whether it is inline, as the driver does.
func bsonTag(f reflect.StructField) (key string, inline bool) {
	key, options, _ := strings.Cut(f.Tag.Get("bson"), ",")
	if key == "" {
		key = strings.ToLower(f.Name)
	}
	for option := range strings.SplitSeq(options, ",") {
		inline = inline || option == "inline"
	}
	return key, inline
}

func (w *structWalker) inline(t reflect.Type, where string) []FieldSpec {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		w.failf(where, "only structs can be inline here, not %s", t)
		return nil
	}
	if !w.enter(t, where) {
		return nil
	}
	defer w.leave()
	return w.fields(t, where)
}

// tagged is the type of a field: that of its monary tag, else that of Go's type.
func (w *structWalker) tagged(f reflect.StructField, where string) Type {
	text, ok := f.Tag.Lookup("monary")
	if !ok {
		return w.typ(f.Type, where)
	}
	t, err := ParseType(text)
	if err != nil {
		w.failf(where, "%w", err)
	}
	return t
}

func (w *structWalker) typ(t reflect.Type, where string) Type {
	if kind, ok := goTypes[t]; ok {
		return Type{Kind: kind}
	}
	if kind, ok := goKinds[t.Kind()]; ok {
		return Type{Kind: kind}
	}
	if !w.enter(t, where) {
		return Type{}
	}
	defer w.leave()
	if t == reflect.TypeFor[bson.Vector]() {
		w.failf(where, "bson.Vector has any length; choose the type vector:N with a monary tag")
		return Type{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.typ(t.Elem(), where)
	case reflect.Interface:
		return Type{Kind: KindAny}
	case reflect.Struct:
		return w.structure(t, where)
	case reflect.Slice, reflect.Array:
		return w.sequence(t, where)
	}
	w.failf(where, "a column cannot be made of Go's %s; choose a type with a monary tag", t)
	return Type{}
}

func (w *structWalker) structure(t reflect.Type, where string) Type {
	before := len(w.errs)
	typ := Type{Kind: KindStruct, Fields: w.fields(t, where)}
	if len(w.errs) == before {
		if err := typ.check(); err != nil {
			w.failf(where, "%w", err)
		}
	}
	return typ
}

func (w *structWalker) sequence(t reflect.Type, where string) Type {
	if t.Elem().Kind() == reflect.Uint8 {
		if t.Kind() == reflect.Array && t.Len() == 16 {
			return Type{Kind: KindUUID}
		}
		return Type{Kind: KindBinary}
	}
	if t == reflect.TypeFor[bson.D]() {
		w.failf(where, "bson.D has any fields; choose the type bson or any with a monary tag")
		return Type{}
	}
	elem := w.typ(t.Elem(), where+"[]")
	return Type{Kind: KindList, Elem: &elem}
}
