package pipeline

import (
	"github.com/penstock/penstock/monary"
)

// cutter takes sorted rows that do not fit into memory and divides them into partitions: as many as fit are
// filled together, a larger one by way of files.
type cutter struct {
	*windows
	scope *scope
	disk  *spill
	yield func(*batch) error
	held  []*batch
	bytes int64      // of those held
	ended int        // how many of them belong to partitions that have ended
	key   []byte     // of the partition now
	long  *spillFile // the rows of the partition so far, if they are too many
}

func (c *cutter) add(b *batch) error {
	from, key := 0, []byte(nil)
	for i, v := range keysInOrder(b)[0] {
		key = v.AppendKey(key[:0])
		if len(c.key) > 0 && string(key) == string(c.key) {
			continue
		}
		if err := c.take(b, from, i); err != nil {
			return err
		}
		if err := c.cut(); err != nil {
			return err
		}
		from, c.key = i, append(c.key[:0], key...)
	}
	return c.take(b, from, b.len())
}

// take adds rows to the partition.
func (c *cutter) take(b *batch, from, to int) error {
	if from == to {
		return nil
	}
	part := b.slice(from, to)
	if c.long != nil {
		return c.long.write(part)
	}
	size := part.size()
	if c.disk.env.limits.spills(2 * (c.bytes + size)) {
		if err := c.fillEnded(); err != nil {
			return err
		}
	}
	c.held, c.bytes = append(c.held, part), c.bytes+size
	if !c.disk.env.limits.spills(2 * c.bytes) {
		return nil
	}
	var err error
	if c.long, err = c.disk.create(); err != nil {
		return err
	}
	for _, b := range c.held {
		if err := c.long.write(b); err != nil {
			return err
		}
	}
	c.held, c.bytes = nil, 0
	return nil
}

// cut ends the partition.
func (c *cutter) cut() error {
	if c.long == nil {
		c.ended = len(c.held)
		return nil
	}
	file := c.long
	c.long = nil
	return c.fillLong(file)
}

// fillEnded computes the outputs of the partitions that have ended, and keeps the one that has not.
func (c *cutter) fillEnded() error {
	b, err := join(c.held[:c.ended])
	if b == nil || err != nil {
		return err
	}
	c.held, c.bytes, c.ended = append([]*batch(nil), c.held[c.ended:]...), 0, 0
	for _, b := range c.held {
		c.bytes += b.size()
	}
	if b, err = c.fill(c.scope, b); err != nil {
		return err
	}
	return c.yield(b)
}

func (c *cutter) end() error {
	if err := c.cut(); err != nil {
		return err
	}
	return c.fillEnded()
}

// fillLong computes the outputs of a partition in a file, each into a file of its own, and puts them together.
func (c *cutter) fillLong(file *spillFile) error {
	if err := file.finish(); err != nil {
		return err
	}
	p := &partition{scope: c.scope, n: file.total, file: file, disk: c.disk}
	defer p.close()
	if len(c.at) > 0 {
		p.at = c.at[0]
	}
	found := make([]*sequence, len(c.outputs))
	for k, o := range c.outputs {
		var err error
		if found[k], err = p.sequence(func(emit func(monary.Value) error) error { return o.over(p, emit) }); err != nil {
			return err
		}
		p.close()
		for _, f := range p.files[1:] { // what the operator has needed
			f.remove()
		}
		p.files = nil
	}
	return c.zip(p, found)
}

// zip passes on the rows of a partition in a file, with their outputs.
func (c *cutter) zip(p *partition, found []*sequence) error {
	outputs := make([]*cursor, len(found))
	for k, s := range found {
		var err error
		if outputs[k], err = p.cursor(s); err != nil {
			return err
		}
	}
	row := 0
	for b, err := range p.file.batches() {
		if err != nil {
			return err
		}
		values := make([]cells, len(outputs))
		for k, o := range outputs {
			values[k] = make(cells, b.rows)
			for i := range b.len() {
				if values[k][b.row(i)], err = o.at(row + i); err != nil {
					return err
				}
			}
		}
		row += b.len()
		if b, err = c.with(b, values); err == nil {
			err = c.yield(b)
		}
		if err != nil {
			return err
		}
	}
	for _, s := range found {
		s.file.remove()
	}
	p.file.remove()
	return nil
}
