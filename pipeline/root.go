package pipeline

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// newRoot makes each document another one: $replaceRoot and $replaceWith.
type newRoot struct {
	program *program
	of      expr
}

var _ stage = (*newRoot)(nil)

func parseReplaceRoot(spec monary.Value, vars outer) (stage, error) {
	parts, err := fieldsOf(spec, "newRoot")
	if err != nil {
		return nil, err
	}
	if parts[0].IsMissing() {
		return nil, fmt.Errorf("newRoot is missing")
	}
	return parseReplaceWith(parts[0], vars)
}

func parseReplaceWith(spec monary.Value, vars outer) (stage, error) {
	r := &newRoot{program: vars.program()}
	var err error
	r.of, err = r.program.compile(spec)
	return r, err
}

func (r *newRoot) needs(*needs) *needs { return r.program.needs(&needs{}) }

func (r *newRoot) passes() bool { return false }

func (r *newRoot) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		s := r.program.start(e)
		each(in, func(b *batch) (*batch, error) {
			if err := s.bind(b); err != nil {
				return nil, err
			}
			docs := make([]monary.Value, b.len())
			for i := range docs {
				docs[i] = r.of.eval(s, b.row(i))
				if s.err == nil && docs[i].Type() != bson.TypeEmbeddedDocument {
					s.failf("the new root is %s; want a document", describe(docs[i]))
				}
			}
			return documents(docs), s.err
		})(yield)
	}
}
