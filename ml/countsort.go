package ml

import "math/bits"

const (
	insertionRows = 12
	bucketRows    = 512
	rankDigitBits = 11
)

// sort sorts keys, a part of s.keys, by their upper half. The result is there or in
// s.otherKeys.
func (s *countingScratch) sort(keys []uint64) []uint64 {
	if len(keys) <= insertionRows {
		insertionSort(keys)
		return keys
	}
	return sortByRank(keys, atLeast(&s.otherKeys, len(keys)), s.counts[:])
}

// sortByRank sorts keys by their upper half. The result is in keys or in other, which
// is as long.
func sortByRank(keys, other []uint64, counts []uint32) []uint64 {
	low, high := keys[0], keys[0]
	for _, k := range keys {
		low, high = min(low, k), max(high, k)
	}
	low = low >> 32 << 32
	span := bits.Len64((high - low) >> 32)
	if len(keys) <= bucketRows {
		// As many buckets as keys mostly leave little to do. Ranks that huddle together
		// may make some large, but these are not many rows.
		digit := bits.Len(uint(len(keys)))
		distribute(other, keys, low, 32+max(0, span-digit), counts[:1<<digit])
		insertionSort(other)
		return other
	}
	passes := (span + rankDigitBits - 1) / rankDigitBits
	for p := range passes {
		digit := (span + passes - 1) / passes
		distribute(other, keys, low, 32+p*digit, counts[:1<<digit])
		keys, other = other, keys
	}
	return keys
}

// distribute orders keys by the bits of key−low from shift up that number the counts.
func distribute(out, keys []uint64, low uint64, shift int, counts []uint32) {
	clear(counts)
	mask := uint64(len(counts) - 1)
	for _, k := range keys {
		counts[(k-low)>>(shift&63)&mask]++
	}
	var start uint32
	for i, n := range counts {
		counts[i] = start
		start += n
	}
	for _, k := range keys {
		b := (k - low) >> (shift & 63) & mask
		out[counts[b]] = k
		counts[b]++
	}
}

func insertionSort(keys []uint64) {
	for i := 1; i < len(keys); i++ {
		k := keys[i]
		j := i
		for ; j > 0 && keys[j-1] > k; j-- {
			keys[j] = keys[j-1]
		}
		keys[j] = k
	}
}
