package table

import "bytes"

// numbering gives each row the number of its key; keys are numbered as they are first met.
type numbering struct {
	codes []uint32
	first []int  // the first row of each key
	none  uint32 // one more than the number of the rows without a value; 0 if there is none yet
}

// blockRows is how many rows are looked up together.
const blockRows = 512

// number numbers the rows of a key.
func number(k *key) *numbering {
	n := &numbering{codes: make([]uint32, k.rows)}
	switch {
	case k.ranged && k.most-k.least < uint64(2*k.rows+256):
		n.direct(k)
	case k.words != nil:
		n.byWord(k)
	default:
		n.byText(k)
	}
	return n
}

// add numbers a key that is new.
func (n *numbering) add(row int) uint32 {
	n.first = append(n.first, row)
	return uint32(len(n.first) - 1)
}

// null numbers a row without a value.
func (n *numbering) null(row int) uint32 {
	if n.none == 0 {
		n.none = n.add(row) + 1
	}
	return n.none - 1
}

// direct has a place for every word between the least and the greatest.
func (n *numbering) direct(k *key) {
	places := make([]uint32, k.most-k.least+1) // a number and one
	var words [blockRows]uint64
	for start := 0; start < k.rows; start += blockRows {
		block := words[:min(blockRows, k.rows-start)]
		k.words(block, start)
		codes := n.codes[start:][:len(block)]
		for i, word := range block {
			if k.valid != nil && !k.valid[start+i] {
				codes[i] = n.null(start + i)
				continue
			}
			place := &places[word-k.least]
			if *place == 0 {
				*place = n.add(start+i) + 1
			}
			codes[i] = *place - 1
		}
	}
}

// byWord looks words up in a hash table.
func (n *numbering) byWord(k *key) {
	places := newPlaces()
	var words [blockRows]uint64
	for start := 0; start < k.rows; start += blockRows {
		block := words[:min(blockRows, k.rows-start)]
		k.words(block, start)
		places.touch(block)
		codes := n.codes[start:][:len(block)]
		for i, word := range block {
			if k.valid != nil && !k.valid[start+i] {
				codes[i] = n.null(start + i)
				continue
			}
			if at := places.first(word); at.word == word && at.next != 0 { // mostly it is where it is looked for first
				codes[i] = at.next - 1
				continue
			}
			code, at, ok := places.find(word)
			if !ok {
				code = n.add(start + i)
				places.put(at, place{word: word, next: code + 1})
			}
			codes[i] = code
		}
	}
}

// byText looks texts up in a hash table.
func (n *numbering) byText(k *key) {
	places := newPlaces()
	var words [blockRows]uint64
	var sizes [blockRows]uint32
	for start := 0; start < k.rows; start += blockRows {
		block := words[:min(blockRows, k.rows-start)]
		k.texts(block, sizes[:], start)
		places.touch(block)
		codes := n.codes[start:][:len(block)]
		for i, word := range block {
			if k.valid != nil && !k.valid[start+i] {
				codes[i] = n.null(start + i)
				continue
			}
			if at := places.first(word); at.word == word && at.size == sizes[i] && at.size <= shortText && at.next != 0 {
				codes[i] = at.next - 1
				continue
			}
			code, at, ok := n.findText(places, k, start+i, word, sizes[i])
			if !ok {
				code = n.add(start + i)
				places.put(at, place{word: word, size: sizes[i], next: code + 1})
			}
			codes[i] = code
		}
	}
}

// findText is find for a text, which is compared if its word is only a hash.
func (n *numbering) findText(p *places, k *key, row int, word uint64, size uint32) (code uint32, at uint64, ok bool) {
	last := uint64(len(p.all) - 1)
	for at = p.index(word) & last; ; at = (at + 1) & last {
		c := &p.all[at]
		if c.next == 0 {
			return 0, at, false
		}
		if c.word == word && c.size == size &&
			(size <= shortText || bytes.Equal(k.text(row), k.text(n.first[c.next-1]))) {
			return c.next - 1, at, true
		}
	}
}
