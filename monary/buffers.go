package monary

import "fmt"

// Text returns the memory of a string, regex, code or symbol column, laid out as
// in Arrow: the text of row i is data[offsets[i]:offsets[i+1]], empty where the
// row has no value. Offsets, one more than rows, need not begin at 0. Both are
// read-only and valid as long as the table. It is the fastest way to go over
// text; [Column] is the convenient one.
func (s *Series) Text() (offsets []int64, data []byte, err error) {
	t, ok := s.vector.(*text)
	if !ok {
		return nil, nil, fmt.Errorf("monary: column %q is %s, not text of any length", s.Name(), s.Type())
	}
	return t.offsets, t.bytes, nil
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
