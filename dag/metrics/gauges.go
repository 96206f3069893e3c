package metrics

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("penstock_"+name, help, labels, nil)
}

var (
	active      = desc("runs_active", "Runs under way.", "dag")
	phases      = desc("tasks_in_phase", "Tasks of runs under way, by phase.", "dag", "phase")
	lag         = desc("schedule_lag_seconds", "From when the last scheduled run was due to when it started.", "dag")
	nextDue     = desc("next_run_timestamp_seconds", "When the next scheduled run is due.", "dag")
	paused      = desc("dag_paused", "1 if the schedule is paused.", "dag")
	lastSuccess = desc("last_success_timestamp_seconds", "When the last successful run ended.", "dag")
	slots       = desc("pool_slots", "Slots of a pool that all runs share.", "pool")
	flowNumber  = desc("flow", "A number of a stage of a flow: rows in and out, rows per second, batches, seconds at work, and the queue behind it, now, at its highest and at its lowest.", "flow", "stage", "number")

	gauges = []*prometheus.Desc{active, phases, lag, nextDue, paused, lastSuccess, slots, flowNumber}
)

// recent is how many runs of a DAG are looked at.
const recent = 50

// collectEngine asks an engine how things stand now.
func collectEngine(e *engine.Engine, to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, name := range e.DAGs() {
		label := clean(name)
		records, _, err := e.Recent(name, 0, recent)
		if err != nil {
			continue // it has just been removed
		}
		running, counts := 0, map[engine.Phase]int{}
		var scheduled, succeeded bool
		for _, r := range records {
			switch {
			case r.Ended.IsZero():
				running++
				countPhases(e, r.ID, counts)
			case r.State == engine.RunSucceeded && !succeeded:
				succeeded = true
				gauge(lastSuccess, unix(r.Ended), label)
			}
			if r.Cause == engine.Scheduled && !scheduled && !r.Started.IsZero() {
				scheduled = true
				gauge(lag, max(0, r.Started.Sub(r.Interval.End).Seconds()), label)
			}
		}
		gauge(active, float64(running), label)
		for _, phase := range slices.Sorted(maps.Keys(counts)) {
			gauge(phases, float64(counts[phase]), label, string(phase))
		}
		if s, err := e.Schedule(name); err == nil {
			gauge(paused, boolean(s.Paused), label)
			if !s.Next.End.IsZero() {
				gauge(nextDue, unix(s.Next.End), label)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Pools)) {
		gauge(slots, float64(e.Pools[name]), clean(name))
	}
}

// countPhases adds the tasks of a run that have not ended.
func countPhases(e *engine.Engine, id string, counts map[engine.Phase]int) {
	s, err := e.Outline(context.Background(), id)
	if err != nil {
		return // it has just been removed
	}
	for _, t := range s.Tasks {
		if t.State == "" {
			counts[t.Phase]++
		}
	}
}

func (c *Collector) collectFlows(to chan<- prometheus.Metric) {
	c.mu.Lock()
	flows := maps.Clone(c.flows)
	c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		seen := map[[2]string]bool{}
		flows[name].Metrics(func(stage, number string, value float64) {
			if key := [2]string{stage, number}; !seen[key] { // stages may be called alike
				seen[key] = true
				to <- prometheus.MustNewConstMetric(flowNumber, prometheus.GaugeValue, value, clean(name), clean(stage), clean(number))
			}
		})
	}
}

func unix(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// span is the time from the first start to the last end.
func span(tasks []dag.Result[any]) (d time.Duration, ok bool) {
	var from, to time.Time
	for _, t := range tasks {
		if t.Start.IsZero() {
			continue
		}
		if from.IsZero() || t.Start.Before(from) {
			from = t.Start
		}
		if end := t.Start.Add(t.Duration); end.After(to) {
			to = end
		}
	}
	return to.Sub(from), !from.IsZero()
}
