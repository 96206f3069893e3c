package monary

import "math/bits"

// turner locates the wanted values of documents whose elements come in no
// steady order: the documents take turns, an element each. What an element is,
// its hash tells, so a turn has no branch that depends on the order, and one
// document's turn need not wait for another's. What is not simple is walked.
type turner struct {
	runs [blockRows]run
	left int // blocks until a walk looks at the order again
}

// run is a document whose elements are not all seen yet.
type run struct {
	pos  uint32 // of the next element, in the buffer
	last uint32 // of the document's terminator
	doc  uint32 // in the block
}

// turnRows is how many documents take turns with each other: so few that they
// stay in the nearest cache from one turn to the next.
const turnRows = 64

// turnBlocks is how many blocks go by turns when a walk has found the order
// unsteady.
const turnBlocks = 32

// block takes turns over the odd documents among those that end at ends[1:] and
// marks those that are done as not odd. The places of the others are to be
// forgotten.
func (t *turner) block(buf []byte, ends []uint32, odd *[blockRows]uint64, top *level) {
	docs := len(ends) - 1
	if t.left == 0 || len(buf) < 3*ahead {
		return
	}
	t.left--
	runs := t.runs[:0]
	for i, o := range odd[:docs] {
		if o != 0 {
			runs = append(runs, run{ends[i] + 4, ends[i+1] - 1, uint32(i)})
		}
	}
	begun, done := len(runs), len(runs)
	for len(runs) > 0 {
		group := runs[:min(len(runs), turnRows)]
		runs = runs[len(group):]
		for len(group) > 0 {
			group = turn(buf, group, odd, top)
		}
	}
	for _, o := range odd[:docs] {
		if o != 0 {
			done--
		}
	}
	if done < begun/2 {
		t.left = 0
	}
}

// turn locates an element of each document and returns the documents that have
// more.
func turn(buf []byte, runs []run, odd *[blockRows]uint64, top *level) []run {
	limit := uint32(len(buf) - 2*ahead) // from where a shape of up to ahead bytes and a length can be read
	more := 0
	for _, r := range runs {
		if r.pos > limit {
			continue
		}
		first, second := load64(buf, r.pos), load64(buf, r.pos+8)
		s := top.slots[slot(first, 0)]
		if s == nil || !s.simple || (first&s.masks[0]^s.words[0])|(second&s.masks[1]^s.words[1]) != 0 {
			continue
		}
		doc, last := r.doc%blockRows, uint64(r.last)
		value := r.pos + uint32(s.head)
		size := load64(buf, value) & s.sized
		end := uint64(value) + s.least + size
		stop := min(end, last)
		if end^stop|uint64(buf[stop-1])&s.zeros|zero(size)&s.sized != 0 {
			continue
		}
		at, typ := s.to.own[doc], s.to.types[doc]
		if at == 0 { // the first of duplicate keys wins
			at, typ = value, byte(s.typ)
		}
		s.to.own[doc], s.to.types[doc] = at, typ
		odd[doc] = end ^ last
		runs[more] = run{uint32(end), r.last, r.doc}
		_, less := bits.Sub64(end, last, 0)
		more += int(less)
	}
	return runs[:more]
}
