package pipeline

import (
	"bytes"
	"cmp"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// constantTest is what a test compares with, and which orders of value and operand pass.
type constantTest struct {
	operand           monary.Value
	less, equal, more bool
}

func newConstantTest(operand monary.Value, accept func(int) bool) *constantTest {
	return &constantTest{operand, accept(-1), accept(0), accept(1)}
}

// filter keeps those of the rows for which all conditions hold, one condition after the other.
func (a all) filter(s *scope, rows []int) []int {
	for _, p := range a {
		switch p := p.(type) {
		case all:
			rows = p.filter(s, rows)
		case *fieldTest:
			if kept, ok := p.filter(s, rows); ok {
				rows = kept
				continue
			}
			rows = filterRows(s, rows, p)
		default:
			rows = filterRows(s, rows, p)
		}
	}
	return rows
}

func filterRows(s *scope, rows []int, p predicate) []int {
	kept := rows[:0]
	for _, row := range rows {
		if p.row(s, row) {
			kept = append(kept, row)
		}
	}
	return kept
}

// filter is filterRows for a column of one type: words of a dictionary are asked once, numbers,
// dates and texts are compared as what they are.
func (f *fieldTest) filter(s *scope, rows []int) (kept []int, ok bool) {
	if len(s.rest[f.at]) > 0 || len(rows) == 0 {
		return nil, false
	}
	t := typedOf(s.columns[f.at], nil)
	if t == nil {
		return nil, false
	}
	holds := f.ofWords(t)
	if holds == nil {
		holds = f.ofPlaces(t)
	}
	if holds == nil && t.offsets != nil {
		holds = f.ofTexts(s.verdicts(f), t)
	}
	if holds == nil {
		return nil, false
	}
	kept = rows[:0]
	for _, row := range rows {
		if !t.isValid(row) {
			if f.row(s, row) {
				kept = append(kept, row)
			}
		} else if holds(row) != f.not {
			kept = append(kept, row)
		}
	}
	return kept, true
}

// ofWords asks each word of a dictionary; nil without one.
func (f *fieldTest) ofWords(t *typed) func(place int) bool {
	if t.codes == nil {
		return nil
	}
	pass := make([]bool, len(t.words))
	for code, word := range t.words {
		pass[code] = f.holds(monary.StringValue(word))
	}
	return func(place int) bool { return pass[t.codes[place]] }
}

// Texts are remembered with what a test has said of them, if they are short and not too many.
const (
	mostVerdicts   = 1 << 12
	mostRemembered = 64 // bytes
)

// verdicts are those of a test on texts so far.
func (s *scope) verdicts(f *fieldTest) map[string]bool {
	if s.known[f] == nil {
		if s.known == nil {
			s.known = map[*fieldTest]map[string]bool{}
		}
		s.known[f] = map[string]bool{}
	}
	return s.known[f]
}

// ofTexts asks about each text, mostly once.
func (f *fieldTest) ofTexts(known map[string]bool, t *typed) func(place int) bool {
	return func(place int) bool {
		text := t.text[t.offsets[place]:t.offsets[place+1]]
		pass, ok := known[string(text)]
		if ok {
			return pass
		}
		pass = f.holds(monary.StringValue(string(text)))
		if len(known) < mostVerdicts && len(text) <= mostRemembered {
			known[string(text)] = pass
		}
		return pass
	}
}

// ofPlaces compares values with the operand; nil if they are of types that are not simply compared.
func (f *fieldTest) ofPlaces(t *typed) func(place int) bool {
	c := f.constant
	if c == nil {
		return nil
	}
	n, isInt := c.operand.Int()
	x, isDouble := c.operand.Double()
	if isDouble && x == math.Trunc(x) && math.Abs(x) <= 1<<53 {
		n, isInt = int64(x), true
	}
	switch of := c.operand.Type(); {
	case t.kind == monary.KindString && of == bson.TypeString:
		want, _ := c.operand.Text()
		return func(place int) bool {
			return c.accepts(bytes.Compare(t.text[t.offsets[place]:t.offsets[place+1]], want))
		}
	case t.kind == monary.KindFloat64 && (isDouble && x == x || of != bson.TypeDateTime && of != bson.TypeBoolean && isInt && int64(float64(n)) == n && math.Abs(float64(n)) <= 1<<53):
		if !isDouble {
			x = float64(n)
		}
		return func(place int) bool {
			v := t.doubles[place]
			return v < x && c.less || v == x && c.equal || v > x && c.more // NaN is none of these
		}
	case !isInt || (t.kind == monary.KindDate) != (of == bson.TypeDateTime) || of == bson.TypeBoolean:
		return nil
	case t.narrow != nil:
		return func(place int) bool { return c.accepts(cmp.Compare(int64(t.narrow[place]), n)) }
	case t.ints != nil:
		return func(place int) bool { return c.accepts(cmp.Compare(t.ints[place], n)) }
	}
	return nil
}

func (c *constantTest) accepts(order int) bool {
	return order < 0 && c.less || order == 0 && c.equal || order > 0 && c.more
}
