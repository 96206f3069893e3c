package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/penstock/penstock/monary"
)

// spilled groups as many groups as fit into memory. Rows of others go to files by the hash of their key, and
// each file is grouped by itself. What comes of all these is put in the order in which the groups were first seen.
func (g *group) spilled(disk *spill, in batches, yield func(*batch) error) error {
	files, err := g.level(disk, in, 0, yield)
	if err != nil || files == nil {
		return err
	}
	late := &sorter{order: keyed(1), disk: disk, part: 4} // beside the groups of a file
	if err := g.levels(disk, files, 1, late.add); err != nil {
		return err
	}
	return late.sorted(func(b *batch) error { return yield(b.keyedBy()) })
}

// levels groups the rows of files.
func (g *group) levels(disk *spill, files []*spillFile, depth int, yield func(*batch) error) error {
	for _, f := range files {
		if f == nil {
			continue
		}
		more, err := g.level(disk, f.batches(), depth, yield)
		if err != nil {
			return err
		}
		f.remove()
		if err := g.levels(disk, more, depth+1, yield); err != nil {
			return err
		}
	}
	return nil
}

// level yields the groups that fit, and returns the files of the others.
func (g *group) level(disk *spill, in batches, depth int, yield func(*batch) error) ([]*spillFile, error) {
	groups, rest, err := g.fit(disk, in, depth)
	if err != nil {
		return nil, err
	}
	b := groups.batch()
	if depth > 0 {
		b = b.keyedBy(groups.first)
	}
	if rest == nil && depth == 0 {
		return nil, yield(b)
	}
	if err := inParts(disk.env.limits, b, yield); err != nil || rest == nil {
		return nil, err
	}
	return rest.files[:], nil
}

// fit is the groups that fit into memory, and the rest; nil if there is none.
func (g *group) fit(disk *spill, in batches, depth int) (groups *grouping, rest *overflow, err error) {
	groups = newGrouping(g, disk.env)
	parts := newPartials(groups, disk.env)
	defer parts.abandon()
	limits := disk.env.limits
	for b, err := range in {
		switch {
		case err != nil:
			err = cmp.Or(parts.drain(), err) // what came before may have an error of its own
		case rest != nil:
			err = rest.add(groups, b)
		default:
			err = parts.add(b)
			if err == nil && (limits.exceeded(groups.size()) || limits.spills(groups.size())) {
				if err = parts.drain(); err == nil {
					rest, err = groups.overflow(disk, depth)
				}
			}
		}
		if err == nil && rest != nil && limits.exceeded(groups.size()-rest.before) {
			err = limits.errorOf(groups.size()) // by lists that go on to grow
		}
		if err != nil {
			return nil, nil, err
		}
	}
	err = parts.drain()
	if err == nil && rest == nil && limits.exceeded(groups.size()) && !limits.disk {
		err = limits.errorOf(groups.size())
	}
	return groups, rest, err
}

// overflow is where rows go whose groups have no place.
type overflow struct {
	disk   *spill
	seed   maphash.Seed
	files  [spillFiles]*spillFile
	rows   int64 // how many there have been
	before int64 // bytes of the groups when the first had no place
}

const (
	spillFiles = 16
	spillDepth = 16 // levels; by then no group has found a place among 16¹⁶ files
)

func (s *grouping) overflow(disk *spill, depth int) (*overflow, error) {
	if l := disk.env.limits; !l.disk || depth == spillDepth {
		return nil, l.errorOf(s.size())
	}
	s.ids.settle()
	return &overflow{disk: disk, seed: maphash.MakeSeed(), before: s.size()}, nil
}

// add adds rows of groups that are there, and files the others, with their number, which says what groups
// were first.
func (o *overflow) add(s *grouping, b *batch) error {
	if err := s.scope.bind(b); err != nil {
		return err
	}
	if b.keys == nil {
		b = b.keyedBy(o.numbered(b))
	}
	var here []int
	var numbers []uint32
	var away [spillFiles][]int
	var key []byte
	for i := range b.len() {
		row := b.row(i)
		id := s.group.id.eval(s.scope, row)
		if id.IsMissing() {
			id = monary.NullValue
		}
		key = id.AppendKey(key[:0])
		if number, ok := s.ids.number[string(key)]; ok {
			here, numbers = append(here, row), append(numbers, number)
			continue
		}
		file := maphash.Bytes(o.seed, key) % spillFiles
		away[file] = append(away[file], row)
	}
	if s.scope.err != nil {
		return fmt.Errorf("field \"_id\": %w", s.scope.err)
	}
	if len(here) > 0 {
		mine := b.pick(here)
		if err := errors.Join(s.scope.bind(mine), s.accumulate(mine, numbers)); err != nil {
			return err
		}
	}
	for i, rows := range away {
		if len(rows) == 0 {
			continue
		}
		if o.files[i] == nil {
			var err error
			if o.files[i], err = o.disk.create(); err != nil {
				return err
			}
		}
		if err := o.files[i].write(b.pick(rows)); err != nil {
			return err
		}
	}
	return nil
}

// numbered are the numbers of a batch's rows.
func (o *overflow) numbered(b *batch) cells {
	out := make(cells, b.rows)
	for i := range b.len() {
		out[b.row(i)] = monary.Int64Value(o.rows)
		o.rows++
	}
	return out
}

// stateSize is about how many bytes an accumulator has for each group, its key or a value of its own.
const stateSize = 64

// size is about how many bytes the groups take.
func (s *grouping) size() int64 {
	bytes := s.ids.size()
	for _, a := range s.sums {
		bytes += int64(len(s.ids.ids)) * stateSize
		if a, ok := a.(interface{ size() int64 }); ok {
			bytes += a.size()
		}
	}
	return bytes
}
