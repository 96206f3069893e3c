package dag_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

// Scenario 1: everything that is wrong with a graph is told, cycles with their path.
func TestValidate(t *testing.T) {
	other := dag.New("other")
	foreign := dag.Task(other, "far", value(1))
	var none *dag.Ref[int]
	takeInt := func(context.Context, int) error { return nil }

	tests := []struct {
		name, why string
		build     func(d *dag.DAG)
		want      []string // without the prefix "dag: d: "
	}{
		{"Empty", "no tasks is a trivial graph, not a mistake", func(*dag.DAG) {}, nil},
		{"EmptyID", "the number tells which of many", func(d *dag.DAG) {
			dag.Do(d, "a", nop)
			dag.Do(d, "", nop)
		}, []string{`task number 2: id is empty`}},
		{"TwoEmptyIDs", "reported as empty, not as duplicates too", func(d *dag.DAG) {
			dag.Do(d, "", nop)
			dag.Do(d, "", nop)
		}, []string{`task number 1: id is empty`, `task number 2: id is empty`}},
		{"LineBreakInID", "would break tables and messages", func(d *dag.DAG) {
			dag.Do(d, "a\nb", nop)
		}, []string{`task "a\nb": id "a\nb" has characters that cannot be printed`}},
		{"InvalidUTF8", "as above", func(d *dag.DAG) {
			dag.Do(d, "\xff", nop)
		}, []string{`task "\xff": id "\xff" has characters that cannot be printed`}},
		{"Duplicates", "each one names the first", func(d *dag.DAG) {
			for range 3 {
				dag.Do(d, "x", nop)
			}
		}, []string{
			`task "x": id is used twice, by task number 1 and task number 2`,
			`task "x": id is used twice, by task number 1 and task number 3`,
		}},
		{"NilFunctions", "each of the eight constructors notices", func(d *dag.DAG) {
			a := dag.Task[int](d, "t0", nil)
			dag.Task1[int, int](d, "t1", a, nil)
			dag.Task2[int, int, int](d, "t2", a, a, nil)
			dag.Task3[int, int, int, int](d, "t3", a, a, a, nil)
			dag.Do(d, "d0", nil)
			dag.Do1(d, "d1", a, nil)
			dag.Do2(d, "d2", a, a, nil)
			dag.Do3(d, "d3", a, a, a, nil)
		}, []string{
			`task "t0": function is nil`, `task "t1": function is nil`, `task "t2": function is nil`, `task "t3": function is nil`,
			`task "d0": function is nil`, `task "d1": function is nil`, `task "d2": function is nil`, `task "d3": function is nil`,
		}},
		{"NilInput", "a nil *Ref is no task", func(d *dag.DAG) {
			dag.Do1(d, "x", none, takeInt)
			dag.Do1(d, "y", new(dag.Ref[int]), takeInt)
		}, []string{`task "x": input 1 is nil`, `task "y": input 1 is nil`}},
		{"NilEdge", "nil interface and nil pointer alike", func(d *dag.DAG) {
			dag.Do(d, "x", nop).SetUpstream(nil).SetDownstream(none)
		}, []string{`task "x": SetUpstream: argument is nil`, `task "x": SetDownstream: argument is nil`}},
		{"ForeignInput", "its output would never come", func(d *dag.DAG) {
			a := dag.Task(d, "a", value(1))
			dag.Do2(d, "x", a, foreign, func(context.Context, int, int) error { return nil })
		}, []string{`task "x": input 2 is task "far" of another DAG ("other")`}},
		{"ForeignEdge", "the DAG of the receiver is at fault", func(d *dag.DAG) {
			dag.Do(d, "x", nop).SetUpstream(foreign).SetDownstream(foreign)
		}, []string{
			`task "x": SetUpstream: argument is task "far" of another DAG ("other")`,
			`task "x": SetDownstream: argument is task "far" of another DAG ("other")`,
		}},
		{"BadOptions", "all three at once", func(d *dag.DAG) {
			dag.Do(d, "x", nop, dag.Retry{Max: -1, Delay: -time.Second}, dag.Timeout(-time.Minute))
		}, []string{
			`task "x": Retry.Max is -1, want 0 or more`,
			`task "x": Retry.Delay is -1s, want 0 or more`,
			`task "x": Timeout is -1m0s, want 0 or more`,
		}},
		{"SelfEdge", "the shortest cycle", func(d *dag.DAG) {
			a := dag.Do(d, "a", nop)
			a.SetUpstream(a)
		}, []string{`cycle: a → a`}},
		{"CanonicalStart", "the task added first starts the path, whichever edge closed it", func(d *dag.DAG) {
			b, c, a := dag.Do(d, "b", nop), dag.Do(d, "c", nop), dag.Do(d, "a", nop)
			a.SetUpstream(c)
			b.SetUpstream(a)
			c.SetUpstream(b)
		}, []string{`cycle: b → c → a → b`}},
		{"DoubleEdge", "two edges are still one cycle", func(d *dag.DAG) {
			a, b := dag.Do(d, "a", nop), dag.Do(d, "b", nop)
			a.SetUpstream(b, b).SetDownstream(b)
		}, []string{`cycle: a → b → a`}},
		{"TypedInputOnCycle", "inputs are edges", func(d *dag.DAG) {
			a := dag.Task(d, "a", value(1))
			dag.Do1(d, "b", a, takeInt).SetDownstream(a)
		}, []string{`cycle: a → b → a`}},
		{"TwoCyclesSharingATask", "both, though one repair could break both", func(d *dag.DAG) {
			a, b, c := dag.Do(d, "a", nop), dag.Do(d, "b", nop), dag.Do(d, "c", nop)
			b.SetDownstream(a, c)
			b.SetUpstream(a, c)
		}, []string{`cycle: a → b → a`, `cycle: b → c → b`}},
		{"CycleAndOtherFaults", "a bad edge does not hide the cycle", func(d *dag.DAG) {
			a := dag.Do(d, "a", nop)
			a.SetUpstream(nil, a)
		}, []string{`task "a": SetUpstream: argument is nil`, `cycle: a → a`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dag.New("d")
			tt.build(d)
			err := d.Validate()
			if tt.want == nil {
				require.NoError(t, err, tt.why)
				return
			}
			require.Error(t, err, tt.why)
			want := "dag: d: " + strings.Join(tt.want, "\ndag: d: ")
			assert.Equal(t, want, err.Error(), tt.why)

			res, runErr := d.Run(t.Context())
			assert.Nil(t, res)
			assert.EqualError(t, runErr, want, "Run validates first")
		})
	}
	assert.NoError(t, other.Validate(), "the DAG of the argument is not changed")
}

func TestValidateName(t *testing.T) {
	assert.EqualError(t, dag.New("").Validate(), "dag: : name is empty")
	assert.EqualError(t, dag.New("a\tb").Validate(), "dag: a\tb: name \"a\\tb\" has characters that cannot be printed")
}

func TestValidateManyCycles(t *testing.T) {
	d := dag.New("d")
	var tasks []*dag.Ref[struct{}]
	for i := range 12 {
		tasks = append(tasks, dag.Do(d, fmt.Sprint(i), nop))
	}
	for _, a := range tasks {
		for _, b := range tasks {
			a.SetUpstream(b)
		}
	}
	lines := strings.Split(d.Validate().Error(), "\n")
	assert.Len(t, lines, 51, "a complete graph has far more cycles than anyone reads")
	assert.Equal(t, "dag: d: there are more than these 50 cycles", lines[50])
}

// A long chain with a cycle at each end asks for time linear in its length.
func TestValidateLongCycles(t *testing.T) {
	const n = 100_000
	d := dag.New("d")
	tasks := chain(d, n)
	tasks[0].SetUpstream(tasks[1])
	tasks[n-2].SetUpstream(tasks[n-1])
	assert.EqualError(t, d.Validate(), "dag: d: cycle: t0 → t1 → t0\ndag: d: cycle: t99998 → t99999 → t99998")

	d = dag.New("d")
	tasks = chain(d, n)
	tasks[0].SetUpstream(tasks[n-1])
	text := d.Validate().Error()
	assert.True(t, strings.HasPrefix(text, "dag: d: cycle: t0 → t1 → t2 → "))
	assert.True(t, strings.HasSuffix(text, " → t99999 → t0"))
	assert.Equal(t, n, strings.Count(text, "→"))
}

// The cycles of random small graphs are those that trying every path finds.
func TestValidateAgainstEveryPath(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	cyclic := 0
	for range 2000 {
		n := 1 + rng.IntN(6)
		edge := make([][]bool, n)
		d := dag.New("d")
		var tasks []*dag.Ref[struct{}]
		for i := range n {
			edge[i] = make([]bool, n)
			tasks = append(tasks, dag.Do(d, fmt.Sprint(i), nop))
		}
		for range rng.IntN(2*n + 1) {
			a, b := rng.IntN(n), rng.IntN(n)
			edge[a][b] = true
			tasks[a].SetDownstream(tasks[b])
		}
		want := everyCycle(edge)
		if len(want) == 0 {
			require.NoError(t, d.Validate())
			continue
		}
		if len(want) > 50 {
			continue
		}
		cyclic++
		require.EqualError(t, d.Validate(), strings.Join(want, "\n"))
	}
	assert.Greater(t, cyclic, 500, "the graphs must be worth the test")
}

// everyCycle extends every path from every vertex over higher vertices, which
// finds the cycles in ascending order.
func everyCycle(edge [][]bool) []string {
	var found []string
	var extend func(path []int)
	extend = func(path []int) {
		for w, ok := range edge[path[len(path)-1]] {
			switch {
			case !ok || w < path[0]:
			case w == path[0]:
				var b strings.Builder
				for _, v := range path {
					fmt.Fprintf(&b, "%d → ", v)
				}
				found = append(found, fmt.Sprintf("dag: d: cycle: %s%d", b.String(), w))
			case !slices.Contains(path, w):
				extend(append(slices.Clone(path), w))
			}
		}
	}
	for v := range edge {
		extend([]int{v})
	}
	return found
}

// chain adds n tasks t0, t1, …, each upstream of the next.
func chain(d *dag.DAG, n int) []*dag.Ref[struct{}] {
	tasks := make([]*dag.Ref[struct{}], n)
	for i := range tasks {
		tasks[i] = dag.Do(d, fmt.Sprintf("t%d", i), nop)
		if i > 0 {
			tasks[i].SetUpstream(tasks[i-1])
		}
	}
	return tasks
}
