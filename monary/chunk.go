package monary

import (
	"cmp"
	"context"
	"iter"
	"runtime"
)

// chunk is documents back to back in one piece of memory, valid until the next
// chunk. Document i is buf[ends[i]:ends[i+1]]; its length and terminator are
// checked. What is behind the last means nothing. A chunk without ends has no
// documents.
type chunk struct {
	buf  []byte
	ends []uint32
}

// chunkBytes is about how many bytes a chunk has; a single document may be
// larger.
const chunkBytes = 256 << 10

// padding lets a sweep read ahead of the last document of a chunk.
var padding [1024]byte

// gatherChunks copies documents that are valid one at a time together, at most
// rows of them, which is where a batch is full.
func gatherChunks(ctx context.Context, docs iter.Seq2[[]byte, error], rows int) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		c, left := chunk{ends: []uint32{0}}, rows
		for doc, err := range docs {
			err = cmp.Or(err, context.Cause(ctx))
			if err == nil {
				err = checkFrame(doc)
			}
			if err != nil {
				yield(c, err)
				return
			}
			c.buf = append(c.buf, doc...)
			c.ends = append(c.ends, uint32(len(c.buf)))
			left--
			if left > 0 && len(c.ends) <= blockRows && len(c.buf) < chunkBytes {
				continue
			}
			padded := append(c.buf, padding[:]...)
			if !yield(chunk{buf: padded, ends: c.ends}, nil) {
				return
			}
			c.buf, c.ends = padded[:0], c.ends[:1]
			if left == 0 {
				left = rows
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

// aheadOfCut is how many bytes before they are cut documents are touched.
const aheadOfCut = 2048

// cut finds the whole documents in data behind the last of ends, which are those
// found before and begin with 0, and appends their ends. An error concerns what
// follows the last.
//
// Where a document begins is known only from the length of the one before, so
// the memory of each would be waited for in turn; touching it a little ahead,
// line by line, lets it come meanwhile.
func cut(ends []uint32, data []byte) ([]uint32, error) {
	touched := byte(0)
	defer runtime.KeepAlive(&touched)
	for pos := int(ends[len(ends)-1]); len(data)-pos >= 4; {
		n := length(data[pos:])
		if n < minDocument || n > maxDocument {
			return ends, faultf(0, ErrLength, "document length %d, allowed are %d to %d", n, minDocument, maxDocument)
		}
		if n > len(data)-pos {
			break
		}
		touched += data[min(pos+aheadOfCut, len(data)-1)]
		pos += n
		if data[pos-1] != 0 {
			return ends, faultf(n-1, ErrElement, "document of %d bytes does not end with NUL", n)
		}
		ends = append(ends, uint32(pos))
	}
	return ends, nil
}
