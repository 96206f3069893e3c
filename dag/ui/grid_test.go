package ui_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/ui"
)

// The grid of a large DAG shows its groups, in the most urgent state of their tasks, and leads into them.
func TestGridOfALargeDAG(t *testing.T) {
	e := open(t, large("large", "%04d"))
	ran(t, e, "large")
	h := ui.Handler(e, "")
	_, body := get(h, "/grid?dag=large")
	for _, want := range []string{`>start</a>`, `>load_*</a> <span class="sub">2,499 tasks</span>`, `aria-label="store_*: 2,499 succeeded"`, `in=2`} {
		assert.Contains(t, body, want)
	}
	assert.Equal(t, 4, strings.Count(body, `<th scope="row">`))
	_, body = get(h, "/grid?dag=large&in=2&page=0")
	assert.Contains(t, body, `aria-label="Opened groups"`)
	assert.LessOrEqual(t, strings.Count(body, `<th scope="row">`), 60)
	_, body = get(h, "/grid?dag=large&q=LOAD_12")
	assert.Contains(t, body, `aria-label="load_1200: succeeded"`, "a search finds tasks wherever they are")
	assert.Contains(t, body, "1–60 of 100")
	_, body = get(h, "/grid?dag=large&q=nothing")
	assert.Contains(t, body, "No task has “nothing” in its name.")
}

// However many tasks there are, a grid has many runs. Those that would take long to read come when it is asked for
// again, the newest first.
func TestGridReadsOlderRunsLater(t *testing.T) {
	if testing.Short() {
		t.Skip("six runs of 5,000 tasks")
	}
	e := open(t, large("large", "%04d"))
	for range 6 {
		ran(t, e, "large")
	}
	for _, page := range []string{"/grid?dag=large", "/duration?dag=large"} {
		h := ui.Handler(e, "")
		ui.Impatient(h)
		_, body := get(h, page)
		assert.Contains(t, body, "data-again>Not read yet: the tasks of 2 older runs.", page)
		code, body := get(h, page)
		require.Equal(t, http.StatusOK, code)
		assert.NotContains(t, body, "data-again", page)
		if strings.HasPrefix(page, "/grid") {
			assert.Equal(t, 6*4, strings.Count(body, `class="dot s-succeeded"`))
		}
	}
}
