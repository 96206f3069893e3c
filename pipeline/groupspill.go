package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/penstock/penstock/monary"
)

// level groups as many groups as fit into memory. Rows of others go to files by the hash of their
// key, each of which is a level of its own. Groups come in the order of the levels.
func (g *group) level(e *env, in batches, disk **spill, depth int, yield func(*batch, error) bool) error {
	groups := newGrouping(g, e)
	parts := newPartials(groups, e)
	defer parts.abandon()
	var rest *overflow
	for b, err := range in {
		switch {
		case err != nil:
			err = cmp.Or(parts.drain(), err) // what came before may have an error of its own
		case rest != nil:
			err = rest.add(groups, b)
		default:
			err = parts.add(b)
			if err == nil && e.limits.exceeded(groups.size()) {
				if err = parts.drain(); err == nil {
					rest, err = groups.overflow(e, disk, depth)
				}
			}
		}
		if err != nil {
			return err
		}
	}
	if err := parts.drain(); err != nil {
		return err
	}
	if rest == nil && e.limits.exceeded(groups.size()) && !e.limits.disk {
		return e.limits.errorOf(groups.size())
	}
	if rest != nil && e.limits.exceeded(groups.size()-rest.before) {
		return e.limits.errorOf(groups.size()) // by lists that go on to grow
	}
	if !yield(groups.batch(), nil) {
		return errStopped
	}
	if rest == nil {
		return nil
	}
	for _, f := range rest.files {
		if f == nil {
			continue
		}
		if err := g.level(e, f.batches(), disk, depth+1, yield); err != nil {
			return err
		}
	}
	return nil
}

// overflow is where rows go whose groups have no place.
type overflow struct {
	disk   *spill
	seed   maphash.Seed
	number map[string]uint32 // the groups that are there, by key
	files  [spillFiles]*spillFile
	before int64 // bytes of the groups when the first had no place
}

const (
	spillFiles = 16
	spillDepth = 16 // levels; by then no group has found a place among 16¹⁶ files
)

func (s *grouping) overflow(e *env, disk **spill, depth int) (*overflow, error) {
	if !e.limits.disk || depth == spillDepth {
		return nil, e.limits.errorOf(s.size())
	}
	if *disk == nil {
		var err error
		if *disk, err = newSpill(); err != nil {
			return nil, err
		}
	}
	o := &overflow{disk: *disk, seed: maphash.MakeSeed(), number: make(map[string]uint32, len(s.ids.ids)), before: s.size()}
	for i, id := range s.ids.ids {
		o.number[string(id.AppendKey(nil))] = uint32(i)
	}
	return o, nil
}

// add adds rows of groups that are there, and files the others.
func (o *overflow) add(s *grouping, b *batch) error {
	if err := s.scope.bind(b); err != nil {
		return err
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
		if number, ok := o.number[string(key)]; ok {
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
