package monary

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Dump is a file of documents that is read without a server.
type Dump struct {
	path       string
	format     string // bson, json or csv
	compressed bool

	namespace string // if it is known
	archived  bool   // the file is an archive
	metadata  string // from there
}

// formats are the file name extensions that OpenDump knows, without .gz.
var formats = map[string]string{
	".bson": "bson", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".csv": "csv",
}

// OpenDump opens a file by the extension of its name: .bson as mongodump
// writes it, .json, .jsonl or .ndjson as mongoexport writes extended JSON (a
// document a line, or one array), .csv with a line of names first; each also
// with .gz behind it. A folder or an archive that mongodump has written must
// hold a single collection; [OpenNamespace] chooses one of several. An archive is
// known by its first bytes. The file is opened anew by each Find.
func OpenDump(path string) (*Dump, error) {
	base, compressed := strings.CutSuffix(strings.ToLower(path), ".gz")
	format, ok := formats[filepath.Ext(base)]
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir(), err == nil && !ok && isArchive(path):
		return openOnly(path)
	case !ok:
		return nil, fmt.Errorf("monary: %s: unknown extension %q; known are .bson, .json, .jsonl, .ndjson and .csv, and each with .gz", path, filepath.Ext(base))
	case err != nil:
		return nil, fmt.Errorf("monary: %w", err)
	}
	return &Dump{path: path, format: format, compressed: compressed}, nil
}

// openOnly opens the only collection of a folder or an archive.
func openOnly(path string) (*Dump, error) {
	dumps, err := OpenDumps(path)
	if err != nil {
		return nil, err
	}
	if len(dumps) > 1 {
		names := make([]string, len(dumps))
		for i, d := range dumps {
			names[i] = d.namespace
		}
		return nil, fmt.Errorf("monary: %s has %d collections: %s; OpenNamespace opens one of them", path, len(dumps), strings.Join(names, ", "))
	}
	return dumps[0], nil
}

// Find reads all documents. A dump does not filter: filter must be nil;
// pipeline.Open gives the same file as a [Source] that can.
func (d *Dump) Find(ctx context.Context, filter any, schema Schema, opts ...ReadOption) (*Reader, error) {
	if filter != nil {
		return nil, fmt.Errorf("monary: %s: a dump takes no filter; open it with pipeline.Open for one", d.path)
	}
	if err := schema.check(); err != nil {
		return nil, err
	}
	return d.read(ctx, schema, opts)
}

// Fields reads the named fields of all documents as "any" columns. Without a
// name the tables have rows but no columns.
func (d *Dump) Fields(ctx context.Context, names []string, opts ...ReadOption) (*Reader, error) {
	schema := Schema{}
	if len(names) > 0 {
		var err error
		if schema, err = NewSchema(names, slices.Repeat([]string{KindAny.String()}, len(names))); err != nil {
			return nil, err
		}
	}
	return d.read(ctx, schema, opts)
}

// Count counts the documents.
func (d *Dump) Count(ctx context.Context) (int64, error) {
	r, err := d.Fields(ctx, nil)
	if err != nil {
		return 0, err
	}
	return r.countRows()
}

// Typed reports whether the documents have types of their own. Those of a CSV
// file have not: a schema gives them types, or they are guessed.
func (d *Dump) Typed() bool { return d.format != "csv" }

func (d *Dump) read(ctx context.Context, schema Schema, opts []ReadOption) (*Reader, error) {
	o, err := NewReadOptions(opts...)
	if err != nil {
		return nil, err
	}
	in, err := d.openWithin(o.MaxBytes)
	if err != nil {
		return nil, err
	}
	chunks, inner, from, err := d.chunks(ctx, in, schema, o)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	r, err := newReader(ctx, inner, append(opts[:len(opts):len(opts)], OnClose(in.Close)))
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	r.file, r.csv = d.path, from
	if from != nil {
		r.options.Where = from.options.Where
	}
	if d.format == "bson" {
		from := supplyOf(in)
		if file, ok := from.(*plainFile); ok {
			r.size = file.size
		}
		return r.ofSupply(from), nil
	}
	r.batches = r.decoded(func(rows int) iter.Seq2[*Table, error] {
		return r.decode(newDecoder(r.schema, r.options), chunks(rows), rows)
	})
	return r, nil
}

// supplyOf reads a file that has been opened, by pread if it is no pipe and
// nothing has to be undone on the way.
func supplyOf(in io.Reader) supply {
	if plain, ok := in.(*os.File); ok {
		if info, err := plain.Stat(); err == nil && info.Mode().IsRegular() {
			return &plainFile{in: plain, size: info.Size()}
		}
	}
	return &stream{in: in}
}

// chunks returns the file's documents, given the rows of a batch, and the schema
// that finds the wanted fields in them; for CSV also where they are from.
func (d *Dump) chunks(ctx context.Context, file io.Reader, schema Schema, o ReadOptions) (func(rows int) iter.Seq2[chunk, error], Schema, *csvSource, error) {
	var docs iter.Seq2[[]byte, error]
	var from *csvSource
	var err error
	switch d.format {
	case "bson":
		return func(int) iter.Seq2[chunk, error] { return chunksOf(supplyOf(file)) }, schema, nil, nil
	case "json":
		docs = jsonDocuments(skipMark(file))
	default:
		if from, schema, err = newCSVSource(file, schema, o); err != nil {
			return nil, schema, nil, fmt.Errorf("monary: %s: %w", d.path, err)
		}
		docs = from.documents
	}
	return func(rows int) iter.Seq2[chunk, error] { return gatherChunks(ctx, docs, rows) }, schema, from, nil
}

func (d *Dump) open() (io.ReadCloser, error) {
	file, err := os.Open(d.path)
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	if !d.compressed && !d.archived {
		return file, nil
	}
	var in io.Reader = file
	if d.compressed {
		in, err = gzip.NewReader(bufio.NewReaderSize(file, chunkBytes))
	}
	if err == nil && d.archived {
		var a *archive
		if a, _, err = openArchive(in); err == nil {
			a.want = d.namespace
			in = a
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("monary: %s: %w", d.path, err), file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{in, file}, nil
}

// openWithin opens a file that must not give more than so many bytes; 0 means any number.
func (d *Dump) openWithin(most int64) (io.ReadCloser, error) {
	in, err := d.open()
	if err != nil || most == 0 {
		return in, err
	}
	return &limited{in, most, most}, nil
}

// limited is a file that must not give more than max bytes, left of them to
// come.
type limited struct {
	io.ReadCloser
	left, max int64
}

// ErrTooLarge is the cause when a file gives more than [MaxBytes] allows.
var ErrTooLarge = errors.New("more bytes than MaxBytes allows")

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return max(n+int(l.left), 0), fmt.Errorf("%w, which is %d", ErrTooLarge, l.max)
	}
	return n, err
}
