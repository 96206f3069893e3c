package monary

// tally is what is counted of some documents in a row.
type tally struct {
	docs     int64
	bytes    int64
	filtered int64 // documents that a condition left out
	dropped  int64 // documents that gave no row
	counts   []Counts
	rejected [][]Rejected // by column; Doc is relative to the first document
}

func newTally(s Schema) tally {
	return tally{counts: newCounts(s), rejected: make([][]Rejected, s.Len())}
}

// add adds the tally of the documents that follow. It keeps so many rejected
// values of a column.
func (t *tally) add(next tally, keep int) {
	for i, c := range next.counts {
		t.counts[i].addAll(c)
	}
	for i, values := range next.rejected {
		for _, v := range values[:min(len(values), keep-len(t.rejected[i]))] {
			v.Doc += t.docs
			t.rejected[i] = append(t.rejected[i], v)
		}
	}
	t.docs += next.docs
	t.bytes += next.bytes
	t.filtered += next.filtered
	t.dropped += next.dropped
}

// takeTally returns the tally since it was last called.
func (d *decoder) takeTally() tally {
	t := d.tally
	for i := range t.counts {
		if t.counts[i].Of(Missing) > 0 && t.counts[i].onlyMissing() {
			t.counts[i].near = d.locator.nearest(d.schema.paths[i])
		}
	}
	d.tally = newTally(d.schema)
	return t
}
