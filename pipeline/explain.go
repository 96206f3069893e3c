package pipeline

import (
	"fmt"
	"strings"
	"time"
)

// Explain says where each stage runs and why, a line each: what a server is asked for, in the order in
// which it runs, then what runs here. Behind a run, once its output has been read, it also says how many
// rows each stage here took and made and how long it was at work. The same plan gives the same text, but
// for these numbers.
func (p *Plan) Explain() string {
	var out strings.Builder
	stats := map[int]StageStats{}
	if p.flow != nil {
		for i, s := range p.flow.Stats() {
			stats[i] = s
		}
	}
	for _, s := range p.steps[:p.pushed] {
		fmt.Fprintf(&out, "server  %s %s\n", s.name, s.text)
	}
	if s, ok := stats[0]; ok {
		fmt.Fprintf(&out, "here    read: %d rows, %s\n", s.RowsOut, worked(s))
	}
	for i, s := range p.steps[p.pushed:] {
		fmt.Fprintf(&out, "here    %s %s", s.name, s.text)
		if st, ok := stats[i+1]; ok {
			fmt.Fprintf(&out, ": %d rows to %d, %s", st.RowsIn, st.RowsOut, worked(st))
		}
		if s.why != "" {
			fmt.Fprintf(&out, " (%s)", s.why)
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "output  %s\n", p.schema)
	return out.String()
}

func worked(s StageStats) string { return s.Busy.Round(10 * time.Microsecond).String() }
