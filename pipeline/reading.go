package pipeline

import (
	"maps"
	"slices"
	"strings"

	"github.com/penstock/penstock/monary"
)

// reading is what a source decodes for stages: of each document the fields of the $match stages that come
// first, and of those that pass what is needed by the stages behind them.
type reading struct {
	filters []*filter
	stages  []stage  // behind the filters
	whole   bool     // they need documents as a whole
	names   []string // else these fields, in order
	types   []string
}

// newReading divides stages. Fields are read as "any" columns; where documents only pass they are those that are
// wanted of the output, which for a source whose values have no types of their own have the types that are
// wanted.
func newReading(stages []stage, wanted []outputField, typed bool) *reading {
	r := &reading{}
	r.filters, r.stages = leading(stages)
	n := &needs{}
	if !passing(stages) {
		n = needsOf(wanted)
	}
	if n = needed(r.stages, n); n.all {
		r.whole = true
		return r
	}
	types := map[string]string{}
	for _, key := range n.keys {
		types[monary.EscapeKey(key)] = "any"
	}
	if passing(stages) {
		for _, f := range wanted {
			typ := "any"
			if !typed {
				typ = f.typ
			}
			if before := types[f.text]; before == "" || before == "any" {
				types[f.text] = typ
			}
		}
	}
	r.names = slices.Sorted(maps.Keys(types))
	for _, name := range r.names {
		r.types = append(r.types, types[name])
	}
	return r
}

// newServerReading is newReading for documents that a server sends, whose fields are any columns. Where they are wanted as a
// whole they come inside others, and are filtered behind the read.
func newServerReading(stages []stage, wanted []outputField, filters bool) *reading {
	r := &reading{stages: stages}
	n := needed(stages, needsOf(wanted))
	if r.whole = n.all || len(n.keys) == 0; r.whole {
		r.names, r.types = []string{"d"}, []string{"any"}
		return r
	}
	if filters {
		r.filters, r.stages = leading(stages)
		n = needed(r.stages, needsOf(wanted))
	}
	for _, key := range n.keys {
		r.names, r.types = append(r.names, monary.EscapeKey(key)), append(r.types, "any")
	}
	if len(r.names) == 0 { // a column there must be
		r.names, r.types = r.filters[0].names()[:1], []string{"any"}
	}
	return r
}

// typeOf is the type that a field is read as.
func (r *reading) typeOf(name string) string {
	if i := slices.Index(r.names, name); i >= 0 {
		return r.types[i]
	}
	return "any"
}

// options are those of the read: the caller's without what concerns the output, and the filters. Stages may keep
// a batch when the next one comes.
func (r *reading) options(e *env, opts []monary.ReadOption) ([]monary.ReadOption, error) {
	opts = append(slices.Clone(opts), func(o *monary.ReadOptions) {
		o.ReuseBuffers, o.OnClose, o.Policy, o.Strict = false, nil, monary.Mask, false
		o.Policies, o.KeepStates, o.KeepRejected, o.OnProgress = nil, false, 0, nil
		o.Dictionaries, o.Where = true, nil
	})
	return r.filtered(e, opts)
}

// filtered adds the filters to options, before the caller's conditions.
func (r *reading) filtered(e *env, opts []monary.ReadOption) ([]monary.ReadOption, error) {
	var filters []monary.Condition
	for _, f := range r.filters {
		c, err := f.condition(e, r.typeOf)
		if err != nil {
			return nil, err
		}
		filters = append(filters, c)
	}
	return append(slices.Clone(opts), func(o *monary.ReadOptions) { o.Where = slices.Concat(filters, o.Where) }), nil
}

// String says what is decoded first and what then; it is empty where nothing is filtered.
func (r *reading) String() string {
	if r == nil || len(r.filters) == 0 {
		return ""
	}
	var by []string
	for _, f := range r.filters {
		by = append(by, strings.Join(f.names(), ", "))
	}
	then := strings.Join(r.names, ", ")
	switch {
	case r.whole:
		then = "the whole"
	case then == "":
		then = "nothing"
	}
	return "filter by " + strings.Join(by, ", then by ") + "; then " + then + " of the documents that pass"
}
