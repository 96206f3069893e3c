package monary

import (
	"encoding/binary"
	"unsafe"
)

// ascii masks the bits that ASCII text has off.
const ascii = 0x8080808080808080

func isASCII(b []byte) bool {
	high := uint64(0)
	for ; len(b) >= 8; b = b[8:] {
		high |= binary.LittleEndian.Uint64(b)
	}
	for _, c := range b {
		high |= uint64(c)
	}
	return high&ascii == 0
}

// load64 reads eight bytes, little-endian on every machine, at an offset that
// the caller has checked: off+8 ≤ len(buf). The sweep's loops check a position
// once and then read there several times.
func load64(buf []byte, off uint32) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(buf)), off))[:])
}
