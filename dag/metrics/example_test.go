package metrics_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/metrics"
)

// The hooks count what runs, and Prometheus's own handler shows it.
func Example() {
	m := metrics.New()
	d := dag.New("nightly", m.Hooks()) // with an engine: engine.Config.Hooks, and m.Watch
	dag.Do(d, "load", func(context.Context) error { return nil })
	if _, err := d.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "penstock_tasks_total") {
			fmt.Print(line)
		}
	}
	// Output: penstock_tasks_total{dag="nightly",state="succeeded",task="load"} 1
}
