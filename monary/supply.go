package monary

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"sync"
)

// supply is a source of documents that lie back to back, for one goroutine at a
// time.
type supply interface {
	// more reads up to n bytes more into the slab, or some that were read already.
	more(s *slab, n int) error
	// leave takes back what the slab holds behind the bytes that were used.
	leave(s *slab, used int)
}

// slab is memory that documents are read into and cut.
type slab struct {
	own  []byte
	buf  []byte   // a part of own, or where the documents are
	held int      // bytes of buf that were read
	ends []uint32 // as in a chunk
}

var slabs = sync.Pool{New: func() any { return &slab{own: make([]byte, 2*chunkBytes+len(padding))} }}

func newSlab() *slab { return slabs.Get().(*slab) }

func (s *slab) release() {
	if s.buf = nil; len(s.own) <= jobsMost { // a larger one was for a rare document
		slabs.Put(s)
	}
}

// begin forgets the documents.
func (s *slab) begin() { s.buf, s.held, s.ends = s.own, 0, append(s.ends[:0], 0) }

// grow makes room for n bytes more, and for reading ahead of the last document.
func (s *slab) grow(n int) {
	if need := s.held + n + len(padding); need > len(s.buf) {
		own := make([]byte, max(need, 2*len(s.own)))
		copy(own, s.buf[:s.held])
		s.own, s.buf = own, own
	}
}

// docs is the number of documents and of their bytes.
func (s *slab) docs() (n, bytes int) {
	n = len(s.ends) - 1
	return n, int(s.ends[n])
}

// fill reads about n bytes more and cuts them. A length is believed only as far
// as bytes arrive. An error concerns what follows the documents, io.EOF says that
// nothing does.
func (s *slab) fill(from supply, n int) error {
	err := from.more(s, n)
	ends, bad := cut(s.ends, s.buf[:s.held])
	s.ends = ends
	if _, used := s.docs(); errors.Is(err, io.EOF) && used < s.held {
		err = io.ErrUnexpectedEOF
	}
	return cmp.Or(bad, err)
}

// chunksOf reads a supply.
func chunksOf(from supply) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		s := newSlab()
		defer s.release()
		for {
			s.begin()
			err := s.fill(from, chunkBytes)
			for len(s.ends) == 1 && err == nil {
				err = s.fill(from, chunkBytes)
			}
			_, used := s.docs()
			from.leave(s, used)
			if errors.Is(err, io.EOF) {
				yield(chunk{s.buf, s.ends}, nil)
				return
			}
			if !yield(chunk{s.buf, s.ends}, err) || err != nil {
				return
			}
		}
	}
}

// memory is documents in memory.
type memory struct {
	rest []byte
}

func (m *memory) more(s *slab, n int) error {
	s.buf, s.held = m.rest, min(s.held+n, len(m.rest))
	if s.held == len(m.rest) {
		return io.EOF
	}
	return nil
}

func (m *memory) leave(_ *slab, used int) { m.rest = m.rest[used:] }

// stream is documents that arrive one after the other.
type stream struct {
	in   io.Reader
	rest []byte // read already
}

func (r *stream) more(s *slab, n int) error {
	if len(r.rest) > 0 {
		s.grow(len(r.rest))
		s.held += copy(s.buf[s.held:], r.rest)
		r.rest = r.rest[:0]
		return nil
	}
	s.grow(n)
	n, err := r.in.Read(s.buf[s.held : s.held+n])
	s.held += n
	return err
}

func (r *stream) leave(s *slab, used int) { r.rest = append(r.rest, s.buf[used:s.held]...) }

// plainFile is documents in a file that can be read at any place, which leaves
// nothing to be kept.
type plainFile struct {
	in   io.ReaderAt
	at   int64 // where the next document begins
	size int64 // of the file
}

func (f *plainFile) more(s *slab, n int) error {
	s.grow(n)
	n, err := f.in.ReadAt(s.buf[s.held:s.held+n], f.at+int64(s.held))
	s.held += n
	return err
}

func (f *plainFile) leave(_ *slab, used int) { f.at += int64(used) }
