package monary

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// list is a column of arrays: row i holds the rows offsets[i] to offsets[i+1]-1
// of a child column. As in an arena, filled is the number of offsets that are
// known.
type list struct {
	offsets []int64
	filled  int
	items   *part   // while the column is written
	stack   *stack  // while rows of others are placed in it
	child   *Series // then
}

// itemName is the name of a list's child column, as in Arrow.
const itemName = "item"

func (l *list) reserve(n int) {
	l.offsets = resized(l.offsets, n+1)
	l.filled = max(l.filled, 1) // offset 0 is 0
}

// write stores every element in a row of its own: one that is null or does not
// fit keeps its place.
func (l *list) write(row int, t bson.Type, val []byte) (State, *fault) {
	if t != bson.TypeArray {
		return mismatch(t), nil
	}
	l.fill(row)
	at := int(l.offsets[row])
	f := eachElement(val, func(t bson.Type, _, val []byte) *fault {
		l.items.room(at + 1)
		at++
		return l.items.write(at-1, t, val)
	})
	l.offsets[row+1] = int64(at)
	l.filled = row + 2
	return Present, f
}

func (l *list) coerceInside() { l.items.coerceInside() }

// fill makes the offsets up to that of row known.
func (l *list) fill(row int) {
	for ; l.filled <= row; l.filled++ {
		l.offsets[l.filled] = l.offsets[l.filled-1]
	}
}

func (l *list) truncate(n int) {
	if l.filled > n+1 {
		l.items.truncate(int(l.offsets[n]))
		l.filled = n + 1
	}
}

func (l *list) finish(n int, keep bool) {
	l.fill(n)
	l.offsets = fitted(l.offsets, n+1, keep)
	if l.stack != nil {
		l.child = l.stack.series(keep)
		return
	}
	l.child = l.items.finish(int(l.offsets[n]), keep)
}

func (l *list) value(row int) Value {
	doc := beginDocument()
	for k := l.offsets[row]; k < l.offsets[row+1]; k++ {
		v := l.child.Value(int(k))
		if v.IsMissing() {
			v = NullValue // an array has no holes
		}
		doc = appendElement(doc, strconv.FormatInt(k-l.offsets[row], 10), v)
	}
	return Value{typ: bson.TypeArray, data: endDocument(doc)}
}

func (l *list) slice(i, j int) vector {
	return &list{offsets: l.offsets[i : j+1 : j+1], child: l.child}
}

func (l *list) take(rows []int) vector {
	out := &list{offsets: make([]int64, 1, len(rows)+1)}
	var items []int
	for _, row := range rows {
		for k := l.offsets[row]; k < l.offsets[row+1]; k++ {
			items = append(items, int(k))
		}
		out.offsets = append(out.offsets, int64(len(items)))
	}
	out.child = l.child.Take(items)
	return out
}

func (l *list) place(row int, parts ...vector) {
	if l.stack == nil {
		l.stack, l.items = newStack(l.items.field), nil
	}
	if row == 0 {
		l.stack.clear()
	}
	children := make([]*Series, len(parts))
	for i, p := range parts {
		part := p.(*list)
		children[i] = part.used()
		by := l.offsets[row] - part.offsets[0]
		for _, offset := range part.offsets[1:] {
			row++
			l.offsets[row] = offset + by
		}
	}
	l.stack.add(children...)
	l.filled = row + 1
}

// used is the part of the child column that the rows refer to.
func (l *list) used() *Series {
	return l.child.Slice(int(l.offsets[0]), int(l.offsets[len(l.offsets)-1]))
}

func (l *list) marshal(dst []byte) []byte {
	return appendCells(appendLengths(dst, l.offsets), l.used())
}

func (l *list) unmarshal(in *input, n int) {
	l.offsets = in.offsets(n)
	l.child = in.cells(l.items.field, int(l.offsets[len(l.offsets)-1]))
}

func (l *list) sound(row int, valid bool) bool { return valid || l.offsets[row] == l.offsets[row+1] }

func (l *list) nestedCounts(path string) []Counts {
	if l.items == nil {
		return nil
	}
	return l.items.nestedCounts(path + "[]")
}
