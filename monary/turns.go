package monary

import (
	"math"
	"math/bits"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// turner locates the wanted values of documents whose elements come in no
// steady order: the documents take turns, an element each. What an element is,
// its hash tells, so a turn has no branch that depends on the order, and one
// document's turn need not wait for another's. What is not simple is walked.
type turner struct {
	runs   [blockRows]run
	known  [slots]simple // by hash, as the top level's shapes were when the turns began
	short  uint64        // as many bytes as the shortest of them has, if these tell all apart; else 0
	unread places        // of what nobody wants
	left   int           // blocks until a walk looks at the order again
}

// simple is a shape whose key is short and inside whose value nothing is wanted.
// The value takes least bytes and, if it is text, as many more as one less than
// the number that it begins with; the bits of its last byte in zeros are 0.
type simple struct {
	words, masks [2]uint64
	to           *places
	wanted       uint32 // all bits, or none if to is nobody's
	text         uint32 // all bits, or none if the size is always the same
	zeros        uint8
	head         uint8 // bytes of type, key and NUL
	least        uint8
	typ          byte
	_            [8]byte // to the size of a cache line
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
const turnBlocks = 128

// begin has the next blocks take turns.
func (t *turner) begin(top *level) {
	t.left = turnBlocks
	t.learn(top)
}

// learn makes known the shapes that the top level has at hand.
func (t *turner) learn(top *level) {
	least := 8
	for _, s := range top.slots {
		if s != nil {
			least = min(least, s.head)
		}
	}
	for _, t.short = range []uint64{math.MaxUint64 >> (8 * (8 - least)), 0} {
		if t.fill(top) {
			return
		}
	}
}

// fill makes known the shapes by their hashes and tells whether these differ.
func (t *turner) fill(top *level) bool {
	for i := range t.known {
		t.known[i] = simple{words: [2]uint64{1}} // which nothing is like
	}
	for _, s := range top.slots {
		if s == nil {
			continue
		}
		k := &t.known[t.hash(s.words[0])]
		if k.to != nil && t.short != 0 {
			return false
		}
		k.set(s, &t.unread)
	}
	return true
}

// hash is where the element is known that begins with the bytes of word.
func (t *turner) hash(word uint64) uint64 {
	if t.short != 0 {
		return word & t.short * 0x9e3779b97f4a7c15 >> 58
	}
	return slot(word, 0)
}

// set makes k what is to be known of a shape, if that is simple.
func (k *simple) set(s *shape, unread *places) {
	as := simple{words: s.words, masks: s.masks, to: unread, head: uint8(s.head), typ: byte(s.typ)}
	if s.want != nil && s.want.found != nil {
		as.to, as.wanted = s.want.found, math.MaxUint32
	}
	switch {
	case s.tail != nil:
		return
	case s.size >= 0:
		as.least = uint8(s.size)
	case s.size == text4:
		as.least, as.text, as.zeros = 4+1, math.MaxUint32, 0xff
	case s.typ == bson.TypeBoolean:
		as.least, as.zeros = 1, 0xfe
	default:
		return
	}
	*k = as
}

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
			group = t.turn(buf, group, odd)
		}
	}
	for _, o := range odd[:docs] {
		if o != 0 {
			done--
		}
	}
	switch {
	case done < begun/2:
		t.left = 0
	case done < begun-begun/8:
		t.learn(top)
	}
}

// turn locates an element of each document and returns the documents that have
// more. A document is left out, for a walk, when its element is not known or not
// sound, or repeats a key.
func (t *turner) turn(buf []byte, runs []run, odd *[blockRows]uint64) []run {
	limit := uint32(len(buf) - 2*ahead) // from where a shape of up to ahead bytes and a length can be read
	more := 0
	for _, r := range runs {
		if r.pos > limit {
			continue
		}
		first, second := load64(buf, r.pos), load64(buf, r.pos+8)
		s := &t.known[t.hash(first)]
		if (first&s.masks[0]^s.words[0])|(second&s.masks[1]^s.words[1]) != 0 {
			continue
		}
		value := r.pos + uint32(s.head)
		end := uint64(value) + uint64(s.least) + uint64(uint32(load64(buf, value)-1)&s.text) // far behind for a length of 0
		if end > uint64(r.last) {
			continue
		}
		doc := r.doc % blockRows
		if s.to.own[doc]&s.wanted|uint32(buf[end-1]&s.zeros) != 0 {
			continue
		}
		s.to.own[doc], s.to.types[doc] = value, s.typ
		odd[doc] = end ^ uint64(r.last)
		runs[more] = run{uint32(end), r.last, r.doc}
		_, less := bits.Sub64(end, uint64(r.last), 0)
		more += int(less)
	}
	return runs[:more]
}
