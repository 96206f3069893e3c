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
	return spilling(e, func(disk *spill, yield func(*batch) error) error {
		g := &densifying{densify: d, limits: e.limits, known: map[string]int{}, yield: yield}
		signs := []int{1, 1}
		if d.bounds != "partition" {
			signs = signs[:1]
		}
		sorter := &sorter{order: keyed(signs...), disk: disk}
		if err := sorter.addAll(each(in, g.valued)); err != nil {
			return err
		}
		if d.bounds == "array" && len(d.by) == 0 {
			if _, err := g.find(monary.DocumentValue(nil, nil)); err != nil {
				return err
			}
		}
		if err := sorter.sorted(g.add); err != nil {
			return err
		}
		return g.end()
	})
}

// valued is a batch with the keys that its rows are sorted by: the value of the field, before it what they are
// partitioned by where the bounds are those of the partition, and behind it where they are not.
func (g *densifying) valued(b *batch) (*batch, error) {
	d := g.densify
	if !b.closed {
		b = b.whole() // new documents have fields of their own
	}
	column, rest, err := b.field(d.field)
	if err != nil {
		return nil, err
	}
	values, by, none := make(cells, b.rows), make(cells, b.rows), monary.DocumentValue(nil, nil)
	for i := range b.len() {
		row := b.row(i)
		values[row], by[row] = nullIfMissing(rest.eval(column.Value(row))), none
		if !values[row].IsNull() {
			if err := d.check(values[row]); err != nil {
				return nil, fmt.Errorf("field %q: %w", d.field, err)
			}
			g.extend(values[row])
		}
	}
	for _, p := range d.by {
		column, rest, err := b.field(p)
		if err != nil {
			return nil, err
		}
		for i := range b.len() {
			row := b.row(i)
			by[row] = setPath(by[row], p, rest.eval(column.Value(row)))
		}
	}
	if d.bounds == "partition" {
		return b.keyedBy(by, values), nil
	}
	return b.keyedBy(values, by), nil
}

// extend notes the least and the greatest value: of equal ones the first and the last.
func (g *densifying) extend(v monary.Value) {
	if g.least.IsMissing() || monary.Compare(v, g.least) < 0 {
		g.least = v.Clone()
	}
	if g.most.IsMissing() || monary.Compare(v, g.most) >= 0 {
		g.most = v.Clone()
	}
}

// dense is a row of the output: one that was there, or a new document.
type dense struct {
	row int // -1 for a new one
	doc monary.Value
}

// densifying is a $densify at work.
type densifying struct {
	*densify
	limits      limits
	known       map[string]int
	partitions  []densePartition
	bytes       int64        // of the partitions
	least, most monary.Value // of all values
	made        int
	batch       *batch // whose rows are looked at
	out         []dense
	passed      bool // a batch
	yield       func(*batch) error
}

// densePartition is how far a partition has come.
type densePartition struct {
	by   monary.Value
	next monary.Value // missing before the first document of bounds "partition"
}

// add goes over sorted rows.
func (g *densifying) add(b *batch) error {
	g.batch = b
	keys := keysInOrder(b)
	values, by := keys[0], keys[1]
	if g.bounds == "partition" {
		values, by = by, values
	}
	for i, v := range values {
		if !v.IsNull() {
			p, err := g.find(by[i])
			if err != nil {
				return err
			}
			if err := g.until(p, v); err != nil {
				return err
			}
		}
		if err := g.put(dense{row: b.row(i)}); err != nil {
			return err
		}
	}
	if len(g.out) == 0 {
		return nil
	}
	return g.pass()
}

// end makes the documents behind the last of each partition.
func (g *densifying) end() error {
	if g.batch == nil {
		g.batch = documents(nil)
	}
	if g.bounds == "partition" {
		return g.last()
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
	return g.last()
}

// last passes on the rest, and a batch without rows if there has been none.
func (g *densifying) last() error {
	if len(g.out) > 0 || !g.passed {
		return g.pass()
	}
	return nil
}

func (g *densifying) put(d dense) error {
	if g.out = append(g.out, d); len(g.out) < defaultRows {
		return nil
	}
	return g.pass()
}

// pass passes on what has been put: that is little, whatever is made between two rows.
func (g *densifying) pass() error {
	out := g.rowsOf(g.batch, g.out)
	g.out, g.passed = nil, true
	return g.yield(out)
}

// find is the partition of a row. Where the bounds are its own, there is one at a time.
func (g *densifying) find(by monary.Value) (*densePartition, error) {
	key := string(by.AppendKey(nil))
	if i, ok := g.known[key]; ok {
		return &g.partitions[i], nil
	}
	p := densePartition{by: by.Clone()}
	switch g.bounds {
	case "full":
		p.next = g.least
	case "array":
		p.next = g.lower
	default:
		clear(g.known)
		g.partitions, g.bytes = g.partitions[:0], 0
	}
	g.known[key], g.partitions = len(g.partitions), append(g.partitions, p)
	if g.bytes += 2*stateSize + 2*int64(len(key)); g.limits.exceeded(g.bytes) {
		return nil, g.limits.errorOf(g.bytes)
	}
	return &g.partitions[len(g.partitions)-1], nil
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

func (g *densifying) make(p *densePartition, more func(next monary.Value) bool) error {
	for more(p.next) {
		if g.made++; g.made > mostDensified {
			return fmt.Errorf("more than %d documents would be made; a larger step or narrower bounds make fewer", mostDensified)
		}
		if err := g.put(dense{row: -1, doc: setPath(p.by, g.field, p.next)}); err != nil {
			return err
		}
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

// rowsOf puts the rows together, in the form that the input has.
func (d *densify) rowsOf(b *batch, rows []dense) *batch {
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
