package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// Narrow returns an "any" column as the narrowest type that keeps every value:
// bool, int32, int64 (also of mixed integers), float64 (also of doubles mixed
// with integers that a double holds exactly), date, string or objectid. It
// returns s itself when s has another type, no values, or values that no one
// of these types keeps. Null and missing are one in the result.
func (s *Series) Narrow() *Series {
	if s.Type().Kind != KindAny || s.nulls == s.rows {
		return s
	}
	kind := Kind(0)
	for row := range s.rows {
		if v := s.Value(row); !v.IsNull() {
			kind = joinKinds(kind, kindOf(v.typ))
		}
	}
	if kind == 0 || kind == KindAny {
		return s
	}
	narrow, counts, err := s.Cast(Type{Kind: kind})
	if err != nil || counts.Of(Present) != int64(s.rows-s.nulls) {
		return s
	}
	return narrow
}

// joinKinds is the narrowest kind that takes what both take; 0 takes nothing.
func joinKinds(a, b Kind) Kind {
	numeric := func(k Kind) bool { return k == KindInt32 || k == KindInt64 || k == KindFloat64 }
	switch {
	case a == b || a == 0:
		return b
	case numeric(a) && numeric(b):
		return max(a, b) // declared in widening order
	}
	return KindAny
}

// kindOf is the column kind of a BSON type.
func kindOf(t bson.Type) Kind {
	switch t {
	case bson.TypeBoolean:
		return KindBool
	case bson.TypeInt32:
		return KindInt32
	case bson.TypeInt64:
		return KindInt64
	case bson.TypeDouble:
		return KindFloat64
	case bson.TypeDateTime:
		return KindDate
	case bson.TypeString:
		return KindString
	case bson.TypeObjectID:
		return KindObjectID
	}
	return KindAny
}
