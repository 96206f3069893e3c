package monary

import "go.mongodb.org/mongo-driver/v2/bson"

// unit is a column of a type that has one value, or none as null: nothing is
// stored, the validity says all.
type unit struct {
	typ bson.Type
}

func (u *unit) write(_ int, t bson.Type, _ []byte) (State, *fault) {
	if t != u.typ || t == bson.TypeNull {
		return mismatch(t), nil
	}
	return Present, nil
}

func (u *unit) reserve(int)      {}
func (u *unit) truncate(int)     {}
func (u *unit) finish(int, bool) {}

func (u *unit) value(int) Value { return Value{typ: u.typ} }

func (u *unit) slice(int, int) vector { return u }
func (u *unit) take([]int) vector     { return u }
func (u *unit) place(int, ...vector)  {}

func (u *unit) marshal(dst []byte) []byte { return dst }
func (u *unit) unmarshal(*input, int)     {}

// sound refuses values of a null column.
func (u *unit) sound(_ int, valid bool) bool { return !valid || u.typ != bson.TypeNull }
