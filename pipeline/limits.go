package pipeline

import (
	"fmt"

	"github.com/penstock/penstock/monary"
)

// defaultMemory is what a stage may hold unless monary.MemoryLimit says otherwise: mongod's 100 MB.
const defaultMemory = 100 << 20

// ErrMemory is what errors.Is finds when a stage would have to hold more than the limit. Its text
// says how much was needed.
var ErrMemory = fmt.Errorf("more memory is needed than the stage may have")

// limits are what the stages of a run may use.
type limits struct {
	memory int64 // bytes that a stage may hold; 0 means any number
	disk   bool  // what does not fit goes to files
}

// limitsOf are those of a read from a source. A table is in memory already: Run has none.
func limitsOf(o monary.ReadOptions) limits {
	l := limits{memory: o.MemoryLimit, disk: o.AllowDiskUse}
	if l.memory == 0 {
		l.memory = defaultMemory
	}
	return l
}

func (l limits) exceeded(bytes int64) bool { return l.memory > 0 && bytes > l.memory }

// errorOf says how much was needed, and what helps.
func (l limits) errorOf(needed int64) error {
	if l.disk {
		return l.errorInMemory(needed)
	}
	return fmt.Errorf("%w: %d bytes or more, the limit is %d; monary.AllowDiskUse and monary.MemoryLimit change that", ErrMemory, needed, l.memory)
}

// errorInMemory is errorOf for what cannot go to a file.
func (l limits) errorInMemory(needed int64) error {
	return fmt.Errorf("%w: %d bytes or more in one piece, the limit is %d; monary.MemoryLimit changes that", ErrMemory, needed, l.memory)
}

// spills reports whether so many bytes are to go to files. Joining and sorting them takes as much again,
// so that is from half of the limit on.
func (l limits) spills(bytes int64) bool { return l.disk && l.exceeded(2*bytes) }

// share is a part of the limit, for one of some buffers: 4 kB at least, 1 MB at most.
func (l limits) share(of int64) int64 {
	if l.memory == 0 {
		return 1 << 20
	}
	return min(max(l.memory/of, 4<<10), 1<<20)
}

// sampledRows of a batch tell how large it is.
const sampledRows = 64

// size is about how many bytes the rows of a batch take.
func (b *batch) size() int64 {
	n := b.len()
	if n == 0 {
		return 0
	}
	step, sampled, bytes := max(1, n/sampledRows), int64(0), int64(0)
	for i := 0; i < n; i += step {
		sampled++
		row := b.row(i)
		if b.isDocuments() {
			bytes += valueSize + sizeOf(b.docs[row])
		}
		for _, c := range b.columns {
			bytes += sizeOf(c.Value(row))
			if _, made := c.(cells); made {
				bytes += valueSize
			}
		}
		for _, key := range b.keys {
			bytes += valueSize + sizeOf(key[row])
		}
	}
	return bytes * int64(n) / sampled
}

// sizeOf is about how many bytes a value takes in a column.
func sizeOf(v monary.Value) int64 {
	const slot = 9 // a type and a word
	if v.IsNull() || v.IsNumber() {
		return slot
	}
	return slot + int64(v.Size())
}

// inParts yields a batch in smaller ones, as who takes them makes copies.
func inParts(l limits, b *batch, yield func(*batch) error) error {
	step := b.len()
	if size := b.size(); size > 0 {
		step = max(1, int(int64(b.len())*l.share(32)/size))
	}
	for i := 0; i < b.len(); i += step {
		if err := yield(b.slice(i, min(i+step, b.len()))); err != nil {
			return err
		}
	}
	return nil
}
