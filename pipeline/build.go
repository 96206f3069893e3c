package pipeline

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The builder writes the documents of stages, which are bson.D, so that they go together
// with others in a bson.A or a mongo.Pipeline, here and on a server:
//
//	bson.A{
//		pipeline.Match(pipeline.Field("pop").Gt(1000)),
//		pipeline.Group("$state", pipeline.Sum("totPop", "$pop")),
//		bson.D{{Key: "$sort", Value: bson.D{{Key: "totPop", Value: -1}}}},
//	}
//
// It checks nothing that the compiler does not: what a document means is decided where it
// runs. An expression is any value, such as "$pop"; Op makes one of an operator.

// Op is an expression {name: arg}, or {name: [args…]} for several arguments: Op("$add",
// "$a", 1). An operator that takes one list is given a bson.A.
func Op(name string, args ...any) bson.D {
	if len(args) == 1 {
		return single(name, args[0])
	}
	return single(name, bson.A(args))
}

// Cond is {$cond: [when, then, otherwise]}.
func Cond(when, then, otherwise any) bson.D { return Op("$cond", when, then, otherwise) }

// Literal is {$literal: value}: text with a dollar sign, or a document that is no
// expression.
func Literal(value any) bson.D { return single("$literal", value) }

func single(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }

// Field is the path of a field, without a dollar sign. Its methods are what is said of it
// in filters, orders and projections.
type Field string

// Ref is the field's value as an expression: "$" and the path.
func (f Field) Ref() string { return "$" + string(f) }

// Set gives the field the value of an expression, in [Set] and [Project].
func (f Field) Set(expression any) Computed { return Computed{string(f), expression} }

// Include keeps the field in [Project].
func (f Field) Include() Projected { return included{string(f), 1} }

// Exclude leaves the field out in [Project].
func (f Field) Exclude() Projected { return included{string(f), 0} }

// Asc orders by the field, the least first.
func (f Field) Asc() SortKey { return SortKey{string(f), 1} }

// Desc orders by the field, the greatest first.
func (f Field) Desc() SortKey { return SortKey{string(f), -1} }

// SortKey is a key of [Sort].
type SortKey bson.E

// Computed is a field that [Set] and [Project] give a value.
type Computed bson.E

// Projected is what [Project] takes: a [Computed] field, or one that is included or
// excluded.
type Projected interface{ projected() bson.E }

type included bson.E

func (i included) projected() bson.E { return bson.E(i) }

func (c Computed) projected() bson.E { return bson.E(c) }

// Filter is a condition on documents, made by the methods of [Field] and [And], [Or], [Nor]
// and [Expr], or of a bson.D.
type Filter bson.D

func (f Field) is(operator string, value any) Filter {
	return Filter(single(string(f), single(operator, value)))
}

// Eq is {field: {$eq: value}}.
func (f Field) Eq(value any) Filter { return f.is("$eq", value) }

// Ne is {field: {$ne: value}}.
func (f Field) Ne(value any) Filter { return f.is("$ne", value) }

// Gt is {field: {$gt: value}}.
func (f Field) Gt(value any) Filter { return f.is("$gt", value) }

// Gte is {field: {$gte: value}}.
func (f Field) Gte(value any) Filter { return f.is("$gte", value) }

// Lt is {field: {$lt: value}}.
func (f Field) Lt(value any) Filter { return f.is("$lt", value) }

// Lte is {field: {$lte: value}}.
func (f Field) Lte(value any) Filter { return f.is("$lte", value) }

// In is {field: {$in: [values…]}}.
func (f Field) In(values ...any) Filter { return f.is("$in", array(values)) }

// Nin is {field: {$nin: [values…]}}.
func (f Field) Nin(values ...any) Filter { return f.is("$nin", array(values)) }

// All is {field: {$all: [values…]}}.
func (f Field) All(values ...any) Filter { return f.is("$all", array(values)) }

// Exists is {field: {$exists: there}}.
func (f Field) Exists(there bool) Filter { return f.is("$exists", there) }

// Type is {field: {$type: [names…]}}, with names such as "double" and "string".
func (f Field) Type(names ...string) Filter {
	list := bson.A{}
	for _, name := range names {
		list = append(list, name)
	}
	return f.is("$type", list)
}

// Regex is {field: {$regex: pattern, $options: options}}, without options if they are
// empty.
func (f Field) Regex(pattern, options string) Filter {
	of := single("$regex", pattern)
	if options != "" {
		of = append(of, bson.E{Key: "$options", Value: options})
	}
	return Filter(single(string(f), of))
}

// Mod is {field: {$mod: [divisor, remainder]}}.
func (f Field) Mod(divisor, remainder int64) Filter { return f.is("$mod", bson.A{divisor, remainder}) }

// Size is {field: {$size: n}}.
func (f Field) Size(n int) Filter { return f.is("$size", n) }

// ElemMatch is {field: {$elemMatch: {…}}}: an element that is a document meets all filters.
func (f Field) ElemMatch(filters ...Filter) Filter {
	return f.is("$elemMatch", bson.D(together(filters)))
}

// And is {$and: [filters…]}.
func And(filters ...Filter) Filter { return combined("$and", filters) }

// Or is {$or: [filters…]}.
func Or(filters ...Filter) Filter { return combined("$or", filters) }

// Nor is {$nor: [filters…]}.
func Nor(filters ...Filter) Filter { return combined("$nor", filters) }

// Expr is {$expr: expression}.
func Expr(expression any) Filter { return Filter(single("$expr", expression)) }

func combined(name string, filters []Filter) Filter {
	list := bson.A{}
	for _, f := range filters {
		list = append(list, bson.D(f))
	}
	return Filter(single(name, list))
}

// together is one document of all filters if no key is there twice, else their $and.
func together(filters []Filter) Filter {
	out := Filter{}
	for _, f := range filters {
		for _, e := range f {
			if slices.ContainsFunc(out, func(o bson.E) bool { return o.Key == e.Key }) {
				return And(filters...)
			}
			out = append(out, e)
		}
	}
	return out
}

// array is a list of its own, also of nothing.
func array(values []any) bson.A { return append(bson.A{}, values...) }
