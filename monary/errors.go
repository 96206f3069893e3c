package monary

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Causes of a [DecodeError], to be tested with errors.Is.
var (
	// ErrLength: a length that is out of bounds or does not fit in what is left.
	ErrLength = errors.New("bad length")
	// ErrElement: bytes that are no BSON element: an unknown type, a key or a
	// document without its terminator, a boolean other than 0 and 1.
	ErrElement = errors.New("bad element")
	// ErrUTF8: text that is not UTF-8.
	ErrUTF8 = errors.New("invalid UTF-8")
)

// ErrReaderUsed is what a second pass over a [Reader] yields.
var ErrReaderUsed = errors.New("monary: reader was already used or closed; it is for one pass")

// DecodeError says where a stream of documents could not be read. The Doc
// documents before it were delivered.
type DecodeError struct {
	File   string // the file's path; empty for other sources
	Doc    int64  // index of the document, from 0
	Offset int64  // bytes from the start of the (uncompressed) stream to the fault
	Line   int64  // of CSV text: where the record begins, from 1; 0 for other sources
	Path   string // dotted path of the faulty element; empty for the document itself
	Err    error  // the cause, wrapping one of the sentinels or an I/O error
}

// Error formats the place and the cause.
func (e *DecodeError) Error() string {
	file, field := "", ""
	if e.File != "" {
		file = e.File + ": "
	}
	if e.Path != "" {
		field = fmt.Sprintf(", field %q", e.Path)
	}
	at := fmt.Sprintf("byte %d", e.Offset)
	if e.Line > 0 {
		at = fmt.Sprintf("line %d", e.Line)
	}
	return fmt.Sprintf("monary: %sdocument %d (%s)%s: %v", file, e.Doc, at, field, e.Err)
}

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// fault is an error at an offset inside a document. Each level of nesting adds
// its own offset and key on the way out.
type fault struct {
	offset int
	keys   []string // innermost first
	err    error

	foreign bool // the error is of a condition, which says what it says
}

func (f *fault) Error() string { return f.err.Error() }

// within says that the fault happened offset bytes into key's container.
func (f *fault) within(offset int, key []byte) *fault {
	f.offset += offset
	f.keys = append(f.keys, EscapeKey(string(key)))
	return f
}

func (f *fault) path() string {
	keys := slices.Clone(f.keys)
	slices.Reverse(keys)
	return strings.Join(keys, ".")
}

// withPosition says where an error of a stream of documents is, as far as it
// does not say so itself.
func withPosition(err error, file string, doc, offset int64) error {
	var e *DecodeError
	if errors.As(err, &e) {
		e.File = file
		return err
	}
	e = &DecodeError{File: file, Doc: doc, Offset: offset, Err: err}
	var f *fault
	if errors.As(err, &f) {
		if f.foreign {
			return f.err
		}
		e.Offset += int64(f.offset)
		e.Path, e.Err = f.path(), f.err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		e.Err = fmt.Errorf("the data ends inside a document: %w", err)
	}
	return e
}

func faultf(offset int, cause error, format string, args ...any) *fault {
	return &fault{offset: offset, err: fmt.Errorf("%w: %s", cause, fmt.Sprintf(format, args...))}
}
