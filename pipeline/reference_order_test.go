package pipeline_test

import (
	"cmp"
	"math"
	"math/big"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// bracket is a value's place in the comparison order of BSON types.
func bracket(v any) int {
	switch v.(type) {
	case missingField, bson.Undefined:
		return 0
	case nil:
		return 5
	case int32, int64, float64:
		return 10
	case string:
		return 15
	case bson.D:
		return 20
	case bson.A:
		return 25
	case bson.ObjectID:
		return 35
	case bool:
		return 40
	case bson.DateTime:
		return 45
	}
	panic("no bracket")
}

func compare(a, b any) int {
	if c := cmp.Compare(bracket(a), bracket(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case int32, int64, float64:
		return compareNumbers(a, b)
	case string:
		return cmp.Compare(a, b.(string))
	case bson.D:
		return slices.CompareFunc(a, b.(bson.D), compareElements)
	case bson.A:
		return slices.CompareFunc(a, b.(bson.A), compare)
	case bson.ObjectID:
		return slices.Compare(a[:], idBytes(b))
	case bool:
		return map[bool]int{a: 1}[true] - map[bool]int{b.(bool): 1}[true]
	case bson.DateTime:
		return cmp.Compare(a, b.(bson.DateTime))
	}
	return 0
}

// compareElements goes by type, then name, then value.
func compareElements(a, b bson.E) int {
	return cmp.Or(cmp.Compare(bracket(a.Value), bracket(b.Value)), cmp.Compare(a.Key, b.Key), compare(a.Value, b.Value))
}

func compareNumbers(a, b any) int {
	switch {
	case isNaN(a) && isNaN(b):
		return 0
	case isNaN(a):
		return -1
	case isNaN(b):
		return 1
	}
	return exactly(a).Cmp(exactly(b))
}

func exactly(n any) *big.Float {
	switch n := n.(type) {
	case int32:
		return new(big.Float).SetInt64(int64(n))
	case int64:
		return new(big.Float).SetInt64(n)
	}
	return big.NewFloat(n.(float64))
}

func isNaN(v any) bool {
	f, ok := v.(float64)
	return ok && math.IsNaN(f)
}

func idBytes(v any) []byte {
	id := v.(bson.ObjectID)
	return id[:]
}
