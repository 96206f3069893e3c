package monary

import "strconv"

// maxScan is up to how many keys a level of the plan is searched one by one;
// wider levels look a key up in a map.
const maxScan = 8

// node is a level of the plan: the trie of a schema's paths. A document's
// elements are matched against the children of a node.
type node struct {
	key      string
	index    int // the key as an array index, -1 if it is none
	column   int // the column of the value here, -1 if only children want it
	children []*node
	byKey    map[string]*node // only where there are more than maxScan children
	next     int              // child that the order of the keys so far makes likely
	stamp    int64            // the newest document that had the key
}

// newPlan builds the trie of a schema.
func newPlan(s Schema) *node {
	root := &node{column: -1}
	for column := range s.fields {
		n := root
		for _, key := range s.paths[column] {
			n = n.child(key)
		}
		n.column = column
	}
	return root
}

// child finds or adds the child with the key.
func (n *node) child(key string) *node {
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	c := &node{key: key, index: arrayIndex(key), column: -1}
	n.children = append(n.children, c)
	if len(n.children) > maxScan {
		n.addToMap(c)
	}
	return c
}

// addToMap adds c, and at first its elder siblings, to the map.
func (n *node) addToMap(c *node) {
	if n.byKey == nil {
		n.byKey = map[string]*node{}
		for _, sibling := range n.children {
			n.byKey[sibling.key] = sibling
		}
	}
	n.byKey[c.key] = c
}

// match returns the child that a document's key names, nil if none does. The
// search starts behind the last match: documents tend to keep their order.
func (n *node) match(key []byte) *node {
	if n.byKey != nil {
		return n.byKey[string(key)]
	}
	for i := n.next; i < len(n.children); i++ {
		if n.children[i].key == string(key) {
			n.next = i + 1
			return n.children[i]
		}
	}
	for i := range min(n.next, len(n.children)) {
		if n.children[i].key == string(key) {
			n.next = i + 1
			return n.children[i]
		}
	}
	return nil
}

// matchIndex returns the child for the element of an array, nil if none.
func (n *node) matchIndex(index int) *node {
	for _, c := range n.children {
		if c.index == index {
			return c
		}
	}
	return nil
}

// arrayIndex reads a key such as "0" or "17"; -1 for others, "01" among them.
func arrayIndex(key string) int {
	i, err := strconv.Atoi(key)
	if err != nil || i < 0 || strconv.Itoa(i) != key {
		return -1
	}
	return i
}
