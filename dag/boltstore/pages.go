package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
)

// bbolt maps the file and follows what it says: an offset with a flipped bit leads out of the
// mapping, and that ends the process. So the pages are walked through before, in the format of
// bbolt's version 2. A page has a header of 16 bytes (its number, kind, how many elements it has, how many pages
// follow that belong to it) and then elements of 16 bytes, whose keys and values lie behind
// them. A bucket is the value of an element: the number of its root, or 0 and a page.
const (
	header      = 16
	kindBranch  = 0x01
	kindLeaf    = 0x02
	kindFree    = 0x10
	bucketFlag  = 0x01
	metaSize    = 64
	metaMagic   = 0xED0CDAED
	noFreePages = math.MaxUint64
)

var native = binary.NativeEndian

// meta is the part of a file that says where the rest is.
type meta struct {
	pageSize             int64
	root, free, end, txn uint64
}

// readMeta reads a meta that starts at an offset, false if there is none that is whole.
func readMeta(f io.ReaderAt, at int64) (m meta, ok bool) {
	var b [metaSize]byte
	if _, err := f.ReadAt(b[:], at+header); err != nil {
		return m, false
	}
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	m = meta{int64(native.Uint32(b[8:])), native.Uint64(b[16:]), native.Uint64(b[32:]), native.Uint64(b[40:]), native.Uint64(b[48:])}
	return m, native.Uint32(b[:]) == metaMagic && m.pageSize >= 512 && native.Uint64(b[metaSize-8:]) == sum.Sum64()
}

// newestMeta returns the one that bbolt goes by: of the two at the start the newer that is whole.
func newestMeta(f io.ReaderAt) (newest meta, ok bool) {
	newest, ok = readMeta(f, 0)
	if ok {
		if m, second := readMeta(f, newest.pageSize); second && m.txn > newest.txn {
			newest = m
		}
		return newest, true
	}
	for size := int64(1 << 10); size <= 1<<25 && !ok; size *= 2 { // whatever the pages' size is
		newest, ok = readMeta(f, size)
	}
	return newest, ok
}

// pages walks through a file.
type pages struct {
	file io.ReaderAt
	meta
	used []bool
}

// checkPages returns an error if the file of so many bytes says something that bbolt could not follow. A
// file without a meta is left to bbolt, which refuses it.
func checkPages(file io.ReaderAt, size int64) error {
	m, ok := newestMeta(file)
	if !ok {
		return nil
	}
	if m.end > uint64(size/m.pageSize) {
		return fmt.Errorf("%d bytes are left of %d pages of %d bytes", size, m.end, m.pageSize)
	}
	p := &pages{file, m, make([]bool, m.end)}
	if err := p.tree(m.root); err != nil {
		return err
	}
	if m.free == noFreePages {
		return nil
	}
	return p.freeList()
}

// read reads a page with those that belong to it.
func (p *pages) read(id uint64) ([]byte, error) {
	var head [header]byte
	if id < 2 || id >= p.end {
		return nil, fmt.Errorf("page %d of %d is pointed to", id, p.end)
	}
	if _, err := p.file.ReadAt(head[:], int64(id)*p.pageSize); err != nil {
		return nil, err
	}
	more := uint64(native.Uint32(head[12:]))
	if self := native.Uint64(head[:]); self != id || id+more >= p.end {
		return nil, fmt.Errorf("page %d with %d more is where page %d of %d should be", self, more, id, p.end)
	}
	for i := id; i <= id+more; i++ {
		if p.used[i] {
			return nil, fmt.Errorf("page %d is used twice", i)
		}
		p.used[i] = true
	}
	data := make([]byte, int64(more+1)*p.pageSize)
	_, err := p.file.ReadAt(data, int64(id)*p.pageSize)
	return data, err
}

// tree walks through a page and all below it.
func (p *pages) tree(id uint64) error {
	data, err := p.read(id)
	if err == nil {
		err = p.elements(data)
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

var errBeyond = errors.New("an element lies beyond the page")

func (p *pages) elements(data []byte) error {
	kind := native.Uint16(data[8:])
	if kind != kindBranch && kind != kindLeaf {
		return fmt.Errorf("its kind is %#x", kind)
	}
	for i := range int64(native.Uint16(data[10:])) {
		at := header + 16*i
		if at+16 > int64(len(data)) {
			return errBeyond
		}
		var err error
		if kind == kindBranch {
			err = p.branch(data[at:])
		} else {
			err = p.leaf(data[at:])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// branch checks an element, with what is behind it, that leads to another page.
func (p *pages) branch(e []byte) error {
	pos, key := int64(native.Uint32(e)), int64(native.Uint32(e[4:]))
	if pos+key > int64(len(e)) {
		return errBeyond
	}
	return p.tree(native.Uint64(e[8:]))
}

// leaf checks an element, with what is behind it, that is a key and a value or a bucket.
func (p *pages) leaf(e []byte) error {
	pos, key, value := int64(native.Uint32(e[4:])), int64(native.Uint32(e[8:])), int64(native.Uint32(e[12:]))
	end := pos + key + value
	if end > int64(len(e)) {
		return errBeyond
	}
	if native.Uint32(e)&bucketFlag == 0 {
		return nil
	}
	bucket := e[pos+key : end]
	if len(bucket) < 16 {
		return fmt.Errorf("a bucket of %d bytes", len(bucket))
	}
	if root := native.Uint64(bucket); root != 0 {
		return p.tree(root)
	}
	if inline := bucket[16:]; len(inline) >= header {
		return p.elements(inline)
	}
	return errBeyond
}

// freeList checks the list of the pages that are free.
func (p *pages) freeList() error {
	data, err := p.read(p.free)
	if err != nil {
		return fmt.Errorf("page %d: %w", p.free, err)
	}
	if kind := native.Uint16(data[8:]); kind != kindFree {
		return fmt.Errorf("page %d: its kind is %#x", p.free, kind)
	}
	n, list := uint64(native.Uint16(data[10:])), data[header:]
	if n == math.MaxUint16 { // too many for two bytes
		n, list = native.Uint64(list), list[8:]
	}
	if n > uint64(len(list)/8) {
		return fmt.Errorf("page %d: %d free pages are listed on %d bytes", p.free, n, len(list))
	}
	for i := range n {
		id := native.Uint64(list[8*i:])
		if id < 2 || id >= p.end || p.used[id] {
			return fmt.Errorf("page %d is free and in use, or not there", id)
		}
		p.used[id] = true
	}
	return nil
}
