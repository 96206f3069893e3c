package monary

import (
	"encoding/binary"
	"unsafe"
)

func isASCII(b []byte) bool {
	high := uint64(0)
	for ; len(b) >= 8; b = b[8:] {
		high |= binary.LittleEndian.Uint64(b)
	}
	for _, c := range b {
		high |= uint64(c)
	}
	return high&highBits == 0
}

// load64 reads eight bytes, little-endian on every machine, at an offset that
// the caller has checked: off+8 ≤ len(buf). The sweep's loops check a position
// once and then read there several times.
func load64(buf []byte, off uint32) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(buf)), off))[:])
}
