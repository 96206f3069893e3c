package flow

import "github.com/penstock/penstock/dag/internal/graph"

// Queue holds the attempts that are ready. The one of the highest priority
// comes first, then the one whose task was added first, then the lowest element.
//
// An attempt takes all the slots it needs at once or none, so that two cannot
// wait for each other. One that lacks slots waits at the pool; those behind it
// in the order do not overtake it there, so that it gets its turn.
type Queue struct {
	nodes []*graph.Node
	row   []item // in order, from next on: attempts mostly become ready in the order that they start in
	next  int
	ready []item // a heap of the others
	pools []*pool
	needs map[int32][]need // of the tasks that need slots
	rank  int64            // among queues that share pools
}

// Pools are named pools that several queues share, all of which belong to the holder of
// one lock.
type Pools map[string]*pool

// NewPools returns pools with so many slots.
func NewPools(slots map[string]int) Pools {
	p := Pools{}
	for name, n := range slots {
		p[name] = &pool{free: n}
	}
	return p
}

// Free returns how many slots of a pool are not taken.
func (p Pools) Free(name string) int { return p[name].free }

type item struct {
	priority int32 // negated: the lowest comes first
	Attempt
}

type pool struct {
	free    int
	waiting []waiter // a heap
}

type waiter struct {
	item
	n     int
	queue *Queue
}

type need struct{ pool, n int }

func (a item) before(b item) bool {
	if a.priority != b.priority {
		return a.priority < b.priority
	}
	return a.Attempt.before(b.Attempt)
}

func (a waiter) before(b waiter) bool {
	if a.queue == b.queue || a.priority != b.priority {
		return a.item.before(b.item)
	}
	return a.queue.rank < b.queue.rank
}

// NewQueue returns an empty queue. A task's own bound on attempts side by
// side is a pool of its own. Shared pools, if there are any, take the place of the plan's
// with their names; at equal priority the queue of the lowest rank comes first there.
func NewQueue(p *graph.Plan, shared Pools, rank int64) *Queue {
	q := &Queue{nodes: p.Nodes, rank: rank}
	index := map[string]int{}
	for i, n := range p.Nodes {
		for _, s := range n.Slots {
			at, ok := index[s.Pool]
			if !ok {
				at = len(q.pools)
				index[s.Pool] = at
				common, ok := shared[s.Pool]
				if !ok {
					common = &pool{free: p.Graph.Pools[s.Pool]}
				}
				q.pools = append(q.pools, common)
			}
			q.need(int32(i), need{at, s.N})
		}
		if n.Workers > 0 {
			q.pools = append(q.pools, &pool{free: n.Workers})
			q.need(int32(i), need{len(q.pools) - 1, 1})
		}
	}
	return q
}

func (q *Queue) need(task int32, n need) {
	if q.needs == nil {
		q.needs = map[int32][]need{}
	}
	q.needs[task] = append(q.needs[task], n)
}

// Len returns the number of attempts that may start, as far as is known: some may
// turn out to lack slots.
func (q *Queue) Len() int { return len(q.row) - q.next + len(q.ready) }

// Push adds an attempt.
func (q *Queue) Push(a Attempt) { q.push(item{-int32(q.nodes[a.Task].Priority), a}) }

func (q *Queue) push(x item) {
	if q.next > len(q.row)/2 {
		q.row, q.next = q.row[:copy(q.row, q.row[q.next:])], 0
	}
	if n := len(q.row); n > 0 && x.before(q.row[n-1]) {
		q.ready = siftUp(append(q.ready, x))
		return
	}
	q.row = append(q.row, x)
}

// first returns the item that comes first, which must exist, and whether it is in the row.
func (q *Queue) first() (x item, inRow bool) {
	if q.next == len(q.row) || len(q.ready) > 0 && q.ready[0].before(q.row[q.next]) {
		return q.ready[0], false
	}
	return q.row[q.next], true
}

func (q *Queue) pop() item {
	x, inRow := q.first()
	if inRow {
		q.next++
		return x
	}
	return popFirst(&q.ready)
}

// Pop takes the first attempt that can start, and its slots.
func (q *Queue) Pop() (Attempt, bool) {
	for q.Len() > 0 {
		x := q.pop()
		if q.needs == nil || q.take(x) {
			return x.Attempt, true
		}
	}
	return Attempt{}, false
}

// take takes the slots for an attempt, or puts it where one is lacking.
func (q *Queue) take(x item) bool {
	needs := q.needs[x.Task]
	for _, n := range needs {
		p, w := q.pools[n.pool], waiter{x, n.n, q}
		if n.n <= p.free && (len(p.waiting) == 0 || !p.waiting[0].before(w)) {
			continue
		}
		p.waiting = siftUp(append(p.waiting, w))
		for _, other := range needs {
			if other.pool != n.pool {
				q.pools[other.pool].offer() // it may have been first in line there
			}
		}
		return false
	}
	for _, n := range needs {
		q.pools[n.pool].free -= n.n
	}
	return true
}

// Release gives the slots of an attempt back.
func (q *Queue) Release(a Attempt) {
	if q.needs == nil {
		return
	}
	for _, n := range q.needs[a.Task] {
		q.pools[n.pool].free += n.n
		q.pools[n.pool].offer()
	}
}

// offer makes those ready again who wait at the pool and may now find enough.
func (p *pool) offer() {
	for free := p.free; len(p.waiting) > 0 && p.waiting[0].n <= free; {
		w := popFirst(&p.waiting)
		free -= w.n
		w.queue.push(w.item)
	}
}

// First returns the priority of the attempt that comes first, if there is one.
func (q *Queue) First() (priority int, ok bool) {
	if q.Len() == 0 {
		return 0, false
	}
	x, _ := q.first()
	return -int(x.priority), true
}

// Filter takes out the attempts that keep rejects, wherever they wait, and returns them.
func (q *Queue) Filter(keep func(Attempt) bool) (out []Attempt) {
	all := append(q.row[q.next:], q.ready...)
	q.row, q.next, q.ready = nil, 0, nil
	for _, p := range q.pools {
		var others []waiter
		for _, w := range p.waiting {
			if w.queue == q {
				all = append(all, w.item)
			} else {
				others = siftUp(append(others, w))
			}
		}
		p.waiting = others
	}
	for _, x := range all {
		if keep(x.Attempt) {
			q.push(x)
		} else {
			out = append(out, x.Attempt)
		}
	}
	for _, p := range q.pools {
		p.offer() // to those who waited behind them
	}
	return out
}
