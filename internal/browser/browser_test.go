package browser_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// pictures is where those of the pages go, below the root of the repository.
const pictures = "../../out/pages"

// town is what all tests share: an engine with DAGs of every kind, its pages, and Chromium.
type town struct {
	engine *engine.Engine
	at     string // the address of the pages
	tab    context.Context
	close  []func()
	none   string // why there is no browser, "" if there is one
}

var built = sync.OnceValues(func() (*town, error) {
	c := &town{}
	return c, errors.Join(c.run(), c.browse())
})

func TestMain(m *testing.M) {
	code := m.Run()
	if c, err := built(); err == nil {
		for _, f := range slices.Backward(c.close) {
			f()
		}
	}
	os.Exit(code)
}

// run opens the engine, runs the DAGs that are only looked at, and serves the pages.
func (c *town) run() (err error) {
	ctx := context.Background()
	if c.engine, err = engine.Open(ctx, engine.Config{Store: engine.NewMemory(), Workers: 32}); err != nil {
		return err
	}
	c.close = append(c.close, func() { _ = c.engine.Close(ctx) })
	for _, d := range []*dag.DAG{churn("churn"), forty(), regions(), often(), chatty(), long(), dag.New("empty")} {
		if err := c.engine.Register(ctx, d, schedules[d.Name()]...); err != nil {
			return err
		}
	}
	for name, times := range map[string]int{"churn": 1, "forty": 3, "regions": 2, "often": 8000, "chatty": 1, long().Name(): 1} {
		last := ""
		for range times {
			if last, err = c.engine.Trigger(ctx, name, nil); err != nil {
				return err
			}
		}
		_, _ = c.engine.Wait(ctx, last) // some are to fail
	}
	usage := ui.ParamUsage(map[string]string{"state": "where the customers live, two letters", "folds": "how many parts the data is cut into"})
	s := httptest.NewServer(ui.Handler(c.engine, "/dag", ui.Source("churn", os.DirFS(".")), usage))
	c.at = s.URL + "/dag/"
	c.close = append(c.close, func() {
		s.CloseClientConnections() // browsers follow, and would be waited for
		s.Close()
	})
	return nil
}

var schedules = map[string][]engine.ScheduleOption{"churn": {engine.Cron("0 2 * * *")}, "forty": {engine.Every(time.Hour)}}

// browse starts the browser.
func (c *town) browse() error {
	program := os.Getenv("CHROMIUM")
	if program == "" {
		found, err := exec.LookPath("chromium")
		if err != nil {
			c.none = "there is no chromium: apt-get install chromium"
			return nil
		}
		program = found
	}
	// In a container Chromium cannot make its sandbox; what it shows here is ours.
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(program), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU)
	tab, cancelTab := chromedp.NewContext(ctx)
	c.tab, c.close = tab, append(c.close, cancel, cancelTab)
	return chromedp.Do(tab, chromedp.Navigate("about:blank"))
}

// browser is a tab of Chromium.
type browser struct {
	*testing.T
	*town
	tab context.Context

	mu   sync.Mutex
	said []string // errors that the browser has reported
}

// newBrowser returns a tab of its own for a test, which runs beside others.
func newBrowser(t *testing.T, dags ...*dag.DAG) *browser {
	c, err := built()
	require.NoError(t, err)
	if c.none != "" {
		t.Skip(c.none)
	}
	t.Parallel()
	for _, d := range dags {
		require.NoError(t, c.engine.Register(t.Context(), d, engine.Cron("@daily")))
	}
	tab, cancel := chromedp.NewContext(c.tab)
	t.Cleanup(cancel)
	b := &browser{T: t, town: c, tab: tab}
	require.NoError(t, chromedp.Listen(tab, b.listen))
	_, err = chromedp.Call(tab, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	b.screen(1280, 900, "light")
	return b
}

func (b *browser) listen(ev any) {
	text := ""
	switch ev := ev.(type) {
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError {
			text = ev.Entry.Text + " " + ev.Entry.URL
		}
	case *runtime.EventExceptionThrown:
		text = ev.ExceptionDetails.Text
	}
	if text != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.said = append(b.said, text)
	}
}

// quiet fails if the browser has reported an error.
func (b *browser) quiet(where string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b, b.said, where)
	b.said = nil
}

// screen sets how large the window is, and whether it is light or dark.
func (b *browser) screen(width, height int64, scheme string) {
	b.Helper()
	require.NoError(b, chromedp.Do(b.tab, chromedp.EmulateViewport(width, height)))
	_, err := chromedp.Call(b.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	require.NoError(b, err)
}

// do carries out steps, each of which waits for what it needs.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.tab, time.Minute)
	defer cancel()
	require.NoError(b, chromedp.Do(ctx, steps...))
}

// open opens a page by its address below the pages.
func (b *browser) open(page string) {
	b.Helper()
	b.do(chromedp.Navigate(b.at+page), chromedp.WaitReady(chromedp.CSS("footer")))
}

// click clicks the middle of what a selector finds: by its place, as new content may take that of the old at any time.
func (b *browser) click(selector string) {
	b.Helper()
	at := evaluate[[]float64](b, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e.scrollIntoView({block: "center", inline: "center"});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, selector))
	b.do(chromedp.MouseClickXY(at[0], at[1]))
}

// press clicks what a selector finds, and waits until another page is there.
func (b *browser) press(selector string) {
	b.Helper()
	evaluate[bool](b, "document.body.dataset.old = true")
	b.click(selector)
	b.until("the next page", "!document.body.dataset.old && document.readyState === 'complete'")
}

// fill puts a text into a field.
func (b *browser) fill(selector, text string) {
	b.Helper()
	evaluate[string](b, fmt.Sprintf("document.querySelector(%q).value = %q", selector, text))
}

// until waits for a condition, through changes of the page.
func (b *browser) until(what, condition string) {
	b.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if ok, err := chromedp.Run(b.tab, chromedp.Evaluate[bool]("Promise.resolve("+condition+").then(Boolean)", chromedp.EvalAwaitPromise)); err == nil && ok {
			return
		}
		_ = chromedp.Do(b.tab, chromedp.Sleep(50*time.Millisecond))
	}
	b.picture("failed")
	require.Fail(b, "not so after a minute: "+what)
}

// evaluate returns what an expression gives in the page.
func evaluate[T any](b *browser, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.tab, chromedp.Evaluate[T](expression))
	require.NoError(b, err, expression)
	return v
}

// text returns the text of the page.
func (b *browser) text() string {
	return evaluate[string](b, "document.querySelector('main').innerText")
}

// picture keeps what is to be seen.
func (b *browser) picture(name string) {
	b.Helper()
	png, err := chromedp.Run(b.tab, chromedp.CaptureScreenshot())
	require.NoError(b, err)
	require.NoError(b, os.MkdirAll(pictures, 0o755))
	require.NoError(b, os.WriteFile(filepath.Join(pictures, name+".png"), png, 0o644))
}

// axe is the checker of accessibility, "" if there is none: AXE_CORE names its file.
var axe = sync.OnceValues(func() (string, error) {
	file := os.Getenv("AXE_CORE")
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	return string(text), err
})

// accessible fails if axe-core finds something serious, by all of its rules or by some.
func (b *browser) accessible(where string, rules ...string) {
	b.Helper()
	text, err := axe()
	require.NoError(b, err)
	if text == "" {
		return
	}
	if !evaluate[bool](b, `"axe" in window`) {
		_, err = chromedp.Run(b.tab, chromedp.Evaluate[chromedp.Void](text+";undefined"))
		require.NoError(b, err)
	}
	options := "{resultTypes: ['violations']}"
	if len(rules) > 0 {
		options = fmt.Sprintf("{resultTypes: ['violations'], runOnly: ['%s']}", strings.Join(rules, "', '"))
	}
	found, err := chromedp.Run(b.tab, chromedp.Evaluate[[]string](`axe.run(document, `+options+`).then((r) => r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | ")))`, chromedp.EvalAwaitPromise))
	require.NoError(b, err)
	assert.Empty(b, found, where)
}
