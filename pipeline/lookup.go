package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/monary"
)

// lookup adds to each document an array of those of another source whose field
// has a value of its own one, a left outer join; of all of them where no fields are
// named. A pipeline, which sees the variables of let, makes others of them.
type lookup struct {
	from           string
	local, foreign path // nil: all documents are taken
	as             path
	program        *program
	names          outer // of let
	values         []expr
	stages         []stage // nil: there is no pipeline
	random         bool    // rows do not get the same from it
}

var _ stage = (*lookup)(nil)

func parseLookup(spec monary.Value, vars outer) (stage, error) {
	parts, err := fieldsOf(spec, "from", "localField", "foreignField", "as", "let", "pipeline")
	if err != nil {
		return nil, err
	}
	l := &lookup{program: vars.program()}
	if err := l.inner(parts[4], parts[5], vars); err != nil {
		return nil, err
	}
	var ok bool
	if l.from, ok = textOf(parts[0]); !ok || l.from == "" {
		return nil, fmt.Errorf("from is %s; want text", describe(parts[0]))
	}
	if l.as, err = requiredPath("as", parts[3]); err != nil {
		return nil, err
	}
	if l.stages != nil && parts[1].IsMissing() && parts[2].IsMissing() {
		return l, nil
	}
	if l.local, err = requiredPath("localField", parts[1]); err != nil {
		return nil, err
	}
	l.foreign, err = requiredPath("foreignField", parts[2])
	return l, err
}

// requiredPath reads an argument that is a path.
func requiredPath(name string, v monary.Value) (path, error) {
	text, ok := textOf(v)
	if !ok || text == "" {
		return nil, fmt.Errorf("%s is %s; want text", name, describe(v))
	}
	p, err := parsePath(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// inner reads let and pipeline.
func (l *lookup) inner(let, pipeline monary.Value, vars outer) (err error) {
	if pipeline.IsMissing() {
		if !let.IsMissing() {
			return errors.New("let is for a pipeline, and there is none")
		}
		return nil
	}
	if l.names, l.values, err = l.program.variables(let); err != nil {
		return err
	}
	if l.stages, err = parsePart(pipeline, slices.Concat(vars, l.names)); err != nil {
		return fmt.Errorf("argument pipeline: %w", err)
	}
	if l.stages == nil {
		l.stages = []stage{}
	}
	text := pipeline.String()
	l.random = strings.Contains(text, "$rand") || strings.Contains(text, "$sample")
	return nil
}

func (l *lookup) check(sources Sources) error {
	if _, err := sources.collection(l.from); err != nil {
		return err
	}
	return checkSources(l.stages, sources)
}

func (l *lookup) needs(n *needs) *needs {
	in := &needs{all: n.all, keys: append([]string(nil), n.keys...)}
	if len(l.as) == 1 {
		in = in.without(l.as[0])
	}
	if l.local != nil {
		in.add(l.local[0])
	}
	return l.program.needs(in)
}

func (l *lookup) passes() bool { return false }

func (l *lookup) run(e *env, in batches) batches {
	return spilling(e, func(disk *spill, yield func(*batch) error) error {
		foreign, err := l.index(disk)
		if err != nil {
			return err
		}
		j := &joining{lookup: l, foreign: foreign, scope: l.program.start(e)}
		for b, err := range in {
			if err == nil {
				err = j.join(b, yield)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// joining is a $lookup at work.
type joining struct {
	*lookup
	foreign foreign
	scope   *scope
	same    *monary.Value // what a pipeline gives that no row of the input changes, once it is known
}

// join yields the rows of a batch with what they get: in several batches if that is much.
func (j *joining) join(b *batch, yield func(*batch) error) error {
	limits := j.scope.env.limits
	if limits.memory > 0 && b.len() > spilledRows { // each batch that is yielded takes memory for all rows of this one
		for i := 0; i < b.len(); i += spilledRows {
			if err := j.join(b.slice(i, min(i+spilledRows, b.len())).compact(), yield); err != nil {
				return err
			}
		}
		return nil
	}
	if len(j.values) > 0 { // else the scope would keep the batch for nothing
		if err := j.scope.bind(b); err != nil {
			return err
		}
	}
	var local column
	var rest path
	if j.local != nil {
		var err error
		if local, rest, err = b.field(j.local); err != nil {
			return err
		}
	}
	most := limits.share(32)
	found, from, bytes := make(cells, b.rows), 0, int64(0)
	for i := range b.len() {
		row := b.row(i)
		var err error
		if found[row], err = j.found(row, local, rest); err != nil {
			return err
		}
		if bytes += sizeOf(found[row]); limits.memory == 0 || bytes < most || i+1 == b.len() {
			continue
		}
		if err := yield(j.add(b.slice(from, i+1), found)); err != nil {
			return err
		}
		found, from, bytes = make(cells, b.rows), i+1, 0
	}
	if from > 0 {
		b = b.slice(from, b.len())
	}
	return yield(j.add(b, found))
}

// found is what a row gets.
func (j *joining) found(row int, local column, rest path) (list monary.Value, err error) {
	if j.same != nil {
		return *j.same, nil
	}
	if j.stages == nil {
		docs, err := j.foreign.matches(leaves(local.Value(row), rest))
		if err != nil {
			return list, fmt.Errorf("from %q: %w", j.from, err)
		}
		return monary.ArrayValue(docs...), nil
	}
	docs := j.foreign.all()
	if local != nil {
		matching, err := j.foreign.matches(leaves(local.Value(row), rest))
		if err != nil {
			return list, fmt.Errorf("from %q: %w", j.from, err)
		}
		docs = from([]*batch{documents(matching)})
	}
	inner := j.scope.env.with(j.scope, row, j.names, j.values)
	if j.scope.err != nil {
		return list, fmt.Errorf("let: %w", j.scope.err)
	}
	if list, err = gatherWithin(inner, new(int64), chain(inner, docs, j.stages)); err != nil {
		return list, fmt.Errorf("argument pipeline: %w", err)
	}
	if local == nil && len(j.names) == 0 && !j.random {
		j.same = &list
	}
	return list, nil
}

// add puts a column where as leads to.
func (l *lookup) add(b *batch, found cells) *batch {
	if b.isDocuments() {
		docs := make([]monary.Value, b.rows)
		for i := range b.len() {
			row := b.row(i)
			docs[row] = setPath(b.docs[row], l.as, found[row])
		}
		out := documents(docs)
		out.picked = b.picked
		return out
	}
	name := monary.EscapeKey(l.as[0])
	if at, known := indexOfName(b.names, name); len(l.as) > 1 {
		for i := range b.len() {
			row := b.row(i)
			old := monary.DocumentValue(nil, nil)
			if known && !b.columns[at].Value(row).IsNull() {
				old = b.columns[at].Value(row)
			}
			found[row] = setPath(old, l.as[1:], found[row])
		}
	}
	return b.with(name, found)
}
