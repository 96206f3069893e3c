package ui

import (
	"fmt"
	"io/fs"
	"unicode/utf8"
)

// maxSource bounds what is shown of all files of a DAG, in bytes.
const maxSource = 400 << 10

// codeBody is the source of a DAG.
type codeBody struct {
	Files []sourceFile
	Left  string // what is not shown
	size  int64
}

// sourceFile is a file of it.
type sourceFile struct{ Name, Text string }

// code shows the source that was given with Source.
func (q *request) code() (*page, error) {
	d, err := q.dag()
	if err != nil {
		return nil, err
	}
	b := &codeBody{}
	for _, files := range q.sources[d.Name()] {
		if err := b.add(files, q.engine.Mask); err != nil {
			return nil, fmt.Errorf("source of DAG %q: %w", d.Name(), err)
		}
	}
	return q.dagPage(d, "code", "Code", "", b)
}

// add adds the files that are text, masked, until they are too large together.
func (b *codeBody) add(files fs.FS, mask func(string) string) error {
	return fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if b.size += info.Size(); b.size > maxSource {
			b.Left = fmt.Sprintf("%s and what follows it: more than %s bytes in all.", name, number(maxSource))
			return fs.SkipAll
		}
		text, err := fs.ReadFile(files, name)
		if err == nil && utf8.Valid(text) {
			b.Files = append(b.Files, sourceFile{name, clean(mask(string(text)))})
		}
		return err
	})
}
