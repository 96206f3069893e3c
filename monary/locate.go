package monary

import (
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// locator finds the wanted values in documents. That is the first of the two
// steps of decoding: it looks at every element once and notes where the wanted
// ones are; gather.go then stores them, column by column.
type locator struct {
	plan      *node
	found     []*places // of each column
	top       *level    // of the documents themselves
	blind     *level    // of what is not learnt
	unlearnt  shape     // of an element that is not learnt
	sweep     sweeper
	turns     turner
	sieve     *sieve  // nil: all documents are wanted
	starts    offsets // of the documents, where they are wanted themselves
	surprises int     // shapes in a block that were not the likely ones
	stamp     int64   // number of the document in progress, from 1
}

// newLocator makes a locator of a schema's fields, and behind them those of the conditions.
func newLocator(s Schema, o ReadOptions) *locator {
	own := s.Len()
	s = o.located(s)
	l := &locator{found: make([]*places, s.Len()), top: newLevel(), blind: &level{}}
	for c := range l.found {
		l.found[c] = new(places)
	}
	l.plan = newPlan(s, l.found)
	if len(o.Where) > 0 {
		l.sieve = newSieve(o.Where, l.found[own:], l.found)
	}
	return l
}

// wanted locates the fields of the documents that end at ends[1:], at most blockRows of
// them, and leaves those that the conditions keep. It returns how many it has dealt with,
// and what is wrong with the next if that is not all.
func (l *locator) wanted(buf []byte, ends []uint32) (b block, docs int, f *fault) {
	docs, f = l.block(buf, ends)
	if whole := l.plan.found; whole != nil {
		for i, start := range ends[:docs] {
			l.starts[i] = start + 1 // a position of 0 would mean that there is no value
		}
		whole.setAll(&wanted{typ: bson.TypeEmbeddedDocument, by: math.MaxUint32}, &l.starts) // one byte before
	}
	b = block{buf: buf, ends: ends[:docs+1]}
	if l.sieve == nil {
		return b, docs, f
	}
	return l.sieve.sift(b, f)
}

// block locates the wanted values of the documents that end at ends[1:], at most
// blockRows of them. It returns how many were done, and what is wrong with the
// next if that is not all.
func (l *locator) block(buf []byte, ends []uint32) (int, *fault) {
	docs := len(ends) - 1
	odd, fit := l.sweep.block(buf, ends, l.plan, l.top)
	for _, found := range l.found {
		found.reset(docs, fit == docs)
	}
	if l.sweep.place(odd, fit); fit == docs {
		return docs, nil
	}
	l.turns.block(buf, ends, &l.sweep.odd, l.top)
	l.surprises = 0
	walked := 0
	for i := range docs {
		if odd[i] == 0 {
			continue
		}
		for _, found := range l.found {
			found.set(i, 0, 0) // what a turn found
		}
		walked++
		l.stamp++
		if f := l.walk(i, buf, int(ends[i]), int(ends[i+1]), l.plan, l.top, false); f != nil {
			f.offset -= int(ends[i])
			return i, f
		}
	}
	if l.surprises > walked {
		l.turns.begin(l.top)
	}
	return docs, nil
}

// walk goes over the elements of a document or array once; n's children are
// wanted of it. This is the inner loop.
func (l *locator) walk(i int, buf []byte, start, end int, n *node, on *level, array bool) *fault {
	pos, last := start+4, end-1
	at := &on.shape
	for index := 0; pos < last; index++ {
		s := at.likely
		if s != nil && pos+ahead <= len(buf) && s.begins(buf, pos) && pos+s.head <= last {
			at.doubt = 0
		} else {
			if array && index > n.last {
				return nil // nothing is wanted of the rest
			}
			var f *fault
			if s, f = l.nextShape(buf, pos, last, n, on, at, array, index); f != nil {
				return f
			}
		}
		value, size := pos+s.head, s.size
		if size == text4 {
			size = textSize(buf, value, last)
		}
		if size < 0 || size > last-value {
			var f *fault
			if size, f = valueSize(s.typ, buf[value:last]); f != nil {
				return f.within(value, buf[pos+1:value-1])
			}
		}
		if w := s.want; w != nil && w.stamp != l.stamp { // the first of duplicate keys wins
			w.stamp = l.stamp
			if w.found != nil {
				w.found.set(i, uint32(value), s.typ)
			}
			if s.inside != nil {
				if f := l.walk(i, buf, value, value+size, w, s.inside, s.typ == bson.TypeArray); f != nil {
					return f.within(0, buf[pos+1:value-1])
				}
			}
		}
		pos, at = value+size, s
	}
	return nil
}

// textSize is the size of the text at buf[value:last], varies where it takes
// valueSize to say what is wrong.
func textSize(buf []byte, value, last int) int {
	if value+4 >= last {
		return varies
	}
	end := value + 4 + int(int32(binary.LittleEndian.Uint32(buf[value:])))
	if end <= value+4 || end > last || buf[end-1] != 0 {
		return varies
	}
	return end - value
}

// nextShape returns the shape of the element at pos, which is not what mostly
// comes after at: another that is known, or what the plain way finds.
func (l *locator) nextShape(buf []byte, pos, last int, n *node, on *level, at *shape, array bool, index int) (*shape, *fault) {
	if !array {
		index = 0
	}
	if pos+ahead <= len(buf) {
		if s := on.recall(buf, pos, index); s != nil && pos+s.head <= last {
			at.expect(s)
			l.surprises++
			return s, nil
		}
	}
	_, key, _, f := nextElement(buf, pos, last)
	if f != nil {
		return nil, f
	}
	want := n.byKey[string(key)]
	if array {
		want = n.byIndex[index]
	}
	head := buf[pos : pos+2+len(key)]
	if s := on.learn(head, buf[pos:], index, want); s != nil {
		at.expect(s)
		return s, nil
	}
	l.unlearnt.set(head, want, l.blind)
	return &l.unlearnt, nil
}
