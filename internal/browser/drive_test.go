package browser_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A run is started from its form, after a value that cannot be; followed to its end without a reload, looked at,
// cleared and run again.
func TestTriggerWatchClear(t *testing.T) {
	b := newBrowser(t, churn("live"))
	b.open("")
	b.press(`a[href="graph?dag=live"]`)
	b.press(`.head a[href^="trigger?"]`)
	b.fill("[name='p.folds']", "five")
	b.fill("[name='p.state']", "NY")
	b.press("form[action=trigger] button")
	assert.Contains(t, b.text(), `"five" is not a whole number.`)
	assert.Equal(t, "p.folds", evaluate[string](b, "document.activeElement.name"), "the field to be changed has the focus")
	assert.Equal(t, "NY", evaluate[string](b, `document.querySelector("[name='p.state']").value`))
	b.picture("trigger-refused")
	b.accessible("trigger refused")
	b.said = nil // the browser reports the status of a form that is refused
	b.fill("[name='p.folds']", "5")
	b.press("form[action=trigger] button")
	assert.Contains(t, evaluate[string](b, "location.href"), "/dag/graph?dag=live&run=live%2F")
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
	b.until("it has succeeded again", `document.querySelector(".runline .s-succeeded")`)
	b.quiet("trigger, watch, clear")

	records, _, err := b.engine.Recent("live", 0, 2)
	require.NoError(t, err)
	require.Len(t, records, 1)
	_, err = b.engine.Wait(t.Context(), records[0].ID)
	require.NoError(t, err)
	s, err := b.engine.Status(t.Context(), records[0].ID)
	require.NoError(t, err)
	assert.Equal(t, 5, s.Params["folds"])
	assert.Equal(t, "NY", s.Params["state"])
	assert.Len(t, s.Tasks[0].Attempts, 2)
}

// A run is cancelled, after a question, and its schedule paused by the switch of the list.
func TestCancelAndPause(t *testing.T) {
	d, _ := gated("cancelled", 1)
	b := newBrowser(t, d)
	id, err := b.engine.Trigger(t.Context(), "cancelled", nil)
	require.NoError(t, err)
	b.open("run?dag=cancelled&run=" + url.QueryEscape(id))
	b.click(".confirm summary")
	b.picture("cancel")
	b.press("form[action=cancel] button")
	b.until("it is cancelled", `document.querySelector("h2 .s-cancelled")`)
	assert.Contains(t, b.text(), "Retry what failed")

	b.open("?q=cancelled")
	assert.Equal(t, "true", evaluate[string](b, `document.querySelector(".switch").ariaChecked`))
	b.press(".switch")
	assert.Equal(t, "false", evaluate[string](b, `document.querySelector(".switch").ariaChecked`))
	info, err := b.engine.Schedule("cancelled")
	require.NoError(t, err)
	assert.True(t, info.Paused)
	b.quiet("cancel and pause")
}

// A backfill is planned, started and followed as its runs end, one by one.
func TestBackfill(t *testing.T) {
	d, gate := gated("daily", 1)
	b := newBrowser(t, d)
	b.open("backfills?dag=daily")
	b.fill("[name=from]", "2026-01-01")
	b.fill("[name=to]", "2026-01-04")
	b.fill("[name=parallel]", "1")
	b.press("form[action=backfills] button")
	assert.Contains(t, b.text(), "4 of 4 logical times get a run")
	b.press("#plan form button")
	assert.Contains(t, b.text(), "Under way: 0 of 4 runs")
	for _, now := range []string{"Under way: 1 of 4 runs", "Under way: 2 of 4 runs", "Under way: 3 of 4 runs", "Ended: 4 of 4 runs"} {
		gate <- struct{}{}
		b.until(now, `document.querySelector("main").innerText.includes("`+now+`")`)
		b.picture("backfill-" + strings.Fields(now)[2])
	}
	b.quiet("backfill")
	all, err := b.engine.Backfills("daily")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, all[0].Wait(t.Context()))
}

// The lines of a task that works come as it writes them, and the page stays at their end; it holds still for as long as
// somebody wants that. What is looked for leads to its place.
func TestLogIsFollowed(t *testing.T) {
	d, gate := gated("talks", 80)
	b := newBrowser(t, d)
	id, err := b.engine.Trigger(t.Context(), "talks", nil)
	require.NoError(t, err)
	go func() {
		for range 70 {
			gate <- struct{}{}
		}
	}()
	has := func(line string) string { return `document.querySelector("main").innerText.includes("` + line + ` ")` }
	b.open("task?dag=talks&task=wait&run=" + url.QueryEscape(id))
	b.until("the lines are there", has("line 71"))
	b.until("their end is to be seen", `(() => { const l = document.getElementById("log"); return l.scrollHeight > l.clientHeight && l.scrollHeight - l.clientHeight - l.scrollTop < 8 })()`)
	b.click(".hold")
	gate <- struct{}{}
	b.until("the line is written", `fetch(location.href).then((r) => r.text()).then((t) => t.includes("line 72"))`)
	b.do(chromedp.Sleep(1500 * time.Millisecond)) // longer than it takes to ask again
	assert.False(t, evaluate[bool](b, has("line 72")), "it is held")
	b.picture("log-held")
	b.click(".hold")
	b.until("it follows again", has("line 72"))

	b.fill("[name=find]", "LINE 33")
	b.press("form[action=task] button")
	assert.Equal(t, 1, evaluate[int](b, `document.querySelectorAll(".l").length`))
	b.press(".l a")
	b.until("it stands in its place", `document.querySelector("#L33:target") && document.querySelectorAll(".l").length > 70`)
	b.quiet("log")
	require.NoError(t, b.engine.Cancel(t.Context(), id))
}
