package pipeline

import (
	"errors"
	"io"

	"github.com/penstock/penstock/monary"
)

// sequence is a value for each row of a partition, in memory or in a file.
type sequence struct {
	held []monary.Value
	file *spillFile
	n    int
}

// sequence takes what fill emits, a value for each row.
func (p *partition) sequence(fill func(emit func(monary.Value) error) error) (*sequence, error) {
	if p.file == nil {
		s := &sequence{held: make([]monary.Value, 0, p.n), n: p.n}
		err := fill(func(v monary.Value) error {
			s.held = append(s.held, v)
			return nil
		})
		return s, err
	}
	file, err := p.disk.create()
	if err != nil {
		return nil, err
	}
	p.files = append(p.files, file)
	held := make(cells, 0, spilledRows)
	flush := func() error {
		b := &batch{rows: len(held), names: []string{""}, columns: []column{held}}
		if err := file.write(b); err != nil {
			return err
		}
		held = make(cells, 0, spilledRows)
		return nil
	}
	bytes := int64(0)
	err = fill(func(v monary.Value) error {
		held, bytes = append(held, v), bytes+valueSize+sizeOf(v)
		if len(held) < spilledRows && bytes < file.share {
			return nil
		}
		bytes = 0
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return &sequence{file: file, n: p.n}, err
}

// cursor reads a sequence forwards.
type cursor struct {
	chunk column
	first int // the place of the chunk's first value
	end   int // behind its last
	in    *spillReader
}

func (p *partition) cursor(s *sequence) (*cursor, error) {
	if s.file == nil {
		return &cursor{chunk: cells(s.held), end: len(s.held)}, nil
	}
	in, err := s.file.reader()
	if err != nil {
		return nil, err
	}
	p.open = append(p.open, in)
	return &cursor{in: in}, nil
}

// cursors are several at the start of the same sequence.
func (p *partition) cursors(s *sequence, n int) ([]*cursor, error) {
	out := make([]*cursor, n)
	for i := range out {
		var err error
		if out[i], err = p.cursor(s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// at is the value of a row that is not before the last one asked for.
func (c *cursor) at(i int) (monary.Value, error) {
	for i >= c.end {
		b, err := c.in.next()
		if errors.Is(err, io.EOF) {
			err = fromDisk(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return monary.Value{}, err
		}
		c.chunk, c.first, c.end = b.columns[0], c.end, c.end+b.len()
	}
	return c.chunk.Value(i - c.first), nil
}
