package monary

import (
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"unicode/utf8"
)

// words are the different texts of a dictionary. Word 0 is the empty text, which
// rows without a value have too.
type words struct {
	bytes   []byte
	offsets []int // word c is bytes[offsets[c]:offsets[c+1]]

	// To find words; nil for a column that is finished.
	keys  []wordKey
	index []uint16 // words by a hash of their keys, 0 where there is none
}

// wordKey tells words apart: one of up to 15 bytes is its own key, the last byte
// of which is its length; of a longer one it is a hash and the length.
type wordKey struct{ low, high uint64 }

// longWord is set in the keys of words that are longer than a key.
const longWord = 1 << 63

// maxWords is how many words codes can tell apart.
const maxWords = 1 << 16

// The factors of the keys' hash are not known to who writes documents.
var (
	wordSeed              = maphash.MakeSeed()
	lowFactor, highFactor = rand.Uint64() | 1, rand.Uint64() | 1
)

func newWords() *words {
	w := &words{index: make([]uint16, 512)}
	w.clear()
	return w
}

// clear leaves the empty word.
func (w *words) clear() {
	w.bytes, w.offsets, w.keys = w.bytes[:0], append(w.offsets[:0], 0, 0), append(w.keys[:0], wordKey{})
	clear(w.index)
}

// finish gives away what finds words.
func (w *words) finish() { w.keys, w.index = nil, nil }

func (w *words) len() int { return len(w.offsets) - 1 }

func (w *words) at(code uint16) []byte { return w.bytes[w.offsets[code]:w.offsets[code+1]] }

func keyOf(text []byte) wordKey {
	if len(text) > 15 {
		return wordKey{maphash.Bytes(wordSeed, text), longWord | uint64(len(text))}
	}
	var key [16]byte
	key[15] = byte(copy(key[:], text))
	return wordKey{binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])}
}

// keyMasks are the bytes of texts of up to 15 bytes in a key, by their length.
var keyMasks = func() (masks [16]wordKey) {
	for n := range masks {
		masks[n] = wordKey{1<<(8*n) - 1, 1<<(8*max(n-8, 0)) - 1}
	}
	return masks
}()

// find returns the code of a word that is not empty; 0 if it is none of the words.
func (w *words) find(k wordKey, text []byte) uint16 {
	last := uint64(len(w.index) - 1)
	for slot := k.hash() & last; ; slot = (slot + 1) & last {
		code := w.index[slot]
		if code == 0 || w.keys[code] == k && (k.high < longWord || string(w.at(code)) == string(text)) {
			return code
		}
	}
}

func (k wordKey) hash() uint64 { return (k.low*lowFactor + k.high*highFactor) >> 40 }

// add adds a word that is none of them.
func (w *words) add(k wordKey, text []byte) (code uint16) {
	if 2*w.len() >= len(w.index) {
		w.index = make([]uint16, 2*len(w.index))
		for code, k := range w.keys[1:] {
			w.enter(uint16(code+1), k)
		}
	}
	code = uint16(w.len())
	w.bytes = append(w.bytes, text...)
	w.offsets, w.keys = append(w.offsets, len(w.bytes)), append(w.keys, k)
	w.enter(code, k)
	return code
}

func (w *words) enter(code uint16, k wordKey) {
	last := uint64(len(w.index) - 1)
	slot := k.hash() & last
	for w.index[slot] != 0 {
		slot = (slot + 1) & last
	}
	w.index[slot] = code
}

// put returns the code of a text, which it adds if it is new. It does not, and
// returns false, if there is no code left or the text is not UTF-8.
func (w *words) put(text []byte) (code uint16, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	k := keyOf(text)
	if code = w.find(k, text); code != 0 {
		return code, true
	}
	if w.len() == maxWords || !utf8.Valid(text) {
		return 0, false
	}
	return w.add(k, text), true
}

// recoder translates codes of columns to those of another's words.
type recoder struct {
	to    *words
	from  *words
	codes []uint16 // of from's words in to, 0 where that is not known
}

// recode fills in the codes of a column; false if there are too many words.
func (r *recoder) recode(dst, codes []uint16, from *words) bool {
	if r.from != from {
		r.from, r.codes = from, slices.Grow(r.codes[:0], from.len())[:from.len()]
		clear(r.codes)
	}
	for i, code := range codes {
		if code != 0 && r.codes[code] == 0 {
			added, ok := r.to.put(from.at(code))
			if !ok {
				return false
			}
			r.codes[code] = added
		}
		dst[i] = r.codes[code]
	}
	return true
}
