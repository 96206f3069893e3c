package monary

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the family of a column type.
type Kind uint8

// The kinds of column. The zero Kind is invalid.
const (
	KindBool        Kind = iota + 1 // bool, a byte each; only BSON booleans
	KindInt32                       // int32
	KindInt64                       // int64
	KindFloat64                     // float64
	KindDate                        // BSON UTC datetime as int64 milliseconds since 1970
	KindString                      // UTF-8 text of any length: n+1 offsets and one arena
	KindFixedString                 // string:N, UTF-8 text of at most N bytes in N-byte cells
	KindObjectID                    // 12-byte ObjectID
	KindAny                         // a value of any BSON type, kept whole
)

var kindNames = [...]string{
	KindBool:        "bool",
	KindInt32:       "int32",
	KindInt64:       "int64",
	KindFloat64:     "float64",
	KindDate:        "date",
	KindString:      "string",
	KindFixedString: "string:N",
	KindObjectID:    "objectid",
	KindAny:         "any",
}

// String returns the kind's name, which for string:N is not a type text.
func (k Kind) String() string {
	if k != 0 && int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// maxWidth bounds N of string:N: longer text belongs into a string column.
const maxWidth = 1 << 20

// Type is the type of a column: a kind and, for string:N, its width.
type Type struct {
	Kind  Kind
	Width int // bytes of a cell; only for KindFixedString
}

// ParseType reads a type text: bool, int32, int64, float64, date, string,
// string:N (1 ≤ N ≤ 1 MiB), objectid (also id, as in Monary) or any.
func ParseType(text string) (Type, error) {
	if width, ok := strings.CutPrefix(text, "string:"); ok {
		return parseFixedString(text, width)
	}
	if text == "id" {
		return Type{Kind: KindObjectID}, nil
	}
	for kind, name := range kindNames {
		if name == text && name != "" && Kind(kind) != KindFixedString {
			return Type{Kind: Kind(kind)}, nil
		}
	}
	return Type{}, fmt.Errorf("unknown type %q; known are %s", text, knownTypes())
}

// String returns the text that ParseType reads.
func (t Type) String() string {
	if t.Kind == KindFixedString {
		return "string:" + strconv.Itoa(t.Width)
	}
	return t.Kind.String()
}

func (t Type) check() error {
	switch {
	case t.Kind == 0 || int(t.Kind) >= len(kindNames):
		return fmt.Errorf("invalid kind %d; known types are %s", t.Kind, knownTypes())
	case t.Kind == KindFixedString && (t.Width < 1 || t.Width > maxWidth):
		return fmt.Errorf("string:%d: the width must be 1 to %d bytes", t.Width, maxWidth)
	}
	return nil
}

func parseFixedString(text, width string) (Type, error) {
	n, err := strconv.Atoi(width)
	if err != nil || n < 1 || n > maxWidth {
		return Type{}, fmt.Errorf("type %q: the width must be a number from 1 to %d", text, maxWidth)
	}
	return Type{Kind: KindFixedString, Width: n}, nil
}

func knownTypes() string { return strings.Join(kindNames[1:], ", ") }
