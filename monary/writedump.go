package monary

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// WriteDump writes rows as a file that [OpenDump] reads back, in the format that
// the path's ending names: .bson as [WriteBSON] does, .json, .jsonl or .ndjson as
// [WriteJSON], .csv as [WriteCSV] (for [Columnar] rows), each with .gz behind it for
// gzip. The file is there when all is written, in one step and in the place of one
// that was there before; after an error all is as it was.
//
// Beside orders.bson stands orders.metadata.json, so that the folder is one that
// mongorestore takes: a collection named as the file, with no index but that of
// _id. One that is there already is left alone, as it may name indexes.
func WriteDump(path string, rows Rows, o ExportOptions) error {
	base, compressed := strings.CutSuffix(strings.ToLower(path), ".gz")
	write, err := exportAs(formats[filepath.Ext(base)], rows, o)
	if err != nil {
		return fmt.Errorf("monary: %s: %w", path, err)
	}
	out, err := newFile(path, compressed)
	if err != nil {
		return err
	}
	defer out.discard()
	if err := write(out); err != nil {
		return fmt.Errorf("%w (writing %s)", err, path)
	}
	if formats[filepath.Ext(base)] != "bson" {
		return out.commit()
	}
	notes, err := newMetadata(path, compressed)
	if err != nil {
		return err
	}
	defer notes.discard()
	for _, step := range []func() error{out.close, notes.close, out.commit, notes.commit} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// exportAs returns what writes the rows in a format.
func exportAs(format string, rows Rows, o ExportOptions) (func(io.Writer) error, error) {
	switch format {
	case "bson":
		return func(w io.Writer) error { return WriteBSON(w, rows, o) }, nil
	case "json":
		return func(w io.Writer) error { return WriteJSON(w, rows, o) }, nil
	case "csv":
		c, ok := rows.(Columnar)
		if !ok {
			return nil, errors.New("CSV names its columns first; the rows must be a Table, a Reader or another Columnar")
		}
		return func(w io.Writer) error { return WriteCSV(w, c, o) }, nil
	}
	return nil, errors.New("unknown extension; known are .bson, .json, .jsonl, .ndjson and .csv, and each with .gz")
}

// newMetadata begins what mongodump writes beside a collection's documents; nil if
// it is there.
func newMetadata(path string, compressed bool) (*pending, error) {
	stem := strings.TrimSuffix(path, path[strings.LastIndex(strings.ToLower(path), ".bson"):])
	to := stem + ".metadata.json"
	for _, name := range []string{to, to + ".gz"} {
		if _, err := os.Lstat(name); err == nil {
			return nil, nil
		}
	}
	if compressed {
		to += ".gz"
	}
	collection := filepath.Base(stem)
	if plain, err := url.PathUnescape(collection); err == nil {
		collection = plain // mongodump escapes what file names cannot have
	}
	name, err := json.Marshal(collection)
	if err != nil {
		return nil, fmt.Errorf("monary: %s: %w", to, err)
	}
	out, err := newFile(to, compressed)
	if err != nil {
		return nil, err
	}
	const index = `{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},"name":"_id_"}`
	if _, err := fmt.Fprintf(out, `{"options":{},"indexes":[%s],"collectionName":%s,"type":"collection"}`, index, name); err != nil {
		out.discard()
		return nil, fmt.Errorf("monary: %s: %w", to, err)
	}
	return out, nil
}

// newFile begins a file that takes its path's place when it is committed.
func newFile(path string, compressed bool) (*pending, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	p := &pending{path: path, file: file, buffered: bufio.NewWriterSize(file, exportBytes)}
	if p.Writer = p.buffered; compressed {
		p.zipped = gzip.NewWriter(p.buffered)
		p.Writer = p.zipped
	}
	return p, nil
}

// pending is a file beside the one that it is to become. A nil one is nothing.
type pending struct {
	io.Writer
	path     string
	file     *os.File
	buffered *bufio.Writer
	zipped   *gzip.Writer // nil if it is not compressed
	closed   bool
	done     bool
}

// close ends the file and sees to it that it is on the disk.
func (p *pending) close() error {
	if p == nil || p.closed {
		return nil
	}
	p.closed = true
	var err error
	if p.zipped != nil {
		err = p.zipped.Close()
	}
	if err = errors.Join(err, p.buffered.Flush(), p.file.Chmod(0o644), p.file.Sync(), p.file.Close()); err != nil {
		return fmt.Errorf("monary: %s: %w", p.path, err)
	}
	return nil
}

// commit gives the file its name.
func (p *pending) commit() error {
	if p == nil {
		return nil
	}
	if err := p.close(); err != nil {
		return err
	}
	if err := os.Rename(p.file.Name(), p.path); err != nil {
		return fmt.Errorf("monary: %w", err)
	}
	p.done = true
	return nil
}

// discard removes the file if it was not committed. That it could not be is not
// told: the error before it is.
func (p *pending) discard() {
	if p != nil && !p.done {
		_ = p.file.Close()
		_ = os.Remove(p.file.Name())
	}
}
