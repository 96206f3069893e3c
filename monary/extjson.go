package monary

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// extended writes BSON as MongoDB Extended JSON v2, canonical or relaxed. Source:
// the specification of that name.
type extended struct {
	dst       []byte
	canonical bool
	trusting  bool // does not look whether documents read back as they are
}

// ErrAmbiguous is the cause when a document has keys that extended JSON gives a
// meaning, so that it would be read back as something else: {"$oid": "…"}.
var ErrAmbiguous = errors.New("extended JSON cannot hold the document: it would be read back as something else")

// AppendExtJSON appends the value as MongoDB Extended JSON v2, canonical or
// relaxed, by the rules of [WriteJSON]. A missing value is an error.
func (v Value) AppendExtJSON(dst []byte, canonical bool) ([]byte, error) {
	if v.IsMissing() {
		return dst, errors.New("monary: extended JSON has no missing value")
	}
	e := extended{dst: dst, canonical: canonical}
	if f := e.value(v.typ, v.appendBytes(nil)); f != nil {
		return dst, fmt.Errorf("monary: extended JSON: field %q: %w", f.path(), f.err)
	}
	return e.dst, nil
}

// value appends a checked value.
func (e *extended) value(t bson.Type, val []byte) *fault {
	switch t {
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return e.container(t, val)
	case bson.TypeString:
		return e.text(val[4 : len(val)-1])
	case bson.TypeSymbol:
		return e.wrappedText(`{"$symbol":`, val[4:len(val)-1])
	case bson.TypeJavaScript:
		return e.wrappedText(`{"$code":`, val[4:len(val)-1])
	case bson.TypeCodeWithScope:
		return e.scoped(val)
	case bson.TypeRegex:
		return e.regex(val)
	case bson.TypeDBPointer:
		ref := val[4 : len(val)-13]
		e.dst = append(e.dst, `{"$dbPointer":{"$ref":`...)
		f := e.text(ref)
		e.dst = hex.AppendEncode(append(e.dst, `,"$id":{"$oid":"`...), val[len(val)-12:])
		e.dst = append(e.dst, `"}}}`...)
		return f
	}
	e.scalar(t, val)
	return nil
}

// scalar appends a value that is neither text nor has others inside.
func (e *extended) scalar(t bson.Type, val []byte) {
	switch t {
	case bson.TypeNull:
		e.dst = append(e.dst, "null"...)
	case bson.TypeUndefined:
		e.dst = append(e.dst, `{"$undefined":true}`...)
	case bson.TypeMinKey:
		e.dst = append(e.dst, `{"$minKey":1}`...)
	case bson.TypeMaxKey:
		e.dst = append(e.dst, `{"$maxKey":1}`...)
	case bson.TypeBoolean:
		e.dst = strconv.AppendBool(e.dst, val[0] == 1)
	case bson.TypeInt32:
		e.integer(`{"$numberInt":"`, int64(int32(binary.LittleEndian.Uint32(val))))
	case bson.TypeInt64:
		e.integer(`{"$numberLong":"`, int64(binary.LittleEndian.Uint64(val)))
	case bson.TypeDouble:
		e.double(math.Float64frombits(binary.LittleEndian.Uint64(val)))
	case bson.TypeDecimal128:
		e.dst = append(append(append(e.dst, `{"$numberDecimal":"`...), getDecimal128(val).String()...), `"}`...)
	case bson.TypeObjectID:
		e.dst = append(hex.AppendEncode(append(e.dst, `{"$oid":"`...), val), `"}`...)
	case bson.TypeDateTime:
		e.date(int64(binary.LittleEndian.Uint64(val)))
	case bson.TypeTimestamp:
		ts := getTimestamp(val)
		e.dst = strconv.AppendUint(append(e.dst, `{"$timestamp":{"t":`...), uint64(ts.T), 10)
		e.dst = append(strconv.AppendUint(append(e.dst, `,"i":`...), uint64(ts.I), 10), "}}"...)
	case bson.TypeBinary:
		subtype, data := binaryParts(val)
		e.dst = base64.StdEncoding.AppendEncode(append(e.dst, `{"$binary":{"base64":"`...), data)
		e.dst = fmt.Appendf(e.dst, `","subType":"%02x"}}`, subtype)
	}
}

// container appends a document or an array.
func (e *extended) container(t bson.Type, val []byte) *fault {
	marks, start, odd := "{}", len(e.dst), false
	if t == bson.TypeArray {
		marks = "[]"
	}
	e.dst = append(e.dst, marks[0])
	empty := len(e.dst)
	f := eachElement(val, func(t bson.Type, key, val []byte) *fault {
		if len(e.dst) > empty {
			e.dst = append(e.dst, ',')
		}
		if marks == "{}" {
			odd = odd || len(key) > 0 && key[0] == '$'
			if f := e.text(key); f != nil {
				return f
			}
			e.dst = append(e.dst, ':')
		}
		return e.value(t, val)
	})
	e.dst = append(e.dst, marks[1])
	if f == nil && odd && !e.trusting {
		f = e.checkBack(val, start)
	}
	return f
}

// checkBack reads what was written of a document that has keys with a dollar sign.
func (e *extended) checkBack(doc []byte, start int) *fault {
	text := e.dst[start:]
	if !e.canonical {
		text = canonicalText(doc)
	}
	var back bson.Raw
	err := bson.UnmarshalExtJSON(slices.Concat([]byte(`{"v":`), text, []byte(`}`)), false, &back)
	if err == nil {
		v := back.Lookup("v")
		if v.Type == bson.TypeEmbeddedDocument && bytes.Equal(canonicalText(v.Value), text) {
			return nil
		}
	}
	return faultf(0, ErrAmbiguous, "%s", clip(text))
}

// canonicalText is a document that is known to be writable.
func canonicalText(doc []byte) []byte {
	e := extended{canonical: true, trusting: true}
	_ = e.container(bson.TypeEmbeddedDocument, doc) // has been written before, or was just read
	return e.dst
}

func (e *extended) integer(wrapper string, n int64) {
	if !e.canonical {
		e.dst = strconv.AppendInt(e.dst, n, 10)
		return
	}
	e.dst = append(strconv.AppendInt(append(e.dst, wrapper...), n, 10), `"}`...)
}

// double appends the shortest digits that give the number back, with a point or
// an exponent, so that it is no integer; -0 keeps its sign. What is no number has
// the canonical form always; there is none for the payload of a NaN.
func (e *extended) double(x float64) {
	wrapped := e.canonical || math.IsNaN(x) || math.IsInf(x, 0)
	if wrapped {
		e.dst = append(e.dst, `{"$numberDouble":"`...)
	}
	switch start := len(e.dst); {
	case math.IsNaN(x):
		e.dst = append(e.dst, "NaN"...)
	case math.IsInf(x, 0):
		e.dst = append(e.dst, strings.TrimPrefix(strconv.FormatFloat(x, 'f', -1, 64)+"inity", "+")...)
	default:
		if e.dst = strconv.AppendFloat(e.dst, x, 'G', -1, 64); !bytes.ContainsAny(e.dst[start:], ".E") {
			e.dst = append(e.dst, ".0"...)
		}
	}
	if wrapped {
		e.dst = append(e.dst, `"}`...)
	}
}

// date appends a time. The relaxed form is for the years 1970 to 9999.
func (e *extended) date(ms int64) {
	const ends = 253402300800000 // the year 10000
	if e.canonical || ms < 0 || ms >= ends {
		e.dst = append(strconv.AppendInt(append(e.dst, `{"$date":{"$numberLong":"`...), ms, 10), `"}}`...)
		return
	}
	layout := "2006-01-02T15:04:05Z"
	if ms%1000 != 0 {
		layout = "2006-01-02T15:04:05.000Z"
	}
	e.dst = append(time.UnixMilli(ms).UTC().AppendFormat(append(e.dst, `{"$date":"`...), layout), `"}`...)
}

func (e *extended) wrappedText(wrapper string, text []byte) *fault {
	e.dst = append(e.dst, wrapper...)
	f := e.text(text)
	e.dst = append(e.dst, '}')
	return f
}

func (e *extended) scoped(val []byte) *fault {
	code := val[8 : 8+length(val[4:])-1]
	e.dst = append(e.dst, `{"$code":`...)
	if f := e.text(code); f != nil {
		return f
	}
	e.dst = append(e.dst, `,"$scope":`...)
	f := e.container(bson.TypeEmbeddedDocument, val[8+len(code)+1:])
	e.dst = append(e.dst, '}')
	return f
}

// regex appends a regular expression, its options in the alphabet's order.
func (e *extended) regex(val []byte) *fault {
	pattern, options, _ := bytes.Cut(val[:len(val)-1], []byte{0})
	sorted := slices.Clone(options)
	slices.Sort(sorted)
	e.dst = append(e.dst, `{"$regularExpression":{"pattern":`...)
	if f := e.text(pattern); f != nil {
		return f
	}
	e.dst = append(e.dst, `,"options":`...)
	f := e.text(sorted)
	e.dst = append(e.dst, "}}"...)
	return f
}

// text appends a string as RFC 8259 has it. It is an error when it is not UTF-8.
func (e *extended) text(s []byte) *fault {
	if !isASCII(s) && !utf8.Valid(s) {
		return faultf(0, ErrUTF8, "%q", clip(s))
	}
	e.dst = append(e.dst, '"')
	plain := 0 // where the bytes begin that are still to be copied
	for i, c := range s {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		e.dst = appendEscape(append(e.dst, s[plain:i]...), c)
		plain = i + 1
	}
	e.dst = append(append(e.dst, s[plain:]...), '"')
	return nil
}

func appendEscape(dst []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}
