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
