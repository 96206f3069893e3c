package monary

import "fmt"

// Text returns the memory of a string, regex, code or symbol column, laid out as
// in Arrow: the text of row i is data[offsets[i]:offsets[i+1]], empty where the
// row has no value. Offsets, one more than rows, need not begin at 0. Both are
// read-only and valid as long as the table; for a column with a dictionary they
// are copies. It is the fastest way to go over text; [Column] is the convenient
// one, [Series.Dictionary] the one that sees each text once.
func (s *Series) Text() (offsets []int64, data []byte, err error) {
	t, ok := s.vector.(*text)
	if !ok {
		return nil, nil, fmt.Errorf("monary: column %q is %s, not text of any length", s.Name(), s.Type())
	}
	a := t.plain()
	return a.offsets, a.bytes, nil
}

// Dictionary returns the parts of a string column whose texts repeat, read with
// [Dictionaries]: the text of row i is words[codes[i]]. No two words are equal;
// word 0 is the empty text, which rows without a value have as well. After Slice
// and Take there may be words that no row has. Codes are the column's own memory
// and words share its bytes: both are read-only. So grouping by such a column is
// counting by code. Without a dictionary ok is false.
func (s *Series) Dictionary() (codes []uint16, words []string, ok bool) {
	t, isText := s.vector.(*text)
	if !isText || t.words == nil {
		return nil, nil, false
	}
	words = make([]string, t.words.len())
	for code := range words {
		words[code] = viewString(t.words.at(uint16(code)))
	}
	return t.codes, words, true
}

// FixedText returns the memory of a string:N column, laid out as in a NumPy
// array of dtype S: cells of width bytes, padded with NULs, one a row; all are
// NUL where the row has no value. It is read-only and valid as long as the
// table.
func (s *Series) FixedText() (width int, cells []byte, err error) {
	f, ok := s.vector.(*fixed)
	if !ok {
		return 0, nil, fmt.Errorf("monary: column %q is %s, not text of a fixed width", s.Name(), s.Type())
	}
	return f.width, f.cells, nil
}

// Buffers is the memory of a column's cells, laid out as Arrow lays it out but
// for bool, which takes a byte. Which of them there are depends on the type:
//
//	bool, numbers, date, timestamp, objectid,   Values, a slice of what [Element] says
//	decimal128, uuid, type, size, length
//	vector:N, vector64:N                        Values, []float32 or []float64: N numbers a row
//	string, regex, code, symbol                 Offsets, Bytes
//	binary, bson                                Offsets, Bytes, Tags
//	list<T>                                     Offsets, Child
//	struct{…}                                   Fields
//	null, minkey, maxkey                        none, the validity says all
//
// Cells without a value are zero or empty. Columns of string:N, binary:N, bson:N
// and any have a form of their own; [Series.Cast] makes others of them.
type Buffers struct {
	Valid   []byte  // as [Series.ValidBits] gives it; nil if every row has a value
	Values  any     // a slice with an element, or N, for each row
	Offsets []int64 // row i is what lies between offset i and offset i+1; one more than rows, from any start
	Bytes   []byte  // what the offsets of text, binary and bson divide
	Tags    []byte  // for each row the binary's subtype, or the BSON type of a document or array
	Child   *Series // what the offsets of a list divide
	Fields  *Table  // the fields of a struct
}

// Buffers returns the column's own memory, which is read-only and valid as long
// as the table; for a column with a dictionary the text is a copy. It is an
// error for the types that have none. [FromBuffers] is its inverse.
func (s *Series) Buffers() (Buffers, error) {
	b := Buffers{Valid: s.ValidBits()}
	switch vec := s.vector.(type) {
	case *text:
		a := vec.plain()
		b.Offsets, b.Bytes = a.offsets, a.bytes
	case *blob:
		b.Offsets, b.Bytes, b.Tags = vec.offsets, vec.bytes, vec.tags
	case *list:
		b.Offsets, b.Child = vec.offsets, vec.child
	case *record:
		b.Fields = &Table{columns: vec.fields, rows: s.rows}
	case *matrix[float32]:
		b.Values = vec.cells
	case *matrix[float64]:
		b.Values = vec.cells
	case interface{ slots() any }:
		b.Values = vec.slots()
	case *unit:
	default:
		return Buffers{}, fmt.Errorf("monary: column %q is %s, which has a memory layout of its own", s.Name(), s.Type())
	}
	return b, nil
}
