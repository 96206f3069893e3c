package pipeline

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// windows is $setWindowFields: rows are put in order, partition by partition, and
// each gets fields that say something of the rows around it. Partitions come in
// the order of their values.
type windows struct {
	program *program
	by      expr // what rows are partitioned by; nil means one partition
	order   order
	at      []expr // the fields of the order's keys
	outputs []windowOutput
	shaper  *shaper // says where the outputs go
}

var _ stage = (*windows)(nil)

// windowOutput is a field and what computes it.
type windowOutput struct {
	field path
	of    windowOperator
}

// windowOperator computes a value for each row of a partition.
type windowOperator interface {
	over(p *partition) ([]monary.Value, error)
}

func parseSetWindowFields(spec monary.Value) (stage, error) {
	parts, err := fieldsOf(spec, "partitionBy", "sortBy", "output")
	if err != nil {
		return nil, err
	}
	w := newWindows()
	if err := w.arrange(parts[0], parts[1]); err != nil {
		return nil, err
	}
	if parts[2].Type() != bson.TypeEmbeddedDocument || len(elements(parts[2])) == 0 {
		return nil, fmt.Errorf("output is %s; want a document {field: {operator: …, window: …}} that is not empty", describe(parts[2]))
	}
	for name, arg := range parts[2].Elements() {
		if err := w.output(name, arg); err != nil {
			return nil, fmt.Errorf("output, field %q: %w", name, err)
		}
	}
	return w, nil
}

func newWindows() *windows { return &windows{program: &program{}, shaper: newShaper()} }

// arrange reads how rows are partitioned and ordered; both may be missing.
func (w *windows) arrange(by, sortBy monary.Value) (err error) {
	if !by.IsMissing() {
		if w.by, err = w.program.compile(by); err != nil {
			return fmt.Errorf("partitionBy: %w", err)
		}
		if c, ok := w.by.(constantExpr); ok && c.value.Type() == bson.TypeArray {
			return fmt.Errorf("partitionBy is %s; an array cannot be partitioned by", describe(c.value))
		}
	}
	if sortBy.IsMissing() {
		return nil
	}
	if w.order.keys, err = parseSortKeys(sortBy); err != nil {
		return fmt.Errorf("sortBy: %w", err)
	}
	for _, k := range w.order.keys {
		w.at = append(w.at, w.program.field(k.field))
	}
	return nil
}

// output reads {operator: argument, window: …}.
func (w *windows) output(name string, spec monary.Value) error {
	field, err := parsePath(name)
	if err != nil {
		return err
	}
	if spec.Type() != bson.TypeEmbeddedDocument {
		return fmt.Errorf("want a document {operator: …, window: …}, found %s", describe(spec))
	}
	var op string
	var arg, window monary.Value
	for key, value := range spec.Elements() {
		switch {
		case key == "window":
			window = value
		case op != "":
			return fmt.Errorf("want one operator and window, found %q and %q", op, key)
		default:
			op, arg = key, value
		}
	}
	if op == "" {
		return errors.New("the operator is missing")
	}
	of, err := w.operator(op, arg, window)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return w.add(field, of)
}

func (w *windows) add(field path, of windowOperator) error {
	n, err := w.shaper.root.find(field)
	if err != nil {
		return err
	}
	n.of = constantExpr{} // a run puts its values here
	w.outputs = append(w.outputs, windowOutput{field: field, of: of})
	return nil
}

func (w *windows) needs(n *needs) *needs {
	n = w.program.needs(w.shaper.needs(n))
	for _, k := range w.order.keys {
		n.add(k.field[0])
	}
	return n
}

func (w *windows) passes() bool { return false }

func (w *windows) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		b, err := collectWithin(e, in)
		if err == nil && b != nil {
			b, err = w.fill(e, b)
		}
		if b != nil || err != nil {
			yield(b, err)
		}
	}
}

// fill computes the outputs of a batch that has all rows, and puts the rows in
// order.
func (w *windows) fill(e *env, b *batch) (*batch, error) {
	s := w.program.start(e)
	if err := s.bind(b); err != nil {
		return nil, err
	}
	partitions, err := w.partitions(s)
	if err != nil {
		return nil, err
	}
	shaper, rows := newShaper(), make([]int, 0, b.len())
	for _, p := range partitions {
		rows = append(rows, p.rows...)
	}
	for _, o := range w.outputs {
		values := make(cells, b.rows)
		for _, p := range partitions {
			found, err := o.of.over(&p)
			if err := errors.Join(err, s.err); err != nil {
				return nil, fmt.Errorf("output, field %q: %w", o.field, err)
			}
			for i, v := range found {
				values[p.rows[i]] = v
			}
		}
		n, err := shaper.root.find(o.field)
		if err != nil {
			return nil, err
		}
		n.of = cellsExpr(values)
	}
	return shaper.shape(shaper.program.start(e), b.pick(rows))
}

// cellsExpr has a value for each row.
type cellsExpr cells

func (c cellsExpr) eval(_ *scope, row int) monary.Value { return c[row] }
