package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
)

// unit is what one box of a graph stands for: a task, or several that belong together.
type unit struct {
	name  string
	tasks []int32
}

// maxUnits is how many boxes a graph has at most: as many as a person takes in, and a page holds. Where they
// stand in a row, fewer do.
const (
	maxUnits = 120
	maxInRow = 24
)

// units divides tasks into at most maxUnits units such that no two units need each other. A few tasks are
// units of their own. More are put together by the first of these that leaves few enough: the group inside
// the one that holds them all, the name but for its numbers, that and the depth in the graph, the depth, and at
// last runs of tasks in the order of depth.
func units(p *graph.Plan, depth, tasks []int32) []unit {
	if len(tasks) <= maxUnits {
		return gather(p, tasks, func(v int32) string { return p.Nodes[v].ID })
	}
	outer := commonGroup(p, tasks)
	for _, key := range []func(v int32) string{
		func(v int32) string { return groupBelow(p.Nodes[v], outer) },
		func(v int32) string { return stem(outer, p.Nodes[v].ID) },
		func(v int32) string { return fmt.Sprintf("%s (step %d)", stem(outer, p.Nodes[v].ID), depth[v]+1) },
		stepsOf(depth, tasks),
	} {
		if us := gather(p, tasks, key); len(us) > 1 && len(us) <= maxUnits && acyclic(p, us) {
			return us
		}
	}
	return runsOf(p, depth, tasks)
}

// crumb is a group that was opened, on the way to what a page shows.
type crumb struct{ Name, Link string }

// opened divides the tasks of a DAG into units and goes down into those that were opened: the field in has their
// places, as 3.0.17. The path leads back up; it is empty at the top.
func (q *request) opened(page string, d *dag.DAG, p *graph.Plan) (us []unit, path []crumb) {
	depth := depths(p)
	all := make([]int32, len(p.Nodes))
	for i := range all {
		all[i] = int32(i)
	}
	us = units(p, depth, all)
	in := ""
	for _, text := range strings.Split(q.get("in"), ".") {
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(us) || len(us[i].tasks) < 2 {
			break
		}
		in = inside(in, i)
		path = append(path, crumb{us[i].name, q.again(page, "in", in, "page", "")})
		us = units(p, depth, us[i].tasks)
	}
	if len(path) > 0 {
		path = append([]crumb{{d.Name(), q.again(page, "in", "", "page", "")}}, path...)
	}
	q.form.Set("in", in) // what was not understood is not kept
	return us, path
}

// inside names a unit of an opened one by its place.
func inside(in string, place int) string { return strings.TrimPrefix(in+"."+strconv.Itoa(place), ".") }

// found returns those of all tasks that have a text in their names, whatever the case, each as a unit of its own.
func found(ids []string, text string) (us []unit) {
	for i, id := range ids {
		if strings.Contains(strings.ToLower(id), strings.ToLower(text)) {
			us = append(us, unit{id, []int32{int32(i)}})
		}
	}
	return us
}

// gather puts tasks with the same key together, in the order in which they come. A unit of one task has
// its name.
func gather(p *graph.Plan, tasks []int32, key func(v int32) string) []unit {
	place := map[string]int{}
	var us []unit
	for _, v := range tasks {
		k := key(v)
		i, ok := place[k]
		if !ok {
			i = len(us)
			place[k] = i
			us = append(us, unit{name: k})
		}
		us[i].tasks = append(us[i].tasks, v)
	}
	for i := range us {
		if len(us[i].tasks) == 1 {
			us[i].name = p.Nodes[us[i].tasks[0]].ID
		}
	}
	return us
}

// stepsOf returns a key by the depth of tasks, which divides it into few steps.
func stepsOf(depth, tasks []int32) func(v int32) string {
	first, last := depth[tasks[0]], depth[tasks[0]]
	for _, v := range tasks {
		first, last = min(first, depth[v]), max(last, depth[v])
	}
	size := (last-first)/maxInRow + 1
	return func(v int32) string {
		from := first + (depth[v]-first)/size*size
		if size == 1 {
			return fmt.Sprintf("step %d", from+1)
		}
		return fmt.Sprintf("steps %d–%d", from+1, min(from+size, last+1))
	}
}

// runsOf divides tasks by their depth into equal parts. No edge goes back from one to an earlier one.
func runsOf(p *graph.Plan, depth, tasks []int32) []unit {
	tasks = slices.Clone(tasks)
	slices.SortStableFunc(tasks, func(a, b int32) int { return cmp.Compare(depth[a], depth[b]) })
	size := (len(tasks) + maxInRow - 1) / maxInRow
	var us []unit
	for part := range slices.Chunk(tasks, size) {
		name := p.Nodes[part[0]].ID
		if len(part) > 1 {
			name = fromTo(name, p.Nodes[part[len(part)-1]].ID)
		}
		us = append(us, unit{name, part})
	}
	return us
}

// fromTo names tasks by the first and the last of them, the last without the words that both begin with:
// region3.sum_000 … 010.
func fromTo(first, last string) string {
	a, b := []rune(first), []rune(last)
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && unicode.IsDigit(a[n-1]) {
		n--
	}
	if !startsNumber(a[n:]) || !startsNumber(b[n:]) {
		for n > 0 && (unicode.IsLetter(a[n-1]) || unicode.IsDigit(a[n-1])) {
			n--
		}
	}
	if n == len(b) {
		n = 0
	}
	return first + " … " + string(b[n:])
}

func startsNumber(r []rune) bool { return len(r) > 0 && unicode.IsDigit(r[0]) }

// stem is a task's name with the numbers behind its group left out: sleep_for_* of sleep_for_7.
func stem(group, id string) string {
	return group + digits.ReplaceAllString(strings.TrimPrefix(id, group), "*")
}

// commonGroup returns the innermost group that all tasks are in, "" if there is none.
func commonGroup(p *graph.Plan, tasks []int32) string {
	group := p.Nodes[tasks[0]].Group
	for _, v := range tasks {
		for group != "" && !p.Nodes[v].In(group) {
			group = group[:max(0, strings.LastIndexByte(group, '.'))]
		}
	}
	return group
}

// groupBelow returns the group directly in outer that the task is in, or the task itself if that is
// not in one.
func groupBelow(n *graph.Node, outer string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(n.Group, outer), ".")
	if rest == "" {
		return n.ID
	}
	name, _, _ := strings.Cut(rest, ".")
	return strings.TrimPrefix(outer+"."+name, ".") + ".*"
}

// depths returns for each task the number of tasks on the longest way to it.
func depths(p *graph.Plan) []int32 {
	depth := make([]int32, len(p.Nodes))
	for _, v := range p.Order {
		for _, w := range p.Children[v] {
			depth[w] = max(depth[w], depth[v]+1)
		}
	}
	return depth
}

// joint is an edge between units.
type joint struct {
	from, to int
	edges    int
	hands    bool     // one of them hands a value over
	first    [2]int32 // tasks of one of them
}

// joints returns the edges between units, in the order of their ends.
func joints(p *graph.Plan, us []unit) []joint {
	unitOf := map[int32]int{}
	for i, u := range us {
		for _, v := range u.tasks {
			unitOf[v] = i
		}
	}
	place := map[[2]int]int{}
	var js []joint
	for i, u := range us {
		for _, v := range u.tasks {
			for _, w := range p.Children[v] {
				k, ok := unitOf[w]
				if !ok || k == i {
					continue
				}
				at, known := place[[2]int{i, k}]
				if !known {
					at = len(js)
					place[[2]int{i, k}] = at
					js = append(js, joint{from: i, to: k, first: [2]int32{v, w}})
				}
				js[at].edges++
				js[at].hands = js[at].hands || slices.Contains(p.Nodes[w].Inputs, p.Nodes[v])
			}
		}
	}
	return js
}

// essential leaves out the edges that follow from others: those between units that are joined by a way over
// other units too. What is left orders the units as all edges do, and can be looked at.
func essential(js []joint, n int) []joint {
	after := make([][]int, n)
	for _, j := range js {
		after[j.from] = append(after[j.from], j.to)
	}
	reach := make([][]bool, n) // what is behind a unit
	var visit func(i int)
	visit = func(i int) {
		if reach[i] != nil {
			return
		}
		reach[i] = make([]bool, n)
		for _, k := range after[i] {
			visit(k)
			reach[i][k] = true
			for m, behind := range reach[k] {
				reach[i][m] = reach[i][m] || behind
			}
		}
	}
	for i := range n {
		visit(i)
	}
	return slices.DeleteFunc(js, func(j joint) bool {
		return slices.ContainsFunc(after[j.from], func(k int) bool { return reach[k][j.to] })
	})
}

// acyclic tells whether units can be ordered.
func acyclic(p *graph.Plan, us []unit) bool {
	waiting := make([]int, len(us))
	after := make([][]int, len(us))
	for _, j := range joints(p, us) {
		waiting[j.to]++
		after[j.from] = append(after[j.from], j.to)
	}
	var free []int
	for i, n := range waiting {
		if n == 0 {
			free = append(free, i)
		}
	}
	for i := 0; i < len(free); i++ {
		for _, k := range after[free[i]] {
			if waiting[k]--; waiting[k] == 0 {
				free = append(free, k)
			}
		}
	}
	return len(free) == len(us)
}
