package metrics_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/metrics"
	"github.com/penstock/penstock/dag/notify"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

var promtool = flag.String("promtool", "", "path of Prometheus's promtool, which is asked about metrics and rules")

// observed runs two DAGs, one of which fails, and returns a registry of what the collector saw.
func observed(t *testing.T, c *metrics.Collector) *prometheus.Registry {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Hooks: []dag.Hooks{c.Hooks()}, Pools: map[string]int{"db": 3}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(context.Background())) })
	c.Watch(e)
	tries := 0
	good := dag.New("good")
	dag.Do(good, "flaky", func(context.Context) error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	}, dag.Retry{Max: 5, Delay: time.Millisecond})
	bad := dag.New("bad \"one\"")
	first := dag.Do(bad, "broken", func(context.Context) error { return errors.New("no") })
	dag.Do(bad, "never", func(context.Context) error { return nil }).SetUpstream(first)
	for _, d := range []*dag.DAG{good, bad} {
		require.NoError(t, e.Register(t.Context(), d))
		id, err := e.Trigger(t.Context(), d.Name(), nil)
		require.NoError(t, err)
		_, _ = e.Wait(t.Context(), id) // one of them fails
	}
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	require.Eventually(t, func() bool { // hooks are told by a goroutine of their own
		return strings.Count(scraped(t, registry), "\npenstock_runs_total{") == 2
	}, 10*time.Second, time.Millisecond)
	return registry
}

func scraped(t *testing.T, r *prometheus.Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
	return answer.Body.String()
}

func TestCollector(t *testing.T) {
	text := scraped(t, observed(t, metrics.New()))
	for _, line := range []string{
		`penstock_runs_total{dag="good",state="succeeded"} 1`,
		"penstock_runs_total{dag=\"bad \\\"one\\\"\",state=\"failed\"} 1",
		`penstock_tasks_total{dag="good",state="succeeded",task="flaky"} 1`,
		"penstock_tasks_total{dag=\"bad \\\"one\\\"\",state=\"upstream_failed\",task=\"never\"} 1",
		`penstock_task_retries_total{dag="good",task="flaky"} 2`,
		`penstock_task_duration_seconds_count{dag="good",state="succeeded",task="flaky"} 1`,
		`penstock_run_duration_seconds_count{dag="good",state="succeeded"} 1`,
		`penstock_runs_active{dag="good"} 0`,
		`penstock_dag_paused{dag="good"} 0`,
		`penstock_pool_slots{pool="db"} 3`,
		`penstock_pool_slots_used{pool="db"} 0`,
		`penstock_last_success_timestamp_seconds{dag="good"} `,
	} {
		assert.Contains(t, text, "\n"+line)
	}
	assert.NotContains(t, text, `task="never",state="succeeded"`)
}

func TestTooManyTasksShareALabel(t *testing.T) {
	c := metrics.New()
	c.MaxTasks = 3 // the DAG and two tasks
	d := dag.New("wide", c.Hooks())
	for i := range 5 {
		dag.Do(d, fmt.Sprint("t", i), func(context.Context) error { return nil })
	}
	_, err := d.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 3, testutil.CollectAndCount(c, "penstock_tasks_total"))
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	assert.Contains(t, scraped(t, registry), `penstock_tasks_total{dag="wide",state="succeeded",task="other"} 3`)
}

func TestTooManyDAGsShareALabel(t *testing.T) {
	c := metrics.New()
	c.MaxTasks = 2
	for i := range 4 {
		d := dag.New(fmt.Sprint("d", i), c.Hooks(), dag.Retry{Max: 1})
		dag.Do(d, "t", func(ctx context.Context) error {
			if dag.RunFrom(ctx).Try == 1 {
				return errors.New("no")
			}
			return nil
		})
		_, err := d.Run(t.Context())
		require.NoError(t, err)
	}
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	text := scraped(t, registry)
	assert.Contains(t, text, `penstock_tasks_total{dag="d0",state="succeeded",task="t"} 1`)
	assert.Contains(t, text, `penstock_tasks_total{dag="other",state="succeeded",task="other"} 3`)
	assert.Contains(t, text, `penstock_task_retries_total{dag="other",task="other"} 3`)
	assert.Contains(t, text, `penstock_runs_total{dag="other",state="succeeded"} 3`)
}

// Elements of a Map are no retries of each other, and a run whose time is over has not been cancelled.
func TestRetriesAndStatesAreTrue(t *testing.T) {
	c := metrics.New()
	d := dag.New("d", c.Hooks(), dag.Timeout(time.Minute))
	list := dag.Task(d, "list", func(context.Context) ([]int, error) { return []int{1, 2, 3}, nil })
	dag.Map(d, "each", list, func(context.Context, int) (int, error) { return 0, nil })
	dag.Do(d, "hang", func(ctx context.Context) error { <-ctx.Done(); return context.Canceled })
	synctest.Test(t, func(t *testing.T) {
		_, err := d.Run(t.Context())
		require.ErrorIs(t, err, context.Canceled)
	})
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	text := scraped(t, registry)
	assert.NotContains(t, text, "penstock_task_retries_total{")
	assert.Contains(t, text, `penstock_runs_total{dag="d",state="failed"} 1`)
}

// silent is a sender that takes everything but what is about rows.
type silent struct{}

func (silent) Send(_ context.Context, m notify.Message) error {
	if strings.Contains(m.Subject, "rows ") {
		return errors.New("no")
	}
	return nil
}

// What a notifier does is shown: of tables and flows as they are, and without a notifier nothing.
func TestNotifier(t *testing.T) {
	c := metrics.New()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	assert.NotContains(t, scraped(t, registry), "penstock_notifications")
	n, err := notify.New(silent{}, notify.RunSucceeded,
		notify.When(notify.Rows("d", "table"), notify.Below, 3, 0), notify.When(notify.FlowNumber("copy", "", "rows_out"), notify.Below, 3, 0))
	require.NoError(t, err)
	n.Tries, n.Logger = 1, slog.New(slog.DiscardHandler)
	c.Notifier(n)
	d := dag.New("d", n.Hooks())
	dag.Task(d, "table", func(ctx context.Context) (*monary.Table, error) {
		table, err := monary.NewTable(monary.ColumnOf("n", []int64{1, 2}, nil))
		f := pipeline.NewFlow("source", func(yield func(*monary.Table, error) bool) { yield(table, nil) })
		n.Flow("copy", f)
		err = errors.Join(err, f.Run(ctx, func(*monary.Table) error { return nil }))
		n.Flow("copy", fake{}) // the next one: the last is looked at
		return table, err
	})
	_, err = d.Run(t.Context())
	require.NoError(t, err)
	require.NoError(t, n.Close(t.Context()))
	text := scraped(t, registry)
	assert.Contains(t, text, `penstock_notifications_total{result="sent"} 3`, "of the flow, of the run, and of what was lost")
	assert.Contains(t, text, `penstock_notifications_total{result="lost"} 1`)
	assert.Contains(t, text, "penstock_notifications_waiting 0")
	assert.Contains(t, text, "penstock_alerts_standing 2")
}

// fake is a flow without numbers.
type fake struct{}

func (fake) Metrics(func(stage, name string, value float64)) {}

func TestFlowsAndPhases(t *testing.T) {
	c := metrics.New()
	table, err := monary.NewTable(monary.ColumnOf("n", []int64{1, 2, 3}, nil))
	require.NoError(t, err)
	f := pipeline.NewFlow("numbers", func(yield func(*monary.Table, error) bool) { yield(table, nil) }).
		Then("same", func(t *monary.Table) (*monary.Table, error) { return t, nil })
	require.NoError(t, f.Run(t.Context(), func(*monary.Table) error { return nil }))
	c.Flow("copy", f)
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	assert.Contains(t, scraped(t, registry), `penstock_flow{flow="copy",number="rows_in",stage="same"} 3`)
	c.Flow("copy", nil)
	assert.NotContains(t, scraped(t, registry), "penstock_flow{")

	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Pools: map[string]int{"db": 3}})
	require.NoError(t, err)
	c.Watch(e)
	hold, begun := make(chan struct{}), make(chan struct{})
	d := dag.New("held", dag.Pool("db", 3))
	first := dag.Do(d, "first", func(context.Context) error {
		close(begun)
		<-hold
		return nil
	}, dag.Pool("db", 2))
	dag.Do(d, "second", func(context.Context) error { return nil }).SetUpstream(first)
	require.NoError(t, e.Register(t.Context(), d))
	id, err := e.Trigger(t.Context(), "held", nil)
	require.NoError(t, err)
	<-begun
	text := scraped(t, registry)
	close(hold)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	assert.Contains(t, text, `penstock_tasks_in_phase{dag="held",phase="working"} 1`)
	assert.Contains(t, text, `penstock_tasks_in_phase{dag="held",phase="waiting"} 1`)
	assert.Contains(t, text, `penstock_runs_active{dag="held"} 1`)
	assert.Contains(t, text, `penstock_pool_slots_used{pool="db"} 2`)
	require.NoError(t, e.Close(t.Context()))
}

func TestPush(t *testing.T) {
	var path string
	var size int
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		path, size = r.URL.Path, len(body)
	}))
	c := metrics.New()
	require.NoError(t, c.Push(t.Context(), server.URL, "nightly"))
	assert.Equal(t, "/metrics/job/nightly", path)
	d := dag.New("d", c.Hooks())
	dag.Do(d, "t", func(context.Context) error { return nil })
	_, err := d.Run(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.Push(t.Context(), server.URL, "nightly"))
	assert.Positive(t, size)
	server.Close()
	err = c.Push(t.Context(), strings.Replace(server.URL, "http://", "http://user:s3cret@", 1), "nightly")
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "s3cret")
}

// Every metric that the board and the alerts name is one of the collector's.
func TestDashboardAndRulesNameMetrics(t *testing.T) {
	require.True(t, json.Valid(metrics.Dashboard))
	described := make(chan *prometheus.Desc, 100)
	metrics.New().Describe(described)
	close(described)
	known := map[string]bool{}
	for d := range described {
		name := regexp.MustCompile(`fqName: "([a-z_]+)"`).FindStringSubmatch(d.String())[1]
		known[name] = true
	}
	names := regexp.MustCompile(`penstock_[a-z_]+`).FindAllString(string(metrics.Dashboard)+string(metrics.Rules), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		assert.True(t, known[strings.TrimSuffix(name, "_bucket")], name)
	}
}

// TestPromtool asks Prometheus's own tool: make promtool.
func TestPromtool(t *testing.T) {
	if *promtool == "" {
		t.Skip("needs Prometheus's promtool: -promtool /usr/bin/promtool, or make promtool")
	}
	check := func(in string, args ...string) {
		cmd := exec.CommandContext(t.Context(), *promtool, args...)
		cmd.Stdin = strings.NewReader(in)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		require.NoError(t, cmd.Run(), out.String())
	}
	rules, err := filepath.Abs("rules.yml")
	require.NoError(t, err)
	check("", "check", "rules", rules)
	check(scraped(t, observed(t, metrics.New())), "check", "metrics")
}
