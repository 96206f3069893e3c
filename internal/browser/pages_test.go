package browser_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// show is a page to be looked at.
type show struct{ name, page string }

// all are the pages, at 11, 40 and 5,001 tasks, and those that are about what there can be many of.
func all(run string) []show {
	shows := []show{
		{"list", ""}, {"trigger", "trigger?dag=churn"}, {"code", "code?dag=churn"}, {"clear", "clear?dag=churn&run=" + url.QueryEscape(run)},
		{"graph-11-down", "graph?dag=churn&dir=TB"}, {"graph-5000-group", "graph?dag=regions&in=4"}, {"graph-5000-search", "graph?dag=regions&q=load_07"},
		{"grid-11-elements", "grid?dag=churn&open=score"}, {"grid-5000-group", "grid?dag=regions&in=4"}, {"task-11", "task?dag=churn&task=load"},
		{"task-11-map", "task?dag=churn&task=score"}, {"task-40-failed", "task?dag=forty&task=layer5_d"}, {"backfill-plan", "backfills?dag=churn&from=2026-01-01&to=2026-01-10"},
		{"log-50000", "task?dag=chatty&task=talk"}, {"log-found", "task?dag=chatty&task=talk&find=i%3D77"}, {"audit", "audit"}, {"audit-11", "audit?dag=churn"}, {"not-found", "graph?dag=nothing"},
	}
	for _, p := range []string{"graph", "grid", "gantt", "duration", "landing", "calendar", "runs", "run", "backfills"} {
		shows = append(shows, show{p + "-11", p + "?dag=churn"}, show{p + "-40", p + "?dag=forty"}, show{p + "-5000", p + "?dag=regions"})
	}
	for _, p := range []string{"graph", "grid", "gantt", "duration", "calendar", "runs"} {
		shows = append(shows, show{p + "-8000-runs", p + "?dag=often"})
	}
	for _, p := range []string{"graph", "grid", "run", "trigger"} {
		shows = append(shows, show{p + "-long-names", p + "?dag=" + long().Name()})
	}
	return append(shows, show{"graph-no-run", "graph?dag=empty"}, show{"grid-no-run", "grid?dag=empty"})
}

// Every page, by light and by dark, on a wide screen and on a phone's: nothing is reported, nothing comes from another
// host, nothing is wider than the screen but what scrolls by itself, and axe-core has nothing serious to say.
func TestEveryPage(t *testing.T) {
	c, err := built()
	require.NoError(t, err)
	records, _, err := c.engine.Recent("churn", 0, 1)
	require.NoError(t, err)
	shows := all(records[0].ID)
	for part := range 2 {
		t.Run("", func(t *testing.T) {
			b := newBrowser(t)
			for i := part; i < len(shows); i += 2 {
				b.look(shows[i])
			}
		})
	}
}

// look opens a page and looks at it on all kinds of screen. What axe-core thinks of a large page it thinks of a small
// one of its kind, in a hundredth of the time.
func (b *browser) look(s show) {
	check := b.accessible
	if strings.Contains(s.name, "000") {
		check = func(string, ...string) {}
	}
	b.screen(1280, 900, "light")
	b.open(s.page)
	b.picture(s.name + "-light")
	check(s.name + " light")
	b.screen(1280, 900, "dark")
	b.picture(s.name + "-dark")
	check(s.name+" dark", "color-contrast")
	b.screen(390, 844, "light")
	b.picture(s.name + "-phone")
	check(s.name+" phone", "color-contrast", "scrollable-region-focusable", "target-size")
	wide := evaluate[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
	assert.LessOrEqual(b, wide, 0, "%s on a phone is too wide", s.name)
	assert.Empty(b, evaluate[[]string](b, `performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith(location.origin + "/dag/"))`), s.name)
	assert.Less(b, evaluate[int](b, `performance.getEntriesByType("navigation")[0].decodedBodySize`), 1<<20, s.name)
	if s.name == "not-found" { // that it is not there is reported
		b.said = nil
	}
	b.quiet(s.name)
}

// Without axe-core its findings cannot be told.
func TestAxe(t *testing.T) {
	text, err := axe()
	require.NoError(t, err)
	if text == "" {
		t.Skip("axe-core is not here, so accessibility was not checked: AXE_CORE is to name the file that internal/browser/axe-core fetches")
	}
	b := newBrowser(t)
	b.open("trigger?dag=churn") // gets no new content
	evaluate[bool](b, `document.querySelector("main").insertAdjacentHTML("beforeend", "<img src='icon.svg'>") || true`)
	b.T = &testing.T{} // is told what must be found
	b.accessible("a picture without a text")
	assert.True(t, b.Failed())
}
