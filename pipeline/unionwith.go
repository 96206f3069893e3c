package pipeline

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// unionWith goes on with another source's documents, behind a pipeline.
type unionWith struct {
	from   string
	stages []stage
}

var _ stage = (*unionWith)(nil)

func parseUnionWith(spec monary.Value, vars outer) (stage, error) {
	if spec.Type() == bson.TypeString {
		spec = monary.DocumentValue([]string{"coll"}, []monary.Value{spec})
	}
	parts, err := fieldsOf(spec, "coll", "pipeline")
	if err != nil {
		return nil, err
	}
	name, ok := textOf(parts[0])
	if !ok || name == "" {
		return nil, fmt.Errorf("coll is %s; want text", describe(parts[0]))
	}
	u := &unionWith{from: name}
	if !parts[1].IsMissing() {
		u.stages, err = parsePart(parts[1], vars)
	}
	return u, err
}

func (u *unionWith) check(sources Sources) error {
	if _, err := sources.collection(u.from); err != nil {
		return err
	}
	return checkSources(u.stages, sources)
}

func (u *unionWith) needs(n *needs) *needs { return n }

func (u *unionWith) passes() bool { return false }

func (u *unionWith) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		for b, err := range in {
			if b != nil && b.closed { // the others may have further fields
				open := *b
				open.closed = false
				b = &open
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
		c, err := e.sources.collection(u.from)
		if err != nil {
			yield(nil, err)
			return
		}
		for b, err := range chain(e, documentBatches(c.documents(e.ctx), defaultRows), u.stages) {
			if err != nil {
				err = fmt.Errorf("from %q: %w", u.from, err)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}
