package pipeline

import (
	"errors"
	"fmt"
	"sort"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// bucketExpr is the lower bound of the bucket that a value falls into.
type bucketExpr struct {
	of         expr
	boundaries []monary.Value
	otherwise  monary.Value // missing: there is none
}

func (b bucketExpr) eval(s *scope, row int) monary.Value {
	v := b.of.eval(s, row)
	i := sort.Search(len(b.boundaries), func(i int) bool { return monary.Compare(b.boundaries[i], v) > 0 })
	switch {
	case i > 0 && i < len(b.boundaries):
		return b.boundaries[i-1]
	case b.otherwise.IsMissing():
		return s.failf("%s is in no bucket and there is no default", describe(v))
	}
	return b.otherwise
}

// parseBucket reads $bucket: a $group by bucket, and a $sort.
func parseBucket(spec monary.Value) (stage, error) {
	parts, err := fieldsOf(spec, "groupBy", "boundaries", "default", "output")
	if err != nil {
		return nil, err
	}
	g := &group{program: &program{}}
	b := bucketExpr{otherwise: parts[2], boundaries: elements(parts[1])}
	if parts[0].IsMissing() {
		return nil, errors.New("groupBy is missing")
	}
	if b.of, err = g.program.compile(parts[0]); err != nil {
		return nil, fmt.Errorf("groupBy: %w", err)
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	g.id = b
	if err := g.parseOutput(parts[3]); err != nil {
		return nil, err
	}
	return series{g, &order{keys: []sortKey{{path{"_id"}, 1}}}}, nil
}

func (b bucketExpr) check() error {
	if len(b.boundaries) < 2 {
		return fmt.Errorf("boundaries are %d; want an array of at least 2", len(b.boundaries))
	}
	last := len(b.boundaries) - 1
	for i, v := range b.boundaries[1:] {
		if !monary.SameBracket(v, b.boundaries[i]) || monary.Compare(v, b.boundaries[i]) <= 0 {
			return fmt.Errorf("boundaries must be of one type and rise: %s follows %s", describe(v), describe(b.boundaries[i]))
		}
	}
	if d := b.otherwise; !d.IsMissing() && monary.Compare(d, b.boundaries[0]) >= 0 && monary.Compare(d, b.boundaries[last]) < 0 {
		return fmt.Errorf("default %s is inside the boundaries", describe(d))
	}
	return nil
}

// parseOutput reads the fields that buckets have; a count if none are named.
func (g *group) parseOutput(spec monary.Value) error {
	if spec.IsMissing() {
		return g.parseField("count", monary.DocumentValue([]string{"$sum"}, []monary.Value{monary.Int32Value(1)}))
	}
	if spec.Type() != bson.TypeEmbeddedDocument {
		return fmt.Errorf("output is %s; want a document {name: {accumulator: …}}", describe(spec))
	}
	for name, arg := range spec.Elements() {
		if err := g.parseField(name, arg); err != nil {
			return fmt.Errorf("field %q: %w", name, err)
		}
	}
	return nil
}

// autoBucket is $bucketAuto: rows in the order of a value are dealt to n buckets
// of nearly equal size, so that equal values stay together.
type autoBucket struct {
	program *program
	by      expr
	n       int
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
	if !parts[3].IsMissing() {
		return nil, errors.New("granularity does not run here")
	}
	a := &autoBucket{program: &program{}}
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
	sort.SliceStable(order, func(i, j int) bool { return monary.Compare(values[order[i]], values[order[j]]) < 0 })
	groups := newGrouping(a.group, e)
	var ids []monary.Value
	for _, r := range cuts(order, values, a.n) {
		last := values[order[len(order)-1]]
		if r[1] < len(order) {
			last = values[order[r[1]]]
		}
		ids = append(ids, monary.DocumentValue([]string{"min", "max"}, []monary.Value{values[order[r[0]]], last}))
		rows := make([]int, 0, r[1]-r[0])
		for _, i := range order[r[0]:r[1]] {
			rows = append(rows, b.row(i))
		}
		if err := groups.addAs(b.pick(rows), ids[len(ids)-1]); err != nil {
			return nil, err
		}
	}
	return groups.batch(), nil
}

// cuts divides sorted rows: a bucket has ⌊rows/n⌉ of them, and those that are
// equal to its last.
func cuts(order []int, values []monary.Value, n int) (ranges [][2]int) {
	size := max(1, int(float64(len(order))/float64(n)+0.5))
	for from := 0; from < len(order); {
		to := min(from+size, len(order))
		if len(ranges) == n-1 {
			to = len(order)
		}
		for to < len(order) && monary.Compare(values[order[to-1]], values[order[to]]) == 0 {
			to++
		}
		ranges = append(ranges, [2]int{from, to})
		from = to
	}
	return ranges
}
