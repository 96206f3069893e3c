package pipeline

import (
	"hash/maphash"
	"math/bits"
)

// intTable has a number for each of some integers: open addressing with linear probing, at
// most half full.
type intTable struct {
	slots []intSlot
	shift uint8 // 64 − log₂ len(slots)
	n     int
}

type intSlot struct {
	key    int64
	number uint32 // plus 1; 0 if the slot is free
}

// find returns the slot of a key, or the free one for it, which is good until the next find.
func (t *intTable) find(key int64) *intSlot {
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	for at := scattered(uint64(key)) >> t.shift; ; at++ {
		if s := &t.slots[at&mask]; s.number == 0 || s.key == key {
			return s
		}
	}
}

// put numbers the key of a free slot.
func (t *intTable) put(s *intSlot, key int64, number uint32) {
	s.key, s.number = key, number+1
	t.n++
}

// number returns the number of a key, the next one if it is new.
func (t *intTable) number(key int64) uint32 {
	s := t.find(key)
	if s.number == 0 {
		t.put(s, key, uint32(t.n))
	}
	return s.number - 1
}

func (t *intTable) grow() {
	old := t.slots
	t.slots = make([]intSlot, max(64, 4*len(old)))
	t.shift, t.n = uint8(64-bits.Len(uint(len(t.slots)-1))), 0
	for _, s := range old {
		if s.number != 0 {
			t.put(t.find(s.key), s.key, s.number-1)
		}
	}
}

// scattered moves what tells keys apart to the upper bits (Fibonacci hashing, Knuth 1998, 6.4).
func scattered(key uint64) uint64 {
	key ^= key >> 32
	return key * 0x9e3779b97f4a7c15
}

// textTable is the same for texts.
type textTable struct {
	slots []textSlot
	n     int
	seed  maphash.Seed
}

type textSlot struct {
	hash   uint32
	number uint32
	text   string
}

func (t *textTable) find(text []byte) (s *textSlot, hash uint32) {
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	hash = uint32(maphash.Bytes(t.seed, text))
	mask := uint32(len(t.slots) - 1)
	for at := hash; ; at++ {
		if s := &t.slots[at&mask]; s.number == 0 || s.hash == hash && s.text == string(text) {
			return s, hash
		}
	}
}

func (t *textTable) put(s *textSlot, hash uint32, text []byte, number uint32) {
	*s = textSlot{hash, number + 1, string(text)}
	t.n++
}

func (t *textTable) grow() {
	old := t.slots
	if old == nil {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]textSlot, max(64, 4*len(old)))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.number == 0 {
			continue
		}
		at := s.hash
		for t.slots[at&mask].number != 0 {
			at++
		}
		t.slots[at&mask] = s
	}
}
