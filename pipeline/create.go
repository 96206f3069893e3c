package pipeline

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
	"strings"

	"github.com/penstock/penstock/monary"
)

// Create makes a source of a file that $out and $merge may write, and that need
// not be there yet: .bson, .json, .jsonl or .ndjson (canonical extended JSON, a
// document a line) or .csv as [WriteCSV] does, each with .gz behind it. The file
// is replaced as a whole when all is written, or stays as it was.
func Create(path string) (monary.Source, error) {
	base := strings.TrimSuffix(strings.ToLower(path), ".gz")
	switch ext := filepath.Ext(base); ext {
	case ".bson", ".json", ".jsonl", ".ndjson", ".csv":
		return &written{path: path, format: ext}, nil
	default:
		return nil, fmt.Errorf("pipeline: %s: unknown extension %q; .bson, .json, .jsonl, .ndjson and .csv can be written, and each with .gz", path, ext)
	}
}

// written is a file that can be replaced.
type written struct{ path, format string }

var _ sink = (*written)(nil)

// opened is the file as it is now; nothing if it is not there.
func (w *written) opened() (collection, error) {
	dump, err := monary.OpenDump(w.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &Memory{}, nil
	case err != nil:
		return nil, err
	}
	return &file{dump: dump}, nil
}

func (w *written) Find(ctx context.Context, filter any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	c, err := w.opened()
	if err != nil {
		return nil, err
	}
	return c.Find(ctx, filter, schema, opts...)
}

func (w *written) Aggregate(ctx context.Context, pipeline any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	c, err := w.opened()
	if err != nil {
		return nil, err
	}
	return c.Aggregate(ctx, pipeline, schema, opts...)
}

func (w *written) Count(ctx context.Context, filter any, opts ...monary.ReadOption) (int64, error) {
	c, err := w.opened()
	if err != nil {
		return 0, err
	}
	return c.Count(ctx, filter, opts...)
}

// reading is that of the file as it is now.
func (w *written) reading(stages []stage, wanted []outputField) *reading {
	if c, err := w.opened(); err == nil {
		if f, ok := c.(*file); ok {
			return f.reading(stages, wanted)
		}
	}
	return &reading{stages: stages}
}

func (w *written) aggregate(ctx context.Context, stages []stage, sources Sources, schema monary.Schema, opts []monary.ReadOption) (*monary.Reader, error) {
	c, err := w.opened()
	if err != nil {
		return nil, err
	}
	return c.aggregate(ctx, stages, sources, schema, opts)
}

func (w *written) documents(ctx context.Context) iter.Seq2[monary.Value, error] {
	c, err := w.opened()
	if err != nil {
		return func(yield func(monary.Value, error) bool) { yield(monary.Value{}, err) }
	}
	return c.documents(ctx)
}

// replaceAll writes a file beside the old one and gives it its name.
func (w *written) replaceAll(docs iter.Seq2[monary.Value, error]) error {
	out, err := os.CreateTemp(filepath.Dir(w.path), "."+filepath.Base(w.path)+".*")
	if err != nil {
		return err
	}
	done := false
	defer func() { // also if what makes the documents panics
		if !done {
			_, _ = out.Close(), os.Remove(out.Name())
		}
	}()
	if err := errors.Join(w.write(out, docs), out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	err = os.Rename(out.Name(), w.path)
	done = err == nil
	return err
}

func (w *written) write(out io.Writer, docs iter.Seq2[monary.Value, error]) error {
	buffered := bufio.NewWriter(out)
	to, finish := io.Writer(buffered), buffered.Flush
	if strings.HasSuffix(strings.ToLower(w.path), ".gz") {
		z := gzip.NewWriter(buffered)
		to, finish = z, func() error { return errors.Join(z.Close(), buffered.Flush()) }
	}
	return errors.Join(w.encode(to, docs), finish())
}

func (w *written) encode(to io.Writer, docs iter.Seq2[monary.Value, error]) error {
	if w.format == ".csv" { // whose columns are known when all documents are
		all, err := listOf(docs)
		if err != nil {
			return err
		}
		t, err := documents(all).table()
		if err != nil {
			return err
		}
		return WriteCSV(to, t)
	}
	i := 0
	for doc, err := range docs {
		if err != nil {
			return err
		}
		text := doc.Raw().Value
		if w.format != ".bson" {
			var err error
			if text, err = doc.AppendExtJSON(nil, true); err != nil {
				return fmt.Errorf("document %d: %w", i, err)
			}
			text = append(text, '\n')
		}
		if _, err := to.Write(text); err != nil {
			return err
		}
		i++
	}
	return nil
}
