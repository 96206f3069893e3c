package monary

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// layout is how most documents of a stream look, as stretches of bytes that
// differ only in the values they hold. A stretch goes on as long as sizes are
// constant, over many elements and into documents; it ends at a value whose
// size varies, behind which the next one begins.
type layout []*stretch

// reach is how far behind the documents' end a sweep may read: no step but one
// over constant bytes, or into a document, leaves it.
func (l layout) reach() int {
	n := 8
	for _, st := range l {
		n += int(st.size) + 4
	}
	return n
}

type stretch struct {
	size    uint32   // in bytes
	windows []window // over the bytes that are constant
	wanted  []wanted
	leaves  []leave
	at      offsets // where each document has it
	next    step    // what follows
	typ     bson.Type
	depth   int // of the level that what follows is in
}

// window is two times eight bytes, little-endian, of which mask are constant.
type window struct {
	by         [2]uint32 // behind the stretch's start
	word, mask [2]uint64
}

// wanted is a value by bytes behind the stretch's start.
type wanted struct {
	in   *places
	by   uint32
	typ  bson.Type
	size int // 0 if that varies
}

// leave is the terminator of a document or array of the depth: it must be by
// bytes behind the stretch's start.
type leave struct {
	by    uint32
	depth int
}

// step is what follows a stretch.
type step byte

const (
	stepEnd   step = iota // the document's end
	stepText              // a length and text
	stepEnter             // a document or array, into it
	stepOver              // any other value
	stepRest              // the rest of an array, in which nothing is wanted
)

// Bounds of a layout.
const (
	samples    = 16
	maxSteady  = 64      // bytes of a value whose size counts as constant
	maxStretch = 8 << 10 // bytes
)

// compiler makes a layout of what mostly comes next and of a few documents,
// which show what has a constant size.
type compiler struct {
	buf    []byte
	docs   []*sample // that have kept to the layout so far
	stamp  int64
	varied map[*shape]bool // documents of one size that vary inside
	done   layout
	doing  *stretch
	bytes  []byte // of the stretch in progress
	masks  []byte // which of their bits are constant
}

// sample is a document of the compiler.
type sample struct {
	pos  int
	last []int // where the terminators of its open levels are
}

// compile makes a layout of the documents that end at ends[1:], nil if they
// have little in common.
func compile(buf []byte, ends []uint32, plan *node, top *level, stamp *int64) layout {
	varied := map[*shape]bool{}
	for {
		*stamp++
		c := &compiler{buf: buf, stamp: *stamp, varied: varied, doing: &stretch{}}
		for i := range samples {
			doc := i * (len(ends) - 1) / samples
			c.docs = append(c.docs, &sample{int(ends[doc]) + 4, []int{int(ends[doc+1]) - 1}})
		}
		before := len(varied)
		if c.level(plan, top, false, false) {
			c.end(stepEnd, 0)
			return c.done
		}
		if len(varied) == before {
			return nil
		}
	}
}

// level adds the elements of a level and its terminator. A steady level has the
// same size in all documents.
func (c *compiler) level(n *node, on *level, array, steady bool) bool {
	first := len(c.done)
	at := &on.shape
	for index := 0; ; index++ {
		if c.keep(func(d *sample) bool { return d.left() == 0 }) {
			break
		}
		if array && index > n.last {
			if steady {
				c.add(make([]byte, c.docs[0].left()), 0)
			} else {
				c.end(stepRest, 0)
			}
			c.skip(func(d *sample) int { return d.left() })
			break
		}
		if at = at.likely; at == nil || !c.keep(func(d *sample) bool { return d.begins(c.buf, at) }) || !c.element(at) {
			return false
		}
	}
	if !steady {
		c.doing.leaves = append(c.doing.leaves, leave{uint32(len(c.bytes)), len(c.docs[0].last) - 1})
	}
	c.add([]byte{0}, 0xff)
	for _, d := range c.docs {
		d.pos, d.last = d.pos+1, d.last[:len(d.last)-1]
	}
	return len(c.bytes) <= maxStretch && !(steady && len(c.done) > first)
}

// element adds an element of the shape.
func (c *compiler) element(at *shape) bool {
	pos := c.docs[0].pos
	c.add(c.buf[pos:pos+at.head], 0xff)
	c.skip(func(*sample) int { return at.head })
	size, steady, ok := c.size(at)
	if !ok {
		return false
	}
	w := at.want
	if w != nil && w.swept == c.stamp {
		w = nil // the first of duplicate keys wins
	}
	if w != nil {
		w.swept = c.stamp
		if w.found != nil {
			found := wanted{in: w.found, by: uint32(len(c.bytes)), typ: at.typ}
			if steady && size <= maxSteady && at.inside == nil {
				found.size = size
			}
			c.doing.wanted = append(c.doing.wanted, found)
		}
	}
	if w != nil && at.inside != nil {
		return c.enter(at, w, steady && !c.varied[at])
	}
	switch {
	case steady && size <= maxSteady:
		c.value(at.typ, size)
	case at.size == text4:
		c.end(stepText, at.typ)
	default:
		c.end(stepOver, at.typ)
	}
	c.skip(func(d *sample) int {
		n, _ := valueSize(at.typ, d.value(c.buf))
		return n
	})
	return true
}

// enter adds a document or array that something is wanted of. A steady one
// belongs to the stretch, unless it turns out to vary inside.
func (c *compiler) enter(at *shape, w *node, steady bool) bool {
	for _, d := range c.docs {
		d.last = append(d.last, d.pos+length(d.value(c.buf))-1)
	}
	if steady {
		c.add(c.buf[c.docs[0].pos:][:4], 0xff)
	} else {
		c.end(stepEnter, at.typ)
	}
	c.skip(func(*sample) int { return 4 })
	if c.level(w, at.inside, at.typ == bson.TypeArray, steady) {
		return true
	}
	c.varied[at] = c.varied[at] || steady
	return false
}

// size is the size of the value that each document has next, whether it is
// steady, and whether there is one at all.
func (c *compiler) size(at *shape) (size int, steady, ok bool) {
	if !c.keep(func(d *sample) bool {
		_, f := valueSize(at.typ, d.value(c.buf))
		return f == nil
	}) {
		return 0, false, false
	}
	size, _ = valueSize(at.typ, c.docs[0].value(c.buf))
	if at.size >= 0 || at.typ == bson.TypeBoolean {
		return size, true, true
	}
	if at.size != text4 && at.typ != bson.TypeEmbeddedDocument && at.typ != bson.TypeArray {
		return size, false, true
	}
	for _, d := range c.docs {
		if n, _ := valueSize(at.typ, d.value(c.buf)); n != size {
			return size, false, true
		}
	}
	return size, size <= maxStretch, true
}

// value adds a value of constant size: a length and the terminator behind it
// are constant as well, and so are all bits of a bool but one.
func (c *compiler) value(t bson.Type, size int) {
	pos := c.docs[0].pos
	switch t {
	case bson.TypeBoolean:
		c.add([]byte{0}, 0xfe)
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol, bson.TypeEmbeddedDocument, bson.TypeArray:
		c.add(c.buf[pos:pos+4], 0xff)
		c.add(make([]byte, size-5), 0)
		c.add([]byte{0}, 0xff)
	default:
		c.add(make([]byte, size), 0)
	}
}

// keep leaves out the documents that do not fit, if most do.
func (c *compiler) keep(fits func(*sample) bool) bool {
	var kept []*sample
	for _, d := range c.docs {
		if fits(d) {
			kept = append(kept, d)
		}
	}
	if 2*len(kept) <= len(c.docs) || 4*len(kept) < samples {
		return false
	}
	c.docs = kept
	return true
}

func (c *compiler) skip(n func(*sample) int) {
	for _, d := range c.docs {
		d.pos += n(d)
	}
}

// add adds bytes to the stretch, of each of which mask is constant.
func (c *compiler) add(b []byte, mask byte) {
	for _, v := range b {
		c.bytes, c.masks = append(c.bytes, v), append(c.masks, mask)
	}
}

// end ends the stretch, which is followed by next.
func (c *compiler) end(next step, t bson.Type) {
	s := c.doing
	s.size, s.next, s.typ, s.depth = uint32(len(c.bytes)), next, t, len(c.docs[0].last)-1
	words, masks := append(c.bytes, make([]byte, 8)...), append(c.masks, make([]byte, 8)...)
	half := 1
	for i := 0; i < len(c.bytes); {
		if masks[i] == 0 {
			i++
			continue
		}
		half = 1 - half
		if half == 0 {
			s.windows = append(s.windows, window{})
		}
		w := &s.windows[len(s.windows)-1]
		word, mask := binary.LittleEndian.Uint64(words[i:]), binary.LittleEndian.Uint64(masks[i:])
		w.by[half], w.word[half], w.mask[half] = uint32(i), word&mask, mask
		i += 8
	}
	c.done, c.doing, c.bytes, c.masks = append(c.done, s), &stretch{}, nil, nil
}

// left is how many bytes of the level are left.
func (d *sample) left() int { return d.last[len(d.last)-1] - d.pos }

// value is what begins with the value at hand, as far as the level goes.
func (d *sample) value(buf []byte) []byte { return buf[d.pos : d.pos+d.left()] }

func (d *sample) begins(buf []byte, s *shape) bool {
	return d.pos+ahead <= len(buf) && s.begins(buf, d.pos) && s.head <= d.left()
}
