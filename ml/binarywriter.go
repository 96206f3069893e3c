package ml

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// binaryWriter appends the compact form, which save.go describes.
type binaryWriter struct{ out []byte }

func (w *binaryWriter) key(string) error { return nil }

func (w *binaryWriter) truth(v *bool) error {
	var b byte
	if *v {
		b = 1
	}
	w.out = append(w.out, b)
	return nil
}

func (w *binaryWriter) whole(v *int64) error {
	w.out = appendWhole(w.out, *v)
	return nil
}

func (w *binaryWriter) number(v *float64) error {
	w.out = binary.LittleEndian.AppendUint64(w.out, math.Float64bits(*v))
	return nil
}

func (w *binaryWriter) text(v *string) error {
	w.count(len(*v))
	w.out = append(w.out, *v...)
	return nil
}

func (w *binaryWriter) bytes(v *[]byte) error {
	w.count(len(*v))
	w.out = append(w.out, *v...)
	return nil
}

func (w *binaryWriter) wholes(v *[]int64) error {
	w.count(len(*v))
	dst := w.out // a field takes longer to append to
	for _, n := range *v {
		dst = appendWhole(dst, n)
	}
	w.out = dst
	return nil
}

func (w *binaryWriter) numbers(v *[]float64) error {
	w.count(len(*v))
	dst := w.out
	for _, f := range *v {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
	}
	w.out = dst
	return nil
}

func (w *binaryWriter) shortNumbers(v *[]float64) error {
	w.count(len(*v))
	dst := w.out
	for _, f := range *v {
		dst = appendShort(dst, f)
	}
	w.out = dst
	return nil
}

// Short numbers are one byte for the whole numbers from −2 to 244 but −0, else the
// number of bytes that follow: those of the float64, the highest first, without zeros
// at the end. A mean of two float32 has six of the nine bytes that there can be.
const (
	leastWhole = -2
	mostWhole  = 255 - firstWhole + leastWhole
	firstWhole = 9 // the byte of leastWhole
)

func appendShort(dst []byte, f float64) []byte {
	if n, ok := smallWhole(f); ok {
		return append(dst, byte(n-leastWhole+firstWhole))
	}
	b := math.Float64bits(f)
	size := 8 - bits.TrailingZeros64(b)/8
	return binary.BigEndian.AppendUint64(append(dst, byte(size)), b)[:len(dst)+1+size]
}

func smallWhole(f float64) (int, bool) {
	if !(f >= leastWhole && f <= mostWhole) {
		return 0, false
	}
	n := int(f)
	return n, float64(n) == f && !(n == 0 && math.Signbit(f))
}

func appendWhole(dst []byte, n int64) []byte {
	u := zigzag(n)
	if u < 0x80 {
		return append(dst, byte(u))
	}
	return binary.AppendUvarint(dst, u)
}

// zigzag makes small unsigned numbers of numbers near 0.
func zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

func (w *binaryWriter) texts(v *[]string) error {
	w.count(len(*v))
	for _, s := range *v {
		w.count(len(s))
		w.out = append(w.out, s...)
	}
	return nil
}

func (w *binaryWriter) object(visit func()) error {
	visit()
	return nil
}

func (w *binaryWriter) list(n int, visit func(i int) bool) error {
	w.count(n)
	for i := range n {
		if !visit(i) {
			break
		}
	}
	return nil
}

func (w *binaryWriter) kind(name string, visit func(string)) error {
	if err := w.text(&name); err != nil {
		return err
	}
	visit(name)
	return nil
}

func (w *binaryWriter) count(n int) { w.out = binary.AppendUvarint(w.out, uint64(n)) }
