package ml

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// binaryReader reads the compact form. A model has one form only: a number that is
// longer than it need be is refused.
type binaryReader struct{ data []byte } // what is left

var (
	errEndsInNumber = errors.New("the data ends within a number")
	errLongNumber   = errors.New("a number is longer than it need be")
)

func (r *binaryReader) key(string) error { return nil }

func (r *binaryReader) truth(v *bool) error {
	b, err := r.take(1, 1)
	if err != nil {
		return err
	}
	if b[0] > 1 {
		return fmt.Errorf("found the byte %d, allowed are 0 and 1", b[0])
	}
	*v = b[0] == 1
	return nil
}

func (r *binaryReader) whole(v *int64) error {
	u, err := r.varint()
	*v = unzigzag(u)
	return err
}

func (r *binaryReader) number(v *float64) error {
	b, err := r.take(1, 8)
	if err == nil {
		*v = floatAt(b)
	}
	return err
}

func (r *binaryReader) text(v *string) error {
	var b []byte
	err := r.bytes(&b)
	*v = string(b)
	return err
}

// bytes returns a part of the data, not a copy.
func (r *binaryReader) bytes(v *[]byte) error {
	n, err := r.count(1)
	if err == nil {
		*v, err = r.take(n, 1)
	}
	return err
}

func (r *binaryReader) wholes(v *[]int64) error {
	n, err := r.count(1)
	if err != nil {
		return err
	}
	out := slices.Grow((*v)[:0], n)[:n]
	data := r.data // a field takes longer to cut from
	for i := range out {
		var u uint64
		if u, data, err = cutVarint(data); err != nil {
			return err
		}
		out[i] = unzigzag(u)
	}
	*v, r.data = out, data
	return nil
}

func (r *binaryReader) numbers(v *[]float64) error {
	*v = nil
	n, err := r.count(8)
	if err != nil || n == 0 {
		return err
	}
	b, err := r.take(n, 8)
	if err != nil {
		return err
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = floatAt(b[8*i:])
	}
	*v = out
	return nil
}

func (r *binaryReader) shortNumbers(v *[]float64) error {
	*v = nil
	n, err := r.count(1)
	if err != nil || n == 0 {
		return err
	}
	out := make([]float64, n)
	data := r.data
	for i := range out {
		if out[i], data, err = cutShort(data); err != nil {
			return err
		}
	}
	*v, r.data = out, data
	return nil
}

// cutShort is the inverse of appendShort.
func cutShort(data []byte) (f float64, rest []byte, err error) {
	if len(data) == 0 {
		return 0, nil, errEndsInNumber
	}
	size := int(data[0])
	if size >= firstWhole {
		return float64(size - firstWhole + leastWhole), data[1:], nil
	}
	if len(data) <= size {
		return 0, nil, errEndsInNumber
	}
	var b [8]byte
	copy(b[:], data[1:1+size])
	f = math.Float64frombits(binary.BigEndian.Uint64(b[:]))
	if _, ok := smallWhole(f); ok || size > 0 && b[size-1] == 0 {
		return 0, nil, errLongNumber
	}
	return f, data[1+size:], nil
}

func (r *binaryReader) texts(v *[]string) error {
	*v = nil
	n, err := r.count(1)
	if err != nil {
		return err
	}
	for range n {
		var s string
		if err := r.text(&s); err != nil {
			return err
		}
		*v = append(*v, s)
	}
	return nil
}

func (r *binaryReader) object(visit func()) error {
	visit()
	return nil
}

func (r *binaryReader) list(_ int, visit func(i int) bool) error {
	n, err := r.count(1)
	if err != nil {
		return err
	}
	for i := range n {
		if !visit(i) {
			break
		}
	}
	return nil
}

func (r *binaryReader) kind(_ string, visit func(name string)) error {
	var name string
	if err := r.text(&name); err != nil {
		return err
	}
	visit(name)
	return nil
}

// count reads how many values of at least size bytes follow.
func (r *binaryReader) count(size int) (int, error) {
	u, err := r.varint()
	if err == nil && u > uint64(len(r.data)/size) {
		err = fmt.Errorf("%d values of at least %d bytes are to follow, %d bytes are left", u, size, len(r.data))
	}
	if err != nil {
		return 0, err
	}
	return int(u), nil
}

func (r *binaryReader) varint() (u uint64, err error) {
	u, rest, err := cutVarint(r.data)
	if err == nil {
		r.data = rest
	}
	return u, err
}

func cutVarint(data []byte) (u uint64, rest []byte, err error) {
	if len(data) > 0 && data[0] < 0x80 {
		return uint64(data[0]), data[1:], nil
	}
	u, size := binary.Uvarint(data)
	switch {
	case size == 0:
		return 0, nil, errEndsInNumber
	case size < 0:
		return 0, nil, errors.New("a number is beyond 64 bits")
	case data[size-1] == 0:
		return 0, nil, errLongNumber
	}
	return u, data[size:], nil
}

// take returns the bytes of n values of a size.
func (r *binaryReader) take(n, size int) ([]byte, error) {
	if n > len(r.data)/size {
		return nil, fmt.Errorf("%d values of %d bytes are to follow, %d bytes are left", n, size, len(r.data))
	}
	taken := r.data[: n*size : n*size]
	r.data = r.data[n*size:]
	return taken, nil
}

func floatAt(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
