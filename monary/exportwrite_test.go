package monary

// Documents are the rows of a table as a write's documents: with null for cells
// without a value if explicit says so, with _ids if ids does.
func Documents(t *Table, explicit, ids bool) ([][]byte, error) {
	without, id := nullsAbsent, keepID
	if explicit {
		without = nullsExplicit
	}
	if ids {
		id = makeID
	}
	s, err := newStamper(t, without, id)
	if err != nil {
		return nil, err
	}
	docs := make([][]byte, t.rows)
	for row := range docs {
		if docs[row], err = s.append(nil, row); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// PackedWith is the release of the driver that inserts are packed for.
const PackedWith = packedWith

// Filter reports whether the filter of a key column is {key: {$eq: value}}.
func Filter(t *Table, key string) (eq bool, err error) {
	f := &rowForm{}
	if err := f.addKeys(t, []string{key}); err != nil {
		return false, err
	}
	_, eq = f.filter.root.stamps[0].(*inner)
	return eq, nil
}
