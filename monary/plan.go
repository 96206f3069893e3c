package monary

import "strconv"

// node is a level of the plan: the trie of a schema's paths. A document's
// elements are matched against the children of a node.
type node struct {
	key      string
	index    int       // the key as an array index, -1 if it is none
	found    []located // of the column that the value here is for; nil if only children are wanted
	children []*node
	byKey    map[string]*node
	last     int   // greatest array index among the children, -1 if there is none
	stamp    int64 // the newest document that had the key
	swept    int64 // the newest sweep that had it
}

// newPlan builds the trie of a schema; what is found for its columns goes to
// found.
func newPlan(s Schema, found [][]located) *node {
	root := newNode("")
	for column := range s.fields {
		n := root
		for _, key := range s.paths[column] {
			n = n.child(key)
		}
		n.found = found[column]
	}
	return root
}

func newNode(key string) *node {
	return &node{key: key, byKey: map[string]*node{}, last: -1}
}

// child finds or adds the child with the key.
func (n *node) child(key string) *node {
	if c, ok := n.byKey[key]; ok {
		return c
	}
	c := newNode(key)
	n.byKey[key] = c
	n.children = append(n.children, c)
	n.last = max(n.last, arrayIndex(key))
	return c
}

// matchIndex returns the child for the element of an array, nil if none.
func (n *node) matchIndex(index int) *node {
	if index > n.last {
		return nil
	}
	return n.byKey[strconv.Itoa(index)]
}

// arrayIndex reads a key such as "0" or "17"; -1 for others, "01" among them.
func arrayIndex(key string) int {
	i, err := strconv.Atoi(key)
	if err != nil || i < 0 || strconv.Itoa(i) != key {
		return -1
	}
	return i
}
