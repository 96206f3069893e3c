package monary

import (
	"encoding/binary"
	"math/bits"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// blockRows is how many documents are located before their cells are stored:
// enough to keep the inner loops long, few enough to stay in the cache.
const blockRows = 256

// offsets are positions in a buffer, by document of a block.
type offsets = [blockRows]uint32

// places says where the documents of a block have the values of a column.
// Document i has one of type types[i], 0 meaning none, at own[i]; where all
// documents have the same layout they have one of type all, by bytes behind at.
type places struct {
	own   offsets // 0 where there is no value
	types [blockRows]byte
	all   bson.Type // 0 unless it is that of all
	none  bool      // no document has one
	at    *offsets
	by    uint32
	size  int       // of each, 0 if that varies
	valid blockBits // who has one, where only says so
}

// reset forgets the places of a block of n documents, which are to be set one
// by one or, if alike, for all.
func (p *places) reset(n int, alike bool) {
	p.all, p.none = 0, alike
	if !alike {
		clear(p.own[:n])
		clear(p.types[:n])
	}
}

// setAll sets the places of all documents of a block.
func (p *places) setAll(w *wanted, at *offsets) {
	p.all, p.none, p.at, p.by, p.size = w.typ, false, at, w.by, w.size
}

func (p *places) set(doc int, at uint32, t bson.Type) {
	p.own[doc], p.types[doc] = at, byte(t)
}

// pick leaves the places of some documents, in rising order, as those of the first.
func (p *places) pick(docs []int) {
	switch {
	case p.none:
	case p.all != 0:
		for i, doc := range docs {
			p.own[i] = p.at[doc]
		}
		p.at = &p.own
	default:
		for i, doc := range docs {
			p.own[i], p.types[i] = p.own[doc], p.types[doc]
		}
	}
}

// of is where a document has its value.
func (p *places) of(doc int) uint32 {
	if p.all != 0 {
		return p.at[doc] + p.by
	}
	return p.own[doc]
}

// only returns the type of the values of n documents, 0 if there are several
// types or none, and how many have one, and notes in valid which.
func (p *places) only(n int) (t bson.Type, values int) {
	for i := 0; i < n && t == 0; i++ {
		t = bson.Type(p.types[i])
	}
	others := uint64(0)
	for i := 0; i < n; i += 8 {
		word := binary.LittleEndian.Uint64(p.types[i : i+8])
		if n-i < 8 {
			word &= 1<<(8*(n-i)) - 1
		}
		has := nonzeroBytes(word)
		others |= has & nonzeroBytes(word^uint64(t)*lowBits)
		values += bits.OnesCount64(has)
		p.valid[i/8] = byte(has >> 7 * 0x0102040810204080 >> 56) // one bit of each byte
	}
	if others != 0 {
		return 0, 0
	}
	return t, values
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// nonzeroBytes sets the high bits of the bytes that are not 0.
func nonzeroBytes(word uint64) uint64 {
	return (word&^highBits + ^uint64(highBits) | word) & highBits
}

// blockBits has a bit for each document of a block.
type blockBits [blockRows / 8]byte

// gaps returns which documents among 64 from doc on, a multiple of 64, and below
// n have no value.
func (b *blockBits) gaps(doc, n int) uint64 {
	gaps := ^binary.LittleEndian.Uint64(b[doc/8:])
	if n-doc < 64 {
		gaps &= 1<<(n-doc) - 1
	}
	return gaps
}

// block is documents that have been located and are to be stored, a row each: those
// that end at ends[1:], or some of them.
type block struct {
	buf    []byte
	ends   []uint32
	chosen []int // which, rising; nil means all
}

func (b block) rows() int {
	if b.chosen != nil {
		return len(b.chosen)
	}
	return len(b.ends) - 1
}

// doc is the number of a row's document among those that end at ends[1:].
func (b block) doc(row int) int {
	if b.chosen != nil {
		return b.chosen[row]
	}
	return row
}

// first is the block's first rows.
func (b block) first(rows int) block {
	if b.chosen != nil {
		b.chosen = b.chosen[:rows]
	} else {
		b.ends = b.ends[:rows+1]
	}
	return b
}

// spots are where values of one type are in a buffer: by bytes behind each at.
type spots struct {
	buf   []byte
	at    []uint32
	by    uint32
	size  int        // of each value, 0 if that varies
	valid *blockBits // where there are values; nil means everywhere, no value has an at of 0
}
