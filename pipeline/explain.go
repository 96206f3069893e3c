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
	var stats []StageStats // of the read, then of each stage
	if p.flow != nil {
		stats = p.flow.Stats()
	}
	for _, s := range p.steps[:p.pushed] {
		fmt.Fprintf(&out, "server  %s %s\n", s.name, s.text)
	}
	if len(stats) > 0 {
		s := stats[0]
		fmt.Fprintf(&out, "here    read: %d rows, %s\n", s.RowsOut, worked(s))
	}
	for i, s := range p.steps[p.pushed:] {
		fmt.Fprintf(&out, "here    %s %s", s.name, s.text)
		if i+1 < len(stats) {
			st := stats[i+1]
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
