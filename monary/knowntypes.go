package monary

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// rareTypes are those that servers other than MongoDB's may have no number of
// $type for. FerretDB's first version has none of them, and refuses a filter that
// names one.
var rareTypes = []bson.Type{
	bson.TypeMinKey, bson.TypeUndefined, bson.TypeDecimal128, bson.TypeSymbol, bson.TypeDBPointer, bson.TypeJavaScript,
	bson.TypeCodeWithScope, bson.TypeMaxKey,
}

// unknownTypes are the types that the server does not know, so that no document of
// its can have them either. It asks for one document: a server may look at a filter
// only when it has one.
func (c *Collection) unknownTypes(ctx context.Context) ([]bson.Type, error) {
	if known, err := c.knowsTypes(ctx, rareTypes...); known || err != nil {
		return nil, err
	}
	var unknown []bson.Type
	for _, t := range rareTypes {
		known, err := c.knowsTypes(ctx, t)
		if err != nil {
			return nil, err
		}
		if !known {
			unknown = append(unknown, t)
		}
	}
	return unknown, nil
}

// knowsTypes reports whether the server takes a filter with the types' numbers.
func (c *Collection) knowsTypes(ctx context.Context, types ...bson.Type) (bool, error) {
	none := bson.A{}
	for _, t := range types {
		none = append(none, idIs("$type", typeNumber(t)))
	}
	err := c.coll.FindOne(ctx, bson.D{{Key: "$nor", Value: none}}, options.FindOne().SetProjection(onlyID)).Err()
	var command mongo.CommandError
	switch {
	case err == nil || errors.Is(err, mongo.ErrNoDocuments):
		return true, nil
	case errors.As(err, &command) && slices.Contains(codesOfUnknown, command.Code):
		return false, nil
	}
	return false, fmt.Errorf("asking which types the server knows: %w", err)
}

// codesOfUnknown are BadValue and NotImplemented.
var codesOfUnknown = []int32{2, 238}
