package monary

import (
	"encoding/binary"
	"errors"
	"io"
	"iter"
)

// frameBuffer is how many bytes are read at a time.
const frameBuffer = 256 << 10

// frames yields the documents of a stream that holds them back to back, as a
// .bson file does. A document is valid until the next one. A length is
// believed only as far as bytes arrive: memory grows with them.
func frames(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f := framer{r: r, buf: make([]byte, frameBuffer)}
		for {
			doc, err := f.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(doc, err) || err != nil {
				return
			}
		}
	}
}

// framer holds the bytes buf[start:end] that are read but not yet handed out.
type framer struct {
	r          io.Reader
	buf        []byte
	start, end int
}

// next returns the next document; io.EOF only between documents.
func (f *framer) next() ([]byte, error) {
	if err := f.need(4); err != nil {
		return nil, err
	}
	n := int(int32(binary.LittleEndian.Uint32(f.buf[f.start:])))
	if n < minDocument || n > maxDocument {
		return nil, faultf(0, ErrLength, "document length %d, allowed are %d to %d", n, minDocument, maxDocument).err
	}
	if err := f.need(n); err != nil {
		return nil, err
	}
	doc := f.buf[f.start : f.start+n]
	f.start += n
	return doc, nil
}

// need reads until n bytes are at hand. Running dry is io.EOF when there is
// nothing at hand, io.ErrUnexpectedEOF otherwise.
func (f *framer) need(n int) error {
	for f.end-f.start < n {
		f.makeRoom(n)
		m, err := f.r.Read(f.buf[f.end:])
		f.end += m
		if m > 0 {
			continue
		}
		if errors.Is(err, io.EOF) && f.end > f.start {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeRoom moves what is at hand to the front, and doubles a full buffer.
func (f *framer) makeRoom(n int) {
	if f.end < len(f.buf) && f.start+n <= len(f.buf) {
		return
	}
	copy(f.buf, f.buf[f.start:f.end])
	f.start, f.end = 0, f.end-f.start
	if f.end == len(f.buf) {
		f.buf = append(f.buf, make([]byte, len(f.buf))...)
	}
}
