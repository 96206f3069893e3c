package pipeline

import (
	"sync"
	"sync/atomic"

	"github.com/penstock/penstock/monary"
)

// filter is a $match stage that runs in the decoder, which stores the fields that it looks at first and the others
// only of the documents that pass.
type filter struct {
	named
	match       *match
	asked, kept atomic.Int64 // documents
}

// leading takes the $match stages that stages begin with, as far as they can be asked about some fields of a
// document by themselves, in any order of documents.
func leading(stages []stage) (filters []*filter, rest []stage) {
	for i, s := range stages {
		n, _ := s.(named)
		m, ok := unnamed(s).(*match)
		if !ok || m.program.root || m.program.dice > 0 || len(m.program.fields) == 0 {
			return filters, stages[i:]
		}
		filters = append(filters, &filter{named: n, match: m})
	}
	return filters, nil
}

// names are the fields that the filter looks at.
func (f *filter) names() []string {
	var names []string
	for _, key := range f.match.program.needs(&needs{}).keys {
		names = append(names, monary.EscapeKey(key))
	}
	return names
}

// condition is the filter as one of a read. Goroutines that ask at the same time have scopes of their own.
func (f *filter) condition(e *env, typeOf func(name string) string) (monary.Condition, error) {
	names := f.names()
	types := make([]string, len(names))
	for i, name := range names {
		types[i] = typeOf(name)
	}
	fields, err := monary.NewSchema(names, types)
	if err != nil {
		return monary.Condition{}, err
	}
	scopes := sync.Pool{New: func() any { return f.match.program.start(e) }}
	return monary.Condition{Fields: fields, Keep: func(t *monary.Table, keep []bool) error {
		s := scopes.Get().(*scope)
		defer scopes.Put(s)
		rows, err := f.match.rows(s, batchOf(t, false))
		if err != nil {
			s.err = nil
			return &StageError{Index: f.index, Stage: f.name, Err: err}
		}
		for _, row := range rows {
			keep[row] = true
		}
		f.asked.Add(int64(len(keep)))
		f.kept.Add(int64(len(rows)))
		return nil
	}}, nil
}
