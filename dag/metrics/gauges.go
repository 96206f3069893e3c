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
	used        = desc("pool_slots_used", "Of the slots of a pool, those that are taken.", "pool")
	flowNumber  = desc("flow", "A number of a stage of a flow: rows in and out, rows per second, batches, seconds at work, and the queue behind it, now, at its highest and at its lowest.", "flow", "stage", "number")
	messages    = desc("notifications_total", "Messages that were sent, or lost: the queue was full, or they could not be sent.", "result")
	waiting     = desc("notifications_waiting", "Notices that wait to be sent.")
	standing    = desc("alerts_standing", "Breaches of thresholds that have been told and are not over.")

	gauges = []*prometheus.Desc{active, phases, lag, nextDue, paused, lastSuccess, slots, used, flowNumber, waiting, standing, messages}
)

// recent is how many runs of a DAG are looked at for the last that was scheduled, and the last that succeeded.
const recent = 50

// collectEngine asks an engine how things stand now.
func collectEngine(e *engine.Engine, to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	runs, counts := underWay(e)
	for _, name := range e.DAGs() {
		label := clean(name)
		records, _, err := e.Recent(name, 0, recent)
		if err != nil {
			continue // it has just been removed
		}
		var scheduled, succeeded bool
		for _, r := range records {
			if r.State == engine.RunSucceeded && !succeeded {
				succeeded = true
				gauge(lastSuccess, unix(r.Ended), label)
			}
			if r.Cause == engine.Scheduled && !scheduled && !r.Started.IsZero() {
				scheduled = true
				gauge(lag, max(0, r.Started.Sub(r.Interval.End).Seconds()), label)
			}
		}
		gauge(active, float64(runs[name]), label)
		for _, phase := range slices.Sorted(maps.Keys(counts[name])) {
			gauge(phases, float64(counts[name][phase]), label, string(phase))
		}
		if s, err := e.Schedule(name); err == nil {
			gauge(paused, boolean(s.Paused), label)
			if !s.Next.End.IsZero() {
				gauge(nextDue, unix(s.Next.End), label)
			}
		}
	}
	for _, p := range e.PoolsNow() {
		gauge(slots, float64(p.Slots), clean(p.Name))
		gauge(used, float64(p.Used), clean(p.Name))
	}
}

// underWay counts the runs of each DAG that are under way, and their tasks that have not ended.
func underWay(e *engine.Engine) (runs map[string]int, tasks map[string]map[engine.Phase]int) {
	runs, tasks = map[string]int{}, map[string]map[engine.Phase]int{}
	active, err := e.Active()
	if err != nil {
		return runs, tasks // it is closed
	}
	for _, r := range active {
		s, err := e.Outline(context.Background(), r.ID)
		if err != nil || s.State != engine.RunRunning {
			continue // it has just ended, or was removed
		}
		if tasks[s.DAG] == nil {
			tasks[s.DAG] = map[engine.Phase]int{}
		}
		runs[s.DAG]++
		for _, t := range s.Tasks {
			if t.State == "" {
				tasks[s.DAG][t.Phase]++
			}
		}
	}
	return runs, tasks
}

// collectNotifier asks a notifier what it has done.
func collectNotifier(n Notifier, to chan<- prometheus.Metric) {
	sent, lost, waits, stand := n.Stats()
	to <- prometheus.MustNewConstMetric(messages, prometheus.CounterValue, float64(sent), "sent")
	to <- prometheus.MustNewConstMetric(messages, prometheus.CounterValue, float64(lost), "lost")
	to <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(waits))
	to <- prometheus.MustNewConstMetric(standing, prometheus.GaugeValue, float64(stand))
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
