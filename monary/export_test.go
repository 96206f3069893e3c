package monary

// Validity returns a column's validity bitmap, nil when every row has a value.
func Validity(s *Series) []byte { return s.valid }

// TextMemory returns the offsets and the bytes of a string column.
func TextMemory(s *Series) (offsets []int64, bytes []byte) {
	t := s.vector.(*text)
	return t.offsets, t.bytes
}
