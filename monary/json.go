package monary

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// jsonDocuments yields the BSON of extended JSON documents (canonical or
// relaxed), one after another or in one array. The driver's parser does the
// translation.
func jsonDocuments(r *bufio.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		j, err := newJSONStream(r)
		doc := int64(0)
		for ; err == nil && j.more(); doc++ {
			var raw []byte
			if raw, err = j.next(); err != nil {
				break
			}
			if !yield(raw, nil) {
				return
			}
		}
		if err == nil {
			err = j.end()
		}
		if err != nil {
			e := &DecodeError{Doc: doc, Offset: j.offset(), Err: err}
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				e.Offset = syntax.Offset
			}
			yield(nil, e)
		}
	}
}

type jsonStream struct {
	decoder *json.Decoder
	array   bool
}

func newJSONStream(r *bufio.Reader) (*jsonStream, error) {
	first, err := firstByte(r)
	j := &jsonStream{decoder: json.NewDecoder(r), array: first == '['}
	if err == nil && j.array {
		_, err = j.decoder.Token()
	}
	return j, err
}

func (j *jsonStream) more() bool { return j.decoder.More() }

func (j *jsonStream) offset() int64 { return j.decoder.InputOffset() }

func (j *jsonStream) next() ([]byte, error) {
	var text json.RawMessage
	if err := j.decoder.Decode(&text); err != nil {
		return nil, fmt.Errorf("extended JSON: %w", err)
	}
	if text[0] != '{' {
		return nil, fmt.Errorf("extended JSON: found %.40q, want a document {…}", text)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("extended JSON: %w: %q", ErrUTF8, clip(text))
	}
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON(text, false, &doc); err != nil {
		return nil, fmt.Errorf("extended JSON: %w", err)
	}
	return doc, nil
}

// end reads the closing bracket of an array and checks that nothing follows.
func (j *jsonStream) end() error {
	if j.array {
		if _, err := j.decoder.Token(); err != nil {
			return fmt.Errorf("extended JSON: the array does not end: %w", err)
		}
	}
	token, err := j.decoder.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return fmt.Errorf("extended JSON: unexpected text %v behind the array", token)
	case errors.As(err, &syntax):
		return fmt.Errorf("extended JSON: unexpected text: %w", err)
	}
	return fmt.Errorf("extended JSON: %w", err)
}

// firstByte looks at the first byte that is no white space, leaving it unread;
// 0 for an empty file.
func firstByte(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return 0, nil
		case err != nil:
			return 0, err
		case !unicode.IsSpace(rune(b)):
			return b, r.UnreadByte()
		}
	}
}
