package metrics

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// Collector is a prometheus.Collector of an engine. Its methods are safe for several goroutines.
type Collector struct {
	// MaxTasks is how many DAGs and tasks, together, have a label of their own. It is set before the first run.
	MaxTasks int

	runs, tasks, retries, missed *prometheus.CounterVec
	runSeconds, taskSeconds      *prometheus.HistogramVec

	mu     sync.Mutex
	known  map[[2]string]bool // DAGs, as "" of each, and tasks that have a label
	engine *engine.Engine
	flows  map[string]Flow
	tells  Notifier
}

var _ prometheus.Collector = (*Collector)(nil)

// Flow is what has numbers of its stages, such as a *pipeline.Flow.
type Flow interface {
	Metrics(emit func(stage, name string, value float64))
}

// seconds are the buckets of durations, from 10 ms to two days.
var seconds = []float64{0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 48 * 3600}

// New returns a collector whose counters are 0.
func New() *Collector {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "penstock_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "penstock_" + name, Help: help, Buckets: seconds}, labels)
	}
	return &Collector{
		MaxTasks:    2000,
		runs:        counter("runs_total", "Runs that have ended, by state.", "dag", "state"),
		tasks:       counter("tasks_total", "Tasks that have ended, by state.", "dag", "task", "state"),
		retries:     counter("task_retries_total", "Tries of tasks, and of elements of a Map, that have failed and were followed by another.", "dag", "task"),
		missed:      counter("deadlines_missed_total", "Runs that were not over by their deadline.", "dag"),
		runSeconds:  histogram("run_duration_seconds", "From the start of a run's first task to the end of its last one.", "dag", "state"),
		taskSeconds: histogram("task_duration_seconds", "From the start of a task's first try to the end of its last one.", "dag", "task", "state"),
		known:       map[[2]string]bool{},
		flows:       map[string]Flow{},
	}
}

// Hooks are for engine.Config, or for a DAG or a run without an engine.
func (c *Collector) Hooks() dag.Hooks {
	return dag.Hooks{
		OnTask: func(i dag.RunInfo, r dag.Result[any]) {
			name, task := c.labels(i.DAG, i.Task)
			c.tasks.WithLabelValues(name, task, string(r.State)).Inc()
			if r.Tries > 0 {
				c.taskSeconds.WithLabelValues(name, task, string(r.State)).Observe(r.Duration.Seconds())
			}
		},
		OnRetry: func(i dag.RunInfo, _ error, _ time.Duration) {
			c.retries.WithLabelValues(c.labels(i.DAG, i.Task)).Inc()
		},
		OnRun: func(r *dag.RunResult, _ error) {
			name, state := c.name(r.Info().DAG), string(r.Outcome())
			c.runs.WithLabelValues(name, state).Inc()
			if d, ok := span(r.Tasks()); ok {
				c.runSeconds.WithLabelValues(name, state).Observe(d.Seconds())
			}
		},
		OnDeadline: func(i dag.RunInfo) { c.missed.WithLabelValues(c.name(i.DAG)).Inc() },
	}
}

// other is the label of what there is too much of.
const other = "other"

// name is the label of a DAG.
func (c *Collector) name(dag string) string {
	name, _ := c.labels(dag, "")
	return name
}

// labels are those of a task, "" for a DAG alone.
func (c *Collector) labels(dag, task string) (string, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.has(dag, ""):
		return other, other
	case !c.has(dag, task):
		return clean(dag), other
	}
	return clean(dag), clean(task)
}

// has tells whether a task has a label of its own, which it gets if there is room.
func (c *Collector) has(dag, task string) bool {
	key := [2]string{dag, task}
	if !c.known[key] && len(c.known) < c.MaxTasks {
		c.known[key] = true
	}
	return c.known[key]
}

func clean(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }

// Watch has the engine asked, at each collection, for what goes on.
func (c *Collector) Watch(e *engine.Engine) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.engine = e
}

// Flow shows the numbers of a flow, of which there is one for each name. A nil flow takes them away.
func (c *Collector) Flow(name string, f Flow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f == nil {
		delete(c.flows, name)
		return
	}
	c.flows[name] = f
}

// Notifier is what sends messages, such as a *notify.Notifier.
type Notifier interface {
	Stats() (sent, lost int64, waiting, standing int)
}

// Notifier shows what a notifier has sent and lost, what waits to be sent, and how many breaches of its
// thresholds stand. There is one; nil takes it away.
func (c *Collector) Notifier(n Notifier) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tells = n
}

// vectors are the metrics that hooks count.
func (c *Collector) vectors() []prometheus.Collector {
	return []prometheus.Collector{c.runs, c.tasks, c.retries, c.missed, c.runSeconds, c.taskSeconds}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, v := range c.vectors() {
		v.Describe(to)
	}
	for _, d := range gauges {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, v := range c.vectors() {
		v.Collect(to)
	}
	c.mu.Lock()
	e, n := c.engine, c.tells
	c.mu.Unlock()
	if e != nil {
		collectEngine(e, to)
	}
	if n != nil {
		collectNotifier(n, to)
	}
	c.collectFlows(to)
}
