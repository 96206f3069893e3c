package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reach numbers what can be operated in a page and returns how much that is.
const reach = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
	.filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.disabled).map((e, i) => { e.number = i; return i }).length`

// focused tells where the focus is, and whether that can be seen.
const focused = `(() => {
	const e = document.activeElement, s = getComputedStyle(e);
	const seen = e.matches(".node") ? parseFloat(getComputedStyle(e.querySelector(".body")).strokeWidth) > 2.5 : s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 1;
	return [e.number ?? -1, seen ? 1 : 0];
})()`

// The Tab key reaches all that can be operated, in the order of the page, shows where it is, and is caught nowhere.
func TestTabReachesEverything(t *testing.T) {
	b := newBrowser(t)
	for _, page := range []string{"", "graph?dag=churn", "grid?dag=churn", "gantt?dag=churn", "duration?dag=churn", "trigger?dag=churn", "run?dag=churn", "task?dag=churn&task=score"} {
		b.open(page)
		evaluate[bool](b, `document.querySelector(".hold")?.click() || true`) // new content would have no numbers
		n := evaluate[int](b, reach)
		require.Greater(t, n, 10, page)
		for i := range n {
			b.do(chromedp.KeyEvent("\t"))
			at := evaluate[[]int](b, focused)
			require.Equal(t, i, at[0], "%s: the order of Tab", page)
			assert.Equal(t, 1, at[1], "%s: where the focus is cannot be seen at %s", page, evaluate[string](b, "document.activeElement.outerHTML.slice(0, 200)"))
		}
	}
	b.quiet("tab")
}

// The first stop of Tab leads past the head; / leads to the search.
func TestShortcuts(t *testing.T) {
	b := newBrowser(t)
	b.open("graph?dag=forty")
	b.do(chromedp.KeyEvent("/"))
	assert.Equal(t, "search", evaluate[string](b, "document.activeElement.type"))
	b.open("graph?dag=forty")
	b.do(chromedp.KeyEvent("\t"))
	assert.Equal(t, "#main", evaluate[string](b, "document.activeElement.getAttribute('href')"))
	b.do(chromedp.KeyEvent("\r"))
	b.do(chromedp.KeyEvent("\t"))
	assert.True(t, evaluate[bool](b, `document.querySelector("main").contains(document.activeElement)`))
	names := evaluate[[]string](b, `[...document.querySelectorAll(".node")].map((e) => e.textContent.trim())`)
	assert.Len(t, names, 40)
	for _, name := range names {
		assert.True(t, strings.Contains(name, "succeeded") || strings.Contains(name, "failed"), "a task says in words how it stands: %s", name)
	}
}

// What has the focus keeps it when the page gets new content.
func TestFocusStays(t *testing.T) {
	one, _ := gated("focus_one", 1)
	two, _ := gated("focus_two", 1)
	b := newBrowser(t, one, two)
	b.open("?q=focus_")
	b.until("it follows", `document.querySelector(".live").textContent === "live"`)
	for _, stop := range []string{`[aria-label="Schedule of focus_two"]`, `a[href="runs?dag=focus_two"], a[href="grid?dag=focus_two"]`} {
		evaluate[bool](b, `(window.before = document.querySelector('`+stop+`')).focus() || true`)
		change := b.engine.Pause
		if stop[0] == 'a' {
			change = b.engine.Unpause
		}
		require.NoError(t, change(t.Context(), "focus_one"))
		b.until("there is new content", "!window.before.isConnected")
		assert.True(t, evaluate[bool](b, `document.activeElement.matches('`+stop+`')`), stop)
	}
}

// What was typed into a form stays, whatever happens meanwhile and wherever the focus is; the page says that it waits.
func TestWhatIsTypedStays(t *testing.T) {
	d, _ := gated("typed", 1)
	b := newBrowser(t, d)
	for _, change := range []string{
		`document.querySelector("[name=from]").value = "2026-01-01"`, `document.querySelector("[name=reprocess]").value = "failed"`,
		`document.querySelector("[name=backward]").checked = true`, `document.querySelector("[name=parallel]").value = "3"`,
	} {
		b.open("backfills?dag=typed")
		evaluate[any](b, change)
		require.NoError(t, b.engine.Pause(t.Context(), "typed"))
		b.until("it waits", `document.querySelector(".live").textContent === "waits for you"`)
		assert.True(t, evaluate[bool](b, strings.ReplaceAll(change, " = ", " === ")), change)
		require.NoError(t, b.engine.Unpause(t.Context(), "typed"))
	}
}
