package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"github.com/penstock/penstock/monary"
)

// autoBucket is $bucketAuto: rows in the order of a value are dealt to n buckets
// of nearly equal size, so that equal values stay together.
type autoBucket struct {
	program *program
	by      expr
	n       int
	rounded *preferred // the numbers that boundaries are rounded to; nil means none
	group   *group
}

var _ stage = (*autoBucket)(nil)

func parseBucketAuto(spec monary.Value) (stage, error) {
	parts, err := fieldsOf(spec, "groupBy", "buckets", "output", "granularity")
	if err != nil {
		return nil, err
	}
	if parts[0].IsMissing() {
		return nil, errors.New("groupBy is missing")
	}
	a := &autoBucket{program: &program{}}
	if a.rounded, err = granularity(parts[3]); err != nil {
		return nil, err
	}
	n, ok := wholeNumber(parts[1])
	if !ok || n < 1 || n > 1<<31 {
		return nil, fmt.Errorf("buckets is %s; want a whole number above 0", describe(parts[1]))
	}
	a.n, a.group = int(n), &group{program: a.program}
	if a.by, err = a.program.compile(parts[0]); err != nil {
		return nil, fmt.Errorf("groupBy: %w", err)
	}
	return a, a.group.parseOutput(parts[2])
}

func (a *autoBucket) needs(*needs) *needs { return a.program.needs(&needs{}) }

func (a *autoBucket) passes() bool { return false }

func (a *autoBucket) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		b, err := collectWithin(e, in)
		if err == nil && b != nil {
			b, err = a.deal(e, b)
		}
		if b != nil || err != nil {
			yield(b, err)
		}
	}
}

func (a *autoBucket) deal(e *env, b *batch) (*batch, error) {
	s := a.program.start(e)
	if err := s.bind(b); err != nil {
		return nil, err
	}
	values, order := make([]monary.Value, b.len()), make([]int, b.len())
	for i := range values {
		values[i], order[i] = a.by.eval(s, b.row(i)), i
		if values[i].IsMissing() {
			values[i] = monary.NullValue
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if err := a.rounded.check(values); err != nil {
		return nil, err
	}
	slices.SortStableFunc(order, func(i, j int) int { return monary.Compare(values[i], values[j]) })
	sorted := make([]monary.Value, len(order))
	for i, k := range order {
		sorted[i] = values[k]
	}
	groups := newGrouping(a.group, e)
	for _, r := range a.cuts(sorted) {
		rows := make([]int, 0, r.to-r.from)
		for _, i := range order[r.from:r.to] {
			rows = append(rows, b.row(i))
		}
		if err := groups.addAs(b.pick(rows), monary.DocumentValue([]string{"min", "max"}, []monary.Value{r.least, r.most})); err != nil {
			return nil, err
		}
	}
	return groups.batch(), nil
}

// bucketRange is a bucket: the sorted values from one place to another, and its
// bounds.
type bucketRange struct {
	from, to    int
	least, most monary.Value
}

// cuts divides sorted values: a bucket has ⌊values/n⌉ of them, and those that are
// equal to its last or below its rounded bound. The last bucket takes the rest.
func (a *autoBucket) cuts(sorted []monary.Value) (out []bucketRange) {
	size := max(1, int(float64(len(sorted))/float64(a.n)+0.5))
	for from := 0; from < len(sorted); {
		r := bucketRange{from: from, to: min(from+size, len(sorted)), least: sorted[from]}
		if len(out) == a.n-1 {
			r.to = len(sorted)
		}
		last := sorted[r.to-1]
		if a.rounded != nil {
			r.most = a.rounded.above(last)
		}
		for r.to < len(sorted) && (monary.Compare(last, sorted[r.to]) == 0 || a.rounded != nil && monary.Compare(sorted[r.to], r.most) < 0) {
			r.to++
		}
		switch next := min(r.to, len(sorted)-1); {
		case a.rounded == nil:
			r.most = sorted[next]
		case r.to < len(sorted) && double(r.most) == 0: // of zeros alone, which nothing is rounded to
			r.most = a.rounded.below(sorted[next])
		}
		switch {
		case a.rounded != nil && len(out) == 0:
			r.least = a.rounded.below(r.least)
		case a.rounded != nil:
			r.least = out[len(out)-1].most
		}
		out = append(out, r)
		from = r.to
	}
	return out
}
