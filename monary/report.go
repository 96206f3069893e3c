package monary

import (
	"fmt"
	"strings"
)

// Counts says what became of a field over all documents read.
type Counts struct {
	Field  string
	Type   Type
	Nested []Counts // of the cells inside a list or struct, by paths such as "tags[]" and "addr.zip"
	states [numCounts]int64
	near   hint // of a field that was absent
}

// Of is the number of documents in which the field's cell got the state.
func (c Counts) Of(state State) int64 { return c.states[state] }

// Coerced is the number of documents in which the cell is present because
// [Coerce] converted the value.
func (c Counts) Coerced() int64 { return c.states[coerced] }

func (c *Counts) add(state State, n int64) { c.states[state] += n }

func (c *Counts) addAll(other Counts) {
	for state, n := range other.states {
		c.states[state] += n
	}
	c.mergeNested(other.Nested)
	c.near = c.near.better(other.near)
}

func (c Counts) onlyMissing() bool {
	for state, n := range c.states {
		if n > 0 && State(state) != Missing {
			return false
		}
	}
	return true
}

// Report counts, column by column, what a [Reader] has met so far.
type Report struct {
	Documents int64    // documents read
	Filtered  int64    // those of them that the conditions of Where left out; nothing else of them is counted
	Dropped   int64    // those of them that gave no row, under DropRow
	Columns   []Counts // one for each field of the schema, in its order

	// BadRecords counts the CSV records that could not be read as one and did not end the
	// read, see the option; Bad are the first of them, as many as [KeepRejected] asks for.
	// Those that gave no row are not among the Documents.
	BadRecords int64
	Bad        []BadRecord

	// Rejected are values that their columns did not take, as many of each
	// column as [KeepRejected] asks for, column by column in document order.
	Rejected []Rejected
}

// Absent returns the fields that no document had at all, which often is a
// misspelt name, also those inside lists and structs. It is empty as long as no
// document has been read that was not filtered out.
func (r Report) Absent() []string {
	var names []string
	for _, c := range r.Columns {
		if r.lacks(c) {
			names = append(names, c.Field)
		}
		names = append(names, c.absentInside()...)
	}
	return names
}

// String lists the columns with their counts, a line each; counts of zero are
// left out.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d documents", r.Documents)
	if r.Filtered > 0 {
		fmt.Fprintf(&b, ", %d filtered out", r.Filtered)
	}
	if r.Dropped > 0 {
		fmt.Fprintf(&b, ", %d dropped", r.Dropped)
	}
	if r.BadRecords > 0 {
		fmt.Fprintf(&b, ", %d bad records", r.BadRecords)
	}
	for _, c := range r.Columns {
		fmt.Fprintf(&b, "\n%s %s:", quoteName(c.Field), c.Type)
		if r.lacks(c) {
			b.WriteString(" in none of them")
			if c.near.path != "" {
				fmt.Fprintf(&b, "; did you mean %s?", quoteName(c.near.path))
			}
			continue
		}
		for state, n := range c.states {
			if n > 0 {
				fmt.Fprintf(&b, " %d %s", n, State(state))
			}
		}
		c.writeNested(&b)
	}
	return b.String()
}

// lacks reports whether none of the documents had the field.
func (r Report) lacks(c Counts) bool {
	n := r.Documents - r.Filtered
	return n > 0 && c.Of(Missing) == n
}

func newCounts(s Schema) []Counts {
	counts := make([]Counts, len(s.fields))
	for i, f := range s.fields {
		counts[i] = Counts{Field: f.Name, Type: f.Type}
	}
	return counts
}
