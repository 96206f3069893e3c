package ml

// radixSort sorts keys in ascending order, and the payload, if it is not nil, with
// them. Equal keys keep their order. What it returns may be the slices given, or
// others; those given hold nothing of use afterwards.
//
// Eleven bits at a time, from the lowest, are counted and the keys dealt out by
// them (Knuth, volume 3, 5.2.5). Bits that all keys share, such as the upper ones of
// probabilities, cost nothing.
func radixSort(keys []uint64, payload []float64) ([]uint64, []float64) {
	const digits = 6
	if len(keys) < 2 {
		return keys, payload
	}
	var counts [digits][radix]uint32
	for _, key := range keys {
		for d := range counts {
			counts[d][digit(key, d)]++
		}
	}
	spareKeys, sparePayload := make([]uint64, len(keys)), make([]float64, len(payload))
	for d := range counts {
		if counts[d][digit(keys[0], d)] == uint32(len(keys)) {
			continue
		}
		place := uint32(0)
		for i, n := range counts[d] {
			counts[d][i] = place
			place += n
		}
		if payload == nil {
			deal(keys, spareKeys, &counts[d], d)
		} else {
			dealBoth(keys, spareKeys, payload, sparePayload, &counts[d], d)
			payload, sparePayload = sparePayload, payload
		}
		keys, spareKeys = spareKeys, keys
	}
	return keys, payload
}

const (
	digitBits = 11
	radix     = 1 << digitBits
)

func digit(key uint64, d int) uint64 { return key >> (digitBits * d) & (radix - 1) }

// deal copies keys to the places of their digits.
func deal(from, to []uint64, places *[radix]uint32, d int) {
	for _, key := range from {
		place := &places[digit(key, d)]
		to[*place] = key
		*place++
	}
}

func dealBoth(from, to []uint64, fromPayload, toPayload []float64, places *[radix]uint32, d int) {
	for i, key := range from {
		place := &places[digit(key, d)]
		to[*place], toPayload[*place] = key, fromPayload[i]
		*place++
	}
}
