package monary

import "strconv"

// node is a key that the plan wants something at: the value, or values inside
// it. The nodes form the trie of a schema's paths.
type node struct {
	found   *places          // of the column that the value is for; nil if only children are wanted
	byKey   map[string]*node // children of a document
	byIndex map[int]*node    // children of an array, by position
	last    int              // the greatest position, -1 if there is none
	stamp   int64            // the newest document that had the key
	swept   int64            // the newest layout that had it
}

// newPlan builds the trie of a schema; what is found for its columns goes to
// found.
func newPlan(s Schema, found []*places) *node {
	root := newNode()
	for column := range s.fields {
		n := root
		for _, key := range s.paths[column] {
			n = n.child(key)
		}
		if n.found != nil {
			found[column] = n.found // another column of the same path
		}
		n.found = found[column]
	}
	return root
}

func newNode() *node {
	return &node{byKey: map[string]*node{}, byIndex: map[int]*node{}, last: -1}
}

// child finds or adds the child with the key.
func (n *node) child(key string) *node {
	if c, ok := n.byKey[key]; ok {
		return c
	}
	c := newNode()
	n.byKey[key] = c
	if index := arrayIndex(key); index >= 0 {
		n.byIndex[index] = c
		n.last = max(n.last, index)
	}
	return c
}

// arrayIndex reads a key such as "0" or "17"; -1 for others, "01" among them.
func arrayIndex(key string) int {
	i, err := strconv.Atoi(key)
	if err != nil || i < 0 || strconv.Itoa(i) != key {
		return -1
	}
	return i
}
