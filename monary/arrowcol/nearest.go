package arrowcol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/penstock/penstock/monary"
)

// nearest is the column type for an Arrow type that says nothing of ours.
func nearest(dt arrow.DataType) (monary.Type, error) {
	if kind, ok := nearestKinds[dt.ID()]; ok {
		return monary.Type{Kind: kind}, nil
	}
	switch dt := dt.(type) {
	case *arrow.DictionaryType:
		return nearest(dt.ValueType)
	case arrow.ExtensionType:
		if dt.ExtensionName() == "arrow.uuid" {
			return monary.Type{Kind: monary.KindUUID}, nil
		}
		return nearest(dt.StorageType())
	case *arrow.FixedSizeListType:
		if t, ok := vectorType(dt); ok {
			return t, nil
		}
		return nearestList(dt.Elem())
	case *arrow.MapType:
		return nearestList(dt.Elem())
	case *arrow.ListType:
		return nearestList(dt.Elem())
	case *arrow.LargeListType:
		return nearestList(dt.Elem())
	case *arrow.StructType:
		return nearestStruct(dt)
	}
	return monary.Type{}, fmt.Errorf("Arrow's %s has no column type here; cast it to another", dt)
}

var nearestKinds = map[arrow.Type]monary.Kind{
	arrow.BOOL:              monary.KindBool,
	arrow.INT8:              monary.KindInt8,
	arrow.INT16:             monary.KindInt16,
	arrow.INT32:             monary.KindInt32,
	arrow.INT64:             monary.KindInt64,
	arrow.UINT8:             monary.KindUint8,
	arrow.UINT16:            monary.KindUint16,
	arrow.UINT32:            monary.KindUint32,
	arrow.UINT64:            monary.KindUint64,
	arrow.FLOAT16:           monary.KindFloat32,
	arrow.FLOAT32:           monary.KindFloat32,
	arrow.FLOAT64:           monary.KindFloat64,
	arrow.DECIMAL32:         monary.KindDecimal128,
	arrow.DECIMAL64:         monary.KindDecimal128,
	arrow.DECIMAL128:        monary.KindDecimal128,
	arrow.DECIMAL256:        monary.KindDecimal128,
	arrow.TIMESTAMP:         monary.KindDate,
	arrow.DATE32:            monary.KindDate,
	arrow.DATE64:            monary.KindDate,
	arrow.STRING:            monary.KindString,
	arrow.LARGE_STRING:      monary.KindString,
	arrow.STRING_VIEW:       monary.KindString,
	arrow.BINARY:            monary.KindBinary,
	arrow.LARGE_BINARY:      monary.KindBinary,
	arrow.BINARY_VIEW:       monary.KindBinary,
	arrow.FIXED_SIZE_BINARY: monary.KindBinary,
	arrow.NULL:              monary.KindNull,
}

func nearestList(elem arrow.DataType) (monary.Type, error) {
	t, err := nearest(elem)
	return monary.Type{Kind: monary.KindList, Elem: &t}, err
}

func nearestStruct(dt *arrow.StructType) (monary.Type, error) {
	t := monary.Type{Kind: monary.KindStruct}
	for _, f := range dt.Fields() {
		field, err := nearest(f.Type)
		if err != nil {
			return t, fmt.Errorf("field %q: %w", f.Name, err)
		}
		t.Fields = append(t.Fields, monary.FieldSpec{Name: monary.EscapeKey(f.Name), Type: field})
	}
	if _, err := monary.ParseType(t.String()); err != nil { // no fields, or two of a name
		return t, fmt.Errorf("Arrow's %s has no column type here: %w", dt, err)
	}
	return t, nil
}

// vectorType is the type of lists of a fixed size whose elements are never null.
func vectorType(dt *arrow.FixedSizeListType) (monary.Type, bool) {
	t := monary.Type{Kind: monary.KindVector, Width: int(dt.Len())}
	switch {
	case dt.ElemField().Nullable || dt.Len() < 1 || dt.Len() > 1<<20:
		return t, false
	case dt.Elem().ID() == arrow.FLOAT64:
		t.Kind = monary.KindVector64
	case dt.Elem().ID() != arrow.FLOAT32:
		return t, false
	}
	return t, true
}

// fits reports whether an array of the Arrow type can be read as a column of the
// type, so that metadata that is out of date does no harm.
func fits(t monary.Type, dt arrow.DataType) bool {
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	switch t.Kind {
	case monary.KindBinary, monary.KindFixedBinary, monary.KindBSON, monary.KindFixedBSON:
		return nearestKinds[dt.ID()] == monary.KindBinary || isTagged(dt)
	case monary.KindAny:
		return isTagged(dt)
	case monary.KindVector, monary.KindVector64:
		list, ok := dt.(arrow.ListLikeType)
		fixed, sized := dt.(*arrow.FixedSizeListType)
		return ok && list.Elem().ID() == numberTypes[t.Kind].ID() && (!sized || int(fixed.Len()) == t.Width)
	case monary.KindList:
		list, ok := dt.(arrow.ListLikeType)
		return ok && fits(*t.Elem, list.Elem())
	case monary.KindStruct:
		return fitsStruct(t, dt)
	case monary.KindFixedString, monary.KindRegex, monary.KindCode, monary.KindSymbol:
		return nearestKinds[dt.ID()] == monary.KindString
	}
	own, known := flatTypes[t.Kind]
	return known && arrow.TypeEqual(own, dt) || nearestKinds[dt.ID()] == t.Kind
}

func fitsStruct(t monary.Type, dt arrow.DataType) bool {
	s, ok := dt.(*arrow.StructType)
	if !ok || s.NumFields() != len(t.Fields) {
		return false
	}
	for i, f := range t.Fields {
		if keyOf(f.Name) != s.Field(i).Name || !fits(f.Type, s.Field(i).Type) {
			return false
		}
	}
	return true
}

// isTagged reports whether the type is that of values with tags.
func isTagged(dt arrow.DataType) bool {
	s, ok := dt.(*arrow.StructType)
	return ok && s.NumFields() == 2 && s.Field(0).Name == tagName && s.Field(0).Type.ID() == arrow.UINT8 &&
		s.Field(1).Name == dataName && nearestKinds[s.Field(1).Type.ID()] == monary.KindBinary
}

// schemaPath is what monary.NewSchema makes the column's name of again: that of a
// path that is wanted once more, for what is there, has the type behind it.
func schemaPath(name string, t monary.Type, before []string) string {
	switch t.Kind {
	case monary.KindType, monary.KindSize, monary.KindLength:
		if path, ok := strings.CutSuffix(name, ":"+t.String()); ok && slices.Contains(before, path) {
			return path
		}
	}
	return name
}
