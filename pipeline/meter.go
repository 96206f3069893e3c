package pipeline

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// StageStats are the numbers of a stage of a [Flow], or of its source.
type StageStats struct {
	Name     string
	RowsIn   int64         // taken from the stage before; 0 for the source
	RowsOut  int64         // made
	Batches  int64         // made
	Elapsed  time.Duration // since it began, until it ended
	Busy     time.Duration // of that, what was spent at work and not waiting, for input or for room in the queue
	Finished bool

	// The queue behind the stage, in batches. QueueLow is the least that was there when the
	// next stage came for another while this one was at work: 0 means that it had to wait.
	Queue, QueueHigh, QueueLow, QueueSize int
}

// RowsPerSecond is how many rows the stage has taken, or the source made, per second since
// it began.
func (s StageStats) RowsPerSecond() float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(max(s.RowsIn, s.RowsOut)) / s.Elapsed.Seconds()
}

// Metrics hands the numbers of a flow out as (stage, name, value), which is what a package
// that exports metrics has to ask for: an interface with this method needs no type of this
// package. Names are rows_in, rows_out, batches, rows_per_second, busy_seconds, queue,
// queue_high, queue_low and queue_size.
func (f *Flow) Metrics(emit func(stage, name string, value float64)) {
	for _, s := range f.Stats() {
		emit(s.Name, "rows_in", float64(s.RowsIn))
		emit(s.Name, "rows_out", float64(s.RowsOut))
		emit(s.Name, "batches", float64(s.Batches))
		emit(s.Name, "rows_per_second", s.RowsPerSecond())
		emit(s.Name, "busy_seconds", s.Busy.Seconds())
		emit(s.Name, "queue", float64(s.Queue))
		emit(s.Name, "queue_high", float64(s.QueueHigh))
		emit(s.Name, "queue_low", float64(s.QueueLow))
		emit(s.Name, "queue_size", float64(s.QueueSize))
	}
}

// String is the flow's progress as one line: what each stage has made, how many rows it
// deals with a second, and how full the queue behind it is.
func (f *Flow) String() string {
	var line strings.Builder
	for i, s := range f.Stats() {
		if i > 0 {
			line.WriteString(" → ")
		}
		fmt.Fprintf(&line, "%s %s rows %s/s", s.Name, short(float64(s.RowsOut)), short(s.RowsPerSecond()))
		if !s.Finished {
			fmt.Fprintf(&line, " [%d/%d]", s.Queue, s.QueueSize)
		}
	}
	if line.Len() == 0 {
		return "not started"
	}
	return line.String()
}

// short writes a number with three digits.
func short(x float64) string {
	for _, unit := range []string{"", "k", "M"} {
		if x < 999.5 {
			return fmt.Sprintf("%.3g%s", x, unit)
		}
		x /= 1000
	}
	return fmt.Sprintf("%.3gG", x)
}

// meter counts for one stage.
type meter struct {
	mu      sync.Mutex
	stats   StageStats
	began   time.Time
	ended   time.Time
	waited  time.Duration
	waiting time.Time  // since when; zero while at work
	asks    bool       // whether QueueLow is known
	queue   func() int // how much is in it; nil before it is made
}

func newMeter(name string, size int) *meter {
	return &meter{stats: StageStats{Name: name, QueueSize: size}}
}

// start begins, with the queue that the stage fills.
func (m *meter) start(queue func() int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.began, m.queue = time.Now(), queue
}

func (m *meter) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended, m.stats.Finished = time.Now(), true
}

// pause begins a time of waiting, resume ends it.
func (m *meter) pause() (resume func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = time.Now()
	return m.resume
}

func (m *meter) resume() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waited += time.Since(m.waiting)
	m.waiting = time.Time{}
}

// made counts a batch that has gone into the queue.
func (m *meter) made(b *batch, queue int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b != nil {
		m.stats.Batches++
		m.stats.RowsOut += int64(b.len())
	}
	m.stats.QueueHigh = max(m.stats.QueueHigh, queue)
}

// asked notes how much was there when the next stage came for a batch.
func (m *meter) asked(queue int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stats.Finished || m.stats.Batches == 0 {
		return
	}
	if !m.asks || queue < m.stats.QueueLow {
		m.stats.QueueLow = queue
	}
	m.asks = true
}

// took counts a batch that the stage was given.
func (m *meter) took(b *batch) {
	if b == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats.RowsIn += int64(b.len())
}

func (m *meter) read() StageStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.stats
	if m.queue != nil {
		s.Queue = m.queue()
	}
	if m.began.IsZero() {
		return s
	}
	now := m.ended
	if now.IsZero() {
		now = time.Now()
	}
	waited := m.waited
	if !m.waiting.IsZero() {
		waited += now.Sub(m.waiting)
	}
	s.Elapsed = now.Sub(m.began)
	s.Busy = max(0, s.Elapsed-waited)
	return s
}
