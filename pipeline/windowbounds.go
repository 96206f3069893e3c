package pipeline

import (
	"errors"
	"fmt"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// windowBounds say which rows of a partition are in the window of a row: those
// at some distance (documents), or those whose value is at some distance (range).
// The zero value means all.
type windowBounds struct {
	given        bool // the operator has a window of its own
	lower, upper windowBound
	ranged       bool
	unit         string // of dates; empty for numbers
}

// windowBound is one end; by is a distance, missing where there is no end.
type windowBound struct{ by monary.Value }

func (b windowBound) open() bool { return b.by.IsMissing() }

// span is the rows from lo to before hi.
type span struct{ lo, hi int }

// bounds reads {documents: [lower, upper]} or {range: [lower, upper], unit}.
func (w *windows) bounds(spec monary.Value) (b windowBounds, err error) {
	if spec.IsMissing() {
		return b, nil
	}
	parts, err := fieldsOf(spec, "documents", "range", "unit")
	if err != nil {
		return b, fmt.Errorf("window: %w", err)
	}
	documents, ranged, unit := parts[0], parts[1], parts[2]
	b.given = true
	switch {
	case !documents.IsMissing() && !ranged.IsMissing():
		return b, errors.New("window: takes either documents or range, found both")
	case !documents.IsMissing() && !unit.IsMissing() || ranged.IsMissing() && !unit.IsMissing():
		return b, errors.New("window: unit is for range only")
	case !documents.IsMissing():
		err = b.documents(documents)
		if err == nil && len(w.at) == 0 && !(b.lower.open() && b.upper.open()) {
			err = errors.New("a window with bounds needs sortBy")
		}
	case !ranged.IsMissing():
		err = b.values(ranged, unit)
		if err == nil {
			err = w.oneKey("range")
		}
	}
	if err != nil {
		return b, fmt.Errorf("window: %w", err)
	}
	return b, nil
}

// oneKey demands a sortBy of a single ascending field.
func (w *windows) oneKey(what string) error {
	if len(w.order.keys) != 1 || w.order.keys[0].sign < 0 {
		return fmt.Errorf("%s needs a sortBy of one field, ascending", what)
	}
	return nil
}

func (b *windowBounds) documents(spec monary.Value) error {
	err := b.ends("documents", spec, func(v monary.Value) bool {
		n, ok := wholeNumber(v)
		return ok && n == int64(int32(n))
	}, "a whole number")
	if err != nil {
		return err
	}
	return b.rising("documents", spec)
}

func (b *windowBounds) values(spec, unit monary.Value) error {
	b.ranged = true
	accept, want := monary.Value.IsNumber, "a number"
	if !unit.IsMissing() {
		s := &scope{}
		var ok bool
		if b.unit, ok = unitOf(s, unit); !ok {
			return s.err
		}
		accept, want = func(v monary.Value) bool { _, ok := wholeNumber(v); return ok }, "a whole number, as there is a unit"
	}
	if err := b.ends("range", spec, accept, want); err != nil {
		return err
	}
	return b.rising("range", spec)
}

// ends reads [lower, upper].
func (b *windowBounds) ends(name string, spec monary.Value, accept func(monary.Value) bool, want string) error {
	list := elements(spec)
	if spec.Type() != bson.TypeArray || len(list) != 2 {
		return fmt.Errorf("%s is %s; want [lower, upper]", name, describe(spec))
	}
	for i, end := range []*windowBound{&b.lower, &b.upper} {
		switch text, _ := textOf(list[i]); {
		case text == "unbounded":
		case text == "current":
			end.by = monary.Int32Value(0)
		case accept(list[i]):
			end.by = list[i]
		default:
			return fmt.Errorf(`%s has %s; want "unbounded", "current" or %s`, name, describe(list[i]), want)
		}
	}
	return nil
}

func (b *windowBounds) rising(name string, spec monary.Value) error {
	if !b.lower.open() && !b.upper.open() && monary.Compare(b.lower.by, b.upper.by) > 0 {
		return fmt.Errorf("%s is %s; the lower bound must not be above the upper one", name, describe(spec))
	}
	return nil
}

// spans are the windows of the n rows of a partition. No bound ever moves back.
type spans struct {
	n    int
	read func() func() (span, error) // gives them one by one, each time from the first
}

// spans has the window of each row.
func (b windowBounds) spans(p *partition) (spans, error) {
	if b.ranged {
		return b.rangeSpans(p)
	}
	n := p.n
	lower, upper := -n, n
	if !b.lower.open() {
		lower = distance(b.lower)
	}
	if !b.upper.open() {
		upper = distance(b.upper)
	}
	return spans{n, func() func() (span, error) {
		i := -1
		return func() (span, error) {
			i++
			return span{min(max(i+lower, 0), n), max(min(i+upper+1, n), 0)}, nil
		}
	}}, nil
}

func distance(b windowBound) int {
	n, _ := wholeNumber(b.by) // an int32, as was checked
	return int(n)
}

// rangeSpans are kept where the rows are in memory; else they are found anew each time.
func (b windowBounds) rangeSpans(p *partition) (spans, error) {
	x, err := b.axis(p)
	if err != nil {
		return spans{}, err
	}
	if p.file != nil {
		return spans{p.n, func() func() (span, error) { return b.rangeReader(p, x) }}, nil
	}
	next, list := b.rangeReader(p, x), make([]span, p.n)
	for i := range list {
		if list[i], err = next(); err != nil {
			return spans{}, err
		}
	}
	return spans{p.n, func() func() (span, error) {
		i := -1
		return func() (span, error) {
			i++
			return list[i], nil
		}
	}}, nil
}

// rangeReader moves both ends along, as the values of the rows rise.
func (b windowBounds) rangeReader(p *partition, x *sequence) func() (span, error) {
	c, err := p.cursors(x, 3)
	i, s := -1, span{}
	return func() (span, error) {
		if err != nil {
			return span{}, err
		}
		i++
		var v monary.Value
		if v, err = c[0].at(i); err != nil {
			return span{}, err
		}
		if !b.lower.open() {
			s.lo, err = b.move(c[1], s.lo, x.n, v, b.lower, -1)
		}
		switch {
		case err != nil:
		case b.upper.open():
			s.hi = x.n
		default:
			s.hi, err = b.move(c[2], s.hi, x.n, v, b.upper, 0)
		}
		return s, err
	}
}

// move goes on from a place behind all values that compare with a bound of v as most, or below.
func (b windowBounds) move(c *cursor, from, n int, v monary.Value, bound windowBound, most int) (int, error) {
	end, err := b.shift(v, bound)
	for ; err == nil && from < n; from++ {
		var x monary.Value
		if x, err = c.at(from); err != nil || monary.Compare(x, end) > most {
			break
		}
	}
	return from, err
}

// axis has the values that a range is measured on: numbers, or dates where there
// is a unit.
func (b windowBounds) axis(p *partition) (*sequence, error) {
	return p.checked(p.at, func(v monary.Value) error {
		switch {
		case b.unit == "" && !v.IsNumber():
			return fmt.Errorf("the field of sortBy is %s; a range without a unit needs numbers", describe(v))
		case b.unit != "" && v.Type() != bson.TypeDateTime:
			return fmt.Errorf("the field of sortBy is %s; a range with a unit needs dates", describe(v))
		}
		return nil
	})
}

func (b windowBounds) shift(v monary.Value, by windowBound) (monary.Value, error) {
	if b.unit == "" {
		return addNumbers(v, by.by), nil
	}
	n, _ := wholeNumber(by.by)
	return dateAfter(v, b.unit, n)
}

// dateAfter is a date n units later, in UTC.
func dateAfter(date monary.Value, unit string, n int64) (monary.Value, error) {
	ms, _ := date.Int()
	s := &scope{}
	out := shiftBy(s, time.UnixMilli(ms).UTC(), unit, n)
	return out, s.err
}

// unitLength is the length of a unit no longer than a week, in milliseconds.
func unitLength(unit string) (float64, bool) {
	switch ms := fixedUnits[unit]; {
	case ms > 0:
		return float64(ms), true
	case unit == "day":
		return 86_400_000, true
	case unit == "week":
		return 7 * 86_400_000, true
	}
	return math.NaN(), false
}
