package arrowcol

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/penstock/penstock/monary"
)

// typesKey is the metadata of a Parquet file that holds the types of its columns, a
// JSON array of type texts.
const typesKey = "penstock:types"

// WriteParquet writes rows as a Parquet file: batch by batch, in row groups of
// 131,072 rows and compressed with Snappy unless [Properties] say otherwise. Of
// the rows one row group is held in memory, encoded. The file keeps the types, so
// that [ReadParquet] makes the same columns again; for other programs they are
// those of the package's table, vectors being lists, and the Arrow schema is there
// too. After an error what was written is no Parquet file.
func WriteParquet(w io.Writer, rows monary.Columnar, opts ...Option) (err error) {
	defer recovered(&err, "the Parquet library gave up")
	o := newOptions(opts)
	o.parquet = true
	columns := rows.Columns()
	if len(columns) == 0 {
		return errors.New("arrowcol: a Parquet file has at least one column, the rows have none")
	}
	schema := o.schema(columns)
	kept := arrow.NewMetadata([]string{typesKey}, []string{typesText(columns)})
	props := parquet.NewWriterProperties(o.properties...)
	out, err := pqarrow.NewFileWriter(arrow.NewSchema(schema.Fields(), &kept), struct{ io.Writer }{w}, props, // which it cannot close
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema(), pqarrow.WithAllocator(props.Allocator())))
	if err != nil {
		return fmt.Errorf("arrowcol: %w", err)
	}
	if err := o.writeBatches(out, schema, rows); err != nil {
		_ = out.Close() // it gives memory back; what it writes is of no use
		return err
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("arrowcol: %w", err)
	}
	return nil
}

func typesText(columns []monary.FieldSpec) string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		texts[i] = c.Type.String()
	}
	data, err := json.Marshal(texts)
	if err != nil {
		panic(err) // of a list of texts
	}
	return string(data)
}

func (o *options) writeBatches(out *pqarrow.FileWriter, schema *arrow.Schema, rows monary.Columnar) error {
	for t, err := range rows.Batches() {
		if err != nil {
			return err
		}
		rec, err := o.record(schema, t)
		if err != nil {
			return err
		}
		if err := out.WriteBuffered(rec); err != nil {
			return fmt.Errorf("arrowcol: %w", err)
		}
		rec.Release()
	}
	return nil
}
