package monary

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
)

// chunk is documents back to back in one piece of memory, valid until the next
// chunk. Document i is buf[ends[i]:ends[i+1]]; its length and terminator are
// checked. What is behind the last means nothing. A chunk without ends has no
// documents.
type chunk struct {
	buf  []byte
	ends []uint32
	slab *slab // that buf and ends are in, where the chunk keeps its memory
}

// slab is the memory of a chunk that stays when the next one comes. It is used
// again once everyone who holds it has let go.
type slab struct {
	buf   []byte
	ends  []uint32
	holds atomic.Int32
}

var slabs = sync.Pool{New: func() any { return &slab{buf: make([]byte, chunkBytes)} }}

// newSlab returns a slab that the caller holds.
func newSlab() *slab {
	s := slabs.Get().(*slab)
	s.holds.Store(1)
	return s
}

func (s *slab) hold() {
	if s != nil {
		s.holds.Add(1)
	}
}

func (s *slab) release() {
	if s != nil && s.holds.Add(-1) == 0 && len(s.buf) <= 4*chunkBytes { // a larger one was for a rare document
		slabs.Put(s)
	}
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

// cutChunks finds the documents that lie back to back in data. With keep, the
// ends of a chunk stay when the next one comes.
func cutChunks(data []byte, keep bool) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		s := newSlab()
		defer func() { s.release() }()
		for len(data) > 0 {
			ends, err := cut(s.ends[:0], data, chunkBytes)
			s.ends = ends
			n := int(ends[len(ends)-1])
			if err == nil && n == 0 {
				err = io.ErrUnexpectedEOF
			}
			if !yield(chunk{data, ends, s}, err) || err != nil { // what follows helps those that read ahead
				return
			}
			data = data[n:]
			if keep {
				s.release()
				s = newSlab()
			}
		}
	}
}

// aheadOfCut is how many bytes before they are cut documents are touched.
const aheadOfCut = 2048

// cut finds the whole documents at the start of data, about limit bytes of them,
// and appends 0 and their ends. An error concerns what follows the last.
//
// Where a document begins is known only from the length of the one before, so
// the memory of each would be waited for in turn; touching it a little ahead,
// line by line, lets it come meanwhile.
func cut(ends []uint32, data []byte, limit int) ([]uint32, error) {
	ends = append(ends, 0)
	touched := byte(0)
	defer runtime.KeepAlive(&touched)
	for pos := 0; pos < limit && len(data)-pos >= 4; {
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

// readChunks cuts a stream that holds documents back to back, as a .bson file
// does. A length is believed only as far as bytes arrive: memory grows with
// them. With keep, each chunk has memory of its own.
func readChunks(r io.Reader, keep bool) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		s, held := newSlab(), 0
		defer func() { s.release() }()
		for {
			n, err := r.Read(s.buf[held:])
			held += n
			ends, bad := cut(s.ends[:0], s.buf[:held], held)
			s.ends = ends
			used := int(ends[len(ends)-1])
			if bad == nil {
				bad = ending(err, held > used)
			}
			if used > 0 || bad != nil {
				if !yield(chunk{s.buf, ends, s}, bad) || bad != nil {
					return
				}
			}
			if err != nil {
				return
			}
			next := s
			if keep && used > 0 {
				next = newSlab()
			}
			rest := s.buf[used:held]
			for len(rest) >= len(next.buf) {
				next.buf = append(next.buf, make([]byte, len(next.buf))...)
			}
			held = copy(next.buf, rest)
			if next != s {
				s.release()
				s = next
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
