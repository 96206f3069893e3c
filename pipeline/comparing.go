package pipeline

import (
	"github.com/penstock/penstock/monary"
)

// comparing has the comparisons, over all types in BSON's order, and $not.
var comparing = map[string]function{
	"$cmp": two(func(_ *scope, a, b monary.Value) monary.Value { return monary.Int32Value(int32(monary.Compare(a, b))) }),
	"$eq":  comparison(func(order int) bool { return order == 0 }),
	"$ne":  comparison(func(order int) bool { return order != 0 }),
	"$gt":  comparison(func(order int) bool { return order > 0 }),
	"$gte": comparison(func(order int) bool { return order >= 0 }),
	"$lt":  comparison(func(order int) bool { return order < 0 }),
	"$lte": comparison(func(order int) bool { return order <= 0 }),
	"$not": one(func(_ *scope, v monary.Value) monary.Value { return monary.BoolValue(!isTrue(v)) }),
}

func comparison(accept func(order int) bool) function {
	return two(func(_ *scope, a, b monary.Value) monary.Value { return monary.BoolValue(accept(monary.Compare(a, b))) })
}
