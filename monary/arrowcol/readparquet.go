package arrowcol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/penstock/penstock/monary"
)

// OpenParquet is [ReadParquet] of a file, which is closed with the reader.
func OpenParquet(ctx context.Context, path string, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("arrowcol: %w", err)
	}
	r, err := readParquet(ctx, in, schema, memory.NewGoAllocator(), opts, in.Close)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w (in %s)", err, path), in.Close())
	}
	return r, nil
}

// ReadParquet returns a reader of a Parquet file, whoever wrote it, with the
// schema's columns; the file's other columns are not read. Cells are converted to
// the schema's types as monary.FromTables does; the zero Schema stands for all
// columns: with the types they had in [WriteParquet], else those nearest to
// Parquet's. (The Arrow schema in files of other programs is not looked at.) It is
// read batch by batch, see monary.BatchRows.
func ReadParquet(ctx context.Context, in parquet.ReaderAtSeeker, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	return readParquet(ctx, in, schema, memory.NewGoAllocator(), opts, func() error { return nil })
}

// readParquet wants an allocator of Go's memory: what it has freed is still in use.
func readParquet(ctx context.Context, in parquet.ReaderAtSeeker, schema monary.Schema, mem memory.Allocator, opts []monary.ReadOption, end func() error) (r *monary.Reader, err error) {
	defer recovered(&err, "malformed Parquet file")
	o, err := monary.NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	p, err := openParquet(in, mem, o.BatchRows)
	if err != nil {
		return nil, err
	}
	if err := p.choose(schema); err != nil {
		return nil, err
	}
	if schema.Len() == 0 {
		if schema, err = schemaOf(p.schema, p.types); err != nil {
			return nil, err
		}
	}
	return newReader(ctx, p.tables(ctx), schema, opts, end)
}

// parquetFile is an open file and the columns that are wanted of it.
type parquetFile struct {
	*pqarrow.FileReader
	schema *arrow.Schema
	texts  []string      // the types that its columns had; none in a file of another program
	types  []monary.Type // of the wanted columns
	leaves []int         // what they are made of; nil for all
}

func openParquet(in parquet.ReaderAtSeeker, mem memory.Allocator, rows int) (*parquetFile, error) {
	size, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("arrowcol: %w", err)
	}
	pages := parquet.NewReaderProperties(mem)
	pages.BufferedStreamEnabled = true                                                                 // page by page, not a whole column of a row group
	raw, err := file.NewParquetReader(struct{ parquet.ReaderAtSeeker }{in}, file.WithReadProps(pages)) // which cannot close the file
	if err != nil {
		return nil, fmt.Errorf("arrowcol: %w", err)
	}
	if err := checkChunks(raw, size); err != nil {
		return nil, err
	}
	p := &parquetFile{}
	if kept := raw.MetaData().KeyValueMetadata().FindValue(typesKey); kept != nil {
		if err := json.Unmarshal([]byte(*kept), &p.texts); err != nil {
			return nil, fmt.Errorf("arrowcol: malformed Parquet file: the types in its metadata: %w", err)
		}
	}
	raw.MetaData().FileMetaData.KeyValueMetadata = nil // the library's reader of Arrow schemas trusts what it reads
	props := pqarrow.ArrowReadProperties{BatchSize: int64(rows)}
	for i := range raw.MetaData().Schema.NumColumns() {
		props.SetForceLarge(i, true) // the offsets that columns have
	}
	if p.FileReader, err = pqarrow.NewFileReader(raw, props, mem); err == nil {
		p.schema, err = p.Schema()
	}
	if err != nil {
		return nil, fmt.Errorf("arrowcol: %w", err)
	}
	return p, nil
}

// choose picks the columns that the schema names, all for one of no fields, and
// finds the types that they had, as far as these still fit.
func (p *parquetFile) choose(schema monary.Schema) error {
	wanted := map[int]bool{}
	for _, name := range schema.Names() {
		found := p.schema.FieldIndices(name)
		if len(found) != 1 {
			return fmt.Errorf("arrowcol: the Parquet file has %d columns %q; its columns are %q", len(found), name, names(p.schema))
		}
		wanted[found[0]] = true
	}
	columns := p.ParquetReader().MetaData().Schema
	for i := range columns.NumColumns() {
		if wanted[columns.Root().FieldIndexByField(columns.ColumnRoot(i))] {
			p.leaves = append(p.leaves, i)
		}
	}
	for i, f := range p.schema.Fields() {
		if len(wanted) > 0 && !wanted[i] {
			continue
		}
		text := ""
		if len(p.texts) == p.schema.NumFields() {
			text = p.texts[i]
		}
		t, err := columnType(text, f.Type)
		if err != nil {
			return fmt.Errorf("arrowcol: column %q: %w", f.Name, err)
		}
		p.types = append(p.types, t)
	}
	return nil
}

func names(s *arrow.Schema) []string {
	out := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		out[i] = f.Name
	}
	return out
}

// tables yields the file's rows. They share the memory of records, which is Go's.
func (p *parquetFile) tables(ctx context.Context) iter.Seq2[*monary.Table, error] {
	return func(yield func(*monary.Table, error) bool) {
		left := p.ParquetReader().NumRows()
		if left == 0 {
			return
		}
		records, err := p.records(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer records.Release()
		for left > 0 {
			t, err := p.next(records)
			if err == nil && (t == nil || t.NumRows() == 0 || int64(t.NumRows()) > left) {
				err = fmt.Errorf("arrowcol: malformed Parquet file: its columns do not have the %d rows more that it tells of", left)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if left -= int64(t.NumRows()); !yield(t, nil) {
				return
			}
		}
	}
}

func (p *parquetFile) records(ctx context.Context) (records pqarrow.RecordReader, err error) {
	defer recovered(&err, "malformed Parquet file")
	if records, err = p.GetRecordReader(ctx, p.leaves, nil); err != nil {
		return nil, fmt.Errorf("arrowcol: %w", err)
	}
	return records, nil
}

// next returns nil at the end.
func (p *parquetFile) next(records pqarrow.RecordReader) (t *monary.Table, err error) {
	defer recovered(&err, "malformed Parquet file")
	if records.Next() {
		return fromRecord(records.RecordBatch(), p.types)
	}
	if err := records.Err(); err != nil {
		return nil, fmt.Errorf("arrowcol: %w", err)
	}
	return nil, nil
}
