package monary

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// DocumentValue returns a document of the keys and values, in order; a missing
// value leaves its key out. It panics when the lengths differ.
func DocumentValue(keys []string, values []Value) Value {
	doc := beginDocument()
	for i, v := range values {
		if !v.IsMissing() {
			doc = appendElement(doc, keys[i], v)
		}
	}
	return Value{typ: bson.TypeEmbeddedDocument, data: endDocument(doc)}
}

// ArrayValue returns an array of the values; a missing one is null there.
func ArrayValue(values ...Value) Value {
	doc := beginDocument()
	for i, v := range values {
		if v.IsMissing() {
			v = NullValue
		}
		doc = appendElement(doc, strconv.Itoa(i), v)
	}
	return Value{typ: bson.TypeArray, data: endDocument(doc)}
}
