package pipeline

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// sortNode is where a key has come to in a document, and how it goes on.
type sortNode struct {
	value monary.Value
	rest  path
	done  bool // the value is what the document sorts as
}

// together is what a document sorts as by keys that meet the same array: an
// element gives the values of all of them, and the first in the order counts.
func (o *order) together(nodes []sortNode) ([]monary.Value, error) {
	array := -1 // the first key that meets an array
	for i := range nodes {
		switch nodes[i].walk(); {
		case nodes[i].done:
		case array < 0:
			array = i
		case !slices.Equal(o.walked(array, nodes), o.walked(i, nodes)):
			return nil, fmt.Errorf("fields %q and %q are two arrays in one document; it cannot be sorted by both", o.keys[array].field, o.keys[i].field)
		}
	}
	if array < 0 {
		values := make([]monary.Value, len(nodes))
		for i, n := range nodes {
			values[i] = n.value
		}
		return values, nil
	}
	list := elements(nodes[array].value)
	if len(list) == 0 {
		list = []monary.Value{{}}
	}
	var best []monary.Value
	for _, element := range list {
		inner := slices.Clone(nodes)
		for i := range inner {
			inner[i].enter(element)
		}
		values, err := o.together(inner)
		if err != nil {
			return nil, err
		}
		if best == nil || o.compare(values, best) < 0 {
			best = values
		}
	}
	return best, nil
}

// walked is the path that a key has behind it.
func (o *order) walked(key int, nodes []sortNode) path {
	field := o.keys[key].field
	return field[:len(field)-len(nodes[key].rest)]
}

// compare orders what two documents sort as.
func (o *order) compare(a, b []monary.Value) int {
	for i, k := range o.keys {
		if c := monary.Compare(a[i], b[i]); c != 0 {
			return c * k.sign
		}
	}
	return 0
}

// walk goes on to an array, or to the end.
func (n *sortNode) walk() {
	for !n.done {
		if n.value.Type() == bson.TypeArray {
			element, ok := n.rest.position(n.value)
			if !ok {
				return
			}
			n.value, n.rest = element, n.rest[1:]
			continue
		}
		if len(n.rest) == 0 {
			n.value, n.done = nullIfMissing(n.value), true
			return
		}
		n.value, n.rest = n.value.Field(n.rest[0]), n.rest[1:]
	}
}

// enter goes from the array into an element; a missing one stands for none. At
// the path's end the element counts as it is, and none comes before null.
func (n *sortNode) enter(element monary.Value) {
	switch {
	case n.done:
	case len(n.rest) == 0:
		n.value, n.done = element, true
	case element.Type() == bson.TypeEmbeddedDocument:
		n.value = element
	default:
		n.value, n.done = monary.NullValue, true
	}
}
