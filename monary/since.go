package monary

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Window is the documents whose field has a value from From on and before To, the
// one included and the other not. The zero value is all documents.
type Window struct {
	// Field is a dotted path.
	Field string
	// From and To are Go or BSON values, [Value] or bson.RawValue; nil and the zero
	// values of these two mean that there is no such bound. A bound finds values of
	// its own kind only: one that is a date no numbers, and no document without
	// the field.
	From, To any
}

// Since lets [Collection.Find] and [Collection.Count] read the documents whose
// field has the watermark's value or a greater one of the same kind: what has been
// added, if the field grows. [Reader.Watermark] is where the next read begins. For
// the first one the watermark is nil, which gives all documents.
//
// Documents with exactly the watermark's value come again, since others may have
// got it meanwhile; what takes them has to replace what it has of the same _id.
// Documents that get a smaller value later, because clocks differ or transactions
// end late, are never seen: begin as much earlier as they may be late. A document whose
// field is an array is read if one of its elements is new, but gives no watermark.
// An index that begins with the field makes it fast.
func Since(field string, watermark any) ReadOption { return Between(field, watermark, nil) }

// Between lets [Collection.Find] and [Collection.Count] read the documents whose
// field is from or greater, and less than to: the data interval of a run. Nothing is
// read twice, or left out between one interval and the next, but for documents that
// come into an interval that was read already; run it again for these.
func Between(field string, from, to any) ReadOption {
	return func(o *ReadOptions) { o.Server.Window = Window{Field: field, From: from, To: to} }
}

func (w Window) given() bool { return w.Field != "" || w.From != nil || w.To != nil }

// filter is that of the window's documents, nil for all.
func (w Window) filter() (bson.D, error) {
	if !w.given() {
		return nil, nil //nolint:nilnil // no filter is none
	}
	keys, err := w.path()
	if err != nil {
		return nil, err
	}
	from, err := w.bound("from", w.From)
	if err != nil {
		return nil, err
	}
	to, err := w.bound("to", w.To)
	if err != nil {
		return nil, err
	}
	var is bson.D
	if !from.IsMissing() {
		is = append(is, bson.E{Key: "$gte", Value: from.Raw()})
	}
	if !to.IsMissing() {
		is = append(is, bson.E{Key: "$lt", Value: to.Raw()})
	}
	if len(is) == 2 && (!SameBracket(from, to) || Compare(from, to) >= 0) {
		return nil, fmt.Errorf("monary: of field %q what is from %s (%s) and before %s (%s) is wanted, which is nothing", w.Field, from, from.Type(), to, to.Type())
	}
	if len(is) == 0 {
		return nil, nil //nolint:nilnil // as above
	}
	return bson.D{{Key: strings.Join(keys, "."), Value: is}}, nil
}

// path is the field's path, which a filter has to be able to name.
func (w Window) path() ([]string, error) {
	keys, err := parsePath(w.Field)
	if err == nil && slices.ContainsFunc(keys, func(key string) bool { return key == "" || key[0] == '$' || strings.Contains(key, ".") }) {
		err = errors.New("a filter cannot name it")
	}
	if err != nil {
		return nil, fmt.Errorf("monary: the field %q to read by: %w", w.Field, err)
	}
	return keys, nil
}

// bound is a bound as a value, missing if there is none.
func (w Window) bound(which string, v any) (Value, error) {
	switch given := v.(type) {
	case nil:
		return Value{}, nil
	case Value:
		v = given.Raw()
	}
	if raw, ok := v.(bson.RawValue); ok && raw.IsZero() {
		return Value{}, nil
	}
	typ, data, err := bson.MarshalValue(v)
	if err != nil {
		return Value{}, fmt.Errorf("monary: the bound %s of field %q: %w", which, w.Field, err)
	}
	raw := bson.RawValue{Type: typ, Value: data}
	if !slices.Contains(rangeTypes, typ) || isNaN(raw) {
		return Value{}, fmt.Errorf("monary: the bound %s of field %q is %s, of type %s; values of that kind have no range", which, w.Field, raw, typ)
	}
	return ParseValue(raw)
}

// watermark is the greatest value of a window's field in the documents that came.
type watermark struct {
	path []string
	mu   sync.Mutex
	most Value
}

// newWatermark begins where the window does; nil for no window.
func newWatermark(w Window) (*watermark, error) {
	if !w.given() {
		return nil, nil //nolint:nilnil // as its methods say
	}
	path, err := w.path()
	if err != nil {
		return nil, err
	}
	from, err := w.bound("from", w.From)
	return &watermark{path: path, most: from}, err
}

// paths are what it has to see of a document.
func (w *watermark) paths() [][]string {
	if w == nil {
		return nil
	}
	return [][]string{w.path}
}

// see looks at documents.
func (w *watermark) see(docs []byte) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for doc := range eachDocument(docs) {
		raw, err := doc.LookupErr(w.path...)
		if err != nil || !slices.Contains(rangeTypes, raw.Type) {
			continue
		}
		if v, err := ParseValue(raw); err == nil && (w.most.IsMissing() || Compare(v, w.most) > 0) {
			w.most = v.Clone()
		}
	}
}

// Watermark is where a read with [Since] leaves off: the greatest value of the field
// in its documents. It is where the read began if that was given nothing new, or has
// not come to its end, so that nothing is left out; the zero value stands for
// the beginning of all. It can be stored as bytes with its type.
func (r *Reader) Watermark() bson.RawValue {
	switch {
	case r.watermark == nil:
		return bson.RawValue{}
	case !r.ended:
		return r.began
	}
	r.watermark.mu.Lock()
	defer r.watermark.mu.Unlock()
	return r.watermark.most.Raw()
}
