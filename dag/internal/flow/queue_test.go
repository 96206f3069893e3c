package flow_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
)

// However attempts come and go, the first in the order of priority, task and element is the next.
func TestQueueOrder(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 0))
		plan := &graph.Plan{}
		for range 30 {
			plan.Nodes = append(plan.Nodes, &graph.Node{Settings: graph.Settings{Priority: rng.IntN(3)}})
		}
		q := flow.NewQueue(plan, nil, 0)
		var want []flow.Attempt
		for range 400 {
			if rng.IntN(5) < 3 {
				a := flow.Attempt{Task: int32(rng.IntN(30)), Elem: int32(rng.IntN(1e6))}
				q.Push(a)
				want = append(want, a)
			} else if a, ok := q.Pop(); ok {
				require.Equal(t, want[0], a, "seed %d", seed)
				want = want[1:]
			}
			if rng.IntN(50) == 0 {
				odd := func(a flow.Attempt) bool { return a.Elem%2 == 1 }
				out := q.Filter(func(a flow.Attempt) bool { return !odd(a) })
				require.Len(t, out, len(want)-len(slices.DeleteFunc(slices.Clone(want), odd)))
				want = slices.DeleteFunc(want, odd)
			}
			slices.SortFunc(want, func(a, b flow.Attempt) int {
				return cmp.Or(cmp.Compare(plan.Nodes[b.Task].Priority, plan.Nodes[a.Task].Priority), cmp.Compare(a.Task, b.Task), cmp.Compare(a.Elem, b.Elem))
			})
			require.Equal(t, len(want), q.Len(), "seed %d", seed)
			p, ok := q.First()
			require.Equal(t, len(want) > 0, ok)
			if ok {
				require.Equal(t, plan.Nodes[want[0].Task].Priority, p)
			}
		}
	}
}

// sleepy returns a run whose tasks have all failed once and wait for their second try.
func sleepy(t *testing.T, n int) *flow.Run {
	plan := &graph.Plan{Parents: make([]int32, n), Children: make([][]int32, n)}
	for i := range n {
		plan.Nodes = append(plan.Nodes, &graph.Node{Settings: graph.Settings{Retry: graph.Retry{Max: 5, Delay: time.Second}}})
		plan.Order = append(plan.Order, int32(i))
	}
	r := flow.NewRun(plan, 1)
	r.Begin()
	require.Len(t, r.Ready, n)
	for i, a := range slices.Clone(r.Ready) {
		r.Finish(a, flow.Outcome{Err: assert.AnError}, time.Unix(int64(i%100), 0))
	}
	r.Ready = r.Ready[:0]
	return r
}

// What was roused is not woken too, and does not hold up the others; asleep again, it is woken.
func TestRouse(t *testing.T) {
	const n = 100_000 // an effort that grows with the square would be seen
	r := sleepy(t, n)
	for i := range int32(n) {
		if i%3 != 0 {
			require.True(t, r.Rouse(flow.Attempt{Task: i, Elem: -1, Try: 2}))
			require.False(t, r.Rouse(flow.Attempt{Task: i, Elem: -1, Try: 2}), "it is awake")
		}
	}
	assert.Len(t, r.Sleeping(), n/3+1)
	at, ok := r.Next()
	require.True(t, ok)
	assert.Equal(t, time.Unix(1, 0), at)

	r.Finish(flow.Attempt{Task: 1, Elem: -1, Try: 2}, flow.Outcome{Err: assert.AnError, HasDelay: true, Delay: time.Second}, time.Unix(1000, 0))
	r.Wake(time.Unix(200, 0))
	require.Len(t, r.Ready, n/3+1)
	for _, a := range r.Ready {
		assert.Zero(t, a.Task%3)
	}
	at, ok = r.Next()
	require.True(t, ok)
	assert.Equal(t, time.Unix(1001, 0), at)
	r.Ready = r.Ready[:0]
	r.Cancel(time.Unix(300, 0))
	_, ok = r.Next()
	assert.False(t, ok)
	assert.Equal(t, graph.Cancelled, r.Task(1).State)
}
