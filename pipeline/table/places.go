package table

import (
	"hash/maphash"
	"math/rand/v2"
)

// places is a hash table from words to numbers, with linear probing. Longer keys are found
// by a hash of them and their size.
type places struct {
	all   []place
	shift uint // of a hash, to be an index
	used  int
	sum   uint32 // of what was touched, so that it is
}

// place is 16 bytes, so that a look-up mostly waits for one line of memory.
type place struct {
	word uint64
	size uint32
	next uint32 // one more than the number; 0 if the place is free
}

// The factor of the hash and the seed of longer keys are not known to who writes the data,
// so that nobody can make keys meet.
var (
	factor   = rand.Uint64() | 1
	textSeed = maphash.MakeSeed()
)

func hashOf(text []byte) uint64 { return maphash.Bytes(textSeed, text) }

// logPlaces is the logarithm of how many places there are at first.
const logPlaces = 10

func newPlaces() *places {
	return &places{all: make([]place, 1<<logPlaces), shift: 64 - logPlaces}
}

func (p *places) index(word uint64) uint64 { return word * factor >> p.shift }

// first is the place where a word is looked for first.
func (p *places) first(word uint64) *place { return &p.all[p.index(word)&uint64(len(p.all)-1)] }

// cachedPlaces is the logarithm of how many places the first caches surely have.
const cachedPlaces = 12

// touch asks for the memory where words will be looked up, so that it is waited for all at
// once and not in turn.
func (p *places) touch(words []uint64) {
	if len(p.all) <= 1<<cachedPlaces {
		return
	}
	sum := uint32(0)
	for _, word := range words {
		sum += p.all[p.index(word)].next
	}
	p.sum += sum
}

// find returns the number of a word, or false and where it would be.
func (p *places) find(word uint64) (number uint32, at uint64, ok bool) {
	last := uint64(len(p.all) - 1)
	for at = p.index(word) & last; ; at = (at + 1) & last {
		switch c := &p.all[at]; {
		case c.next == 0:
			return 0, at, false
		case c.word == word:
			return c.next - 1, at, true
		}
	}
}

// put fills the place that was found to be free.
func (p *places) put(at uint64, c place) {
	p.all[at] = c
	if p.used++; 2*p.used > len(p.all) {
		p.grow()
	}
}

func (p *places) grow() {
	old := p.all
	p.all = make([]place, 2*len(old))
	p.shift--
	last := uint64(len(p.all) - 1)
	for _, c := range old {
		if c.next == 0 {
			continue
		}
		at := p.index(c.word) & last
		for p.all[at].next != 0 {
			at = (at + 1) & last
		}
		p.all[at] = c
	}
}
