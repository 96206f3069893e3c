package graph

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var tooManyCycles = fmt.Sprintf("there are more than these %d cycles", maxCycles)

// faults returns what is wrong with the graph's own settings.
func (g *Graph) faults() []string {
	var faults []string
	if f := nameFault(g.Name); f != "" {
		faults = append(faults, "name "+f)
	}
	faults = append(faults, g.Faults...)
	if g.Timeout < 0 {
		faults = append(faults, fmt.Sprintf("Timeout is %v, want 0 or more", g.Timeout))
	}
	if g.Workers < 0 {
		faults = append(faults, fmt.Sprintf("Workers is %d, want 0 (no bound) or more", g.Workers))
	}
	for _, name := range slices.Sorted(maps.Keys(g.Pools)) {
		if f := nameFault(name); f != "" {
			faults = append(faults, "name of a pool "+f)
		}
		if n := g.Pools[name]; n < 1 || n > math.MaxInt32 {
			faults = append(faults, fmt.Sprintf("pool %q has %d slots, want 1 to %d", name, n, math.MaxInt32))
		}
	}
	return append(faults, g.Params.faults()...)
}

// faults returns what is wrong with one task; index holds the ids of those
// before it.
func (n *Node) faults(index map[string]int) []string {
	var faults []string
	report := func(format string, args ...any) {
		faults = append(faults, n.label()+": "+fmt.Sprintf(format, args...))
	}
	if f := nameFault(n.ID); f != "" {
		report("id %s", f)
	} else if first, taken := index[n.ID]; taken {
		report("id is used twice, by task number %d and task number %d", first+1, n.Index+1)
	}
	if n.Call == nil {
		report("function is nil")
	}
	for i, in := range n.Inputs {
		if f := n.Graph.nodeFault(in); f != "" {
			report("input %d %s", i+1, f)
		}
	}
	if !n.Rule.Valid() {
		report("rule is %v, want one of package rule", n.Rule)
	}
	if n.Kind == Sensor && n.Every <= 0 {
		report("the time between two looks is %v, want more than 0", n.Every)
	}
	n.settingFaults(report)
	return faults
}

func (n *Node) settingFaults(report func(format string, args ...any)) {
	if n.Retry.Max < 0 || n.Retry.Max > math.MaxInt32-1 {
		report("Retry.Max is %d, want 0 or more", n.Retry.Max)
	}
	for _, v := range []struct {
		name string
		d    time.Duration
	}{{"Retry.Delay", n.Retry.Delay}, {"Timeout", n.Timeout}} {
		if v.d < 0 {
			report("%s is %v, want 0 or more", v.name, v.d)
		}
	}
	if f := n.Retry.Factor; f != 0 && !(f >= 1 && f <= math.MaxFloat64) {
		report("Retry.Factor is %v, want 0 (none), 1 or more", f)
	}
	if j := n.Retry.Jitter; !(j >= 0 && j <= 1) {
		report("Retry.Jitter is %v, want 0 to 1", j)
	}
	if n.Workers < 0 || n.Workers > math.MaxInt32 {
		report("Workers is %d, want 0 (no bound) or more", n.Workers)
	}
	if int(int32(n.Priority)) != n.Priority {
		report("Priority is %d, want a 32-bit number", n.Priority)
	}
	for _, s := range n.Slots {
		size, known := n.Graph.Pools[s.Pool]
		switch {
		case !known:
			report("pool %q is unknown, want one of %q", s.Pool, slices.Sorted(maps.Keys(n.Graph.Pools)))
		case s.N < 1 || s.N > size:
			report("%d slots of pool %q, want 1 to %d", s.N, s.Pool, size)
		}
	}
}

// label names the task in a message, by its number where the id is of no use.
func (n *Node) label() string {
	if n.ID == "" {
		return fmt.Sprintf("task number %d", n.Index+1)
	}
	return fmt.Sprintf("task %q", n.ID)
}

// nameFault says what is wrong with a name that is printed in tables and
// one-line messages.
func nameFault(s string) string {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case s == "":
		return "is empty"
	case !utf8.ValidString(s), strings.ContainsFunc(s, unprintable):
		return fmt.Sprintf("%q has characters that cannot be printed", s)
	}
	return ""
}

// linkFaults says what is wrong with the ends of a link. A receiver is always a
// task of g, but the first of a chain may be anything.
func (g *Graph) linkFaults(l Link) []string {
	if f := g.endFault(l.Other); f != "" {
		return []string{fmt.Sprintf("%s: argument %s", l.caller(), f)}
	}
	if f := g.endFault(l.From); f != "" {
		return []string{fmt.Sprintf("%s: argument %s", l.Method, f)}
	}
	return nil
}

// caller names what made the link.
func (l Link) caller() string {
	switch {
	case l.From.Node != nil:
		return l.From.Node.label() + ": " + l.Method
	case l.From.Graph != nil:
		return fmt.Sprintf("group %q: %s", l.From.Group, l.Method)
	}
	return l.Method
}

// endFault says why the task or group cannot be part of an edge of g.
func (g *Graph) endFault(e End) string {
	switch {
	case e.Graph == nil:
		return g.nodeFault(e.Node)
	case e.Graph != g:
		return fmt.Sprintf("is group %q of another DAG (%q)", e.Group, e.Graph.Name)
	case e.Group == "":
		return "is the DAG itself, want a task or a group"
	case !g.groups[e.Group]:
		return fmt.Sprintf("is group %q, which has no tasks", e.Group)
	}
	return ""
}

func (g *Graph) nodeFault(n *Node) string {
	switch {
	case n == nil:
		return "is nil"
	case n.Graph != g:
		return fmt.Sprintf("is task %q of another DAG (%q)", n.ID, n.Graph.Name)
	}
	return ""
}
