package monary

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseType reads a type text. One word is bool, int8 to int64, uint8 to
// uint64, float32, float64, decimal128, date, timestamp, objectid (also id, as
// in Monary), uuid, string, regex, code, symbol, binary, bson, null, minkey,
// maxkey, any, or one of the meta types type, size and length. string:N,
// binary:N and bson:N have a width of at most 1 MiB, vector:N and vector64:N as
// many numbers. list<T> and
// struct{name T; name U} hold other types, to a depth of 100; the name is one
// key, Go-quoted if it holds blanks or one of {}<>;" and with \. for a dot.
func ParseType(text string) (Type, error) {
	p := typeParser{text: text}
	t, err := p.parse(0)
	if p.blanks(); err == nil && p.pos < len(p.text) {
		err = p.errorf(p.pos, "unexpected %q behind the type", clip([]byte(p.text[p.pos:])))
	}
	if err != nil {
		return Type{}, err
	}
	return t, nil
}

// typeParser reads types by recursive descent.
type typeParser struct {
	text string
	pos  int
}

func (p *typeParser) parse(depth int) (Type, error) {
	p.blanks()
	start := p.pos
	word := p.word()
	switch {
	case depth > maxDepth:
		return Type{}, p.errorf(start, "types are nested more than %d levels deep", maxDepth)
	case word == "list" && p.skip('<'):
		return p.list(depth)
	case word == "struct" && p.skip('{'):
		return p.fields(depth)
	}
	t, err := parseWord(word)
	if err != nil && (word != p.text) {
		err = p.errorf(start, "%w", err)
	}
	return t, err
}

func (p *typeParser) list(depth int) (Type, error) {
	elem, err := p.parse(depth + 1)
	if err == nil && !p.skip('>') {
		err = p.errorf(p.pos, `want ">" to end the list, found %s`, p.found())
	}
	return Type{Kind: KindList, Elem: &elem}, err
}

func (p *typeParser) fields(depth int) (Type, error) {
	t := Type{Kind: KindStruct}
	seen := map[string]bool{}
	for !p.skip('}') {
		start := p.pos
		f, key, err := p.field(depth)
		if err == nil && seen[key] {
			err = p.errorf(start, "the field %q appears twice", f.Name)
		}
		if err != nil {
			return t, err
		}
		seen[key] = true
		t.Fields = append(t.Fields, f)
		if p.skip(';') {
			continue
		}
		if !p.skip('}') {
			return t, p.errorf(p.pos, `want ";" or "}" behind the field %q, found %s`, f.Name, p.found())
		}
		break
	}
	if len(t.Fields) == 0 {
		return t, p.errorf(p.pos, "the struct has no fields")
	}
	return t, nil
}

func (p *typeParser) field(depth int) (f FieldSpec, key string, err error) {
	start := p.pos
	f.Name, err = p.name()
	if err == nil {
		key, err = fieldKey(f.Name)
	}
	if err != nil {
		return f, key, p.errorf(start, "struct field: %w", err)
	}
	f.Type, err = p.parse(depth + 1)
	return f, key, err
}

// name reads a field's name; blanks before it are skipped already.
func (p *typeParser) name() (string, error) {
	rest := p.text[p.pos:]
	if rest != "" && strings.IndexByte("\"`", rest[0]) >= 0 {
		name, rest, err := cutName(rest)
		p.pos = len(p.text) - len(rest)
		return name, err
	}
	name := p.word()
	if r, _ := utf8.DecodeRuneInString(p.text[p.pos:]); name == "" || !unicode.IsSpace(r) {
		return "", errors.New(`want "name type"`)
	}
	return name, nil
}

// word reads up to a blank or a character of the types' own.
func (p *typeParser) word() string {
	start := p.pos
	end := strings.IndexFunc(p.text[start:], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(typeMarks, r) })
	if end < 0 {
		end = len(p.text) - start
	}
	p.pos += end
	return p.text[start:p.pos]
}

// typeMarks are the characters that have a meaning in types.
const typeMarks = "<>{};"

// skip steps over blanks, a mark, and the blanks behind it. It reports whether
// the mark was there.
func (p *typeParser) skip(mark byte) bool {
	p.blanks()
	if p.pos == len(p.text) || p.text[p.pos] != mark {
		return false
	}
	p.pos++
	p.blanks()
	return true
}

func (p *typeParser) blanks() {
	p.pos = len(p.text) - len(strings.TrimLeftFunc(p.text[p.pos:], unicode.IsSpace))
}

func (p *typeParser) found() string {
	if p.pos == len(p.text) {
		return "the end"
	}
	return strconv.Quote(string(clip([]byte(p.text[p.pos:]))))
}

func (p *typeParser) errorf(pos int, format string, args ...any) error {
	return fmt.Errorf("byte %d of type %q: %w", pos, clip([]byte(p.text)), fmt.Errorf(format, args...))
}

// parseWord reads a type of one word.
func parseWord(word string) (Type, error) {
	base, width, wide := strings.Cut(word, ":")
	if wide {
		for _, k := range []Kind{KindFixedString, KindFixedBinary, KindFixedBSON, KindVector, KindVector64} {
			if base+":N" == k.String() {
				return parseWidth(k, word, width)
			}
		}
	}
	if word == "id" {
		return Type{Kind: KindObjectID}, nil
	}
	for kind, name := range kindNames {
		if name == word && name != "" {
			return Type{Kind: Kind(kind)}, nil
		}
	}
	return Type{}, fmt.Errorf("unknown type %q; known are %s", word, knownTypes())
}

func parseWidth(k Kind, word, width string) (Type, error) {
	n, err := strconv.Atoi(width)
	if err != nil {
		n = 0 // which is not allowed either
	}
	if err := checkWidth(k, n); err != nil {
		return Type{}, fmt.Errorf("type %q: %w", word, err)
	}
	return Type{Kind: k, Width: n}, nil
}

// quoteField is quoteName for the field of a struct.
func quoteField(name string) string {
	if strings.ContainsAny(name, typeMarks) {
		return strconv.Quote(name)
	}
	return quoteName(name)
}
