package pipeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/monary"
)

// Explain says where each stage runs and why, a line each: what a server is asked for, in the order in
// which it runs, then what runs here. A $match with which that begins is asked while documents are decoded,
// and a line before it says what is decoded first and what only of the documents that pass. Behind a run, once
// its output has been read, it also says how many rows each stage here took and made and how long it was at
// work. The same plan gives the same text, but for these numbers.
func (p *Plan) Explain() string {
	var out strings.Builder
	for _, s := range p.steps[:p.pushed] {
		fmt.Fprintf(&out, "server  %s %s\n", s.name, s.text)
	}
	rd := p.explained()
	did := p.explainRead(&out, rd)
	for i, s := range p.steps[p.pushed:] {
		fmt.Fprintf(&out, "here    %s %s%s", s.name, s.text, did[p.pushed+i])
		if s.why != "" {
			fmt.Fprintf(&out, " (%s)", s.why)
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "output  %s\n", p.schema)
	return out.String()
}

// explained is what is read for the stages here: what it was, or will be.
func (p *Plan) explained() *reading {
	if p.run.read != nil {
		return p.run.read
	}
	o, err := monary.NewReadOptions(p.options...)
	if err != nil || p.pushed == len(p.steps) {
		return &reading{}
	}
	return p.reading(p.local(), o)
}

// explainRead writes the line of the read and returns what is to be said of the stages, by their number.
func (p *Plan) explainRead(out *strings.Builder, rd *reading) map[int]string {
	did := map[int]string{}
	var stats []StageStats // of the read, then of each stage
	if p.run.flow != nil {
		stats = p.run.flow.Stats()
	}
	for _, f := range rd.filters {
		did[f.index] = ", while reading"
		if p.run.read != nil {
			did[f.index] = fmt.Sprintf(": %d rows to %d, while reading", f.asked.Load(), f.kept.Load())
		}
	}
	switch text := rd.String(); {
	case len(stats) > 0 && text != "":
		fmt.Fprintf(out, "here    read: %s: %d rows, %s\n", text, stats[0].RowsOut, worked(stats[0]))
	case len(stats) > 0:
		fmt.Fprintf(out, "here    read: %d rows, %s\n", stats[0].RowsOut, worked(stats[0]))
	case text != "":
		fmt.Fprintf(out, "here    read: %s\n", text)
	}
	for i, s := range rd.stages {
		if n, ok := s.(named); ok && i+1 < len(stats) {
			st := stats[i+1]
			did[n.index] = fmt.Sprintf(": %d rows to %d, %s", st.RowsIn, st.RowsOut, worked(st))
		}
	}
	return did
}

func worked(s StageStats) string { return s.Busy.Round(10 * time.Microsecond).String() }
