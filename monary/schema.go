package monary

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// FieldSpec is one wanted field: where it is in a document and what type its
// column has. The field's name, also the column's, is the path's text; a field
// of a struct is one key. A path may be wanted again for what is there, by the
// types type, size and length; the name of that column has the type behind it,
// as in "city:length".
type FieldSpec struct {
	Name string // "pop", "loc.0", "user.id"; a literal dot in a key is written a\.b
	Type Type
}

// Equal reports whether two fields have the same name and type.
func (f FieldSpec) Equal(o FieldSpec) bool { return f.Name == o.Name && f.Type.Equal(o.Type) }

// Schema is the list of columns that a read makes, in order. Make one with
// [NewSchema], [ParseSchema] or [MustSchema]; it is read-only.
type Schema struct {
	fields []FieldSpec
	paths  [][]string
	texts  []string // the paths as they were written
}

// NewSchema makes a schema of two lists of equal length, the form of Monary's
// calls: names (paths) and type texts. All faults are reported at once.
func NewSchema(names, types []string) (Schema, error) {
	if len(names) != len(types) {
		return Schema{}, fmt.Errorf("monary: schema has %d names but %d types", len(names), len(types))
	}
	fields := make([]FieldSpec, len(names))
	var errs []error
	for i, name := range names {
		typ, err := ParseType(types[i])
		if err != nil {
			errs = append(errs, fmt.Errorf("monary: schema field %q: %w", name, err))
		}
		fields[i] = FieldSpec{Name: name, Type: typ}
	}
	return finishSchema(fields, errs)
}

// ParseSchema makes a schema of texts "name type", one a field: "pop int64",
// "loc.0 float64". A name with blanks is quoted as in Go: `"Day Mins" float64`.
// All faults are reported at once.
func ParseSchema(texts ...string) (Schema, error) {
	fields := make([]FieldSpec, len(texts))
	var errs []error
	for i, text := range texts {
		field, err := parseField(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("monary: schema field %d (%q): %w", i, text, err))
		}
		fields[i] = field
	}
	return finishSchema(fields, errs)
}

// Field returns the text of a field for [ParseSchema] and [MustSchema], the name
// quoted if it has to be: Field("Day Mins", "float64") is `"Day Mins" float64`.
func Field(name, typ string) string { return quoteName(name) + " " + typ }

// MustSchema is [ParseSchema] for texts written in the program: it panics on a
// fault.
func MustSchema(texts ...string) Schema {
	s, err := ParseSchema(texts...)
	if err != nil {
		panic(err)
	}
	return s
}

// Len is the number of fields.
func (s Schema) Len() int { return len(s.fields) }

// At returns field i.
func (s Schema) At(i int) FieldSpec { return s.fields[i] }

// Path returns the keys that lead to field i: "loc.0" is {"loc", "0"}.
// The slice is read-only.
func (s Schema) Path(i int) []string { return s.paths[i] }

// Names returns the names of the fields, in order.
func (s Schema) Names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.Name
	}
	return names
}

// String returns the fields as [ParseSchema] reads them, separated by "; ".
func (s Schema) String() string {
	texts := make([]string, len(s.fields))
	for i, f := range s.fields {
		texts[i] = quoteName(s.texts[i]) + " " + f.Type.String()
	}
	return strings.Join(texts, "; ")
}

// check refuses the zero Schema, which would read nothing.
func (s Schema) check() error {
	if s.Len() == 0 {
		return errors.New("monary: the schema has no fields; make one with NewSchema or ParseSchema")
	}
	return nil
}

// finishSchema checks the fields whose texts could be read and adds what is
// wrong to errs.
func finishSchema(fields []FieldSpec, errs []error) (Schema, error) {
	if len(fields) == 0 {
		return Schema{}, errors.New("monary: schema has no fields")
	}
	s := Schema{fields: fields, paths: make([][]string, len(fields)), texts: make([]string, len(fields))}
	seen, names := map[string]bool{}, map[string]bool{}
	for i, f := range fields {
		s.texts[i] = f.Name
		path, err := parsePath(f.Name)
		if err != nil {
			errs = append(errs, fmt.Errorf("monary: schema field %q: %w", f.Name, err))
			continue
		}
		id := strings.Join(path, "\x00") // one path has several names: a\b is a\\b
		if seen[id] && f.Type.isMeta() {
			fields[i].Name += ":" + f.Type.String()
		}
		switch name := fields[i].Name; {
		case seen[id] && !f.Type.isMeta():
			errs = append(errs, fmt.Errorf("monary: schema field %q appears twice", f.Name))
		case names[name]:
			errs = append(errs, fmt.Errorf("monary: schema field %q: another column is called %q", f.Name, name))
		default:
			names[name] = true
		}
		seen[id] = true
		s.paths[i] = path
	}
	if len(errs) > 0 {
		return Schema{}, errors.Join(errs...)
	}
	return s, nil
}

func parseField(text string) (FieldSpec, error) {
	name, rest, err := cutName(strings.TrimSpace(text))
	if err != nil {
		return FieldSpec{}, err
	}
	typ, err := ParseType(strings.TrimSpace(rest))
	return FieldSpec{Name: name, Type: typ}, err
}

// cutName splits "name type" after the name, which may be Go-quoted.
func cutName(text string) (name, rest string, err error) {
	if strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "`") {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", errors.New("the quoted name does not end")
		}
		name, err = strconv.Unquote(quoted)
		return name, text[len(quoted):], err
	}
	i := strings.IndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return "", "", errors.New(`want "name type"`)
	}
	return text[:i], text[i:], nil
}

func quoteName(name string) string {
	if name == "" || strings.ContainsFunc(name, unicode.IsSpace) || strings.HasPrefix(name, `"`) || strings.HasPrefix(name, "`") {
		return strconv.Quote(name)
	}
	return name
}
