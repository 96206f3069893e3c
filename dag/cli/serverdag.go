package cli

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/rule"
)

// dag returns a DAG as the server describes it: one that can be shown and drawn, and whose parameters can be
// checked, but whose tasks do nothing.
func (s *server) dag(name string) (*dag.DAG, error) {
	detail, err := s.client.DAG(s.ctx, name)
	if err != nil {
		return nil, err
	}
	params, err := paramsOf(detail.Params)
	if err != nil {
		return nil, err
	}
	opts := []dag.DAGOption{dag.WithParams(params), dag.Doc(detail.DAG.Description, detail.DAG.Tags...), dag.Owner(detail.DAG.Owner)}
	for _, p := range detail.Pools {
		opts = append(opts, dag.Pool(p.Pool, p.Slots))
	}
	d := dag.New(detail.DAG.Name, opts...)
	return d, addNodes(d.Graph(), detail.Tasks)
}

// paramDefaults are values of the types that a parameter can have.
var paramDefaults = []any{"", false, 0, int64(0), 0.0, time.Duration(0), time.Time{}}

func paramsOf(described []api.Param) (dag.Params, error) {
	params := dag.Params{}
	for _, p := range described {
		i := slices.IndexFunc(paramDefaults, func(v any) bool { return fmt.Sprintf("%T", v) == p.Type })
		if i < 0 {
			return nil, fmt.Errorf("the server has a parameter %q of the type %q, which this version does not know", p.Name, p.Type)
		}
		params[p.Name] = paramDefaults[i]
		if _, isText := paramDefaults[i].(string); isText {
			params[p.Name] = p.Default // what is hidden in it is not taken for a value that was given
			continue
		}
		if p.Secret {
			continue
		}
		v, err := graph.Params{p.Name: paramDefaults[i]}.With(graph.Params{p.Name: p.Default})
		if err != nil {
			return nil, fmt.Errorf("the server's description: %w", err)
		}
		params[p.Name] = v[p.Name]
	}
	return params, nil
}

// addNodes adds tasks and the edges between them.
func addNodes(g *graph.Graph, tasks []api.Node) error {
	byID := map[string]*graph.Node{}
	for _, t := range tasks {
		n, err := nodeOf(t)
		if err != nil {
			return fmt.Errorf("the server's description: task %q: %w", t.ID, err)
		}
		g.Add(n)
		byID[t.ID] = n
	}
	for i, t := range tasks {
		n := g.Nodes[i]
		for _, id := range t.Inputs {
			n.Inputs = append(n.Inputs, byID[id]) // a nil one is found by Compile
		}
		for _, id := range t.Upstream {
			if !slices.Contains(t.Inputs, id) {
				g.Links = append(g.Links, graph.Link{Method: "SetUpstream", From: graph.End{Node: n}, Other: graph.End{Node: byID[id]}, Upstream: true})
			}
		}
	}
	return nil
}

// apiKinds are the kinds of tasks by what the API calls them.
var apiKinds = map[string]graph.Kind{"task": graph.Plain, "map": graph.Map, "branch": graph.Branch, "sensor": graph.Sensor}

func nodeOf(t api.Node) (n *graph.Node, err error) {
	n = &graph.Node{
		ID: t.ID, Group: t.Group, Output: reflect.TypeFor[struct{}](), Every: 1, // it is not looked at
		Call: func(context.Context, []graph.Input) (any, error) {
			return nil, fmt.Errorf("task %q is the server's", t.ID)
		},
	}
	var known bool
	if n.Kind, known = apiKinds[t.Kind]; !known {
		return nil, fmt.Errorf("this version knows no kind %q", t.Kind)
	}
	for n.Rule = rule.AllSuccess; n.Rule.String() != t.Rule; n.Rule++ {
		if !n.Rule.Valid() {
			return nil, fmt.Errorf("this version knows no rule %q", t.Rule)
		}
	}
	n.Retry.Max = t.Retries
	if t.Timeout != "" {
		if n.Timeout, err = time.ParseDuration(t.Timeout); err != nil {
			return nil, err
		}
	}
	for _, p := range t.Pools {
		n.Slots = append(n.Slots, graph.Slots{Pool: p.Pool, N: p.Slots})
	}
	return n, nil
}
