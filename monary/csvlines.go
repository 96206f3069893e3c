package monary

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"sort"
)

// BadRecord is a CSV record that could not be read as one.
type BadRecord struct {
	Line int64 // on which it begins, from 1
	Err  error
}

// BadRecords sets what is done with a CSV record that cannot be read as one, because it has
// more or fewer cells than the header, a stray quote or text that is not UTF-8. By default
// it is [Fail]: the read ends before it, with its line. [DropRow] leaves the record out.
// [Mask] makes a row of what can be read; other cells are missing, and cells behind the
// last column are left out. [Report] counts such records in either case and keeps as many
// as [KeepRejected] asks for; where stages of package pipeline run on the file, only
// [OnBadRecord] tells of them. Values that do not fit their columns are a matter of
// [WithPolicy].
func BadRecords(p Policy) ReadOption {
	return OnBadRecord(func(int64, error) Policy { return p })
}

// OnBadRecord is [BadRecords] by a function, which is told the line and what is wrong and
// decides case by case. It is called by the goroutine that reads.
func OnBadRecord(f func(line int64, err error) Policy) ReadOption {
	return func(o *ReadOptions) { o.OnBadRecord = f }
}

// judge decides about a bad record and counts it.
func (c *csvSource) judge(line int64, fault error) Policy {
	policy := Fail
	if c.options.OnBadRecord != nil {
		policy = c.options.OnBadRecord(line, fault)
	}
	if policy == Fail {
		return Fail
	}
	c.badSeen++
	if len(c.bad) < c.options.KeepRejected {
		c.bad = append(c.bad, BadRecord{line, fault})
	}
	if policy != DropRow {
		return Mask
	}
	return DropRow
}

// line is where the record begins that was read last.
func (c *csvSource) line(err error) int64 {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return int64(parse.StartLine)
	}
	line, _ := c.records.FieldPos(0)
	return int64(line)
}

// lines are the lines on which documents begin. Only those are noted that are not the line
// behind that of the document before.
type lines struct {
	marks []lineMark
}

type lineMark struct{ doc, line int64 }

func (l *lines) add(doc, line int64) {
	if l.of(doc) != line {
		l.marks = append(l.marks, lineMark{doc, line})
	}
}

// of is the line of a document that is not before the first.
func (l *lines) of(doc int64) int64 {
	i := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].doc > doc })
	if i == 0 {
		return 0
	}
	mark := l.marks[i-1]
	return mark.line + doc - mark.doc
}

// locate adds the line to an error of the reader.
func (c *csvSource) locate(err error) {
	var e *DecodeError
	if c != nil && errors.As(err, &e) && e.Line == 0 {
		e.Line = c.lines.of(e.Doc)
	}
}

// report adds what the source knows to a reader's report.
func (c *csvSource) report(r *Report) {
	if c == nil {
		return
	}
	r.BadRecords, r.Bad = c.badSeen, slices.Clone(c.bad)
	for i := range r.Rejected {
		r.Rejected[i].Line = c.lines.of(r.Rejected[i].Doc)
	}
}

// String is the line and what is wrong.
func (b BadRecord) String() string {
	err := b.Err
	var parse *csv.ParseError // which would tell the line once more
	if errors.As(err, &parse) {
		err = parse.Err
	}
	return fmt.Sprintf("line %d: %v", b.Line, err)
}
