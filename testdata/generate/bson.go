package main

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// dump is the content of a mongodump .bson file: BSON documents one after the
// other.
type dump struct {
	data  []byte
	start int32 // of the document being written
}

func (d *dump) begin() { d.start, d.data = bsoncore.AppendDocumentStart(d.data) }

// end closes the document; it can only fail when begin was not called.
func (d *dump) end() {
	data, err := bsoncore.AppendDocumentEnd(d.data, d.start)
	if err != nil {
		panic(err)
	}
	d.data = data
}

func (d *dump) str(key, value string) {
	d.data = bsoncore.AppendStringElement(d.data, key, value)
}

func (d *dump) int32(key string, value int) {
	d.data = bsoncore.AppendInt32Element(d.data, key, int32(value))
}

func (d *dump) double(key, decimal string) {
	d.data = bsoncore.AppendDoubleElement(d.data, key, nearest(decimal))
}

func (d *dump) objectID(key string, value bson.ObjectID) {
	d.data = bsoncore.AppendObjectIDElement(d.data, key, value)
}

func (d *dump) date(key string, milliseconds int64) {
	d.data = bsoncore.AppendDateTimeElement(d.data, key, milliseconds)
}

// doubles appends an array of doubles given as decimal text.
func (d *dump) doubles(key string, decimals ...string) {
	start, data := bsoncore.AppendArrayElementStart(d.data, key)
	for i, decimal := range decimals {
		data = bsoncore.AppendDoubleElement(data, strconv.Itoa(i), nearest(decimal))
	}
	data, err := bsoncore.AppendArrayEnd(data, start)
	if err != nil {
		panic(err) // the start was not appended just above
	}
	d.data = data
}

// nearest returns the double nearest to decimal text this program made itself.
func nearest(decimal string) float64 {
	v, err := strconv.ParseFloat(decimal, 64)
	if err != nil {
		panic(err)
	}
	return v
}

// decimal writes n/10^digits with all its digits: decimal(-72622739, 6) is
// "-72.622739".
func decimal(n, digits int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.Itoa(n)
	for len(s) <= digits {
		s = "0" + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}
