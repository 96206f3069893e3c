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
	size := 0
	for _, files := range q.sources[d.Name()] {
		err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			text, err := fs.ReadFile(files, name)
			switch {
			case err != nil:
				return err
			case !utf8.Valid(text):
			case size+len(text) > maxSource:
				b.Left = fmt.Sprintf("%s and what follows it: more than %s bytes in all.", name, number(maxSource))
				return fs.SkipAll
			default:
				size += len(text)
				b.Files = append(b.Files, sourceFile{name, clean(string(text))})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("source of DAG %q: %w", d.Name(), err)
		}
	}
	return q.dagPage(d, "code", "Code", "", b)
}
