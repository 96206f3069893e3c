package pipeline

import (
	"fmt"

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

// run gives each row a number by chance and passes those with the least, in their order: so no more than
// these are kept, and what is drawn depends on the rows and the seed alone.
func (p *sample) run(e *env, in batches) batches {
	by := keyed(1)
	by.top = p.n
	return func(yield func(*batch, error) bool) {
		dice := newDice(p.seed, p.seeded)
		numbered := each(in, func(b *batch) (*batch, error) {
			numbers := make(cells, b.rows)
			for i := range b.len() {
				numbers[b.row(i)] = monary.Int64Value(dice.Int64())
			}
			return b.keyedBy(numbers), nil
		})
		drawn := chain(e, numbered, []stage{by, &limit{n: int64(p.n)}})
		each(drawn, func(b *batch) (*batch, error) { return b.keyedBy(), nil })(yield)
	}
}
