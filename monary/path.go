package monary

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxDepth is the deepest nesting a path may ask for: MongoDB's own limit.
const maxDepth = 100

// parsePath splits a field name at its dots; `\.` is a dot inside a key and
// `\\` a backslash.
func parsePath(name string) ([]string, error) {
	var keys []string
	var key strings.Builder
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '.':
			keys = append(keys, key.String())
			key.Reset()
		case c == '\\' && i+1 < len(name) && (name[i+1] == '.' || name[i+1] == '\\'):
			i++
			key.WriteByte(name[i])
		case c == 0:
			return nil, errors.New("a key cannot hold a NUL byte")
		default:
			key.WriteByte(c)
		}
	}
	keys = append(keys, key.String())
	if len(keys) > maxDepth {
		return nil, fmt.Errorf("path is %d keys deep; at most %d are allowed", len(keys), maxDepth)
	}
	if len(keys) > 1 && slices.Contains(keys, "") {
		return nil, errors.New(`path has an empty key (a dot inside a key is written "\.")`)
	}
	return keys, nil
}

// EscapeKey returns the field name that stands for the one key, dots and
// backslashes taken literally.
func EscapeKey(key string) string {
	return strings.NewReplacer(`\`, `\\`, `.`, `\.`).Replace(key)
}
