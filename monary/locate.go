package monary

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// blockRows is how many documents are located before their cells are stored:
// enough to keep the inner loops long, few enough to stay in the cache.
const blockRows = 256

// located is where a document of a block has a wanted value: an offset in the
// buffer and, above it, the value's type. 0 means that it has none.
type located uint64

func locate(at uint32, t bson.Type) located { return located(at) | located(t)<<32 }

func (l located) at() uint32 { return uint32(l) }

func (l located) typ() bson.Type { return bson.Type(l >> 32) }

// blockOf is what was located of a column in a block.
type blockOf = [blockRows]located

// locator finds the wanted values in documents. That is the first of the two
// steps of decoding: it looks at every element once and notes where the wanted
// ones are; gather.go then stores them, column by column.
type locator struct {
	plan     *node
	found    []*blockOf // of each column
	top      *level     // of the documents themselves
	blind    *level     // of what is not learnt
	unlearnt shape      // of an element that is not learnt
	sweep    sweeper
	stamp    int64 // number of the document in progress, from 1
}

func newLocator(s Schema) *locator {
	l := &locator{found: make([]*blockOf, s.Len()), top: newLevel(), blind: &level{}}
	for c := range l.found {
		l.found[c] = new(blockOf)
	}
	l.plan = newPlan(s, l.found)
	return l
}

// block locates the wanted values of the documents that end at ends[1:], at most
// blockRows of them. It returns how many were done, and what is wrong with the
// next if that is not all.
func (l *locator) block(buf []byte, ends []uint32) (int, *fault) {
	docs := len(ends) - 1
	for _, found := range l.found {
		clear(found[:docs])
	}
	fit := l.sweep.block(buf, ends, l.plan, l.top)
	for i := range docs {
		if len(fit) > 0 && int(fit[0].doc) == i {
			fit = fit[1:]
			continue
		}
		for _, found := range l.found {
			found[i] = 0 // what a sweep found before the document dropped out
		}
		l.stamp++
		if f := l.walk(i, buf, int(ends[i]), int(ends[i+1]), l.plan, l.top, false); f != nil {
			f.offset -= int(ends[i])
			return i, f
		}
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
		if pos+ahead > len(buf) || s == nil || !s.begins(buf, pos) || pos+s.head > last {
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
				w.found[i] = locate(uint32(value), s.typ)
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

// nextShape returns the shape of the element at pos, which is not what mostly comes
// after at: another that has been met there, or what the plain way finds.
func (l *locator) nextShape(buf []byte, pos, last int, n *node, on *level, at *shape, array bool, index int) (*shape, *fault) {
	if pos+ahead <= len(buf) {
		if s := at.follow(buf, pos); s != nil && pos+s.head <= last {
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
	} else {
		index = 0
	}
	head := buf[pos : pos+2+len(key)]
	if s := on.learn(at, head, index, want); s != nil {
		return s, nil
	}
	l.unlearnt.set(head, want, l.blind)
	return &l.unlearnt, nil
}
