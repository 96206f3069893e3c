package monary

import "unsafe"

// load64 reads eight bytes, little-endian, at an offset that the caller has
// checked: off+8 ≤ len(buf). The sweep's loops check a position once and then
// read there several times.
func load64(buf []byte, off uint32) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(buf)), off))
}
