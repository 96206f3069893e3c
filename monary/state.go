package monary

// State is what became of a document's field in a column's cell.
type State uint8

// The states of a cell. Only Present and Truncated cells hold a value.
const (
	Present   State = iota // the value is there
	Null                   // BSON null (or undefined)
	Missing                // the document has no such field
	Mismatch               // a BSON type that the column's type does not take
	Overflow               // a number out of the column's range, a document too long for bson:N
	Inexact                // a number that the column's type would have to round, text that it would not give back
	Truncated              // text cut to the width of string:N, at a rune's end, or bytes to that of binary:N
	numStates

	coerced   = numStates // counted beside the states: cells that are present since they were coerced
	numCounts = numStates + 1
)

var stateNames = [numCounts]string{"present", "null", "missing", "mismatch", "overflow", "inexact", "truncated", "coerced"}

// String returns the state's name.
func (s State) String() string {
	if s < numCounts {
		return stateNames[s]
	}
	return "invalid"
}

// hasValue reports whether a cell in this state holds a value.
func (s State) hasValue() bool { return s == Present || s == Truncated }
