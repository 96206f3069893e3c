package pipeline

import (
	"fmt"
	"slices"

	"github.com/penstock/penstock/monary"
)

// sample passes n rows by chance, each row with the same one.
type sample struct {
	n      int
	seed   uint64
	seeded bool
}

var _ stage = (*sample)(nil)

func parseSample(spec monary.Value) (stage, error) {
	parts, err := fieldsOf(spec, "size", "seed")
	if err != nil {
		return nil, err
	}
	n, ok := wholeNumber(parts[0])
	if !ok || n < 1 {
		return nil, fmt.Errorf("size is %s; want a whole number above 0", describe(parts[0]))
	}
	s := &sample{n: int(min(n, 1<<31))}
	s.seed, s.seeded, err = seedOf(parts[1])
	return s, err
}

func (p *sample) needs(n *needs) *needs { return n }

func (p *sample) passes() bool { return true }

func (p *sample) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		b, err := collectWithin(e, in)
		if err == nil && b != nil {
			b = p.draw(b)
		}
		if b != nil || err != nil {
			yield(b, err)
		}
	}
}

func (p *sample) draw(b *batch) *batch {
	rows := make([]int, b.len())
	for i := range rows {
		rows[i] = b.row(i)
	}
	newDice(p.seed, p.seeded).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return b.pick(slices.Clone(rows[:min(p.n, len(rows))]))
}
