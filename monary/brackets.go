package monary

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// brackets are the types that the server's queries compare with each other, in
// the order of its sort. $gt and $lt compare within one only, so a range that
// goes on beyond a bracket has to name the others. The types that an _id cannot
// have (array, regex, undefined) are there for other fields.
//
// Source: MongoDB's manual, Comparison/Sort Order and Type Bracketing.
var brackets = [][]bson.Type{
	{bson.TypeMinKey},
	{bson.TypeUndefined},
	{bson.TypeNull},
	{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128},
	{bson.TypeString, bson.TypeSymbol},
	{bson.TypeEmbeddedDocument},
	{bson.TypeArray},
	{bson.TypeBinary},
	{bson.TypeObjectID},
	{bson.TypeBoolean},
	{bson.TypeDateTime},
	{bson.TypeTimestamp},
	{bson.TypeRegex},
	{bson.TypeDBPointer},
	{bson.TypeJavaScript},
	{bson.TypeCodeWithScope},
	{bson.TypeMaxKey},
}

// typeNumbers are the numbers of $type for some brackets, but for those that the
// server does not know.
func typeNumbers(from, to int, unknown []bson.Type) bson.A {
	out := bson.A{}
	for _, bracket := range brackets[from:to] {
		for _, t := range bracket {
			if !slices.Contains(unknown, t) {
				out = append(out, typeNumber(t))
			}
		}
	}
	return out
}

// typeNumber is a type's number for $type: that in the format, but for MinKey,
// whose byte is negative there.
func typeNumber(t bson.Type) int32 {
	if t == bson.TypeMinKey {
		return -1
	}
	return int32(t)
}

// bracketOf is where a type stands in brackets.
func bracketOf(t bson.Type) (int, error) {
	for i, bracket := range brackets {
		for _, member := range bracket {
			if member == t {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("monary: values of BSON type %#02x have no place in the server's order", byte(t))
}

// behindID is the filter of the documents behind an _id, in rising (1) or
// falling (-1) order: the rest of its bracket, and all brackets behind that.
// Types that the server does not know are left out.
func behindID(last bson.RawValue, order int, unknown []bson.Type) (bson.D, error) {
	at, err := bracketOf(last.Type)
	if err != nil {
		return nil, fmt.Errorf("the documents have no _id to go on from: %w", err)
	}
	either := inBracket(last, order, typeNumbers(at, at+1, unknown))
	from, to := at+1, len(brackets)
	if order < 0 {
		from, to = 0, at
	}
	if numbers := typeNumbers(from, to, unknown); len(numbers) > 0 {
		either = append(either, idIs("$type", numbers))
	}
	if null, _ := bracketOf(bson.TypeNull); from <= null && null < to { // missing sorts as null, but has no type
		either = append(either, idIs("$exists", false))
	}
	if len(either) == 0 {
		either = bson.A{idIs("$in", bson.A{})} // nothing is behind
	}
	return bson.D{{Key: "$or", Value: either}}, nil
}

// inBracket is the filters of the values behind one in its bracket. NaN is the
// least of numbers to a sort, but to $lt and $gt it is not comparable, and not every
// server takes it as an argument.
func inBracket(last bson.RawValue, order int, types bson.A) bson.A {
	operator := "$gt"
	if order < 0 {
		operator = "$lt"
	}
	switch last.Type {
	case bson.TypeMinKey, bson.TypeMaxKey, bson.TypeNull, bson.TypeUndefined:
		return nil // of one value each
	case bson.TypeDouble, bson.TypeInt32, bson.TypeInt64, bson.TypeDecimal128:
		switch nan := isNaN(last); {
		case nan && order > 0:
			return bson.A{idIs("$gte", math.Inf(-1))}
		case nan:
			return nil
		case order < 0:
			return bson.A{bson.D{{Key: "_id", Value: bson.D{{Key: "$type", Value: types}, {Key: "$not", Value: bson.D{{Key: "$gte", Value: last}}}}}}}
		}
	}
	return bson.A{idIs(operator, last)}
}

func idIs(operator string, value any) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: operator, Value: value}}}}
}

func isNaN(v bson.RawValue) bool {
	if d, ok := v.DoubleOK(); ok {
		return math.IsNaN(d)
	}
	d, ok := v.Decimal128OK()
	return ok && d.IsNaN()
}

// errNotSimple is why a read cannot go on behind an _id.
var errNotSimple = errors.New("not a plain collection with simple collation: its _id need not be unique, or not in the order of its bytes")

// checkSimple refuses collections where the order of _id does not name each
// document: views, time series, and those with a collation, in which different
// texts may be equal.
func (c *Collection) checkSimple(ctx context.Context) error {
	_, err := c.specification(ctx)
	if err != nil && !errors.Is(err, errNotSimple) {
		return fmt.Errorf("asking whether the read can be taken up again: %w", err)
	}
	return err
}

// specification is what the server says that the collection is; the zero value if
// it does not exist.
func (c *Collection) specification(ctx context.Context) (spec mongo.CollectionSpecification, err error) {
	specs, err := c.coll.Database().ListCollectionSpecifications(ctx, bson.D{{Key: "name", Value: c.coll.Name()}})
	if err != nil || len(specs) == 0 {
		return spec, err
	}
	spec = specs[0]
	if _, err := spec.Options.LookupErr("collation"); err == nil || spec.Type != "" && spec.Type != "collection" {
		return spec, errNotSimple
	}
	return spec, nil
}
