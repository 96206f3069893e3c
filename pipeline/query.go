package pipeline

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// test is what a query operator asks of a value.
type test struct {
	holds func(monary.Value) bool
	whole bool // an array is asked itself, its elements are not
	not   bool // the condition holds when no value passes

	constant *constantTest // if it is one with a constant
}

// testsOf reads what stands behind a field: a value to be equal to, a regular
// expression, or a document of operators.
func testsOf(spec monary.Value) ([]test, error) {
	if !isOperators(spec) {
		t, err := newTest(equality(spec), spec, monary.Value{})
		return []test{t}, err
	}
	var out []test
	for op, operand := range spec.Elements() {
		switch {
		case op == "$options" && !spec.Field("$regex").IsMissing():
			continue
		case op == "$not":
			t, err := negated(operand)
			if err != nil {
				return nil, fmt.Errorf("$not: %w", err)
			}
			out = append(out, t)
			continue
		}
		t, err := newTest(op, operand, spec.Field("$options"))
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// equality is the operator that {field: value} stands for.
func equality(v monary.Value) string {
	if v.Type() == bson.TypeRegex {
		return "$regex"
	}
	return "$eq"
}

// negated is {$not: …}: not all of the operators hold.
func negated(spec monary.Value) (test, error) {
	if !isOperators(spec) && spec.Type() != bson.TypeRegex {
		return test{}, fmt.Errorf("want operators or a regular expression, found %s", describe(spec))
	}
	inner, err := testsOf(spec)
	return test{whole: true, not: true, holds: func(v monary.Value) bool {
		return !slices.ContainsFunc(inner, func(t test) bool { return path(nil).any(v, t.whole, t.holds) == t.not })
	}}, err
}

func newTest(op string, operand, options monary.Value) (test, error) {
	if accept, ok := comparisons[op]; ok {
		return comparedWith(op, operand, accept)
	}
	switch op {
	case "$ne":
		t, err := comparedWith(op, operand, comparisons["$eq"])
		t.not = true
		return t, err
	case "$in", "$nin":
		t, err := membership(op, operand)
		t.not = op == "$nin"
		return t, err
	case "$exists":
		return test{whole: true, not: !isTrue(operand), holds: func(v monary.Value) bool { return !v.IsMissing() }}, nil
	case "$type":
		return typeTest(operand)
	case "$regex":
		return regexTest(operand, options)
	case "$mod":
		return modTest(operand)
	case "$size":
		n, ok := wholeNumber(operand)
		if !ok || n < 0 {
			return test{}, fmt.Errorf("$size is %s; want a whole number from 0", describe(operand))
		}
		return test{whole: true, holds: func(v monary.Value) bool { return v.Type() == bson.TypeArray && int64(len(elements(v))) == n }}, nil
	case "$all":
		return allTest(operand)
	case "$elemMatch":
		return elementTest(operand)
	}
	return test{}, fmt.Errorf("operator %s does not run here; $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $not, $exists, $type, $regex, $mod, $all, $elemMatch and $size do", op)
}

// comparedWith compares with a constant.
func comparedWith(op string, operand monary.Value, accept func(int) bool) (test, error) {
	if t := operand.Type(); t == bson.TypeUndefined || t == bson.TypeRegex && op != "$eq" {
		return test{}, fmt.Errorf("%s with a value of type %s does not run here", op, t)
	}
	return test{holds: func(v monary.Value) bool { return compare(v, operand, accept) }, constant: newConstantTest(operand, accept)}, nil
}

// comparisons says for each operator which orders of value and operand pass.
var comparisons = map[string]func(order int) bool{
	"$eq":  func(order int) bool { return order == 0 },
	"$gt":  func(order int) bool { return order > 0 },
	"$gte": func(order int) bool { return order >= 0 },
	"$lt":  func(order int) bool { return order < 0 },
	"$lte": func(order int) bool { return order <= 0 },
}

// compare applies an operator to values of one type bracket; null stands for
// missing too, and NaN is neither above nor below a number.
func compare(v, operand monary.Value, accept func(int) bool) bool {
	if v.IsNull() {
		v = monary.NullValue
	}
	order := monary.Compare(v, operand)
	if !monary.SameBracket(v, operand) {
		return isEnd(operand) && accept(order)
	}
	if order != 0 && (isNaN(v) || isNaN(operand)) {
		return false
	}
	return accept(order)
}

// isEnd reports whether a value is MinKey or MaxKey, which are compared with
// values of all types.
func isEnd(v monary.Value) bool { return v.Type() == bson.TypeMinKey || v.Type() == bson.TypeMaxKey }

func isNaN(v monary.Value) bool {
	if x, ok := v.Double(); ok {
		return math.IsNaN(x)
	}
	if v.Type() != bson.TypeDecimal128 {
		return false
	}
	d, ok := v.Raw().Decimal128OK()
	return ok && d.IsNaN()
}

// membership is $in: equal to a value of the list, or matched by a regular
// expression in it.
func membership(op string, operand monary.Value) (test, error) {
	if operand.Type() != bson.TypeArray {
		return test{}, fmt.Errorf("%s is %s; want an array", op, describe(operand))
	}
	keys, patterns := map[string]bool{}, []*regexp.Regexp(nil)
	for _, v := range operand.Elements() {
		if isOperators(v) {
			return test{}, fmt.Errorf("%s has %s; operators do not run in it", op, describe(v))
		}
		if v.Type() == bson.TypeRegex {
			re, err := patternOf(v, monary.Value{})
			if err != nil {
				return test{}, err
			}
			patterns = append(patterns, re)
		}
		keys[string(v.AppendKey(nil))] = true
	}
	return test{holds: func(v monary.Value) bool {
		if v.IsNull() {
			v = monary.NullValue
		}
		if keys[string(v.AppendKey(nil))] {
			return true
		}
		text, ok := v.Text()
		return ok && slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.Match(text) })
	}}, nil
}

func typeTest(operand monary.Value) (test, error) {
	names := []monary.Value{operand}
	if operand.Type() == bson.TypeArray {
		names = elements(operand)
	}
	accepted := map[bson.Type]bool{}
	for _, name := range names {
		if text, _ := textOf(name); text == "number" {
			for _, t := range []bson.Type{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128} {
				accepted[t] = true
			}
			continue
		}
		t, err := typeOfName(name)
		if err != nil {
			return test{}, fmt.Errorf("$type: %w", err)
		}
		accepted[t] = true
	}
	if len(accepted) == 0 {
		return test{}, fmt.Errorf("$type is %s; want a type or an array of types", describe(operand))
	}
	return test{holds: func(v monary.Value) bool { return accepted[v.Type()] }}, nil
}

func regexTest(operand, options monary.Value) (test, error) {
	re, err := patternOf(operand, options)
	if err != nil {
		return test{}, fmt.Errorf("$regex: %w", err)
	}
	return test{holds: func(v monary.Value) bool {
		if v.Type() == bson.TypeRegex && operand.Type() == bson.TypeRegex {
			return monary.Compare(v, operand) == 0
		}
		text, ok := v.Text()
		return ok && v.Type() != bson.TypeJavaScript && re.Match(text)
	}}, nil
}

// modTest is {$mod: [divisor, remainder]}; numbers lose what is behind the point.
func modTest(operand monary.Value) (test, error) {
	parts := elements(operand)
	if len(parts) != 2 {
		return test{}, fmt.Errorf("$mod is %s; want [divisor, remainder]", describe(operand))
	}
	divisor, ok := truncated(parts[0])
	remainder, ok2 := truncated(parts[1])
	if !ok || !ok2 || divisor == 0 {
		return test{}, fmt.Errorf("$mod is %s; want two numbers, the first of them not 0", describe(operand))
	}
	return test{holds: func(v monary.Value) bool {
		n, ok := truncated(v)
		return ok && (divisor == -1 && remainder == 0 || divisor != -1 && n%divisor == remainder)
	}}, nil
}

// truncated is a number as an int64, without what is behind its point.
func truncated(v monary.Value) (int64, bool) {
	if !v.IsNumber() {
		return 0, false
	}
	out, err := toInteger(v, "long", math.MinInt64, math.MaxInt64)
	if err != nil {
		return 0, false
	}
	return out.Int()
}

// allTest is $all: each value of the list is met by the field. An empty list is
// met by none.
func allTest(operand monary.Value) (test, error) {
	if operand.Type() != bson.TypeArray {
		return test{}, fmt.Errorf("$all is %s; want an array", describe(operand))
	}
	var parts []test
	for _, v := range operand.Elements() {
		op, arg := equality(v), v
		if isOperators(v) {
			var err error
			if op, arg, err = onlyElement(v); err != nil || op != "$elemMatch" {
				return test{}, fmt.Errorf("$all: %s; only $elemMatch may be in it", describe(v))
			}
		}
		t, err := newTest(op, arg, monary.Value{})
		if err != nil {
			return test{}, fmt.Errorf("$all: %w", err)
		}
		parts = append(parts, t)
	}
	return test{whole: true, holds: func(v monary.Value) bool {
		for _, t := range parts {
			if !path(nil).any(v, t.whole, t.holds) {
				return false
			}
		}
		return len(parts) > 0
	}}, nil
}

// elementTest is $elemMatch: one element meets all operators, or the filter.
func elementTest(operand monary.Value) (test, error) {
	if operand.Type() != bson.TypeEmbeddedDocument {
		return test{}, fmt.Errorf("$elemMatch is %s; want operators or a filter", describe(operand))
	}
	var meets func(monary.Value) bool
	if isOperators(operand) && !isCombination(operand) {
		tests, err := testsOf(operand)
		if err != nil {
			return test{}, fmt.Errorf("$elemMatch: %w", err)
		}
		meets = func(e monary.Value) bool {
			return !slices.ContainsFunc(tests, func(t test) bool { return t.holds(e) == t.not })
		}
	} else {
		filter, err := (*program)(nil).filterOf(operand)
		if err != nil {
			return test{}, fmt.Errorf("$elemMatch: %w", err)
		}
		meets = func(e monary.Value) bool {
			return (e.Type() == bson.TypeEmbeddedDocument || e.Type() == bson.TypeArray) && filter.value(e)
		}
	}
	return test{whole: true, holds: func(v monary.Value) bool { return v.Type() == bson.TypeArray && anyElement(v, meets) }}, nil
}

// isCombination reports whether a document begins with an operator of filters.
func isCombination(spec monary.Value) bool {
	for key := range spec.Elements() {
		return slices.Contains([]string{"$and", "$or", "$nor", "$expr", "$comment"}, key) || !strings.HasPrefix(key, "$")
	}
	return false
}

// isOperators reports whether a document begins with an operator.
func isOperators(spec monary.Value) bool {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return false
	}
	for key := range spec.Elements() {
		return strings.HasPrefix(key, "$")
	}
	return false
}
