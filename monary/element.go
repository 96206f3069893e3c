package monary

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The BSON specification's bounds of a document: four bytes of length and a
// terminator at least, and what MongoDB lets a stored document reach, with the
// 16 KiB that the server adds for itself.
const (
	minDocument = 5
	maxDocument = 16<<20 + 16<<10
)

// valueSize returns how many bytes of b, which starts at an element's value,
// the value takes. It checks everything that the size depends on and never
// looks past b.
func valueSize(t bson.Type, b []byte) (int, *fault) {
	switch t {
	case bson.TypeNull, bson.TypeUndefined, bson.TypeMinKey, bson.TypeMaxKey:
		return 0, nil
	case bson.TypeBoolean:
		return boolSize(b)
	case bson.TypeInt32:
		return fixedSize(4, b)
	case bson.TypeDouble, bson.TypeInt64, bson.TypeDateTime, bson.TypeTimestamp:
		return fixedSize(8, b)
	case bson.TypeObjectID:
		return fixedSize(12, b)
	case bson.TypeDecimal128:
		return fixedSize(16, b)
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		return stringSize(b)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return documentSize(b)
	case bson.TypeBinary:
		return binarySize(b)
	case bson.TypeRegex:
		return regexSize(b)
	case bson.TypeDBPointer:
		return pointerSize(b)
	case bson.TypeCodeWithScope:
		return scopeSize(b)
	}
	return 0, faultf(0, ErrElement, "unknown type 0x%02x", byte(t))
}

// length reads the int32 at the start of b.
func length(b []byte) int { return int(int32(binary.LittleEndian.Uint32(b))) }

func fixedSize(n int, b []byte) (int, *fault) {
	if len(b) < n {
		return 0, faultf(0, ErrLength, "value takes %d bytes, only %d are left", n, len(b))
	}
	return n, nil
}

func boolSize(b []byte) (int, *fault) {
	if len(b) == 0 {
		return 0, faultf(0, ErrLength, "boolean takes 1 byte, none is left")
	}
	if b[0] > 1 {
		return 0, faultf(0, ErrElement, "boolean is 0x%02x; only 0 and 1 are allowed", b[0])
	}
	return 1, nil
}

func stringSize(b []byte) (int, *fault) {
	if len(b) < 4 {
		return 0, faultf(0, ErrLength, "string length takes 4 bytes, only %d are left", len(b))
	}
	n := length(b)
	if n < 1 || n > len(b)-4 {
		return 0, faultf(0, ErrLength, "string length %d, only %d bytes are left and 1 is the least", n, len(b)-4)
	}
	if b[4+n-1] != 0 {
		return 0, faultf(0, ErrElement, "string of %d bytes does not end with NUL", n)
	}
	return 4 + n, nil
}

func documentSize(b []byte) (int, *fault) {
	if len(b) < minDocument {
		return 0, faultf(0, ErrLength, "a document takes at least %d bytes, only %d are left", minDocument, len(b))
	}
	n := length(b)
	if n < minDocument || n > len(b) {
		return 0, faultf(0, ErrLength, "document length %d, allowed are %d to %d", n, minDocument, len(b))
	}
	if b[n-1] != 0 {
		return 0, faultf(n-1, ErrElement, "document of %d bytes does not end with NUL", n)
	}
	return n, nil
}

func binarySize(b []byte) (int, *fault) {
	if len(b) < 5 {
		return 0, faultf(0, ErrLength, "binary takes at least 5 bytes, only %d are left", len(b))
	}
	n := length(b)
	if n < 0 || n > len(b)-5 {
		return 0, faultf(0, ErrLength, "binary length %d, only %d bytes are left", n, len(b)-5)
	}
	if b[4] == bson.TypeBinaryBinaryOld && (n < 4 || length(b[5:]) != n-4) {
		return 0, faultf(0, ErrLength, "old binary of %d bytes does not hold its own length", n)
	}
	return 5 + n, nil
}

func regexSize(b []byte) (int, *fault) {
	pattern := bytes.IndexByte(b, 0)
	if pattern < 0 {
		return 0, faultf(0, ErrElement, "regular expression does not end with NUL")
	}
	options := bytes.IndexByte(b[pattern+1:], 0)
	if options < 0 {
		return 0, faultf(0, ErrElement, "options of a regular expression do not end with NUL")
	}
	return pattern + options + 2, nil
}

func pointerSize(b []byte) (int, *fault) {
	n, f := stringSize(b)
	if f != nil {
		return 0, f
	}
	if len(b) < n+12 {
		return 0, faultf(n, ErrLength, "database pointer takes 12 bytes, only %d are left", len(b)-n)
	}
	return n + 12, nil
}

func scopeSize(b []byte) (int, *fault) {
	const least = 4 + 5 + 5 // its own length, an empty string, an empty document
	if len(b) < least || length(b) < least || length(b) > len(b) {
		return 0, faultf(0, ErrLength, "code with scope of %d bytes, allowed are %d to %d", shortLength(b), least, len(b))
	}
	n := length(b)
	code, f := stringSize(b[4:n])
	if f != nil {
		f.offset += 4
		return 0, f
	}
	if scope, f := documentSize(b[4+code : n]); f != nil || 4+code+scope != n {
		return 0, faultf(0, ErrLength, "code with scope of %d bytes does not end with its scope", n)
	}
	return n, nil
}

func shortLength(b []byte) int {
	if len(b) < 4 {
		return len(b)
	}
	return length(b)
}

// checkDeep walks a value and everything inside it; after it, the value can be
// walked without checks. depth counts the levels above.
func checkDeep(t bson.Type, val []byte, depth int) *fault {
	switch t {
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return checkText(val[4:len(val)-1], 4)
	case bson.TypeRegex:
		return checkText(val, 0)
	case bson.TypeDBPointer:
		return checkText(val[4:len(val)-13], 4)
	case bson.TypeCodeWithScope:
		return checkScope(val, depth)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		if depth >= 2*maxDepth {
			return faultf(0, ErrElement, "documents are nested more than %d levels deep", 2*maxDepth)
		}
		return eachElement(val, func(t bson.Type, _, val []byte) *fault { return checkDeep(t, val, depth+1) })
	}
	return nil
}

func checkScope(val []byte, depth int) *fault {
	code := 8 + length(val[4:])
	if f := checkText(val[8:code-1], 8); f != nil {
		return f
	}
	f := checkDeep(bson.TypeEmbeddedDocument, val[code:], depth)
	if f != nil {
		f.offset += code
	}
	return f
}

func checkText(text []byte, offset int) *fault {
	if !utf8.Valid(text) {
		return faultf(offset, ErrUTF8, "%q", clip(text))
	}
	return nil
}

// clip shortens text for an error message.
func clip(text []byte) []byte { return text[:min(len(text), 40)] }

// eachElement calls visit for the elements of a document whose length and
// terminator are checked. A fault of visit gains its offset and key.
func eachElement(doc []byte, visit func(t bson.Type, key, val []byte) *fault) *fault {
	pos, end := 4, len(doc)-1
	for pos < end {
		t, key, val, f := nextElement(doc, pos, end)
		if f != nil {
			return f
		}
		if f := visit(t, key, val); f != nil {
			return f.within(pos+2+len(key), key)
		}
		pos += 2 + len(key) + len(val)
	}
	return nil
}

// nextElement takes the element at doc[pos:end] apart. It takes 2 + len(key)
// + len(val) bytes: a type, the key and its NUL, the value.
func nextElement(doc []byte, pos, end int) (t bson.Type, key, val []byte, f *fault) {
	t = bson.Type(doc[pos])
	n := bytes.IndexByte(doc[pos+1:end], 0)
	if n < 0 {
		return t, nil, nil, faultf(pos, ErrElement, "the key does not end before the document does")
	}
	key = doc[pos+1 : pos+1+n]
	start := pos + n + 2
	size, f := valueSize(t, doc[start:end])
	if f != nil {
		return t, key, nil, f.within(start, key)
	}
	return t, key, doc[start : start+size], nil
}
