package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// sweeper locates the wanted values of a block's documents side by side, as
// long as they keep to the likely layout: element after element, each in a
// loop over all documents. Such a loop has one layout to compare with and few
// branches, which makes it several times faster than walking document by
// document. What does not fit drops out and is walked: a sweep never decides
// anything that a walk would not.
type sweeper struct {
	buf   []byte
	runs  [blockRows]run
	spare blockOf    // takes what nobody wants
	ends  []*endings // of the levels in progress, the documents' own first
	stamp int64      // number of the sweep
	pause int        // blocks to let pass, since few documents fitted
}

// run is a document that has fitted so far.
type run struct {
	pos uint32 // of the next element, in the buffer
	doc uint8  // in the block
}

// endings says where each document's terminator of a level is.
type endings = [blockRows]uint32

// pauseBlocks is how long sweeping rests when it is of no use.
const pauseBlocks = 32

// block sweeps over the documents that end at ends[1:] and returns those that
// fitted, in order.
func (s *sweeper) block(buf []byte, ends []uint32, plan *node, top *level) []run {
	if s.pause > 0 || top.likely == nil {
		s.pause = max(s.pause-1, 0)
		return nil
	}
	s.buf = buf
	s.stamp++
	runs, last := s.runs[:len(ends)-1], s.endings(0)
	for i := range runs {
		runs[i] = run{ends[i] + 4, uint8(i)}
		last[uint8(i)] = ends[i+1] - 1
	}
	docs := len(runs)
	runs = s.level(runs, plan, top, false, 0)
	if len(runs) < docs/2 {
		s.pause = pauseBlocks
	}
	return runs
}

// level sweeps over one level of the documents and returns those that fitted to
// its end; they are behind it then. It overwrites runs.
func (s *sweeper) level(runs []run, n *node, on *level, array bool, depth int) []run {
	last := s.endings(depth)
	at := on.likely
	for index := 0; len(runs) > 0 && runs[0].pos < last[runs[0].doc]; index++ {
		if array && index > n.last {
			// Nothing is wanted of the rest. An array that an element overran is
			// none that fits: it is beyond its end already.
			for i, r := range runs {
				if r.pos < last[r.doc] {
					runs[i].pos = last[r.doc]
				}
			}
			break
		}
		if at == nil {
			break
		}
		runs = s.element(runs, at, depth)
		at = at.likely
	}
	fit := 0
	for _, r := range runs {
		if r.pos == last[r.doc] {
			runs[fit] = run{r.pos + 1, r.doc}
			fit++
		}
	}
	return runs[:fit]
}

// element steps over an element, and into it where something is wanted of it.
func (s *sweeper) element(runs []run, at *shape, depth int) []run {
	w := at.want
	if w != nil && w.swept == s.stamp {
		w = nil // the first of duplicate keys wins
	}
	found := &s.spare
	if w != nil {
		w.swept = s.stamp
		if w.found != nil {
			found = w.found
		}
	}
	switch {
	case w != nil && at.inside != nil:
		runs = s.enter(runs, at, found, depth+1)
		return s.level(runs, w, at.inside, at.typ == bson.TypeArray, depth+1)
	case at.tail != nil || at.size == varies:
		return s.other(runs, at, found)
	case at.size >= 0:
		return s.fixed(runs, at, found)
	}
	return s.text(runs, at, found, s.endings(depth))
}

// fixed steps over an element whose value has a fixed size. That a document ends
// where it should is checked at the end of the level.
func (s *sweeper) fixed(runs []run, at *shape, found *blockOf) []run {
	buf, words, masks, limit := s.buf, at.words, at.masks, s.limit(at)
	tag, step := locate(uint32(at.head), at.typ), uint32(at.head+at.size)
	fit := 0
	for i, r := range runs {
		if r.pos > limit || load64(buf, r.pos)&masks[0] != words[0] || load64(buf, r.pos+8)&masks[1] != words[1] {
			continue
		}
		found[r.doc] = tag + located(r.pos)
		if fit == i {
			runs[i].pos = r.pos + step
		} else {
			runs[fit] = run{r.pos + step, r.doc}
		}
		fit++
	}
	return runs[:fit]
}

// text steps over an element with text.
func (s *sweeper) text(runs []run, at *shape, found *blockOf, last *endings) []run {
	buf, words, masks, limit := s.buf, at.words, at.masks, s.limit(at)
	head, tag := uint32(at.head), locate(0, at.typ)
	fit := 0
	for _, r := range runs {
		if r.pos > limit || load64(buf, r.pos)&masks[0] != words[0] || load64(buf, r.pos+8)&masks[1] != words[1] {
			continue
		}
		value := r.pos + head
		end := uint64(value) + 4 + load64(buf, value)&0xffffffff
		if end > uint64(last[r.doc]) || end == uint64(value)+4 || buf[end-1] != 0 {
			continue
		}
		found[r.doc] = tag + located(value)
		runs[fit] = run{uint32(end), r.doc}
		fit++
	}
	return runs[:fit]
}

// enter steps into a document or array, whose endings become those of depth.
func (s *sweeper) enter(runs []run, at *shape, found *blockOf, depth int) []run {
	buf, words, masks, limit := s.buf, at.words, at.masks, s.limit(at)
	head, tag := uint32(at.head), locate(0, at.typ)
	inner, outer := s.endings(depth), s.endings(depth-1)
	fit := 0
	for _, r := range runs {
		if r.pos > limit || load64(buf, r.pos)&masks[0] != words[0] || load64(buf, r.pos+8)&masks[1] != words[1] ||
			at.tail != nil && string(buf[r.pos+ahead:r.pos+head]) != string(at.tail) {
			continue
		}
		value := r.pos + head
		size := load64(buf, value) & 0xffffffff
		end := uint64(value) + size
		if size < minDocument || end > uint64(outer[r.doc]) || buf[end-1] != 0 {
			continue
		}
		found[r.doc] = tag + located(value)
		inner[r.doc] = uint32(end) - 1
		runs[fit] = run{value + 4, r.doc}
		fit++
	}
	return runs[:fit]
}

// other steps over any element, as a walk does.
func (s *sweeper) other(runs []run, at *shape, found *blockOf) []run {
	fit := 0
	for _, r := range runs {
		if r.pos > s.limit(at) || !at.begins(s.buf, int(r.pos)) {
			continue
		}
		value := int(r.pos) + at.head
		size, f := valueSize(at.typ, s.buf[value:])
		if f != nil {
			continue
		}
		found[r.doc] = locate(uint32(value), at.typ)
		runs[fit] = run{uint32(value + size), r.doc}
		fit++
	}
	return runs[:fit]
}

// limit is the last position from which the shape's key and eight bytes behind
// it can be read, and what begins needs; 0, where no element is, if there is none.
func (s *sweeper) limit(at *shape) uint32 { return uint32(max(len(s.buf)-max(at.head+8, ahead), 0)) }

// endings returns those of a depth.
func (s *sweeper) endings(depth int) *endings {
	for len(s.ends) <= depth {
		s.ends = append(s.ends, new(endings))
	}
	return s.ends[depth]
}
