package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// densify is $densify: between the documents of a partition come new ones, so
// that a field has a value at each step.
type densify struct {
	field        path
	by           []path
	step         monary.Value
	unit         string // of dates; empty for numbers
	bounds       string // "full", "partition" or "array"
	lower, upper monary.Value
}

var _ stage = (*densify)(nil)

// mostDensified is how many documents one stage makes at most, as in mongod.
const mostDensified = 500_000

func parseDensify(spec monary.Value) (stage, error) {
	parts, err := fieldsOf(spec, "field", "partitionByFields", "range")
	if err != nil {
		return nil, err
	}
	d := &densify{}
	text, ok := textOf(parts[0])
	if !ok {
		return nil, fmt.Errorf("field is %s; want the name of a field", describe(parts[0]))
	}
	if d.field, err = parsePath(text); err != nil {
		return nil, fmt.Errorf("field: %w", err)
	}
	if !parts[1].IsMissing() {
		if d.by, err = fieldNames("partitionByFields", parts[1]); err != nil {
			return nil, err
		}
	}
	for _, p := range d.by {
		if n := min(len(p), len(d.field)); slices.Equal(p[:n], d.field[:n]) {
			return nil, fmt.Errorf("partitionByFields has %q; it must not lead to the field %q or into it", p, d.field)
		}
	}
	if err := d.parseRange(parts[2]); err != nil {
		return nil, fmt.Errorf("range: %w", err)
	}
	return d, nil
}

func (d *densify) parseRange(spec monary.Value) error {
	parts, err := fieldsOf(spec, "step", "unit", "bounds")
	if err != nil {
		return err
	}
	step, unit, bounds := parts[0], parts[1], parts[2]
	if !step.IsNumber() || !(monary.Compare(step, monary.Int32Value(0)) > 0) {
		return fmt.Errorf("step is %s; want a number above 0", describe(step))
	}
	d.step = step
	if !unit.IsMissing() {
		s := &scope{}
		if d.unit, _ = unitOf(s, unit); s.err != nil {
			return s.err
		}
		if _, whole := wholeNumber(step); !whole {
			return fmt.Errorf("step is %s; with a unit it must be a whole number", describe(step))
		}
	}
	if bounds.Type() == bson.TypeArray {
		return d.parseBounds(bounds)
	}
	switch d.bounds, _ = textOf(bounds); {
	case d.bounds == "partition" && len(d.by) == 0:
		return errors.New(`bounds "partition" need partitionByFields`)
	case d.bounds != "full" && d.bounds != "partition":
		return fmt.Errorf(`bounds are %s; want "full", "partition" or [lower, upper]`, describe(bounds))
	}
	return nil
}

func (d *densify) parseBounds(bounds monary.Value) error {
	list := elements(bounds)
	if len(list) != 2 {
		return fmt.Errorf("bounds are %s; want [lower, upper]", describe(bounds))
	}
	for _, v := range list {
		if err := d.check(v); err != nil {
			return fmt.Errorf("bounds: %w", err)
		}
	}
	d.bounds, d.lower, d.upper = "array", list[0], list[1]
	if monary.Compare(d.lower, d.upper) > 0 {
		return fmt.Errorf("bounds are %s; the lower one must not be above the upper one", describe(bounds))
	}
	return nil
}

// check demands a number, or a date where there is a unit.
func (d *densify) check(v monary.Value) error {
	switch {
	case d.unit == "" && !v.IsNumber():
		return fmt.Errorf("the value is %s; without a unit it must be a number", describe(v))
	case d.unit != "" && v.Type() != bson.TypeDateTime:
		return fmt.Errorf("the value is %s; with a unit it must be a date", describe(v))
	}
	return nil
}

func (d *densify) needs(n *needs) *needs {
	n = &needs{all: n.all, keys: slices.Clone(n.keys)}
	for _, p := range append([]path{d.field}, d.by...) {
		n.add(p[0])
	}
	return n
}

func (d *densify) passes() bool { return false }

func (d *densify) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		b, err := collectWithin(e, in)
		if err == nil {
			if b == nil {
				b = documents(nil)
			}
			b, err = d.fill(b)
		}
		yield(b, err)
	}
}

// dense is a row of the output: one that was there, or a new document.
type dense struct {
	row int // -1 for a new one
	doc monary.Value
}

func (d *densify) fill(b *batch) (*batch, error) {
	if b.open {
		b = b.whole() // new documents have fields of their own
	}
	rows, err := d.rows(b)
	if err != nil {
		return nil, err
	}
	g := &densifying{densify: d, known: map[string]int{}}
	if d.bounds == "full" {
		g.least, g.most = extent(rows)
	}
	if d.bounds == "array" && len(d.by) == 0 {
		g.find(monary.DocumentValue(nil, nil))
	}
	for _, r := range rows {
		if !r.value.IsNull() {
			if err := g.until(g.find(r.by), r.value); err != nil {
				return nil, err
			}
		}
		g.out = append(g.out, dense{row: r.row})
	}
	if err := g.rest(); err != nil {
		return nil, err
	}
	return d.batch(b, g.out), nil
}

// densifyRow is a row, the value of its field, and the fields that it is
// partitioned by.
type densifyRow struct {
	row   int
	value monary.Value
	by    monary.Value
}

// rows sorts by the field; where the bounds are those of the partition, by that
// first.
func (d *densify) rows(b *batch) ([]densifyRow, error) {
	column, rest, err := b.field(d.field)
	if err != nil {
		return nil, err
	}
	rows := make([]densifyRow, b.len())
	for i := range rows {
		row := b.row(i)
		r := densifyRow{row: row, value: rest.eval(column.Value(row)), by: monary.DocumentValue(nil, nil)}
		if !r.value.IsNull() {
			if err := d.check(r.value); err != nil {
				return nil, fmt.Errorf("field %q: %w", d.field, err)
			}
		}
		rows[i] = r
	}
	for _, p := range d.by {
		column, rest, err := b.field(p)
		if err != nil {
			return nil, err
		}
		for i, r := range rows {
			rows[i].by = setPath(r.by, p, rest.eval(column.Value(r.row)))
		}
	}
	slices.SortStableFunc(rows, func(x, y densifyRow) int {
		if d.bounds == "partition" {
			if c := monary.Compare(x.by, y.by); c != 0 {
				return c
			}
		}
		return monary.Compare(nullIfMissing(x.value), nullIfMissing(y.value))
	})
	return rows, nil
}

// extent is the least and the greatest value of sorted rows; missing if there is
// none.
func extent(rows []densifyRow) (least, most monary.Value) {
	for _, r := range rows {
		if r.value.IsNull() {
			continue
		}
		if least.IsMissing() {
			least = r.value
		}
		most = r.value
	}
	return least, most
}

// densifying is a $densify at work.
type densifying struct {
	*densify
	known       map[string]int
	partitions  []densePartition
	least, most monary.Value // of bounds "full"
	made        int
	out         []dense
}

// densePartition is how far a partition has come.
type densePartition struct {
	by   monary.Value
	next monary.Value // missing before the first document of bounds "partition"
}

func (g *densifying) find(by monary.Value) *densePartition {
	key := string(by.AppendKey(nil))
	i, ok := g.known[key]
	if !ok {
		i = len(g.partitions)
		p := densePartition{by: by}
		switch g.bounds {
		case "full":
			p.next = g.least
		case "array":
			p.next = g.lower
		}
		g.known[key], g.partitions = i, append(g.partitions, p)
	}
	return &g.partitions[i]
}

// until makes the documents before a value that is there.
func (g *densifying) until(p *densePartition, v monary.Value) error {
	if p.next.IsMissing() {
		p.next = v
	}
	end := v
	if g.bounds == "array" && monary.Compare(g.upper, v) < 0 {
		end = g.upper
	}
	if err := g.make(p, func(next monary.Value) bool { return monary.Compare(next, end) < 0 }); err != nil {
		return err
	}
	if monary.Compare(p.next, v) != 0 {
		return nil
	}
	return g.advance(p)
}

// rest makes the documents behind the last of each partition.
func (g *densifying) rest() error {
	if g.bounds == "partition" {
		return nil
	}
	for i := range g.partitions {
		err := g.make(&g.partitions[i], func(next monary.Value) bool {
			if g.bounds == "full" {
				return monary.Compare(next, g.most) <= 0
			}
			return monary.Compare(next, g.upper) < 0
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *densifying) make(p *densePartition, more func(next monary.Value) bool) error {
	for more(p.next) {
		if g.made++; g.made > mostDensified {
			return fmt.Errorf("more than %d documents would be made; a larger step or narrower bounds make fewer", mostDensified)
		}
		g.out = append(g.out, dense{row: -1, doc: setPath(p.by, g.field, p.next)})
		if err := g.advance(p); err != nil {
			return err
		}
	}
	return nil
}

func (g *densifying) advance(p *densePartition) (err error) {
	if g.unit == "" {
		p.next = addNumbers(p.next, g.step)
		return nil
	}
	n, _ := wholeNumber(g.step)
	p.next, err = dateAfter(p.next, g.unit, n)
	return err
}

// batch puts the rows together, in the form that the input has.
func (d *densify) batch(b *batch, rows []dense) *batch {
	if b.isDocuments() {
		docs := make([]monary.Value, len(rows))
		for i, r := range rows {
			if docs[i] = r.doc; r.row >= 0 {
				docs[i] = b.docs[r.row]
			}
		}
		return documents(docs)
	}
	out := &batch{rows: len(rows), names: b.names}
	for i, name := range b.names {
		keys, values := keysOf(name), make(cells, len(rows))
		for k, r := range rows {
			if r.row >= 0 {
				values[k] = b.columns[i].Value(r.row)
			} else {
				values[k] = follow(r.doc, keys)
			}
		}
		out.columns = append(out.columns, values)
	}
	return out
}
