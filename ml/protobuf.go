package ml

import (
	"encoding/binary"
	"math"
)

// protobuf is a message in the wire format of Protocol Buffers, as far as ONNX needs it.
// Fields are appended in the order in which they are written.
type protobuf []byte

const (
	wireVarint = 0
	wireBytes  = 2
)

func (p *protobuf) tag(field, wire int) { *p = binary.AppendUvarint(*p, uint64(field)<<3|uint64(wire)) }

func (p *protobuf) whole(field int, v int64) {
	p.tag(field, wireVarint)
	*p = binary.AppendUvarint(*p, uint64(v))
}

func (p *protobuf) text(field int, v string) { p.bytes(field, []byte(v)) }

func (p *protobuf) bytes(field int, v []byte) {
	p.tag(field, wireBytes)
	*p = binary.AppendUvarint(*p, uint64(len(v)))
	*p = append(*p, v...)
}

// message writes a field that is a message itself.
func (p *protobuf) message(field int, write func(p *protobuf)) {
	var inner protobuf
	write(&inner)
	p.bytes(field, inner)
}

// wholes is packed.
func (p *protobuf) wholes(field int, values []int64) {
	var packed []byte
	for _, v := range values {
		packed = binary.AppendUvarint(packed, uint64(v))
	}
	p.bytes(field, packed)
}

// floats is packed.
func (p *protobuf) floats(field int, values ...float32) {
	var packed []byte
	for _, v := range values {
		packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(v))
	}
	p.bytes(field, packed)
}

// littleEndian is the form of a tensor's raw data.
func littleEndian(values []float64) []byte {
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return data
}
