package pipeline

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// spill is a folder of files with batches that did not fit into memory.
type spill struct {
	dir   string
	files []*os.File
}

// newSpill makes the folder, where temporary files go ($TMPDIR); close removes it.
func newSpill() (*spill, error) {
	dir, err := os.MkdirTemp("", "penstock-spill-")
	if err != nil {
		return nil, fmt.Errorf("spilling to disk: %w", err)
	}
	return &spill{dir: dir}, nil
}

func (s *spill) close() error {
	if s == nil {
		return nil
	}
	for _, f := range s.files {
		_ = f.Close() // those that have been read are closed
	}
	return os.RemoveAll(s.dir)
}

// spillFile is batches, one behind the other: its kind, its length, and a table's bytes or documents.
type spillFile struct {
	file *os.File
	out  *bufio.Writer
	open bool // of the batches that are columns
	held []*batch
	rows int // of those held
}

func (s *spill) create() (*spillFile, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, fmt.Sprint(len(s.files))), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("spilling to disk: %w", err)
	}
	s.files = append(s.files, f)
	return &spillFile{file: f, out: bufio.NewWriterSize(f, 1<<16)}, nil
}

const (
	spilledTable     = 't'
	spilledDocuments = 'd'
)

// spilledRows go to a file together: each batch there has a price of its own.
const spilledRows = 1024

// write appends the rows that are there.
func (f *spillFile) write(b *batch) error {
	f.held, f.rows = append(f.held, b.compact()), f.rows+b.len()
	if f.rows < spilledRows {
		return nil
	}
	return f.flush()
}

func (f *spillFile) flush() error {
	b, err := join(f.held)
	if b == nil || err != nil {
		return err
	}
	f.held, f.rows = nil, 0
	kind, data := byte(spilledDocuments), []byte(nil)
	if b.isDocuments() {
		for i := range b.len() {
			data = append(data, b.docs[b.row(i)].Raw().Value...)
		}
	} else {
		t, err := b.table()
		if err != nil {
			return err
		}
		if data, err = t.MarshalBinary(); err != nil {
			return err
		}
		kind, f.open = spilledTable, b.open
	}
	head := binary.LittleEndian.AppendUint64([]byte{kind}, uint64(len(data)))
	if _, err = f.out.Write(append(head, data...)); err != nil {
		return fmt.Errorf("spilling to disk: %w", err)
	}
	return nil
}

// batches yields what has been written, and closes the file behind it.
func (f *spillFile) batches() batches {
	return func(yield func(*batch, error) bool) {
		defer f.file.Close() //nolint:errcheck // it has been read
		err := f.flush()
		if err == nil {
			err = f.out.Flush()
		}
		if err == nil {
			_, err = f.file.Seek(0, io.SeekStart)
		}
		in := bufio.NewReaderSize(f.file, 1<<16)
		for err == nil {
			var b *batch
			if b, err = f.next(in); err == nil && !yield(b, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(nil, fmt.Errorf("reading what was spilled to disk: %w", err))
		}
	}
}

func (f *spillFile) next(in io.Reader) (*batch, error) {
	var head [9]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err // io.EOF at the end
	}
	data := make([]byte, binary.LittleEndian.Uint64(head[1:]))
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	if head[0] == spilledTable {
		var t monary.Table
		if err := t.UnmarshalBinary(data); err != nil {
			return nil, err
		}
		return batchOf(&t, f.open), nil
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
