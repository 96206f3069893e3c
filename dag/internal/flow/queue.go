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
	ready []item
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
func (q *Queue) Len() int { return len(q.ready) }

// Push adds an attempt.
func (q *Queue) Push(a Attempt) {
	q.ready = siftUp(append(q.ready, item{-int32(q.nodes[a.Task].Priority), a}))
}

// Pop takes the first attempt that can start, and its slots.
func (q *Queue) Pop() (Attempt, bool) {
	for len(q.ready) > 0 {
		x := popFirst(&q.ready)
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
		w.queue.ready = siftUp(append(w.queue.ready, w.item))
	}
}

// First returns the priority of the attempt that comes first, if there is one.
func (q *Queue) First() (priority int, ok bool) {
	if len(q.ready) == 0 {
		return 0, false
	}
	return -int(q.ready[0].priority), true
}

// Filter takes out the attempts that keep rejects, wherever they wait, and returns them.
func (q *Queue) Filter(keep func(Attempt) bool) (out []Attempt) {
	all := q.ready
	q.ready = nil
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
			q.ready = siftUp(append(q.ready, x))
		} else {
			out = append(out, x.Attempt)
		}
	}
	for _, p := range q.pools {
		p.offer() // to those who waited behind them
	}
	return out
}
