package monary

// bulk is the rows of one command: their filters and documents, back to back.
// Bytes behind end are those of a row that is not added yet.
type bulk struct {
	buf  []byte
	from int // where the bytes of the first op begin
	end  int
	ops  []op
	next int64 // row behind the last that is done with: added, refused, or nothing to do
}

// op is what a row has the server do. Its filter begins where the op before it
// ends.
type op struct {
	row    int64
	filter int // where it ends
	doc    int // where it ends
}

// add adds the row whose bytes were appended.
func (b *bulk) add(row int64, filter, doc int) {
	b.ops = append(b.ops, op{row, b.end + filter, b.end + filter + doc})
	b.end += filter + doc
	b.next = row + 1
}

// drop forgets the bytes of a row that is not added.
func (b *bulk) drop() { b.buf = b.buf[:b.end] }

// start is where an op's filter begins.
func (b *bulk) start(i int) int {
	if i == 0 {
		return b.from
	}
	return b.ops[i-1].doc
}

// last is the document of the last row.
func (b *bulk) last() []byte {
	op := b.ops[len(b.ops)-1]
	return b.buf[op.filter:op.doc]
}

// halves are the ops in two parts.
func (b *bulk) halves() (first, second *bulk) {
	mid := len(b.ops) / 2
	left, right := *b, *b
	left.ops, right.ops = b.ops[:mid:mid], b.ops[mid:]
	left.next, right.from = b.ops[mid].row, b.start(mid)
	return &left, &right
}

// clear begins another batch; bytes behind the end stay.
func (b *bulk) clear() {
	n := copy(b.buf, b.buf[b.end:])
	b.buf, b.end, b.ops = b.buf[:n], 0, b.ops[:0]
}
