package notify

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/task"
)

// watch is the part of a notifier that measures.
type watch struct {
	ctx   context.Context
	stop  context.CancelFunc
	start sync.Once
	loop  sync.WaitGroup

	rules []*rule // as New has made them

	mu     sync.Mutex // of what follows, and of what the rules have seen
	engine *engine.Engine
	flows  map[string]*flow
	kept   int // series
	full   bool
}

// Watch has an engine asked, again and again, for what goes on: how long runs and tasks under way have
// taken so far, and what waits. A notifier watches one engine.
func (n *Notifier) Watch(e *engine.Engine) {
	n.watch.mu.Lock()
	n.watch.engine = e
	n.watch.mu.Unlock()
	n.begin()
}

// begin starts to look at what goes on, if there is anything to look for.
func (n *Notifier) begin() {
	if len(n.watch.rules) == 0 || n.watch.ctx.Err() != nil {
		return
	}
	n.watch.start.Do(func() {
		n.watch.loop.Go(func() {
			tick := time.NewTicker(orElse(n.Every, 5*time.Second))
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					n.look()
				case <-n.watch.ctx.Done():
					return
				}
			}
		})
	})
}

func (w *watch) close() {
	w.stop()
	w.start.Do(func() {}) // it does not begin any more
	w.loop.Wait()
}

// standing is how many breaches have been told and are not over.
func (w *watch) standing() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rules {
		for _, s := range r.series {
			if s.told {
				n++
			}
		}
	}
	return n
}

// look measures what goes on, and sees what has lasted long enough.
func (n *Notifier) look() {
	w := &n.watch
	w.mu.Lock()
	e, flows := w.engine, maps.Clone(w.flows)
	w.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		n.measureFlow(flows[name])
	}
	if e != nil {
		n.measureEngine(e)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, r := range w.rules {
		for _, s := range r.series {
			n.judge(r, s, now)
		}
	}
}

// judge tells of a series what is to be told. It is called with the lock of the watch held, so that a breach
// is told before its recovery.
func (n *Notifier) judge(r *rule, s *series, now time.Time) {
	if e := r.judge(s, now); e != "" {
		n.tell(r.notice(e, s, now))
	}
}

// each calls do for the rules on what was measured, with what they have seen of it, and then judges that. It is
// called with the lock of the watch held.
func (n *Notifier) each(m measured, do func(*rule, *series, measured)) {
	for _, r := range n.watch.rules {
		if r.metric.covers(m.metric) {
			if s := n.seriesOf(r, m.metric); s != nil {
				do(r, s, m)
				n.judge(r, s, m.at)
			}
		}
	}
}

// seriesOf returns what a rule has seen of a metric, nil if there is too much of that.
func (n *Notifier) seriesOf(r *rule, of metric) *series {
	w := &n.watch
	if s := r.series[of]; s != nil {
		return s
	}
	if w.kept >= atMost {
		if !w.full {
			w.full = true
			n.logger().Error("notify: too many numbers are watched; further ones are not", "number", r.metric.text(), "dag", of.dag, "task", of.task, "limit", atMost)
		}
		return nil
	}
	w.kept++
	r.series[of] = &series{}
	return r.series[of]
}

// watches tells whether a rule is on a kind of metric.
func (w *watch) watches(kinds ...kind) bool {
	return slices.ContainsFunc(w.rules, func(r *rule) bool { return slices.Contains(kinds, r.metric.kind) })
}

// measureTask measures a task that has ended.
func (n *Notifier) measureTask(i dag.RunInfo, r dag.Result[any]) {
	if r.Tries == 0 || !n.watch.watches(taskDuration, rows) {
		return
	}
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	m := measured{metric{kind: taskDuration, dag: i.DAG, task: i.Task}, float64(r.Duration), r.Start.Add(r.Duration), i.RunID, r.State != dag.Succeeded}
	n.each(m, (*rule).ended)
	if m.kind = rows; m.least || !n.watch.watches(rows) {
		return
	}
	count, ok := task.Rows(r.Value)
	if m.value = float64(count); ok {
		n.each(m, (*rule).ended)
		return
	}
	for _, r := range n.watch.rules {
		if r.metric == m.metric && !r.warned {
			r.warned = true
			n.logger().Warn("notify: a task whose rows are watched returns nothing that has rows", "dag", i.DAG, "task", i.Task)
		}
	}
}

// measureRun measures a run whose last task has ended.
func (n *Notifier) measureRun(r *dag.RunResult, end time.Time) {
	w := &n.watch
	if !w.watches(runDuration, landingTime) {
		return
	}
	i := r.Info()
	w.mu.Lock()
	e := w.engine
	w.mu.Unlock()
	landed, counts := end, true
	if e != nil {
		if rec, ok := e.Record(i.RunID); ok {
			counts = rec.Cause != engine.Backfilled
			if !rec.Ended.IsZero() {
				landed = rec.Ended // by the clock of the schedule
			}
		}
	}
	if landed.IsZero() {
		return // nothing says when it has ended
	}
	if end.IsZero() { // none of its tasks was run
		end = landed
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	m := measured{metric{kind: runDuration, dag: i.DAG}, float64(end.Sub(i.Started)), end, i.RunID, r.Outcome() != dag.Succeeded}
	if !i.Started.IsZero() && !end.Before(i.Started) {
		n.each(m, (*rule).ended)
	}
	if m.kind, m.value = landingTime, float64(landed.Sub(i.Interval.End)); counts {
		n.each(m, (*rule).ended)
	}
}

// measureEngine measures runs under way. Of an engine that is closed nothing is known any more: what was seen stands.
func (n *Notifier) measureEngine(e *engine.Engine) {
	w := &n.watch
	if !w.watches(runDuration, taskDuration, landingTime, queueDepth) {
		return
	}
	active, err := e.Active()
	if err != nil {
		return
	}
	var all []measured
	waiting := map[string]int{} // by DAG; of all by ""
	for _, r := range active {
		s, err := e.Outline(w.ctx, r.ID)
		if err != nil || s.State != engine.RunRunning {
			continue // it has just ended
		}
		all = append(all, w.underWay(e, s, time.Now())...)
		for _, t := range s.Tasks {
			if t.Phase == engine.Ready {
				waiting[s.DAG]++
				waiting[""]++
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rules {
		for _, s := range r.series {
			s.pass()
		}
		if of := r.metric; of.kind == queueDepth {
			if s := n.seriesOf(r, of); s != nil {
				r.ended(s, measured{metric: of, value: float64(waiting[of.dag]), at: time.Now()})
			}
		}
	}
	for _, m := range all {
		for _, r := range w.on(m) {
			if s := n.seriesOf(r, m.metric); s != nil {
				r.underway(s, m)
			}
		}
	}
}

// on returns the rules to which a value of something that goes on tells anything.
func (w *watch) on(m measured) (rules []*rule) {
	for _, r := range w.rules {
		if r.metric.covers(m.metric) && r.tells(m) {
			rules = append(rules, r)
		}
	}
	return rules
}

// underWay is how long a run, and its tasks, have taken so far, as far as a rule is on that.
func (w *watch) underWay(e *engine.Engine, s *engine.RunStatus, now time.Time) (all []measured) {
	add := func(of metric, d time.Duration) {
		if m := (measured{of, float64(d), now, s.ID, true}); len(w.on(m)) > 0 {
			all = append(all, m)
		}
	}
	add(metric{kind: runDuration, dag: s.DAG}, now.Sub(s.Since))
	if s.Cause != engine.Backfilled {
		add(metric{kind: landingTime, dag: s.DAG}, e.Now().Sub(s.Interval.End))
	}
	for _, t := range s.Tasks {
		if t.State == "" && !t.Started.IsZero() {
			add(metric{kind: taskDuration, dag: s.DAG, task: t.ID}, now.Sub(t.Started))
		}
	}
	return all
}
