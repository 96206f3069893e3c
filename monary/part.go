package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// part is a column inside another: the elements of a list, or a field of a
// struct. While it is filled it marks what became of each cell, so that the
// counts of rows that are taken back go with them.
type part struct {
	field  FieldSpec
	vector vector
	size   int              // rows that there is room for
	marks  []mark           // one for each of them, while the column is filled
	counts [numCounts]int64 // of the finished column

	policy   Policy // for values that do not fit
	offended *bool  // set when there is one; nil where nobody asks
	scratch  []byte
}

// mark is a state plus one; 0 is a cell of which there is nothing to count,
// such as a field of a struct that is null.
type mark uint8

// markCoerced is set on the marks of cells that were coerced.
const markCoerced mark = 0x80

func newPart(f FieldSpec) *part { return &part{field: f, vector: newVector(f.Type)} }

// room makes room for n rows, and for more to come.
func (p *part) room(n int) {
	if n > p.size {
		p.reserve(max(n, 2*p.size))
	}
}

func (p *part) reserve(n int) {
	if n > p.size || p.size == 0 {
		p.vector.reserve(n)
		p.marks = resized(p.marks, n)
		p.size = n
	}
}

func (p *part) write(row int, t bson.Type, val []byte) *fault {
	state, f := p.vector.write(row, t, val)
	did := false
	if p.policy == Coerce && f == nil {
		state, did, p.scratch = coerceCell(p.vector, p.field.Type, row, t, val, state, p.scratch)
	}
	if p.mark(row, state); did {
		p.marks[row] |= markCoerced
	}
	if !state.offends() || f != nil {
		return f
	}
	if p.policy == Fail {
		return offence(state, t, val, p.field.Type)
	}
	if p.offended != nil {
		*p.offended = true
	}
	return nil
}

func (p *part) mark(row int, state State) { p.marks[row] = mark(state) + 1 }

func (p *part) isMarked(row int) bool { return p.marks[row] != 0 }

// truncate is also the beginning of another column in the same memory.
func (p *part) truncate(n int) {
	p.vector.truncate(n)
	p.marks = resized(p.marks, p.size)
	clear(p.marks[n:])
}

// finish returns the column, of n rows. The marks are done with.
func (p *part) finish(n int, keep bool) *Series {
	p.reserve(n)
	valid := newBitmap(n)
	p.counts = [numCounts]int64{}
	for row, m := range p.marks[:n] {
		if m == 0 {
			continue
		}
		if m&markCoerced != 0 {
			p.counts[coerced]++
		}
		state := State(m&^markCoerced - 1)
		p.counts[state]++
		if state.hasValue() {
			valid.set(row)
		}
	}
	p.size = n
	vec := p.vector
	if vec.finish(n, keep); keep {
		vec = vec.slice(0, n) // without the room behind them
	} else {
		p.marks = nil
	}
	return newSeries(p.field, vec, valid, n)
}

// nested is a vector with columns inside it, the cells of which are counted
// apart, under paths that begin with the vector's own.
type nested interface {
	// nestedCounts returns the counts of the finished vector; none for one that
	// was made of others.
	nestedCounts(path string) []Counts
	// inside are the columns while they are written.
	inside() []*part
}

// setInside sets what becomes of values that do not fit the columns inside a
// vector, and what tells that there was one.
func setInside(vec vector, policy Policy, offended *bool) {
	v, ok := vec.(nested)
	if !ok {
		return
	}
	for _, p := range v.inside() {
		p.policy, p.offended = policy, offended
		setInside(p.vector, policy, offended)
	}
}

func (p *part) nestedCounts(path string) []Counts {
	counts := []Counts{{Field: path, Type: p.field.Type, states: p.counts}}
	if v, ok := p.vector.(nested); ok {
		counts = append(counts, v.nestedCounts(path)...)
	}
	return counts
}
