package pipeline

import (
	"fmt"
	"math"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// match keeps the rows for which all conditions hold.
type match struct{ conditions []condition }

var _ stage = (*match)(nil)

// condition compares the values of a field with a constant.
type condition struct {
	field path
	test  func(monary.Value) bool
	not   bool // the condition holds when no value passes the test
}

func parseMatch(spec monary.Value) (stage, error) {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return nil, fmt.Errorf("want a document of conditions, found %s", describe(spec))
	}
	m := &match{}
	for key, value := range spec.Elements() {
		if strings.HasPrefix(key, "$") {
			return nil, fmt.Errorf("operator %s does not run here; conditions are {field: value} and {field: {operator: value}}", key)
		}
		field, err := parsePath(key)
		if err != nil {
			return nil, err
		}
		conditions, err := parseConditions(field, value)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", key, err)
		}
		m.conditions = append(m.conditions, conditions...)
	}
	return m, nil
}

func (m *match) reads() []path {
	var paths []path
	for _, c := range m.conditions {
		paths = append(paths, c.field)
	}
	return paths
}

func (m *match) closes() bool { return false }

func (m *match) run(in tables) tables { return each(in, m.filter) }

func (m *match) filter(t *monary.Table) (*monary.Table, error) {
	keep := make([]int, t.NumRows())
	for i := range keep {
		keep[i] = i
	}
	for _, c := range m.conditions {
		column, rest, err := c.field.bind(t)
		if err != nil {
			return nil, err
		}
		kept := keep[:0]
		for _, row := range keep {
			if rest.any(column.Value(row), c.test) != c.not {
				kept = append(kept, row)
			}
		}
		keep = kept
	}
	if len(keep) == t.NumRows() {
		return t, nil
	}
	return t.Take(keep), nil
}

// parseConditions reads what stands behind a field: a value to be equal to, or
// a document of operators.
func parseConditions(field path, spec monary.Value) ([]condition, error) {
	if !isOperators(spec) {
		c, err := newCondition(field, "$eq", spec)
		return []condition{c}, err
	}
	var out []condition
	for op, operand := range spec.Elements() {
		c, err := newCondition(field, op, operand)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func isOperators(spec monary.Value) bool {
	if spec.Type() != bson.TypeEmbeddedDocument {
		return false
	}
	for key := range spec.Elements() {
		return strings.HasPrefix(key, "$")
	}
	return false
}

func newCondition(field path, op string, operand monary.Value) (condition, error) {
	switch operand.Type() {
	case bson.TypeRegex, bson.TypeMinKey, bson.TypeMaxKey, bson.TypeUndefined:
		return condition{}, fmt.Errorf("%s with a value of type %s does not run here", op, operand.Type())
	}
	c := condition{field: field}
	accept, ok := comparisons[op]
	if op == "$ne" {
		accept, ok, c.not = comparisons["$eq"], true, true
	}
	if !ok {
		return c, fmt.Errorf("operator %s does not run here; $eq, $ne, $gt, $gte, $lt and $lte do", op)
	}
	c.test = func(v monary.Value) bool { return compare(v, operand, accept) }
	return c, nil
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
	if !monary.SameBracket(v, operand) {
		return false
	}
	order := monary.Compare(v, operand)
	if order != 0 && (isNaN(v) || isNaN(operand)) {
		return false
	}
	return accept(order)
}

func isNaN(v monary.Value) bool {
	if x, ok := v.Double(); ok {
		return math.IsNaN(x)
	}
	d, ok := v.Raw().Decimal128OK()
	return ok && d.IsNaN()
}
