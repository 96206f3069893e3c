package ui_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/ui"
)

// said is a DAG whose task logs a number of lines, each hundredth of them a warning and one an error.
func said(lines int) *dag.DAG {
	d := dag.New("said")
	dag.Do(d, "talk", func(ctx context.Context) error {
		log := dag.RunFrom(ctx).Log()
		for i := 1; i <= lines; i++ {
			switch {
			case i == 1234:
				log.Error("Disk <full>", "i", i)
			case i%100 == 0:
				log.Warn("slow", "i", i)
			default:
				log.Info("read", "i", i)
			}
		}
		return nil
	})
	return d
}

// A log has pages, is opened at its end, and can be searched as a whole; what is found leads to its place.
func TestLog(t *testing.T) {
	e := open(t, said(2500))
	ran(t, e, "said")
	h := ui.Handler(e, "")
	const end, hit = `<span id="log-end">`, `class="l `
	for _, c := range []struct {
		name, query string
		lines       int
		want, not   []string
	}{
		{"TheEnd", "", 500, []string{"2,001–2,500 of 2,500", `id="L2500"`, end, "← Back"}, []string{"More →"}},
		{"TheStart", "&line=0", 1000, []string{"1–1,000 of 2,500", `id="L1"`, "More →", `task=talk#log-end">Jump to the end`}, []string{end, "← Back"}},
		{"Find", "&find=DISK+%3Cfull", 1, []string{"1 of 2,500 lines", "Disk &lt;full&gt;", "line=1&amp;", `#L1234" aria-label="Line 1234 in the log">1234<`}, []string{"data-tail"}},
		{"FindByLevel", "&find=error", 1, []string{"1 of 2,500 lines"}, nil},
		{"Warnings", "&level=WARN", 26, []string{"26 of 2,500 lines", "Disk &lt;full&gt;", ">slow "}, []string{">read "}},
		{"ErrorsOnly", "&level=ERROR", 1, []string{"1 of 2,500 lines"}, []string{">slow "}},
		{"UnknownLevel", "&level=LOUD", 500, []string{"2,001–2,500 of 2,500"}, nil},
		{"FindMany", "&find=read&line=0", 1000, []string{"2,474 of 2,500 lines", "1–1,000 of 2,474"}, nil},
		{"FindNothing", "&find=xyz", 0, []string{"No line is like that.", "0 of 2,500 lines", "Show all"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, body := get(h, "/task?dag=said&task=talk"+c.query)
			assert.Equal(t, c.lines, strings.Count(body, hit))
			for _, want := range c.want {
				assert.Contains(t, body, want)
			}
			for _, not := range c.not {
				assert.NotContains(t, body, not)
			}
		})
	}
	_, body := get(h, "/task?dag=said&task=talk&line=1")
	assert.Contains(t, body, fmt.Sprintf(`id="L%d"`, 1234), "where the link of a line that was found leads")
}
