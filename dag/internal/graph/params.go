package graph

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/dag/internal/mask"
)

// Params are parameters by name. A value is a string, bool, int, int64, float64,
// time.Duration or time.Time.
type Params map[string]any

const paramTypes = "string, bool, int, int64, float64, time.Duration or time.Time"

// faults says which names and values cannot be parameters.
func (p Params) faults() []string {
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if f := nameFault(name); f != "" {
			faults = append(faults, "name of a parameter "+f)
		}
		switch p[name].(type) {
		case string, bool, int, int64, float64, time.Duration, time.Time:
		default:
			faults = append(faults, fmt.Sprintf("parameter %q is of type %T, want %s", name, p[name], paramTypes))
		}
	}
	return faults
}

// With returns the declared parameters with those given put in their place. A
// given value has the declared type, or is text that can be read as one; an int
// is taken for an int64 or a float64 that equals it. If nothing is declared,
// everything may be given. What is only shown in place of a secret is refused.
func (p Params) With(given Params) (Params, error) { return p.merge(given, false) }

// Restore is With for the parameters of a run that is stored. They are taken as they are: what looks like what is
// shown in place of a secret is a value there, such as a default that the DAG had then.
func (p Params) Restore(stored Params) (Params, error) { return p.merge(stored, true) }

func (p Params) merge(given Params, stored bool) (Params, error) {
	if faults := given.faults(); faults != nil {
		return nil, errors.New(strings.Join(faults, "; "))
	}
	merged := maps.Clone(p)
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		declared, known := p[name]
		if !stored && isMasked(name, declared, given[name]) {
			faults = append(faults, fmt.Sprintf("parameter %q is %q, which is shown in place of a secret; leave it out, or give the secret", name, given[name]))
			continue
		}
		if len(p) == 0 {
			continue
		}
		if !known {
			faults = append(faults, fmt.Sprintf("parameter %q is unknown, want one of %q", name, slices.Sorted(maps.Keys(p))))
			continue
		}
		v, err := convert(declared, given[name])
		switch {
		case err != nil && mask.Sensitive(name):
			faults = append(faults, fmt.Sprintf("parameter %q is not a %T", name, declared)) // the error has the value
		case err != nil:
			faults = append(faults, fmt.Sprintf("parameter %q: %v", name, err))
		}
		merged[name] = v
	}
	if faults != nil {
		return nil, errors.New(strings.Join(faults, "; "))
	}
	if len(p) == 0 {
		return maps.Clone(given), nil
	}
	return merged, nil
}

// convert returns the value as one of the declared value's type.
func convert(declared, v any) (any, error) {
	want, have := fmt.Sprintf("%T", declared), fmt.Sprintf("%T", v)
	if want == have {
		return v, nil
	}
	if text, ok := v.(string); ok {
		parsed, err := parse(declared, text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a %s: %w", text, want, err)
		}
		return parsed, nil
	}
	if i, ok := v.(int); ok {
		switch declared.(type) {
		case int64:
			return int64(i), nil
		case float64:
			if f := float64(i); int(f) == i {
				return f, nil
			}
		}
	}
	return nil, fmt.Errorf("%v is a %s, want a %s", v, have, want)
}

func parse(declared any, text string) (v any, err error) {
	switch declared.(type) {
	case bool:
		return strconv.ParseBool(text)
	case int:
		return strconv.Atoi(text)
	case int64:
		return strconv.ParseInt(text, 10, 64)
	case float64:
		return strconv.ParseFloat(text, 64)
	case time.Duration:
		return time.ParseDuration(text)
	case time.Time:
		return parseTime(text)
	}
	return text, nil
}

// parseTime reads RFC 3339 or, as on a command line, a day in UTC.
func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

// Text returns a parameter's value as text that With reads back.
func Text(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}
