package pipeline

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// spillFile is batches, one behind the other: each a byte for its kind and one for the number of its
// keys, then the rows, a table's bytes or documents, and the keys, a table again.
type spillFile struct {
	ctx    context.Context
	file   *os.File
	out    *bufio.Writer
	share  int64 // bytes that wait to be written together, and are read together
	held   []*batch
	rows   int   // of those held
	bytes  int64 // of those held
	total  int   // rows of the file
	closed bool
}

const (
	spilledTable       = 't'
	spilledClosedTable = 'c' // a field that is no column is an error
	spilledDocuments   = 'd'
)

// spilledRows go to a file together: each batch there has a price of its own.
const spilledRows = 1024

// write appends the rows that are there.
func (f *spillFile) write(b *batch) error {
	rows := b.len()
	size := b.size() / int64(max(rows, 1))
	step := int(max(1, min(f.share/max(size, 1), spilledRows)))
	for i := 0; i < rows; i += step {
		part := b
		if step < rows {
			part = b.slice(i, min(i+step, rows))
		}
		f.held, f.rows, f.bytes = append(f.held, part.compact()), f.rows+part.len(), f.bytes+size*int64(part.len())
		if f.rows < spilledRows && f.bytes < f.share {
			continue
		}
		if err := f.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (f *spillFile) flush() error {
	b, err := join(f.held)
	if b == nil || err != nil {
		return err
	}
	f.total += b.len()
	f.held, f.rows, f.bytes = nil, 0, 0
	kind, data, err := encoded(b)
	if err != nil {
		return err
	}
	if _, err := f.out.Write([]byte{kind, byte(len(b.keys))}); err != nil {
		return onDisk(err)
	}
	if err := f.frame(data); err != nil || len(b.keys) == 0 {
		return err
	}
	if data, err = encodedKeys(b.keys); err != nil {
		return err
	}
	return f.frame(data)
}

func (f *spillFile) frame(data []byte) error {
	_, err := f.out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(data))))
	if err == nil {
		_, err = f.out.Write(data)
	}
	return onDisk(err)
}

// encoded are the rows as bytes.
func encoded(b *batch) (kind byte, data []byte, err error) {
	if b.isDocuments() {
		for i := range b.len() {
			data = append(data, b.docs[b.row(i)].Raw().Value...)
		}
		return spilledDocuments, data, nil
	}
	t, err := b.table()
	if err != nil {
		return 0, nil, err
	}
	kind = spilledTable
	if b.closed {
		kind = spilledClosedTable
	}
	data, err = t.MarshalBinary()
	return kind, data, err
}

func encodedKeys(keys []cells) ([]byte, error) {
	columns := make([]*monary.Series, len(keys))
	for i, key := range keys {
		columns[i] = monary.ColumnOf(strconv.Itoa(i), []monary.Value(key), nil)
	}
	t, err := monary.NewTable(columns...)
	if err != nil {
		return nil, err
	}
	return t.MarshalBinary()
}

// finish writes what is held. Nothing is written behind it.
func (f *spillFile) finish() error {
	if f.closed {
		return nil
	}
	err := f.flush()
	if err == nil {
		err = onDisk(f.out.Flush())
	}
	f.closed, f.out = true, nil
	return cmp.Or(err, onDisk(f.file.Close()))
}

// batches yields what has been written, each time from the start.
func (f *spillFile) batches() batches {
	return func(yield func(*batch, error) bool) {
		r, err := f.reader()
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.close()
		for {
			b, err := r.next()
			if errors.Is(err, io.EOF) || !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// spillReader reads a file from its start.
type spillReader struct {
	ctx  context.Context
	file *os.File
	in   *bufio.Reader
}

func (f *spillFile) reader() (*spillReader, error) {
	if err := f.finish(); err != nil {
		return nil, err
	}
	file, err := os.Open(f.file.Name())
	if err != nil {
		return nil, fromDisk(err)
	}
	return &spillReader{ctx: f.ctx, file: file, in: bufio.NewReaderSize(file, int(min(f.share, 1<<16)))}, nil
}

// fromDisk says what an error of a file that is read is about.
func fromDisk(err error) error { return fmt.Errorf("reading what was spilled to disk: %w", err) }

// next is the next batch; io.EOF behind the last.
func (r *spillReader) next() (*batch, error) {
	if r.ctx.Err() != nil {
		return nil, context.Cause(r.ctx)
	}
	b, err := readBatch(r.in)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fromDisk(err)
	}
	return b, err
}

func (r *spillReader) close() { _ = r.file.Close() } // it has been read

// remove takes a file off the disk that is not read any more.
func (f *spillFile) remove() { _ = os.Remove(f.file.Name()) } // the folder goes as a whole

func readBatch(in io.Reader) (*batch, error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err // io.EOF at the end
	}
	data, err := unframe(in)
	if err != nil {
		return nil, err
	}
	b, err := decoded(head[0], data)
	if err != nil || head[1] == 0 {
		return b, err
	}
	if data, err = unframe(in); err != nil {
		return nil, err
	}
	b.keys, err = decodedKeys(data)
	return b, err
}

func unframe(in io.Reader) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	data := make([]byte, binary.LittleEndian.Uint64(head[:]))
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return data, nil
}

func decoded(kind byte, data []byte) (*batch, error) {
	if kind != spilledDocuments {
		var t monary.Table
		if err := t.UnmarshalBinary(data); err != nil {
			return nil, err
		}
		return batchOf(&t, kind == spilledClosedTable), nil
	}
	var docs []monary.Value
	for len(data) >= 4 {
		n := binary.LittleEndian.Uint32(data)
		v, err := monary.ParseValue(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: data[:n:n]})
		if err != nil {
			return nil, err
		}
		docs, data = append(docs, v), data[n:]
	}
	return documents(docs), nil
}

func decodedKeys(data []byte) ([]cells, error) {
	var t monary.Table
	if err := t.UnmarshalBinary(data); err != nil {
		return nil, err
	}
	keys := make([]cells, t.NumColumns())
	for i := range keys {
		keys[i] = make(cells, t.NumRows())
		for row := range keys[i] {
			keys[i][row] = t.Series(i).Value(row)
		}
	}
	return keys, nil
}
