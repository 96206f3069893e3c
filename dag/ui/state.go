package ui

import (
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// state is how a task or a run stands: what it is called, and the sign that goes with its colour, so that
// nobody has to tell colours apart.
type state struct{ Name, Text, Sign string }

// states are all of them, the most urgent first: a group of tasks is shown in the first that one of them
// is in.
var states = []state{
	{"failed", "failed", "✕"},
	{"working", "working", "▶"},
	{"running", "running", "▶"},
	{"sleeping", "sleeping", "◔"},
	{"ready", "ready", "○"},
	{"upstream_failed", "upstream failed", "↥"},
	{"cancelled", "cancelled", "■"},
	{"waiting", "waiting", "·"},
	{"succeeded", "succeeded", "✓"},
	{"skipped", "skipped", "»"},
	{"none", "no run", "–"},
}

// stateOf returns a state by its name, whatever type has it.
func stateOf(name any) state { return states[place(name)] }

func place(name any) int {
	text := ""
	switch v := name.(type) {
	case string:
		text = v
	case dag.State:
		text = string(v)
	case engine.RunState:
		text = string(v)
	case engine.Outcome:
		text = string(v)
		if v == engine.OutcomeInterrupted {
			text = "cancelled"
		}
	case state:
		text = v.Name
	}
	i := slices.IndexFunc(states, func(s state) bool { return s.Name == text })
	if i < 0 {
		return len(states) - 1
	}
	return i
}

// taskState returns how a task stands, whether it has ended or not.
func taskState(t *engine.TaskStatus) state {
	if t.State != "" {
		return stateOf(t.State)
	}
	return stateOf(string(t.Phase))
}

// tally counts tasks by state.
type tally [16]int // by place in states

// count is a line of a tally.
type count struct {
	state
	N int
}

// counts returns the states that occur, the most urgent first.
func (t *tally) counts() []count {
	var all []count
	for i, s := range states {
		if t[i] > 0 {
			all = append(all, count{s, t[i]})
		}
	}
	return all
}

// String says them: "2 failed, 498 succeeded".
func (t *tally) String() string {
	texts := make([]string, 0, len(t))
	for _, c := range t.counts() {
		texts = append(texts, number(c.N)+" "+c.Text)
	}
	return strings.Join(texts, ", ")
}

// worst returns the most urgent state of those counted.
func (t *tally) worst() state {
	for i, n := range t {
		if n > 0 {
			return states[i]
		}
	}
	return stateOf("none")
}

// recordCounts returns how the tasks of a run stand by its record, which does not tell more.
func recordCounts(c engine.TaskCounts) []count {
	var t tally
	t[place("succeeded")], t[place("failed")], t[place("skipped")] = c.Succeeded, c.Failed, c.Skipped
	return t.counts()
}

// legend returns the states that a task can be in, and be told apart.
func legend() []state {
	return slices.DeleteFunc(slices.Clone(states), func(s state) bool { return s.Name == "running" || s.Name == "none" })
}
