package browser_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
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

	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// pictures is where those of the pages go, below the root of the repository.
const pictures = "../../out/pages"

// city serves the pages of an engine that knows all DAGs of this package and has run them.
func city(t *testing.T) (e *engine.Engine, at string) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Workers: 32})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close(context.Background())) })
	require.NoError(t, e.Register(t.Context(), churn(), engine.Cron("0 2 * * *")))
	require.NoError(t, e.Register(t.Context(), forty(), engine.Every(time.Hour)))
	require.NoError(t, e.Register(t.Context(), regions()))
	for _, name := range []string{"forty", "forty", "forty", "regions", "regions"} {
		id, err := e.Trigger(t.Context(), name, nil)
		require.NoError(t, err)
		res, _ := e.Wait(t.Context(), id)
		require.NotNil(t, res)
	}
	code := os.DirFS(".")
	s := httptest.NewServer(ui.Handler(e, "/dag", ui.Source("churn", code)))
	t.Cleanup(func() {
		s.CloseClientConnections() // browsers follow, and would be waited for
		s.Close()
	})
	return e, s.URL + "/dag/"
}

// browser is a tab of Chromium.
type browser struct {
	*testing.T
	tab context.Context
	at  string

	mu   sync.Mutex
	said []string // errors that the browser has reported
}

func newBrowser(t *testing.T, at string) *browser {
	program := os.Getenv("CHROMIUM")
	if program == "" {
		found, err := exec.LookPath("chromium")
		if err != nil {
			t.Skip("there is no chromium: apt-get install chromium")
		}
		program = found
	}
	// In a container Chromium cannot make its sandbox; what it shows here is ours.
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(program), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU)
	t.Cleanup(cancel)
	tab, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{T: t, tab: tab, at: at}
	require.NoError(t, chromedp.Listen(tab, b.listen))
	_, err := chromedp.Call(tab, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	b.screen(1360, 900, "light")
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

// press clicks what a selector finds, and waits until another page is there.
func (b *browser) press(selector string) {
	b.Helper()
	evaluate[bool](b, "document.body.dataset.old = true")
	b.do(chromedp.Click(chromedp.CSS(selector)))
	b.until("the next page", "!document.body.dataset.old && document.readyState === 'complete'")
}

// until waits for a condition, through changes of the page.
func (b *browser) until(what, condition string) {
	b.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if ok, err := chromedp.Run(b.tab, chromedp.Evaluate[bool]("Boolean("+condition+")")); err == nil && ok {
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

// accessible fails if axe-core finds something serious.
func (b *browser) accessible(where string) {
	b.Helper()
	file := os.Getenv("AXE_CORE")
	if file == "" {
		return
	}
	axe, err := os.ReadFile(file)
	require.NoError(b, err)
	_, err = chromedp.Run(b.tab, chromedp.Evaluate[chromedp.Void](string(axe)+";undefined"))
	require.NoError(b, err)
	found, err := chromedp.Run(b.tab, chromedp.Evaluate[[]string](`axe.run().then((r) => r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | ")))`, chromedp.EvalAwaitPromise))
	require.NoError(b, err)
	assert.Empty(b, found, where)
}
