package pipeline

import (
	"runtime"
	"runtime/debug"
)

// mergeable is an accumulator that can be filled by parts: what batches come to, each for itself, in
// their order.
type mergeable interface {
	// merge adds the states of an accumulator of the same kind, whose group k is number[k] here.
	merge(part accumulator, number []uint32)
}

// partialRows is how many rows a batch must have to be grouped by itself, and partialMost how many go together at most.
const (
	partialRows = 2048
	partialMost = 1 << 18
)

// partials groups batches by themselves, some at a time, and merges them in their order: so the result
// depends on the batches alone, not on how many processors there are. Where most rows are groups of
// their own, as the first batch tells, rows are added one batch after the other.
type partials struct {
	groups  *grouping
	env     *env
	off     bool
	pending []chan partial
	spare   [][]uint32 // memory for numbers of rows, of those that have been merged
}

type partial struct {
	groups *grouping
	rows   int
	err    error
	fault  *stagePanic
}

func newPartials(groups *grouping, e *env) *partials {
	p := &partials{groups: groups, env: e, off: groups.group.program.dice > 0} // dice go on from row to row
	for _, a := range groups.sums {
		if _, ok := a.(mergeable); !ok {
			p.off = true
		}
	}
	return p
}

// add takes a batch, in parts if it is very large.
func (p *partials) add(b *batch) error {
	if p.off || b.len() <= partialMost {
		return p.addPart(b)
	}
	for from := 0; from < b.len(); from += partialMost {
		if err := p.addPart(b.part(from, min(from+partialMost, b.len()))); err != nil {
			return err
		}
	}
	return nil
}

// addPart takes a part, and merges the first of those under way if there are enough.
func (p *partials) addPart(b *batch) error {
	if p.off || b.len() < partialRows {
		if err := p.drain(); err != nil {
			return err
		}
		return p.groups.add(b)
	}
	part := newGrouping(p.groups.group, p.env)
	if last := len(p.spare) - 1; last >= 0 {
		part.ids.numbers, p.spare = p.spare[last], p.spare[:last]
	}
	done := make(chan partial, 1)
	go work(part, b, done)
	p.pending = append(p.pending, done)
	if len(p.pending) < runtime.GOMAXPROCS(0) && len(p.groups.ids.ids) > 0 {
		return nil
	}
	return p.mergeFirst()
}

func work(part *grouping, b *batch, done chan<- partial) {
	result := partial{groups: part, rows: b.len()}
	defer func() {
		if fault := recover(); fault != nil {
			result.fault = &stagePanic{fault, debug.Stack()}
		}
		done <- result
	}()
	result.err = result.groups.add(b)
}

func (p *partials) mergeFirst() error {
	first := <-p.pending[0]
	p.pending = p.pending[1:]
	if first.fault != nil {
		p.abandon()
		panic(first.fault)
	}
	if first.err != nil {
		p.abandon()
		return first.err
	}
	p.groups.merge(first.groups)
	p.spare = append(p.spare, first.groups.ids.numbers)
	p.off = p.off || 2*len(first.groups.ids.ids) > first.rows
	return nil
}

// drain merges all that are under way.
func (p *partials) drain() error {
	for len(p.pending) > 0 {
		if err := p.mergeFirst(); err != nil {
			return err
		}
	}
	return nil
}

// abandon waits for what is under way, as nothing may work on behind the end.
func (p *partials) abandon() {
	for _, done := range p.pending {
		<-done
	}
	p.pending = nil
}

// merge adds the groups of another grouping, in their order.
func (s *grouping) merge(part *grouping) {
	number := make([]uint32, len(part.ids.ids))
	for k, id := range part.ids.ids {
		number[k] = s.ids.find(id)
	}
	for i, a := range s.sums {
		a.grow(len(s.ids.ids))
		a.(mergeable).merge(part.sums[i], number)
	}
}

func (s *totals) merge(part accumulator, number []uint32) {
	for k, p := range part.(*totals).groups {
		s.groups[number[k]].merge(p)
	}
}

func (e *extremes) merge(part accumulator, number []uint32) {
	for k, v := range part.(*extremes).groups {
		_ = e.add(int(number[k]), v) // it never fails
	}
}

// merge takes null for missing, which a group's first value was then.
func (e *ends) merge(part accumulator, number []uint32) {
	for k, v := range part.(*ends).groups {
		_ = e.add(int(number[k]), v) // it never fails
	}
}

func (g *gathered) merge(part accumulator, number []uint32) {
	from := part.(*gathered)
	for k, values := range from.groups {
		g.groups[number[k]] = append(g.groups[number[k]], values...)
	}
	g.bytes += from.bytes
}

func (u *uniques) merge(part accumulator, number []uint32) {
	for k, from := range part.(*uniques).groups {
		for _, v := range from.values {
			_ = u.add(int(number[k]), v) // it never fails
		}
	}
}

var _, _, _, _, _ mergeable = (*totals)(nil), (*extremes)(nil), (*ends)(nil), (*gathered)(nil), (*uniques)(nil)
