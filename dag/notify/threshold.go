package notify

import "time"

// rule is a threshold and what it has seen.
type rule struct {
	metric metric
	side   Side
	limit  float64
	lasts  time.Duration
	series map[metric]*series
	warned bool // that there is nothing to measure
}

// series is what a rule has seen of one metric: of the runs of a DAG, say.
type series struct {
	open, last bool      // something that goes on is beyond the limit; what has ended last was
	since      time.Time // from when on one of them has been, zero if none is
	told       bool
	shown      measured // what is told of
}

// measured is a value of a metric.
type measured struct {
	metric
	value float64
	at    time.Time
	run   string
	least bool // the value is at least this: it goes on, or has not got to its end
}

// atMost is how many series a notifier keeps.
const atMost = 10_000

func (r *rule) beyond(v float64) bool {
	if r.side == Above {
		return v > r.limit
	}
	return v < r.limit
}

// tells returns whether a value tells anything: one that is at least so much only tells that it is too much.
func (r *rule) tells(m measured) bool { return !m.least || r.side == Above && r.beyond(m.value) }

// began returns from when on a value has been beyond the limit: time itself passes it at a time that is known.
func (r *rule) began(m measured) time.Time {
	if r.side == Above && (m.kind == runDuration || m.kind == taskDuration || m.kind == landingTime) {
		return m.at.Add(-time.Duration(m.value - r.limit))
	}
	return m.at
}

// ended takes in a value that stands until the next one.
func (r *rule) ended(s *series, m measured) {
	if !r.tells(m) {
		return
	}
	if s.last = r.beyond(m.value); s.last || !s.open {
		s.shown = m
	}
}

// pass begins a new look at what goes on. What was beyond the limit and has ended since will be told of by its
// end, which may come later: until something ends within the limit all is not well.
func (s *series) pass() { s.open, s.last = false, s.open || s.last }

// underway takes in a value of something that goes on, of which there may be several.
func (r *rule) underway(s *series, m measured) {
	if r.tells(m) && (!s.open || m.value > s.shown.value) {
		s.open, s.shown = true, m
	}
}

// judge returns what is to be told of a series, "" if nothing is.
func (r *rule) judge(s *series, now time.Time) Event {
	bad := s.open || s.last
	switch {
	case !bad:
		s.since = time.Time{}
	case s.since.IsZero():
		s.since = r.began(s.shown)
	}
	switch {
	case bad && !s.told && now.Sub(s.since) >= r.lasts:
		s.told = true
		return Breached
	case !bad && s.told:
		s.told = false
		return Recovered
	}
	return ""
}

// notice puts what is told into a notice.
func (r *rule) notice(e Event, s *series, now time.Time) Notice {
	m := s.shown
	n := Notice{
		Event: e, At: now, DAG: m.dag, Task: m.task, Run: m.run, Element: -1, Flow: m.flow, Stage: m.stage,
		Metric: m.text(), Side: r.side, Limit: r.metric.write(r.limit), Lasts: r.lasts, Since: s.since,
	}
	if e == Breached || !r.beyond(m.value) {
		n.Value = r.metric.write(m.value)
	}
	at := s.since
	if e == Recovered {
		at = m.at
	}
	n.identify(r.metric.text(), r.side, r.limit, r.lasts, m.flow, m.stage, at.UnixNano())
	return n
}
