package monary

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// sweeper locates the wanted values of a block's documents side by side, as
// long as they keep to the likely layout: element after element, each in a
// loop over all documents. Such a loop has one layout to compare with and few
// branches, which makes it several times faster than walking document by
// document. What does not fit drops out and is walked: a sweep never decides
// anything that a walk would not.
type sweeper struct {
	buf   []byte
	spare []located // takes what nobody wants
	lists [][]run   // one for each depth, kept for the next block
	stamp int64     // number of the sweep
	pause int       // blocks to let pass, since few documents fitted
}

// run is a document that has fitted so far.
type run struct {
	doc  uint32 // in the block
	pos  uint32 // of the next element, in the buffer
	last uint32 // of the terminator
}

// pauseBlocks is how long sweeping rests when it is of no use.
const pauseBlocks = 32

// block sweeps over documents and returns those that fitted, in order.
func (s *sweeper) block(buf []byte, docs []span, plan *node, top *level) []run {
	if s.pause > 0 || top.likely == nil {
		s.pause = max(s.pause-1, 0)
		return nil
	}
	s.buf = buf
	s.stamp++
	runs := s.list(0)
	for i, doc := range docs {
		runs = append(runs, run{uint32(i), uint32(doc.start + 4), uint32(doc.end - 1)})
	}
	s.lists[0] = runs
	fit := s.level(runs, plan, top, false, 0)
	if len(fit) < len(docs)/2 {
		s.pause = pauseBlocks
	}
	return fit
}

// level sweeps over one level of the documents and returns those that fitted to
// its end. It overwrites runs.
func (s *sweeper) level(runs []run, n *node, on *level, array bool, depth int) []run {
	at := on.likely
	for index := 0; at != nil && len(runs) > 0 && runs[0].pos < runs[0].last; index++ {
		if array && index > n.last {
			return runs // nothing is wanted of the rest
		}
		found, w := s.spare, at.want
		if w != nil && w.swept == s.stamp {
			w = nil // the first of duplicate keys wins
		}
		if w != nil {
			w.swept = s.stamp
			if w.found != nil {
				found = w.found
			}
		}
		switch {
		case w != nil && at.inside != nil:
			runs = s.inside(runs, at, found, depth)
		case at.size >= 0:
			runs = s.fixed(runs, at, found)
		case at.size == text4:
			runs = s.text(runs, at, found)
		default:
			runs = s.other(runs, at, found)
		}
		at = at.likely
	}
	fit := 0
	for _, r := range runs {
		if r.pos == r.last {
			runs[fit] = r
			fit++
		}
	}
	return runs[:fit]
}

// fixed steps over an element whose value has a fixed size. That a document ends
// where it should is checked at the end of the level.
func (s *sweeper) fixed(runs []run, at *shape, found []located) []run {
	buf, word, mask := s.buf, at.word, at.mask
	head, step := uint32(at.head), uint32(at.head+at.size)
	limit := s.limit(at)
	fit := 0
	for _, r := range runs {
		if int(r.pos) > limit || binary.LittleEndian.Uint64(buf[r.pos:])&mask != word || at.tail != nil && !at.hasTail(buf, int(r.pos)) {
			continue
		}
		found[r.doc] = located{r.pos + head, at.typ}
		r.pos += step
		runs[fit] = r
		fit++
	}
	return runs[:fit]
}

// text steps over an element with text.
func (s *sweeper) text(runs []run, at *shape, found []located) []run {
	buf, word, mask := s.buf, at.word, at.mask
	head := uint32(at.head)
	limit := s.limit(at)
	fit := 0
	for _, r := range runs {
		if int(r.pos) > limit || binary.LittleEndian.Uint64(buf[r.pos:])&mask != word || at.tail != nil && !at.hasTail(buf, int(r.pos)) {
			continue
		}
		value := r.pos + head
		size := textSize(buf, int(value), int(r.last))
		if size < 0 {
			continue
		}
		found[r.doc] = located{value, at.typ}
		r.pos = value + uint32(size)
		runs[fit] = r
		fit++
	}
	return runs[:fit]
}

// other steps over an element whose size valueSize has to say.
func (s *sweeper) other(runs []run, at *shape, found []located) []run {
	fit := 0
	for _, r := range runs {
		if size, ok := s.size(r, at); ok {
			found[r.doc] = located{r.pos + uint32(at.head), at.typ}
			r.pos += uint32(at.head + size)
			runs[fit] = r
			fit++
		}
	}
	return runs[:fit]
}

// inside steps over a document or array and sweeps over what is in it.
func (s *sweeper) inside(runs []run, at *shape, found []located, depth int) []run {
	before := s.list(depth + 1)
	for _, r := range runs {
		if size, ok := s.size(r, at); ok {
			value := r.pos + uint32(at.head)
			found[r.doc] = located{value, at.typ}
			before = append(before, run{r.doc, value + 4, value + uint32(size) - 1})
		}
	}
	s.lists[depth+1] = before
	inner := s.level(before, at.want, at.inside, at.typ == bson.TypeArray, depth+1)

	fit, k := 0, 0
	for _, r := range runs {
		if k < len(inner) && inner[k].doc == r.doc {
			r.pos = inner[k].last + 1
			runs[fit] = r
			fit++
			k++
		}
	}
	return runs[:fit]
}

// size is that of the value of the element at a document's position, if the
// element has the shape.
func (s *sweeper) size(r run, at *shape) (size int, ok bool) {
	value := int(r.pos) + at.head
	if int(r.pos) > s.limit(at) || value > int(r.last) || !at.begins(s.buf, int(r.pos)) {
		return 0, false
	}
	size, f := valueSize(at.typ, s.buf[value:r.last])
	return size, f == nil
}

// limit is the last position at which the shape's first eight bytes and its
// head can be read.
func (s *sweeper) limit(at *shape) int { return len(s.buf) - max(8, at.head+8) }

// list is the empty list of a depth.
func (s *sweeper) list(depth int) []run {
	for len(s.lists) <= depth {
		s.lists = append(s.lists, make([]run, 0, blockRows))
	}
	return s.lists[depth][:0]
}
