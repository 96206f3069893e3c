package pipeline

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"io"
	"maps"
	"os"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// foreignFiles is the other source's documents in one file, and in another one where those with a key are: pairs of
// the key's hash and a place, sorted. Of each block of pairs the first hash is in memory.
type foreignFiles struct {
	disk  *spill
	field path
	seed  maphash.Seed

	docs   *os.File
	out    *bufio.Writer
	end    int64 // of the documents
	pairs  *sorter
	hashes cells // of pairs that have not been added
	places []int64

	index  *os.File
	firsts []int64 // of the blocks
	last   int     // pairs of the last block
}

const (
	pairSize   = 16
	blockPairs = 256
)

// move puts documents into files that have been in memory.
func (l *lookup) move(x *foreignIndex, disk *spill) (*foreignFiles, error) {
	f := &foreignFiles{disk: disk, field: l.foreign, seed: maphash.MakeSeed(), pairs: &sorter{order: keyed(1), disk: disk}}
	var err error
	if f.docs, err = disk.open(); err != nil {
		return nil, err
	}
	f.out = bufio.NewWriterSize(f.docs, 1<<16)
	for _, doc := range x.docs {
		if err := f.add(doc); err != nil {
			return nil, err
		}
	}
	x.docs, x.rows = nil, nil
	return f, nil
}

func (f *foreignFiles) hash(key []byte) int64 { return int64(maphash.Bytes(f.seed, key)) }

func (f *foreignFiles) add(doc monary.Value) error {
	for key := range foreignKeys(f.field, doc) {
		f.hashes, f.places = append(f.hashes, monary.Int64Value(f.hash(key))), append(f.places, f.end)
	}
	n, err := f.out.Write(doc.Raw().Value)
	if err != nil {
		return onDisk(err)
	}
	f.end += int64(n)
	if len(f.hashes) < spilledRows {
		return nil
	}
	return f.flush()
}

func (f *foreignFiles) flush() error {
	b := &batch{rows: len(f.places), names: []string{""}, columns: []column{monary.ColumnOf("", f.places, nil)}, keys: []cells{f.hashes}}
	f.hashes, f.places = nil, nil
	return f.pairs.add(b)
}

// finish writes the index.
func (f *foreignFiles) finish() error {
	if err := f.flush(); err != nil {
		return err
	}
	if err := f.out.Flush(); err != nil {
		return onDisk(err)
	}
	var err error
	if f.index, err = f.disk.open(); err != nil {
		return err
	}
	f.last = blockPairs
	out := bufio.NewWriterSize(f.index, 1<<16)
	err = f.pairs.sorted(func(b *batch) error {
		for i, hash := range keysInOrder(b)[0] {
			h, _ := hash.Int()
			place, _ := b.columns[0].Value(b.row(i)).Int()
			if f.last == blockPairs {
				f.firsts, f.last = append(f.firsts, h), 0
			}
			f.last++
			pair := binary.LittleEndian.AppendUint64(nil, uint64(h))
			if _, err := out.Write(binary.LittleEndian.AppendUint64(pair, uint64(place))); err != nil {
				return onDisk(err)
			}
		}
		return nil
	})
	if err == nil {
		err = onDisk(out.Flush())
	}
	f.pairs = nil
	return err
}

func (f *foreignFiles) matches(values []monary.Value) (monary.Value, error) {
	found := map[int64]monary.Value{}
	for _, v := range values {
		key := keyOf(v)
		err := f.each(f.hash(key), func(place int64) error {
			if _, known := found[place]; known {
				return nil
			}
			doc, err := f.read(place)
			if err != nil {
				return err
			}
			for other := range foreignKeys(f.field, doc) { // another one's hash may be the same
				if bytes.Equal(other, key) {
					found[place] = doc
					break
				}
			}
			return nil
		})
		if err != nil {
			return monary.Value{}, fromDisk(err)
		}
	}
	docs := make([]monary.Value, 0, len(found))
	for _, place := range slices.Sorted(maps.Keys(found)) {
		docs = append(docs, found[place])
	}
	return monary.ArrayValue(docs...), nil
}

// each finds the places that a hash is paired with.
func (f *foreignFiles) each(hash int64, do func(place int64) error) error {
	block, _ := slices.BinarySearch(f.firsts, hash)
	data := make([]byte, blockPairs*pairSize)
	for block = max(block-1, 0); block < len(f.firsts) && f.firsts[block] <= hash; block++ {
		n := blockPairs
		if block == len(f.firsts)-1 {
			n = f.last
		}
		data = data[:n*pairSize]
		if _, err := f.index.ReadAt(data, int64(block)*blockPairs*pairSize); err != nil {
			return err
		}
		for pair := range slices.Chunk(data, pairSize) {
			if int64(binary.LittleEndian.Uint64(pair)) != hash {
				continue
			}
			if err := do(int64(binary.LittleEndian.Uint64(pair[8:]))); err != nil {
				return err
			}
		}
	}
	return nil
}

// read is the document at a place.
func (f *foreignFiles) read(place int64) (monary.Value, error) {
	data := make([]byte, min(1<<10, f.end-place))
	if _, err := f.docs.ReadAt(data, place); err != nil {
		return monary.Value{}, err
	}
	n := int64(binary.LittleEndian.Uint32(data))
	if n > f.end-place {
		return monary.Value{}, io.ErrUnexpectedEOF
	}
	if have := int64(len(data)); n > have {
		data = append(data, make([]byte, n-have)...)
		if _, err := f.docs.ReadAt(data[have:], place+have); err != nil {
			return monary.Value{}, err
		}
	}
	return monary.ParseValue(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: data[:n:n]})
}
