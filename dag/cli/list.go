package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/mask"
)

const listText = `Lists the DAGs that this program or the server knows, in the order of their names.
`

func list(_ context.Context, k *call, args []string) error {
	tag := k.flags.String("tag", "", "only DAGs with this `tag`")
	if err := k.parseNone(args); err != nil {
		return err
	}
	rows := [][]string{{"DAG", "TASKS", "OWNER", "TAGS", "DESCRIPTION"}}
	for _, d := range k.listed() {
		if *tag == "" || slices.Contains(d.Tags, *tag) {
			rows = append(rows, []string{d.Name, fmt.Sprint(d.Tasks), d.Owner, strings.Join(d.Tags, ","), firstLine(d.Description)})
		}
	}
	slices.SortFunc(rows[1:], func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	return table(k.Stdout, rows)
}

// listed returns the DAGs as far as a list tells of them.
func (k *call) listed() []api.DAG {
	if k.server != nil {
		return k.server.listed
	}
	all := make([]api.DAG, len(k.DAGs))
	for i, d := range k.DAGs {
		all[i] = api.DAG{Name: d.Name(), Tasks: len(d.Tasks()), Owner: d.Owner(), Tags: d.Tags(), Description: d.Description()}
	}
	return all
}

// table writes rows whose columns are aligned; an empty cell is a dash, so that programs
// can count fields.
func table(out io.Writer, rows [][]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cmp.Or(strings.Map(plain, cell), "-"))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// plain replaces what would break a table or steer a terminal.
func plain(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return ' '
	}
	return r
}

// printable is text of several lines, as a task has said it, without what would steer a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return plain(r)
	}, text)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

const showText = `Shows what a DAG consists of: its description, its parameters with their defaults,
its pools, and its tasks in an order in which they could run.

KIND is plain, map (once for each element of its input), branch (chooses which tasks
follow) or sensor (waits for a condition). RULE is the trigger rule, RETRIES how often
a task is tried again. UPSTREAM lists what it waits for; a task in brackets passes no
value.
`

func show(_ context.Context, k *call, args []string) error {
	rest, err := k.parse(args, false)
	if err == nil {
		err = k.none(rest)
	}
	if err != nil {
		return err
	}
	p, err := k.plan()
	if err != nil {
		return err
	}
	k.showHead(p.Graph)
	fmt.Fprintln(k.Stdout)
	rows := [][]string{{"TASK", "KIND", "RULE", "RETRIES", "TIMEOUT", "POOLS", "UPSTREAM"}}
	parents := parents(p)
	for _, v := range p.Order {
		n := p.Nodes[v]
		timeout := ""
		if n.Timeout > 0 {
			timeout = n.Timeout.String()
		}
		rows = append(rows, []string{n.ID, kinds[n.Kind], n.Rule.String(), fmt.Sprint(n.Retry.Max), timeout, slots(n), upstream(p, parents, v)})
	}
	return table(k.Stdout, rows)
}

var kinds = map[graph.Kind]string{graph.Plain: "plain", graph.Map: "map", graph.Branch: "branch", graph.Sensor: "sensor"}

// showHead prints what may be the words of a server.
func (k *call) showHead(g *graph.Graph) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d tasks\n", g.Name, len(g.Nodes))
	for _, f := range []struct{ name, text string }{{"owner", g.Owner}, {"tags", strings.Join(g.Tags, ", ")}, {"description", g.Description}} {
		if f.text != "" {
			fmt.Fprintf(&b, "%s: %s\n", f.name, f.text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Params)) {
		fmt.Fprintf(&b, "parameter %s: %T, %q unless given", name, g.Params[name], k.shown(name, g.Params[name]))
		if text := k.ParamUsage[name]; text != "" {
			fmt.Fprintf(&b, "; %s", strings.ReplaceAll(text, "`", ""))
		}
		b.WriteByte('\n')
	}
	for _, name := range slices.Sorted(maps.Keys(g.Pools)) {
		fmt.Fprintf(&b, "pool %s: %d slots\n", name, g.Pools[name])
	}
	fmt.Fprint(k.Stdout, printable(b.String()))
}

// shown is the value of a parameter as it may be shown.
func (k *call) shown(name string, value any) string {
	return graph.MaskedText(mask.New(k.Engine.Secrets...), name, graph.Text(value))
}

// plan checks the DAG.
func (k *call) plan() (*graph.Plan, error) {
	if err := k.dag.Validate(); err != nil {
		return nil, err
	}
	p, _ := k.dag.Graph().Compile()
	return p, nil
}

func slots(n *graph.Node) string {
	texts := make([]string, len(n.Slots))
	for i, s := range n.Slots {
		texts[i] = fmt.Sprintf("%s:%d", s.Pool, s.N)
	}
	return strings.Join(texts, ",")
}

// parents returns what each task waits for, each once, in the order of adding.
func parents(p *graph.Plan) [][]int32 {
	up := make([][]int32, len(p.Nodes))
	for v := range p.Nodes {
		for _, w := range p.Children[v] {
			if n := len(up[w]); n == 0 || up[w][n-1] != int32(v) {
				up[w] = append(up[w], int32(v))
			}
		}
	}
	return up
}

func upstream(p *graph.Plan, parents [][]int32, v int32) string {
	texts := make([]string, len(parents[v]))
	for i, u := range parents[v] {
		texts[i] = p.Nodes[u].ID
		if !slices.Contains(p.Nodes[v].Inputs, p.Nodes[u]) {
			texts[i] = "[" + texts[i] + "]"
		}
	}
	return strings.Join(texts, ", ")
}
