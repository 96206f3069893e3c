package pipeline

import (
	"math"

	"github.com/penstock/penstock/monary"
)

// numbering gives equal values of an expression equal numbers, in the order in which they are
// first seen, batch after batch. Numbers, dates and strings are looked up in tables of their
// own. A value that is not there is new if there are no others; else number decides, as 1 and
// decimal 1 are equal.
type numbering struct {
	of     expr
	strict bool           // missing is not null
	ids    []monary.Value // by number, as first seen

	ints, doubles, dates intTable // of doubles the bits of those that are no integer
	texts                textTable
	number               map[string]uint32 // by AppendKey; nil while the tables have all

	parts  []*numbering // of the fields of a document
	pairs  []intTable   // of the numbers of the fields so far and the one of the next
	tuples []uint32     // by the number of a pair of all fields

	bytes   int64 // of the ids before sized
	sized   int
	numbers []uint32 // of the batch's rows
	byCode  []uint32 // plus 1, of a dictionary's words
	key     []byte
	memory  cells
}

func newNumbering(of expr, strict bool) *numbering {
	n := &numbering{of: of, strict: strict}
	if d, ok := of.(documentExpr); ok && len(d.values) > 0 {
		for _, part := range d.values {
			n.parts = append(n.parts, newNumbering(part, true))
		}
		n.pairs = make([]intTable, len(n.parts)-1)
	}
	return n
}

// add numbers the rows of the batch that a scope is bound to.
func (n *numbering) add(s *scope, b *batch) []uint32 {
	if cap(n.numbers) < b.len() {
		n.numbers = make([]uint32, b.len())
	}
	n.numbers = n.numbers[:b.len()]
	if n.parts != nil {
		n.addParts(s, b)
		return n.numbers
	}
	if e, ok := n.of.(constantExpr); ok && b.len() > 0 {
		n.find(e.value)
		return n.numbers // never was there another one than 0 among them
	}
	c := n.column(s, b)
	t := s.typedColumn(n.of, c)
	switch {
	case t == nil || n.strict && t.valid != nil: // strict, and some may be missing
		for i := range n.numbers {
			n.numbers[i] = n.find(c.Value(b.row(i)))
		}
	case t.kind == monary.KindString:
		n.addTexts(t)
	case t.kind == monary.KindDate:
		addInts(n, &n.dates, t, t.ints, monary.DateValue)
	case t.kind == monary.KindInt64:
		addInts(n, &n.ints, t, t.ints, monary.Int64Value)
	case t.kind == monary.KindInt32 && t.narrow != nil:
		addInts(n, &n.ints, t, t.narrow, monary.Int32Value)
	case t.kind == monary.KindInt32:
		addInts(n, &n.ints, t, t.ints, func(v int64) monary.Value { return monary.Int32Value(int32(v)) })
	default:
		n.addDoubles(t)
	}
	return n.numbers
}

// column is the expression's values of a batch.
func (n *numbering) column(s *scope, b *batch) column {
	if e, ok := n.of.(fieldExpr); ok && len(s.rest[e]) == 0 {
		return s.columns[e]
	}
	if cap(n.memory) < b.rows {
		n.memory = make(cells, b.rows)
	}
	values := n.memory[:b.rows]
	for i := range b.len() {
		row := b.row(i)
		values[row] = n.of.eval(s, row)
	}
	return values
}

// addParts numbers documents by the numbers of their fields.
func (n *numbering) addParts(s *scope, b *batch) {
	copy(n.numbers, n.parts[0].add(s, b))
	for k, part := range n.parts[1:] {
		table := &n.pairs[k]
		for i, next := range part.add(s, b) {
			n.numbers[i] = table.number(int64(n.numbers[i])<<32 | int64(next))
		}
	}
	for i, number := range n.numbers {
		if int(number) == len(n.tuples) {
			n.tuples = append(n.tuples, n.find(n.of.eval(s, b.row(i))))
		}
		n.numbers[i] = n.tuples[number]
	}
}

func addInts[T int32 | int64](n *numbering, table *intTable, t *typed, values []T, box func(T) monary.Value) {
	for i := range n.numbers {
		at := t.place(i)
		if !t.isValid(at) {
			n.numbers[i] = n.find(monary.NullValue)
			continue
		}
		slot := table.find(int64(values[at]))
		if slot.number == 0 {
			table.put(slot, int64(values[at]), n.first(box(values[at])))
		}
		n.numbers[i] = slot.number - 1
	}
}

func (n *numbering) addDoubles(t *typed) {
	for i := range n.numbers {
		at := t.place(i)
		if !t.isValid(at) {
			n.numbers[i] = n.find(monary.NullValue)
			continue
		}
		x := t.doubles[at]
		table, key := &n.doubles, int64(math.Float64bits(x))
		switch {
		case math.IsNaN(x):
			key = int64(math.Float64bits(math.NaN()))
		case x >= -1<<63 && x < 1<<63 && x == math.Trunc(x):
			table, key = &n.ints, int64(x)
		}
		slot := table.find(key)
		if slot.number == 0 {
			table.put(slot, key, n.first(monary.DoubleValue(x)))
		}
		n.numbers[i] = slot.number - 1
	}
}

func (n *numbering) addTexts(t *typed) {
	n.byCode = append(n.byCode[:0], make([]uint32, len(t.words))...)
	for i := range n.numbers {
		at := t.place(i)
		switch {
		case !t.isValid(at):
			n.numbers[i] = n.find(monary.NullValue)
		case t.codes == nil:
			n.numbers[i] = n.findText(t.text[t.offsets[at]:t.offsets[at+1]])
		default:
			known := &n.byCode[t.codes[at]]
			if *known == 0 {
				*known = n.findText([]byte(t.words[t.codes[at]])) + 1
			}
			n.numbers[i] = *known - 1
		}
	}
}

func (n *numbering) findText(text []byte) uint32 {
	slot, hash := n.texts.find(text)
	if slot.number == 0 {
		n.texts.put(slot, hash, text, n.first(monary.StringValue(string(text))))
	}
	return slot.number - 1
}

// first numbers a value that the table for its type does not have.
func (n *numbering) first(v monary.Value) uint32 {
	if n.number != nil {
		return n.find(v)
	}
	n.ids = append(n.ids, v)
	return uint32(len(n.ids) - 1)
}

// find numbers any value.
func (n *numbering) find(v monary.Value) uint32 {
	if v.IsMissing() && !n.strict {
		v = monary.NullValue
	}
	if n.number == nil {
		n.byKey()
	}
	n.setKey(v)
	number, ok := n.number[string(n.key)]
	if !ok {
		number = uint32(len(n.ids))
		n.number[string(n.key)] = number
		n.ids = append(n.ids, v.Clone())
	}
	return number
}

// byKey makes the map of all values.
func (n *numbering) byKey() {
	n.number = make(map[string]uint32, len(n.ids))
	for i, id := range n.ids {
		n.setKey(id)
		n.number[string(n.key)] = uint32(i)
	}
}

// settle says that no value is new any more: only the map is left.
func (n *numbering) settle() {
	n.ints, n.doubles, n.dates, n.texts, n.parts, n.pairs, n.tuples = intTable{}, intTable{}, intTable{}, textTable{}, nil, nil, nil
	if n.number == nil {
		n.byKey()
	}
}

// setKey sets key to that of a value. A missing one is like undefined as a value, but not in
// a document.
func (n *numbering) setKey(v monary.Value) {
	if n.key = n.key[:0]; !v.IsMissing() {
		n.key = v.AppendKey(n.key)
	}
}

// size is about how many bytes the ids and the tables take, where each id is once more.
func (n *numbering) size() int64 {
	for _, id := range n.ids[n.sized:] {
		n.bytes += 2 * (stateSize + sizeOf(id))
	}
	n.sized = len(n.ids)
	bytes := n.bytes
	for _, part := range n.parts {
		bytes += part.size()
	}
	return bytes
}
