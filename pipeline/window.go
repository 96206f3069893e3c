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

// windowOperator computes a value for each row of a partition, in their order.
type windowOperator interface {
	over(p *partition, emit func(monary.Value) error) error
}

func parseSetWindowFields(spec monary.Value, vars outer) (stage, error) {
	parts, err := fieldsOf(spec, "partitionBy", "sortBy", "output")
	if err != nil {
		return nil, err
	}
	w := newWindows(vars)
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

func newWindows(vars outer) *windows {
	return &windows{program: vars.program(), shaper: newShaper(nil)}
}

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
	return spilling(e, func(disk *spill, yield func(*batch) error) error {
		s := w.program.start(e)
		signs := []int{1}
		for _, k := range w.order.keys {
			signs = append(signs, k.sign)
		}
		sorter := &sorter{order: keyed(signs...), disk: disk}
		if err := sorter.addAll(each(in, func(b *batch) (*batch, error) { return w.valued(s, b) })); err != nil {
			return err
		}
		if !sorter.inMemory() {
			c := &cutter{windows: w, scope: s, disk: disk, yield: yield}
			if err := sorter.sorted(c.add); err != nil {
				return err
			}
			return c.end()
		}
		b, err := sorter.unsorted()
		if err == nil && b != nil {
			if b, err = w.fill(s, b); err == nil {
				err = yield(b)
			}
		}
		return err
	})
}

// valued is a batch with the keys that its rows are in order by: what they are partitioned by, then those of
// sortBy.
func (w *windows) valued(s *scope, b *batch) (*batch, error) {
	if err := s.bind(b); err != nil {
		return nil, err
	}
	keys := make([]cells, 1+len(w.order.keys))
	for k := range keys {
		keys[k] = make(cells, b.rows)
	}
	found, err := w.order.keyColumns(b)
	if err != nil {
		return nil, fmt.Errorf("sortBy: %w", err)
	}
	for i := range b.len() {
		row := b.row(i)
		keys[0][row] = monary.NullValue
		if w.by != nil {
			keys[0][row] = partitionValue(s, w.by.eval(s, row))
		}
		for k, values := range found {
			keys[k+1][row] = values[i]
		}
	}
	if s.err != nil {
		return nil, fmt.Errorf("partitionBy: %w", s.err)
	}
	return b.keyedBy(keys...), nil
}

// fill computes the outputs of a batch that has all rows of some partitions, and
// puts the rows in order.
func (w *windows) fill(s *scope, b *batch) (*batch, error) {
	if err := s.bind(b); err != nil {
		return nil, err
	}
	partitions := w.partitions(s)
	rows := make([]int, 0, b.len())
	for _, p := range partitions {
		rows = append(rows, p.rows...)
	}
	outputs := make([]cells, len(w.outputs))
	for k, o := range w.outputs {
		outputs[k] = make(cells, b.rows)
		for _, p := range partitions {
			next := 0
			err := o.over(&p, func(v monary.Value) error {
				outputs[k][p.rows[next]] = v
				next++
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return w.with(b.pick(rows), outputs)
}

func (o windowOutput) over(p *partition, emit func(monary.Value) error) error {
	if err := o.of.over(p, emit); err != nil {
		return fmt.Errorf("output, field %q: %w", o.field, err)
	}
	return nil
}

// with puts the outputs of rows where they belong.
func (w *windows) with(b *batch, outputs []cells) (*batch, error) {
	shaper := newShaper(nil)
	for k, o := range w.outputs {
		n, err := shaper.root.find(o.field)
		if err != nil {
			return nil, err
		}
		n.of = cellsExpr(outputs[k])
	}
	return shaper.shape(shaper.program.start(nil), b.keyedBy())
}

// cellsExpr has a value for each row.
type cellsExpr cells

func (c cellsExpr) eval(_ *scope, row int) monary.Value { return c[row] }
