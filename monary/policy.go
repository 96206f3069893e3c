package monary

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Policy says what is done with a value that its column does not take as it is:
// a mismatch, an overflow, a number that would have to be rounded, text that
// would be cut. Null and missing fields are no such values. A value inside a
// list or struct is one like any other: it ends the read under Fail, and under
// DropRow the whole document gives no row.
type Policy uint8

// The policies.
const (
	Mask    Policy = iota // the cell has no value (cut text keeps what fits); the report counts it
	Fail                  // the read ends before the document with an ErrValue
	DropRow               // the document gives no row; the report counts it as dropped

	// Coerce converts the value where the table has a c, and the report counts it;
	// elsewhere, and where nothing equal can be made of it, the cell is masked.
	// = is taken under every policy, . under none. It works inside lists and
	// structs as well.
	//
	//	            bool int float decimal date tstamp objid uuid string code symbol regex binary bson
	//	double      c    =   =     c       c    .      .     .    c      .    .      .     .      .
	//	string      c    c   c     c       c    .      c     c    =      c    c      .     .      .
	//	document    .    .   .     .       .    .      .     .    .      .    .      .     .      =
	//	array       .    .   .     .       .    .      .     .    .      .    .      .     .      =
	//	binary      .    .   .     .       .    .      .     .    .      .    .      .     =      .
	//	uuid        .    .   .     .       .    .      .     =    c      .    .      .     =      .
	//	objectid    .    .   .     .       .    .      =     .    c      .    .      .     .      .
	//	bool        =    c   c     c       .    .      .     .    c      .    .      .     .      .
	//	date        .    c   .     .       =    .      .     .    c      .    .      .     .      .
	//	regex       .    .   .     .       .    .      .     .    .      .    .      =     .      .
	//	dbpointer   .    .   .     .       .    .      .     .    .      .    .      .     .      .
	//	code        .    .   .     .       .    .      .     .    c      =    c      .     .      .
	//	symbol      c    c   c     c       c    .      c     c    c      c    =      .     .      .
	//	scoped code .    .   .     .       .    .      .     .    .      .    .      .     .      .
	//	int32       c    =   =     c       c    .      .     .    c      .    .      .     .      .
	//	timestamp   .    .   .     .       c    =      .     .    .      .    .      .     .      .
	//	int64       c    =   =     c       c    .      .     .    c      .    .      .     .      .
	//	decimal128  c    c   c     =       .    .      .     .    c      .    .      .     .      .
	//	minkey      .    .   .     .       .    .      .     .    .      .    .      .     .      .
	//	maxkey      .    .   .     .       .    .      .     .    .      .    .      .     .      .
	//
	// Nothing is cut or wrapped on the way, nor rounded but as said here; no space around text is
	// allowed. The state of a cell that was not coerced says why: mismatch for text
	// that means nothing, overflow and inexact as for numbers.
	//   - Text is a number when it is decimal: 12, -1.50, 6e23. An integer column
	//     takes it when it is whole; a float column takes the nearest float of up
	//     to 17 digits (float32: 9) and of more if they are exactly a float's;
	//     decimal128 takes 34 digits. NaN, Infinity and -Infinity are floats too.
	//   - decimal128 becomes what its text would. A bool is 0 or 1.
	//   - A date is an integer of milliseconds since 1970, and the other way round;
	//     a timestamp becomes a date when its increment is 0. Text is a date as in
	//     RFC 3339, to the millisecond, or a day such as 2015-11-17, in UTC.
	//   - A bool is a number equal to 0 or 1, or true, false, 1 or 0 in any case.
	//   - An ObjectID is 24 hexadecimal digits, a UUID 32, grouped 8-4-4-4-12 or not.
	//   - string, code and symbol become each other. In a string column numbers are
	//     the shortest decimal that gives them back, dates RFC 3339 in UTC with
	//     milliseconds, for years 0 to 9999. string:N takes such text when it fits.
	Coerce
)

// ErrValue is the cause of a [DecodeError] under [Fail].
var ErrValue = errors.New("value does not fit its column")

// offends reports whether a cell in this state is one for the policy.
func (s State) offends() bool { return s >= Mismatch && s < numStates }

// ErrAbsent is what a read with [Strict] ends with when no document had a field
// of the schema; [Report.Absent] names the fields.
var ErrAbsent = errors.New("fields that no document has")

// checkAbsent is the last step of a strict read.
func (r *Reader) checkAbsent() error {
	report := r.Report()
	absent := report.Absent()
	if !r.options.Strict || len(absent) == 0 {
		return nil
	}
	hints := make([]string, len(absent))
	for i, name := range absent {
		hints[i] = quoteName(name)
		if near := report.near(name); near != "" {
			hints[i] += " (did you mean " + quoteName(near) + "?)"
		}
	}
	return fmt.Errorf("monary: %w, of %d: %s", ErrAbsent, report.Documents, strings.Join(hints, ", "))
}

// near is the key seen that is most like the absent field's.
func (r Report) near(name string) string {
	for _, c := range r.Columns {
		if c.Field == name {
			return c.near.path
		}
	}
	return ""
}

// hint is a path that an absent one may have been meant to be.
type hint struct {
	depth    int    // keys of the absent path that were met
	path     string // empty where no other key is like the next
	distance int
}

// better is the nearer of two hints: the one that got further along the path; of
// these the more similar, of equals the first in the alphabet. So it does not
// depend on the order of the documents or on who has read them.
func (h hint) better(other hint) hint {
	order := cmp.Or(cmp.Compare(other.depth, h.depth), btoi(other.path != "")-btoi(h.path != ""),
		cmp.Compare(h.distance, other.distance), cmp.Compare(h.path, other.path))
	if order > 0 {
		return other
	}
	return h
}

// nearest looks for the key that is most like the first one of a path that no
// document had.
func (l *locator) nearest(path []string) hint {
	on, n := l.top, l.plan
	for i, key := range path {
		best := hint{depth: i}
		if arrayIndex(key) >= 0 {
			return best
		}
		seen, inside := on.keys()
		if !seen[key] {
			for candidate := range seen {
				if d := distance(strings.ToLower(key), strings.ToLower(candidate)); d <= len(key)/2 {
					near := slices.Concat(path[:i], []string{candidate}, path[i+1:])
					best = best.better(hint{i, joinPath(near), d})
				}
			}
			return best
		}
		if n = n.byKey[key]; n == nil || inside[n] == nil {
			return hint{depth: i + 1}
		}
		on = inside[n]
	}
	return hint{depth: len(path)}
}

// keys returns the keys of a level that were learnt, and the levels inside it.
func (l *level) keys() (seen map[string]bool, inside map[*node]*level) {
	seen, inside = map[string]bool{}, map[*node]*level{}
	for id, s := range l.known {
		seen[id[1:s.head-1]] = true
		if s.inside != nil {
			inside[s.want] = s.inside
		}
	}
	return seen, inside
}

func joinPath(keys []string) string {
	escaped := make([]string, len(keys))
	for i, key := range keys {
		escaped[i] = EscapeKey(key)
	}
	return strings.Join(escaped, ".")
}

// distance is how many bytes have to be put in, left out or changed to make one
// text of the other (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
