package arrowcol

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/penstock/penstock/monary"
)

// typeKey is the metadata of a field that holds the column's type text. Arrow
// has one type for several of ours; this tells them apart on the way back.
const typeKey = "penstock:type"

// The fields of values that Arrow has no type for: struct{tag uint8, data large_binary}.
const (
	tagName  = "tag"
	dataName = "data"
)

// ArrowSchema returns the schema of the records that [ToRecord] and
// [NewRecordReader] make of such rows.
func ArrowSchema(rows monary.Columnar, opts ...Option) *arrow.Schema {
	return newOptions(opts).schema(rows.Columns())
}

func (o *options) schema(columns []monary.FieldSpec) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{
			Name: c.Name, Type: o.dataType(c.Type), Nullable: true,
			Metadata: arrow.NewMetadata([]string{typeKey}, []string{c.Type.String()}),
		}
	}
	return arrow.NewSchema(fields, nil)
}

var flatTypes = map[monary.Kind]arrow.DataType{
	monary.KindBool:        arrow.FixedWidthTypes.Boolean,
	monary.KindInt8:        arrow.PrimitiveTypes.Int8,
	monary.KindInt16:       arrow.PrimitiveTypes.Int16,
	monary.KindInt32:       arrow.PrimitiveTypes.Int32,
	monary.KindInt64:       arrow.PrimitiveTypes.Int64,
	monary.KindUint8:       arrow.PrimitiveTypes.Uint8,
	monary.KindUint16:      arrow.PrimitiveTypes.Uint16,
	monary.KindUint32:      arrow.PrimitiveTypes.Uint32,
	monary.KindUint64:      arrow.PrimitiveTypes.Uint64,
	monary.KindFloat32:     arrow.PrimitiveTypes.Float32,
	monary.KindFloat64:     arrow.PrimitiveTypes.Float64,
	monary.KindDecimal128:  &arrow.FixedSizeBinaryType{ByteWidth: 16},
	monary.KindDate:        arrow.FixedWidthTypes.Timestamp_ms,
	monary.KindTimestamp:   arrow.PrimitiveTypes.Uint64,
	monary.KindObjectID:    &arrow.FixedSizeBinaryType{ByteWidth: 12},
	monary.KindUUID:        &arrow.FixedSizeBinaryType{ByteWidth: 16},
	monary.KindString:      arrow.BinaryTypes.LargeString,
	monary.KindFixedString: arrow.BinaryTypes.LargeString,
	monary.KindRegex:       arrow.BinaryTypes.LargeString,
	monary.KindCode:        arrow.BinaryTypes.LargeString,
	monary.KindSymbol:      arrow.BinaryTypes.LargeString,
	monary.KindNull:        arrow.Null,
	monary.KindMinKey:      arrow.FixedWidthTypes.Boolean,
	monary.KindMaxKey:      arrow.FixedWidthTypes.Boolean,
	monary.KindType:        arrow.PrimitiveTypes.Uint8,
	monary.KindSize:        arrow.PrimitiveTypes.Uint32,
	monary.KindLength:      arrow.PrimitiveTypes.Uint32,
}

// dataType is the Arrow type of a column.
func (o *options) dataType(t monary.Type) arrow.DataType {
	switch t.Kind {
	case monary.KindBinary, monary.KindFixedBinary, monary.KindBSON, monary.KindFixedBSON:
		if o.tagged {
			return taggedType
		}
		return arrow.BinaryTypes.LargeBinary
	case monary.KindAny:
		return taggedType
	case monary.KindVector, monary.KindVector64:
		if o.parquet {
			return arrow.LargeListOfNonNullable(numberTypes[t.Kind])
		}
		return arrow.FixedSizeListOfNonNullable(int32(t.Width), numberTypes[t.Kind])
	case monary.KindList:
		return arrow.LargeListOf(o.dataType(*t.Elem))
	case monary.KindStruct:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = arrow.Field{Name: keyOf(f.Name), Type: o.dataType(f.Type), Nullable: true}
		}
		return arrow.StructOf(fields...)
	}
	return flatTypes[t.Kind]
}

// numberTypes are those of vectors' elements.
var numberTypes = map[monary.Kind]arrow.DataType{
	monary.KindVector:   arrow.PrimitiveTypes.Float32,
	monary.KindVector64: arrow.PrimitiveTypes.Float64,
}

var taggedType = arrow.StructOf(
	arrow.Field{Name: tagName, Type: arrow.PrimitiveTypes.Uint8},
	arrow.Field{Name: dataName, Type: arrow.BinaryTypes.LargeBinary},
)

// keyOf is the key that the name of a struct's field stands for: monary writes
// dots in keys as `\.`, Arrow as they are.
func keyOf(name string) string {
	s, err := monary.NewSchema([]string{name}, []string{"any"})
	if err != nil {
		panic(err) // a column's type has been checked
	}
	return s.Path(0)[0]
}

// MonarySchema returns the schema of the tables that [FromRecord] and [NewReader]
// make of records with the schema s: the types that columns of ours were written
// with, else what comes nearest to the Arrow type. Types without such are an error
// that names the field.
func MonarySchema(s *arrow.Schema) (monary.Schema, error) {
	types, err := columnTypes(s)
	if err != nil {
		return monary.Schema{}, err
	}
	return schemaOf(s, types)
}

// schemaOf is the schema that finds the columns by their names.
func schemaOf(s *arrow.Schema, types []monary.Type) (monary.Schema, error) {
	paths, texts := make([]string, len(types)), make([]string, len(types))
	for i, t := range types {
		paths[i], texts[i] = schemaPath(s.Field(i).Name, t, paths[:i]), t.String()
	}
	schema, err := monary.NewSchema(paths, texts)
	if err != nil {
		return monary.Schema{}, fmt.Errorf("arrowcol: %w", err)
	}
	return schema, nil
}

// columnTypes are the types of the columns that a record's become.
func columnTypes(s *arrow.Schema) ([]monary.Type, error) {
	types := make([]monary.Type, s.NumFields())
	for i, f := range s.Fields() {
		text, _ := f.Metadata.GetValue(typeKey)
		var err error
		if types[i], err = columnType(text, f.Type); err != nil {
			return nil, fmt.Errorf("arrowcol: column %q: %w", f.Name, err)
		}
	}
	return types, nil
}

// columnType is the type of a column of ours that was written as the Arrow type,
// else the nearest.
func columnType(text string, dt arrow.DataType) (monary.Type, error) {
	if t, err := monary.ParseType(text); err == nil && fits(t, dt) {
		return t, nil
	}
	return nearest(dt)
}
