package monary

import "go.mongodb.org/mongo-driver/v2/bson"

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
	types [blockRows]bson.Type
	all   bson.Type // 0 unless it is that of all
	none  bool      // no document has one
	at    *offsets
	by    uint32
	size  int // of each value, 0 if that varies
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
	p.own[doc], p.types[doc] = at, t
}

// of is where a document has its value.
func (p *places) of(doc int) uint32 {
	if p.all != 0 {
		return p.at[doc] + p.by
	}
	return p.own[doc]
}

// only returns the type of the values of n documents and how many have one; 0
// if there are several types or none.
func (p *places) only(n int) (t bson.Type, values int) {
	for i := 0; i < n && t == 0; i++ {
		t = p.types[i]
	}
	others := uint32(0)
	for _, u := range p.types[:n] {
		others |= uint32(u) * uint32(u^t)
		one := 0
		if u != 0 {
			one = 1
		}
		values += one
	}
	if others != 0 {
		return 0, 0
	}
	return t, values
}

// spots are where values of one type are in a buffer: by bytes behind each at.
// With gaps, an at of 0 stands for none.
type spots struct {
	buf  []byte
	at   []uint32
	by   uint32
	size int // of each value, 0 if that varies
	gaps bool
}
