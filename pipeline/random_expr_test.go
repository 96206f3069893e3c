package pipeline_test

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

func (g *stageGenerator) leaf() any {
	switch g.IntN(8) {
	case 0:
		return pick[any](g.generator, nil, int32(3), int64(-2), 0.5, "a", "abab", true, bson.DateTime(86_400_000*365+1), bson.A{}, bson.A{int32(1), "a", nil})
	case 1, 2:
		if g.loops > 0 {
			return pick(g.generator, "$$this", "$$this", "$$this.x")
		}
	}
	return g.path()
}

func op(name string, args ...any) bson.D { return bson.D{{Key: name, Value: bson.A(args)}} }

// checked replaces a value that a test refuses, as a rule: errors should be rare.
func (g *stageGenerator) checked(e any, test bson.D, otherwise any) any {
	if g.IntN(25) == 0 {
		return e
	}
	return op("$cond", test, e, otherwise)
}

func (g *stageGenerator) number(depth int) any {
	e := g.expr(depth - 1)
	return g.checked(e, op("$isNumber", e), int32(2))
}

func (g *stageGenerator) list(depth int) any {
	e := g.expr(depth - 1)
	return g.checked(e, op("$isArray", e), bson.A{int32(1), "$" + g.paths[0]})
}

func (g *stageGenerator) typed(depth int, name string, otherwise any) any {
	e := g.expr(depth - 1)
	return g.checked(e, op("$eq", op("$type", e), name), otherwise)
}

func (g *stageGenerator) text(depth int) any { return g.typed(depth, "string", "aba") }

func (g *stageGenerator) object(depth int) any {
	return g.typed(depth, "object", bson.D{{Key: "z", Value: g.leaf()}})
}

// expr makes an expression of at most the given depth.
func (g *stageGenerator) expr(depth int) any {
	if depth <= 0 || g.IntN(5) == 0 {
		return g.leaf()
	}
	n := int32(g.IntN(4))
	switch g.IntN(26) {
	case 0, 1:
		return op(pick(g.generator, "$add", "$multiply", "$subtract"), g.number(depth), g.number(depth))
	case 2:
		return op("$mod", g.number(depth), pick[any](g.generator, int32(3), int64(-2), 1.5))
	case 3:
		return op("$abs", g.number(depth))
	case 4, 5:
		return op(pick(g.generator, "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp"), g.expr(depth-1), g.expr(depth-1))
	case 6:
		return op(pick(g.generator, "$and", "$or"), g.expr(depth-1), g.expr(depth-1))
	case 7:
		return op("$not", g.expr(depth-1))
	case 8:
		return op("$cond", g.expr(depth-1), g.expr(depth-1), g.expr(depth-1))
	case 9:
		return op("$ifNull", g.expr(depth-1), g.expr(depth-1))
	case 10:
		return d("$switch", d("branches", bson.A{d("case", g.expr(depth-1), "then", g.leaf())}, "default", g.leaf()))
	case 11:
		return op("$type", g.expr(depth-1))
	case 12:
		return op("$concat", g.text(depth), g.text(depth))
	case 13:
		e := g.expr(depth - 1) // never another type: numbers and dates have texts of their own
		return op("$substrCP", op("$cond", op("$eq", op("$type", e), "string"), e, "aba"), n, int32(2))
	case 14:
		return pick[any](g.generator, op("$strLenCP", g.text(depth)), op("$indexOfCP", g.text(depth), "b"), op("$split", g.text(depth), "b"))
	case 15:
		return op(pick(g.generator, "$size", "$first", "$last", "$reverseArray"), g.list(depth))
	case 16:
		return op(pick(g.generator, "$arrayElemAt", "$slice"), g.list(depth), n-2)
	case 17:
		return op("$concatArrays", g.list(depth), g.list(depth))
	case 18:
		return pick[any](g.generator, op("$in", g.expr(depth-1), g.list(depth)), op("$indexOfArray", g.list(depth), g.expr(depth-1)))
	case 19:
		return op(pick(g.generator, "$sum", "$avg", "$min", "$max"), g.expr(depth-1), g.expr(depth-1))
	case 20:
		return d(pick(g.generator, "$sum", "$avg", "$min", "$max"), g.path())
	case 21:
		return op("$mergeObjects", g.object(depth), g.object(depth))
	case 22:
		return d("$objectToArray", g.object(depth))
	case 23:
		return d(pick(g.generator, "$year", "$dayOfWeek", "$millisecond"), g.typed(depth, "date", bson.DateTime(-5)))
	case 24:
		return d("$let", d("vars", d("this", g.expr(depth-1)), "in", g.inner(depth)))
	}
	return g.loop(depth)
}

func (g *stageGenerator) inner(depth int) any {
	g.loops++
	defer func() { g.loops-- }()
	return g.expr(depth - 1)
}

func (g *stageGenerator) loop(depth int) any {
	input := g.list(depth)
	switch g.IntN(3) {
	case 0:
		return d("$map", d("input", input, "in", g.inner(depth)))
	case 1:
		return d("$filter", d("input", input, "cond", g.inner(depth)))
	}
	return d("$reduce", d("input", input, "initialValue", g.leaf(), "in", op("$max", "$$value", g.inner(depth))))
}

// computed is an expression that cannot be taken for a flag or for fields.
func (g *stageGenerator) computed() any {
	switch e := g.expr(2).(type) {
	case bson.D, bson.A:
		return e
	case string:
		return e
	default:
		return d("$literal", e)
	}
}
