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
func parseBucket(spec monary.Value, vars outer) (stage, error) {
	parts, err := fieldsOf(spec, "groupBy", "boundaries", "default", "output")
	if err != nil {
		return nil, err
	}
	g := &group{program: vars.program()}
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
