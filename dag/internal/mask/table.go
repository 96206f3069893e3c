package mask

import "strings"

// table finds any of many texts, all of Least bytes or more, in one pass: by their first four bytes, of
// which a filter says whether it is worth to look.
type table struct {
	heads   map[uint32][]string
	filter  []uint64 // a bit for each hash of a head
	longest int
}

const filterBits = 16

func (t *table) add(forms []string) {
	if t.heads == nil {
		t.heads, t.filter = map[uint32][]string{}, make([]uint64, 1<<filterBits/64)
	}
	for _, f := range forms {
		h := headOf(f)
		t.heads[h] = append(t.heads[h], f)
		i := hashOf(h)
		t.filter[i/64] |= 1 << (i % 64)
		t.longest = max(t.longest, len(f))
	}
}

// find adds where the texts are. They may overlap.
func (t *table) find(s string, spans []span) []span {
	if t.heads == nil || len(s) < Least {
		return spans
	}
	h := headOf(s)
	for i := 0; ; i++ {
		if k := hashOf(h); t.filter[k/64]>>(k%64)&1 != 0 {
			spans = t.match(h, s, i, spans)
		}
		if i+4 >= len(s) {
			return spans
		}
		h = h>>8 | uint32(s[i+4])<<24
	}
}

// match adds the longest text that begins at i.
func (t *table) match(h uint32, s string, i int, spans []span) []span {
	to := 0
	for _, f := range t.heads[h] {
		if len(f) > to && strings.HasPrefix(s[i:], f) {
			to = len(f)
		}
	}
	if to == 0 {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].from <= i && i <= spans[n-1].to { // as of aaaaa in aaaaaaaaaa
		spans[n-1].to = max(spans[n-1].to, i+to)
		return spans
	}
	return append(spans, span{i, i + to})
}

func headOf(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func hashOf(head uint32) uint32 { return head * 0x9e3779b1 >> (32 - filterBits) }
