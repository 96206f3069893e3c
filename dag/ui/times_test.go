package ui_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// The charts have a bar for each run, round marks on the axis, times below the bars that do not touch, and the median.
func TestChartsOfTimes(t *testing.T) {
	e := open(t, nightly(fine), engine.Cron("@daily"))
	b, err := e.StartBackfill(t.Context(), "nightly", engine.Backfill{From: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2015, 1, 31, 0, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	require.NoError(t, b.Wait(t.Context()))
	h := ui.Handler(e, "")
	for page, marks := range map[string]string{"duration": `>\d+ ms</text>`, "landing": `>\d+ d</text>`} {
		_, body := get(h, "/"+page+"?dag=nightly")
		chart, _, _ := strings.Cut(body[strings.Index(body, `id="chart"`):], "</div>")
		assert.Equal(t, 31, strings.Count(chart, "<a href"), page)
		assert.Contains(t, chart, ">1 Jan</text>", page)
		assert.Regexp(t, `<text class="median"[^>]*>┄ median [^<]+</text>`, chart, page)
		assert.Regexp(t, marks, chart, page)
		assert.NotContains(t, chart, " d 0 h", page)
		days := regexp.MustCompile(`>\d+ Jan</text>`).FindAllString(chart, -1)
		assert.Greater(t, len(days), 5, page)
		assert.Less(t, len(days), 12, page)
	}
	_, body := get(h, "/calendar?dag=nightly&year=2015")
	assert.Contains(t, body, "2015-01-31: 1 succeeded")
	assert.Contains(t, body, ">Mo</text>")
	assert.NotContains(t, body, ` today"`)
	_, body = get(h, "/calendar?dag=nightly&year="+time.Now().UTC().Format("2006"))
	assert.Equal(t, 1, strings.Count(body, " today\""))
}

// Of many tasks the slowest come first, of few the first.
func TestOrderOfTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where only sleep takes time
		d := dag.New("d")
		for i := range 45 {
			dag.Do(d, fmt.Sprintf("t%02d", i), func(context.Context) error {
				if i == 44 {
					time.Sleep(time.Second)
				}
				return nil
			})
		}
		e := open(t, d)
		ran(t, e, "d")
		h := ui.Handler(e, "")
		first := func(query string) string {
			_, body := get(h, "/duration?dag=d"+query)
			return regexp.MustCompile(`<th scope="row"><a href="[^"]*" title="([^"]*)"`).FindStringSubmatch(body)[1]
		}
		assert.Equal(t, "t44", first(""))
		assert.Equal(t, "t00", first("&order=dag"))
		assert.Equal(t, "t40", first("&q=t4"))
		assert.Equal(t, "t44", first("&q=t4&order=longest"))
	})
}
