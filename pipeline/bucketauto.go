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

func parseBucketAuto(spec monary.Value, vars outer) (stage, error) {
	parts, err := fieldsOf(spec, "groupBy", "buckets", "output", "granularity")
	if err != nil {
		return nil, err
	}
	if parts[0].IsMissing() {
		return nil, errors.New("groupBy is missing")
	}
	a := &autoBucket{program: vars.program()}
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
	return spilling(e, func(disk *spill, yield func(*batch) error) error {
		values := a.program.start(e)
		sorter := &sorter{order: keyed(1), disk: disk}
		rows, some := 0, false
		err := sorter.addAll(each(in, func(b *batch) (*batch, error) {
			rows, some = rows+b.len(), true
			return a.valued(values, b)
		}))
		if err != nil || !some {
			return err
		}
		d := &dealing{autoBucket: a, limits: e.limits, groups: newGrouping(a.group, e), yield: yield}
		d.size = max(1, int(float64(rows)/float64(a.n)+0.5))
		if err := sorter.sorted(d.add); err != nil {
			return err
		}
		return d.end()
	})
}

// valued is a batch with what its rows are dealt by.
func (a *autoBucket) valued(s *scope, b *batch) (*batch, error) {
	if err := s.bind(b); err != nil {
		return nil, err
	}
	values := make(cells, b.rows)
	for i := range b.len() {
		row := b.row(i)
		values[row] = nullIfMissing(a.by.eval(s, row))
		if s.err != nil {
			return nil, s.err
		}
		if err := a.rounded.check(values[row]); err != nil {
			return nil, err
		}
	}
	return b.keyedBy(values), nil
}

// dealing is a $bucketAuto at work on sorted rows. A bucket has ⌊rows/n⌉ of them, and those that are equal to
// its last or below its rounded bound. The last bucket takes the rest.
type dealing struct {
	*autoBucket
	limits limits
	size   int       // rows that fill a bucket
	groups *grouping // a group for each bucket that has not been passed on
	yield  func(*batch) error
	made   int // buckets that have ended

	rows   int          // of the bucket now
	least  monary.Value // its lower bound
	full   monary.Value // the value that has filled it, or the last one so far
	latest monary.Value // its last value
}

// add deals the rows of a batch.
func (d *dealing) add(b *batch) error {
	values, from := keysInOrder(b)[0], 0 // from is the bucket's first row in this batch
	for i, v := range values {
		if d.rows > 0 && !d.takes(v) {
			if err := d.gather(b, from, i); err != nil {
				return err
			}
			if err := d.close(d.most(v)); err != nil {
				return err
			}
			from = i
		}
		d.take(v)
	}
	return d.gather(b, from, len(values))
}

func (d *dealing) isLast() bool { return d.made == d.n-1 }

// takes reports whether a value belongs to the bucket, which has others.
func (d *dealing) takes(v monary.Value) bool {
	return d.rows < d.size || d.isLast() || monary.Compare(d.full, v) == 0 ||
		d.rounded != nil && monary.Compare(v, d.rounded.above(d.full)) < 0
}

func (d *dealing) take(v monary.Value) {
	if d.rows == 0 {
		d.groups.ids.ids = append(d.groups.ids.ids, monary.NullValue) // close knows it
	}
	switch {
	case d.rows > 0 || d.rounded != nil && d.made > 0:
	case d.rounded != nil:
		d.least = d.rounded.below(v)
	default:
		d.least = v
	}
	if d.rows++; d.rows <= d.size || d.isLast() {
		d.full = v
	}
	d.latest = v
}

// most is the upper bound of a bucket that another value follows.
func (d *dealing) most(next monary.Value) monary.Value {
	if d.rounded == nil {
		return next
	}
	most := d.rounded.above(d.full)
	if double(most) == 0 { // of zeros alone, which nothing is rounded to
		return d.rounded.below(next)
	}
	return most
}

// gather adds some rows of a batch to the bucket.
func (d *dealing) gather(b *batch, from, to int) error {
	if from == to {
		return nil
	}
	some := b.slice(from, to)
	if err := d.groups.scope.bind(some); err != nil {
		return err
	}
	number := uint32(len(d.groups.ids.ids) - 1)
	if err := d.groups.accumulate(some, slices.Repeat([]uint32{number}, to-from)); err != nil {
		return err
	}
	if size := d.groups.size(); d.limits.exceeded(size) {
		return d.limits.errorOf(size)
	}
	return nil
}

// close ends a bucket, and passes on those that there are if they become too large.
func (d *dealing) close(most monary.Value) error {
	ids := d.groups.ids.ids
	ids[len(ids)-1] = monary.DocumentValue([]string{"min", "max"}, []monary.Value{d.least, most})
	d.made, d.rows, d.least = d.made+1, 0, most
	if !d.limits.spills(8 * d.groups.size()) {
		return nil
	}
	full := d.groups
	d.groups = newGrouping(d.group, full.scope.env)
	d.groups.scope = full.scope // where its dice are
	return d.yield(full.batch())
}

// end closes the last bucket.
func (d *dealing) end() error {
	switch {
	case d.rows == 0:
	case d.rounded == nil:
		if err := d.close(d.latest); err != nil {
			return err
		}
	default:
		if err := d.close(d.rounded.above(d.full)); err != nil {
			return err
		}
	}
	return d.yield(d.groups.batch())
}
