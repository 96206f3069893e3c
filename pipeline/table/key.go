package table

import (
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// key is a column as rows are told apart by it: a word a row, or a text a row. Two cells
// are one key when MongoDB calls them equal: NaN is one key, and so are 0 and -0; in "any"
// columns 1 and 1.0 are. A cell without a value is a key of its own.
type key struct {
	rows  int
	valid []bool // nil when every row has a value

	words  func(dst []uint64, row int) // fills dst with the words of the rows from row on
	least  uint64                      // the least and the greatest word, as int64, if ranged
	most   uint64
	ranged bool // whether least and most are known

	offsets []int64 // the text of row i is data[offsets[i]:offsets[i+1]]
	data    []byte
}

// keyOf takes a column as a key.
func keyOf(s *monary.Series) *key {
	k := &key{rows: s.Len(), valid: validOf(s)}
	switch s.Type().Kind {
	case monary.KindBool:
		k.words = wordsOf(s, func(v bool) uint64 { return uint64(btoi(v)) })
		k.least, k.most, k.ranged = 0, 1, true
	case monary.KindInt8:
		integerKey[int8](k, s)
	case monary.KindInt16:
		integerKey[int16](k, s)
	case monary.KindInt32:
		integerKey[int32](k, s)
	case monary.KindInt64, monary.KindDate:
		integerKey[int64](k, s)
	case monary.KindUint8, monary.KindType:
		integerKey[uint8](k, s)
	case monary.KindUint16:
		integerKey[uint16](k, s)
	case monary.KindUint32, monary.KindSize, monary.KindLength:
		integerKey[uint32](k, s)
	case monary.KindUint64:
		integerKey[uint64](k, s)
	case monary.KindFloat32:
		k.words = wordsOf(s, func(v float32) uint64 { return floatWord(float64(v)) })
	case monary.KindFloat64:
		k.words = wordsOf(s, floatWord)
	case monary.KindTimestamp:
		k.words = wordsOf(s, func(v bson.Timestamp) uint64 { return uint64(v.T)<<32 | uint64(v.I) })
	case monary.KindString, monary.KindCode, monary.KindSymbol, monary.KindRegex:
		textKey(k, s)
	default:
		valueKey(k, s)
	}
	return k
}

// integer is what whole numbers and dates are in Go.
type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

func integerKey[T integer](k *key, s *monary.Series) {
	values := valuesOf[T](s)
	k.words = func(dst []uint64, row int) {
		for i, v := range values[row : row+len(dst)] {
			dst[i] = uint64(v)
		}
	}
	if len(values) > 0 {
		least, most := values[0], values[0]
		for _, v := range values {
			least, most = min(least, v), max(most, v)
		}
		k.least, k.most, k.ranged = uint64(least), uint64(most), true
	}
}

func wordsOf[T monary.Element](s *monary.Series, word func(T) uint64) func([]uint64, int) {
	values := valuesOf[T](s)
	return func(dst []uint64, row int) {
		for i, v := range values[row : row+len(dst)] {
			dst[i] = word(v)
		}
	}
}

func floatWord(x float64) uint64 {
	if x != x {
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(x + 0) // -0 + 0 is 0
}

// textKey takes the column's own memory, or the codes of its dictionary.
func textKey(k *key, s *monary.Series) {
	if codes, words, ok := s.Dictionary(); ok {
		k.words = func(dst []uint64, row int) {
			for i, code := range codes[row : row+len(dst)] {
				dst[i] = uint64(code)
			}
		}
		k.least, k.most, k.ranged = 0, uint64(len(words)), true
		return
	}
	k.offsets, k.data, _ = s.Text() // a text column has it
}

// valueKey writes the keys of all other values one behind the other.
func valueKey(k *key, s *monary.Series) {
	k.offsets = make([]int64, 1, k.rows+1)
	k.valid = nil // null has a key too
	for row := range k.rows {
		v := s.Value(row)
		if v.IsNull() {
			v = monary.NullValue
		}
		k.data = v.AppendKey(k.data)
		k.offsets = append(k.offsets, int64(len(k.data)))
	}
}

// shortText is the most bytes of a text that are its own word.
const shortText = 8

// texts fills in words and sizes for the texts of the rows from row on. The word of a
// longer text is a hash of it.
func (k *key) texts(words []uint64, sizes []uint32, row int) {
	start := k.offsets[row]
	for i := range words {
		end := k.offsets[row+i+1]
		n := end - start
		sizes[i] = uint32(n)
		switch {
		case n > shortText:
			words[i] = hashOf(k.data[start:end])
		case start+shortText <= int64(len(k.data)):
			words[i] = binary.LittleEndian.Uint64(k.data[start:]) & (1<<(8*n) - 1)
		default:
			var last [shortText]byte
			copy(last[:], k.data[start:end])
			words[i] = binary.LittleEndian.Uint64(last[:])
		}
		start = end
	}
}

// text is the text of a row.
func (k *key) text(row int) []byte { return k.data[k.offsets[row]:k.offsets[row+1]] }

// valuesOf returns a column whose type has been looked at as a slice.
func valuesOf[T monary.Element](s *monary.Series) []T {
	a, err := monary.ArrayOf[T](s)
	if err != nil {
		panic(err) // the caller has looked at the type
	}
	return a.Values()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
