package notify

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Metric is a number that thresholds are about: see [When].
type Metric[V int | float64 | time.Duration] struct{ metric }

// metric says which number it is.
type metric struct {
	kind        kind
	dag, task   string // "": of each
	flow, stage string
	number      string // of the stage
}

// kind is what is measured, in words.
type kind string

const (
	runDuration  kind = "run duration"
	taskDuration kind = "task duration"
	landingTime  kind = "landing time"
	rows         kind = "rows"
	queueDepth   kind = "queue depth"
	flowNumber   kind = "flow"
)

// RunDuration is how long runs of a DAG take, "" of each DAG: from their start, or from when tasks of them were
// cleared, to the end of their last task.
func RunDuration(dag string) Metric[time.Duration] {
	return Metric[time.Duration]{metric{kind: runDuration, dag: dag}}
}

// TaskDuration is how long a task of a DAG takes, "" each: from the start of its first try to the end of
// its last one.
func TaskDuration(dag, task string) Metric[time.Duration] {
	return Metric[time.Duration]{metric{kind: taskDuration, dag: dag, task: task}}
}

// LandingTime is how long after the end of its interval a run of a DAG, "" of each, has ended. Runs of
// backfills, which are about what is long past, do not count if Watch is given their engine. A run of which
// tasks are cleared later lands once more, late.
func LandingTime(dag string) Metric[time.Duration] {
	return Metric[time.Duration]{metric{kind: landingTime, dag: dag}}
}

// Rows is how many rows a task of a DAG, "" each, has returned: those of a value with a method NumRows or Dims,
// such as a *monary.Table or a matrix, also of all in a list of such; the length of another list or map; and a whole
// number itself, which then counts something. Tasks that return something else have none.
func Rows(dag, task string) Metric[int] { return Metric[int]{metric{kind: rows, dag: dag, task: task}} }

// QueueDepth is how many tasks of the runs of a DAG, or of all DAGs together if dag is "", could start but wait for
// a worker or for slots of a pool. It needs Watch.
func QueueDepth(dag string) Metric[int] { return Metric[int]{metric{kind: queueDepth, dag: dag}} }

// FlowHigh is the highest number of batches that have waited behind a stage of a flow, "" behind each. The flow
// is one that the notifier was given by Flow.
func FlowHigh(flow, stage string) Metric[int] {
	return Metric[int]{metric{kind: flowNumber, flow: flow, stage: stage, number: "queue_high"}}
}

// FlowNumber is a number of a stage of a flow, "" of each: see pipeline's Flow.Metrics for the names.
func FlowNumber(flow, stage, number string) Metric[float64] {
	return Metric[float64]{metric{kind: flowNumber, flow: flow, stage: stage, number: number}}
}

// text is what the metric is called in messages.
func (m metric) text() string {
	if m.kind == flowNumber {
		return m.number
	}
	return string(m.kind)
}

// write writes a value of the metric.
func (m metric) write(v float64) string {
	switch {
	case m.kind == runDuration || m.kind == taskDuration || m.kind == landingTime:
		return duration(time.Duration(v))
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// covers tells whether a threshold on m is about what was measured.
func (m metric) covers(o metric) bool {
	one := func(want, is string) bool { return want == "" || want == is }
	return m.kind == o.kind && m.flow == o.flow && m.number == o.number && one(m.stage, o.stage) && one(m.dag, o.dag) && one(m.task, o.task)
}

// Side is on which side of a limit a value must not be. A value at the limit is on neither.
type Side string

// The sides of a limit.
const (
	Above Side = "above"
	Below Side = "below"
)

// When is an option of New that tells once that a metric has been above, or below, a value for so long (0: at once),
// and once that it no longer is. Where the metric is that of each DAG or task, each is told of by itself.
//
// What lasts is measured while it goes on, once Watch was given the engine, and again when it has ended: a run under
// way tells that it is too slow as soon as it is. Only what has succeeded tells that all is well again, or that
// it was too fast: what goes on, has failed, or was cancelled would have taken longer. So one run after the
// other that is too slow is told once, and then the first that is not.
func When[V int | float64 | time.Duration](m Metric[V], s Side, value V, lasts time.Duration) Option {
	return &rule{metric: m.metric, side: s, limit: float64(value), lasts: lasts}
}

func (r *rule) apply(n *Notifier) error {
	switch {
	case r.metric.kind == "":
		return errors.New("When: there is no metric")
	case r.side != Above && r.side != Below:
		return fmt.Errorf("When: %s: the side is %q, want Above or Below", r.metric.text(), r.side)
	case math.IsNaN(r.limit):
		return fmt.Errorf("When: %s: the value is NaN", r.metric.text())
	case r.lasts < 0:
		return fmt.Errorf("When: %s: it is to last %v, want 0 or more", r.metric.text(), r.lasts)
	case r.metric.kind == flowNumber && (r.metric.flow == "" || r.metric.number == ""):
		return errors.New("When: the flow or its number has no name")
	}
	own := *r // an option may be given to several notifiers
	own.series = map[metric]*series{}
	n.watch.rules = append(n.watch.rules, &own)
	return nil
}
