package table

import (
	"runtime"
	"sync"

	"github.com/penstock/penstock/monary"
)

// numberAll numbers the rows of a table by several columns together, in the order in which
// combinations are first met. No columns give all rows one number.
func numberAll(rows int, columns []*monary.Series) *numbering {
	if len(columns) == 0 {
		return &numbering{codes: make([]uint32, rows), first: []int{0}}
	}
	n := numberColumn(columns[0])
	for _, s := range columns[1:] {
		n = number(pairKey(n, numberColumn(s)))
	}
	return n
}

// pairKey is the key of two numbers a row.
func pairKey(a, b *numbering) *key {
	factor := uint64(max(len(b.first), 1))
	return &key{
		rows: len(a.codes), ranged: true, most: uint64(max(len(a.first), 1))*factor - 1,
		words: func(dst []uint64, row int) {
			for i := range dst {
				dst[i] = uint64(a.codes[row+i])*factor + uint64(b.codes[row+i])
			}
		},
	}
}

// Columns of many rows are numbered side by side, part by part, if a sample of rows has few
// keys, because the keys of the parts are then numbered once more.
const (
	manyRows   = 1 << 18
	sampleRows = 1 << 15
	fewKeys    = sampleRows / 16
)

func numberColumn(s *monary.Series) *numbering {
	workers := runtime.GOMAXPROCS(0)
	if s.Len() < manyRows || workers == 1 || len(number(keyOf(s.Slice(0, sampleRows))).first) > fewKeys {
		return number(keyOf(s))
	}
	parts := make([]*numbering, workers)
	start := func(part int) int { return part * s.Len() / workers }
	parallel(workers, func(part int) {
		parts[part] = number(keyOf(s.Slice(start(part), start(part+1))))
	})
	out := &numbering{codes: make([]uint32, s.Len())}
	var firsts []int
	for part, p := range parts {
		for _, row := range p.first {
			firsts = append(firsts, start(part)+row)
		}
	}
	all := number(keyOf(s.Take(firsts)))
	for _, i := range all.first {
		out.first = append(out.first, firsts[i])
	}
	at := make([]int, workers) // where the keys of a part begin
	for part := 1; part < workers; part++ {
		at[part] = at[part-1] + len(parts[part-1].first)
	}
	parallel(workers, func(part int) {
		codes := all.codes[at[part]:]
		dst := out.codes[start(part):]
		for i, code := range parts[part].codes {
			dst[i] = codes[code]
		}
	})
	return out
}

// parallel calls f for 0 to n-1 and returns when all are done. There are no more goroutines
// at work than processors, and results go to places of their own, so they do not depend on
// how many.
func parallel(n int, f func(i int)) {
	var wait sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range n {
		turns <- struct{}{}
		wait.Go(func() {
			f(i)
			<-turns
		})
	}
	wait.Wait()
}
