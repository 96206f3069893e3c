package ml

import (
	"slices"
	"strconv"
	"strings"
)

// outputNames joins the names of the columns that the parts make. If two are equal,
// all get the name of their part in front.
func (m *ColumnTransformerModel) outputNames(made [][]string) []string {
	names := slices.Concat(made...)
	if !hasTwins(names) {
		return names
	}
	names = names[:0]
	for i, part := range m.partNames() {
		for _, name := range made[i] {
			names = append(names, part+"__"+name)
		}
	}
	return names
}

func hasTwins(names []string) bool {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// partNames are those that scikit-learn's make_column_transformer gives: what the
// transformer is, numbered if there are several.
func (m *ColumnTransformerModel) partNames() []string {
	names := make([]string, len(m.parts))
	count := make(map[string]int)
	for i, part := range m.parts {
		names[i] = kindName(part.model)
		count[names[i]]++
	}
	number := make(map[string]int)
	for i, name := range names {
		if number[name]++; count[name] > 1 {
			names[i] += "-" + strconv.Itoa(number[name])
		}
	}
	return names
}

// kindName is the name of the estimator that made a model, in small letters.
func kindName(model any) string {
	switch m := model.(type) {
	case onNumbers:
		return kindName(m.model)
	case *onNumbers:
		return kindName(m.model)
	case toNumbers:
		return kindName(m.model)
	case *toNumbers:
		return kindName(m.model)
	case asIs, *asIs:
		return "remainder"
	case *transformChain:
		return "pipeline"
	}
	name := typeName(model)
	return strings.ToLower(strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "Model"))
}
