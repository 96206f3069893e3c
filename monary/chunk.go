package monary

import (
	"errors"
	"io"
	"iter"
)

// chunk is documents in one piece of memory, valid until the next chunk. Their
// lengths and terminators are checked.
type chunk struct {
	buf  []byte
	docs []span
}

// chunkBytes is about how many bytes a chunk has; a single document may be
// larger.
const chunkBytes = 256 << 10

// gatherChunks copies documents that are valid one at a time together.
func gatherChunks(docs iter.Seq2[[]byte, error]) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		var c chunk
		for doc, err := range docs {
			if err == nil {
				err = checkFrame(doc)
			}
			if err != nil {
				yield(c, err)
				return
			}
			start := len(c.buf)
			c.buf = append(c.buf, doc...)
			c.docs = append(c.docs, span{start, len(c.buf)})
			if len(c.docs) == blockRows || len(c.buf) >= chunkBytes {
				if !yield(c, nil) {
					return
				}
				c.buf, c.docs = c.buf[:0], c.docs[:0]
			}
		}
		yield(c, nil)
	}
}

// checkFrame checks that doc is one document: its length and its terminator.
func checkFrame(doc []byte) error {
	n, f := documentSize(doc)
	if f == nil && n != len(doc) {
		f = faultf(0, ErrLength, "document length %d, but %d bytes were given", n, len(doc))
	}
	if f != nil {
		return f
	}
	return nil
}

// cutChunks finds the documents that lie back to back in data.
func cutChunks(data []byte) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		var docs []span
		for len(data) > 0 {
			var err error
			var n int
			docs, n, err = cut(docs[:0], data, chunkBytes)
			if err == nil && n == 0 {
				err = io.ErrUnexpectedEOF
			}
			if !yield(chunk{data, docs}, err) || err != nil {
				return
			}
			data = data[n:]
		}
	}
}

// cut appends the whole documents at the start of data, about limit bytes of
// them, and returns how many bytes they take. An error concerns what follows.
func cut(docs []span, data []byte, limit int) ([]span, int, error) {
	pos := 0
	for pos < limit && len(data)-pos >= 4 {
		n, err := frameLength(data[pos:])
		if err != nil {
			return docs, pos, err
		}
		if n > len(data)-pos {
			break
		}
		if data[pos+n-1] != 0 {
			return docs, pos, faultf(n-1, ErrElement, "document of %d bytes does not end with NUL", n)
		}
		docs = append(docs, span{pos, pos + n})
		pos += n
	}
	return docs, pos, nil
}

// frameLength reads and checks the length at the start of a document.
func frameLength(data []byte) (int, error) {
	n := length(data)
	if n < minDocument || n > maxDocument {
		return 0, faultf(0, ErrLength, "document length %d, allowed are %d to %d", n, minDocument, maxDocument)
	}
	return n, nil
}

// readChunks cuts a stream that holds documents back to back, as a .bson file
// does. A length is believed only as far as bytes arrive: memory grows with
// them.
func readChunks(r io.Reader) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		buf, held := make([]byte, chunkBytes), 0
		var docs []span
		for {
			n, err := r.Read(buf[held:])
			held += n
			var used int
			var bad error
			docs, used, bad = cut(docs[:0], buf[:held], held)
			if bad == nil {
				bad = ending(err, held > used)
			}
			if len(docs) > 0 || bad != nil {
				if !yield(chunk{buf[:held], docs}, bad) || bad != nil {
					return
				}
			}
			if err != nil {
				return
			}
			held = copy(buf, buf[used:held])
			if held == len(buf) {
				buf = append(buf, make([]byte, len(buf))...)
			}
		}
	}
}

// ending says what an error of reading means: the end of a stream is one only
// inside a document.
func ending(err error, inside bool) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if inside {
		return io.ErrUnexpectedEOF
	}
	return nil
}
