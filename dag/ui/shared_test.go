package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag/ui"
)

// Browsers that follow share a page for a moment; whoever opens it, or has changed something, sees what is.
func TestPagesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, nightly(fine))
		h := ui.Handler(e, "")
		runs := func(update bool) int {
			r := httptest.NewRequest(http.MethodGet, "/runs?dag=nightly", nil)
			if update {
				r.Header.Set("X-Update", "1")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return strings.Count(w.Body.String(), `data-label="State"`)
		}
		assert.Equal(t, 0, runs(true))
		ran(t, e, "nightly")
		assert.Equal(t, 0, runs(true), "it was made a moment ago")
		assert.Equal(t, 1, runs(false))
		time.Sleep(time.Second)
		assert.Equal(t, 1, runs(true))
		code, _, _ := post(h, "/trigger", map[string][]string{"dag": {"nightly"}})
		assert.Equal(t, http.StatusSeeOther, code)
		assert.Equal(t, 2, runs(true), "something was changed here")
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() { assert.Equal(t, 2, runs(true)) })
		}
		wait.Wait()
	})
}
