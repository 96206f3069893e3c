package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// show is a page to be looked at.
type show struct{ name, page string }

// all are the pages, at 11, 40 and 5,001 tasks.
func all(run string) []show {
	shows := []show{{"list", ""}, {"trigger", "trigger?dag=churn"}, {"code", "code?dag=churn"}, {"clear", "clear?dag=churn&run=" + run}}
	for _, p := range []string{"graph", "grid", "gantt", "duration", "landing", "calendar", "runs", "run", "backfills"} {
		shows = append(shows, show{p + "-11", p + "?dag=churn"}, show{p + "-40", p + "?dag=forty"}, show{p + "-5000", p + "?dag=regions"})
	}
	return append(shows,
		show{"graph-11-down", "graph?dag=churn&dir=TB"}, show{"graph-5000-group", "graph?dag=regions&in=4"}, show{"graph-5000-search", "graph?dag=regions&q=load_07"},
		show{"grid-11-elements", "grid?dag=churn&open=score"}, show{"task-11", "task?dag=churn&task=load"}, show{"task-11-map", "task?dag=churn&task=score"},
		show{"task-40-failed", "task?dag=forty&task=layer5_d"}, show{"backfill-plan", "backfills?dag=churn&from=2026-01-01&to=2026-01-10"},
		show{"not-found", "graph?dag=nothing"},
	)
}

// Every page on every kind of screen: nothing is reported, nothing is wider than the screen but what scrolls by itself,
// and axe-core has nothing serious to say.
func TestEveryPage(t *testing.T) {
	e, at := city(t)
	id, err := e.Trigger(t.Context(), "churn", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	b := newBrowser(t, at)
	for _, screen := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"light", 1360, 900, "light"}, {"dark", 1360, 900, "dark"}, {"phone", 390, 844, "light"}} {
		b.screen(screen.width, screen.height, screen.scheme)
		for _, s := range all(strings.ReplaceAll(id, "/", "%2F")) {
			b.open(s.page)
			b.picture(s.name + "-" + screen.name)
			wide := evaluate[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
			assert.LessOrEqual(t, wide, 0, "%s on %s is too wide", s.name, screen.name)
			if s.name == "not-found" { // that it is not there is reported
				b.said = nil
			}
			b.quiet(s.name)
			b.accessible(s.name + " " + screen.name)
		}
	}
}

// A run is started from its form, followed to its end without a reload, looked at, cleared and run again.
func TestTriggerWatchClear(t *testing.T) {
	e, at := city(t)
	b := newBrowser(t, at)
	b.open("")
	b.press(`a[href="graph?dag=churn"]`)
	b.press(`.head a[href^="trigger?"]`)
	evaluate[string](b, `document.querySelector("[name='p.folds']").value = "5"`)
	b.press("form[action=trigger] button")
	assert.Contains(t, evaluate[string](b, "location.href"), "/dag/graph?dag=churn&run=churn%2F")
	evaluate[bool](b, "window.same = true") // lost by a reload
	b.until("it works", `document.querySelector(".node.s-working")`)
	b.picture("watch-working")
	b.until("it has succeeded", `document.querySelector(".runline .s-succeeded")`)
	b.picture("watch-succeeded")
	assert.True(t, evaluate[bool](b, "window.same"), "it followed without a reload")
	assert.Equal(t, 10, evaluate[int](b, `document.querySelectorAll(".node.s-succeeded").length`))
	assert.Contains(t, evaluate[string](b, `document.querySelector(".graph").textContent`), "browser_test.table 3,333×21")

	b.press(`.node[href$="task=load"]`)
	assert.Contains(t, b.text(), "some rows had no state")
	assert.Contains(t, b.text(), "KS                128     265.1")
	b.press(`a[href*="downstream=1"]`)
	assert.Contains(t, b.text(), "these 11 tasks")
	b.picture("watch-clear")
	b.press("form[action=clear] button")
	b.until("it is run again", `document.querySelector(".runline .s-running")`)
	b.until("it has succeeded again", `document.querySelector(".runline .s-succeeded")`)
	b.quiet("trigger, watch, clear")

	records, _, err := e.Recent("churn", 0, 2)
	require.NoError(t, err)
	require.Len(t, records, 1)
	s, err := e.Status(t.Context(), records[0].ID)
	require.NoError(t, err)
	assert.Equal(t, 5, s.Params["folds"])
	assert.Len(t, s.Tasks[0].Attempts, 2)
}

// A backfill is planned, started and followed to its end.
func TestBackfill(t *testing.T) {
	e, at := city(t)
	b := newBrowser(t, at)
	b.open("backfills?dag=churn")
	evaluate[string](b, `document.querySelector("[name=from]").value = "2026-01-01"`)
	evaluate[string](b, `document.querySelector("[name=to]").value = "2026-01-04"`)
	b.press("form[action=backfills] button")
	assert.Contains(t, b.text(), "4 of 4 logical times get a run")
	b.press("#plan form button")
	assert.Contains(t, b.text(), "Under way")
	b.picture("backfill-working")
	b.until("it has ended", `document.querySelector("main").innerText.includes("Ended: 4 of 4 runs")`)
	b.picture("backfill-ended")
	b.quiet("backfill")
	all, err := e.Backfills("churn")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, all[0].Wait(t.Context()))
}

// The lines of a task that works come as it writes them, and the page stays at their end.
func TestLogIsFollowed(t *testing.T) {
	e, at := city(t)
	id, err := e.Trigger(t.Context(), "churn", nil)
	require.NoError(t, err)
	b := newBrowser(t, at)
	b.open("task?dag=churn&task=load&run=" + strings.ReplaceAll(id, "/", "%2F"))
	b.until("all lines are there", `document.querySelector("main").innerText.includes("some rows had no state")`)
	b.until("the end is to be seen", `(() => { const l = document.getElementById("log"); return l.scrollHeight - l.clientHeight - l.scrollTop < 8 })()`)
	b.quiet("log")
}

// The pages can be used without a mouse.
func TestKeyboard(t *testing.T) {
	_, at := city(t)
	b := newBrowser(t, at)
	b.open("graph?dag=forty")
	evaluate[bool](b, `document.querySelector(".node").focus() || true`)
	assert.Equal(t, "a", strings.ToLower(evaluate[string](b, "document.activeElement.tagName")), "a task can have the focus")
	b.do(chromedp.KeyEvent("/"))
	assert.Equal(t, "search", evaluate[string](b, "document.activeElement.type"))
	b.open("")
	evaluate[bool](b, `document.querySelector(".skip").focus() || true`)
	assert.Equal(t, "#main", evaluate[string](b, "document.activeElement.getAttribute('href')"))
}
