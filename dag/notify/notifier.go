package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/dag"
)

// Notifier tells of events and thresholds by messages, which wait in a queue until they are sent. Its methods are
// safe for several goroutines.
type Notifier struct {
	// These are set before the first call of a method.
	Logger  *slog.Logger  // is told what could not be sent; nil is slog.Default
	Tries   int           // for each message; 0 is 10
	Wait    time.Duration // before the second try, twice as long before each further one, five minutes at most; 0 is a second
	Timeout time.Duration // of each try; 0 is 30 seconds
	Every   time.Duration // how often thresholds look at what goes on; 0 is 5 seconds

	to        Sender
	events    []Event
	words     Template
	templates *templates
	queue     chan Notice
	ctx       context.Context // of the worker
	stop      context.CancelFunc
	worker    sync.WaitGroup
	watch     watch

	mu     sync.Mutex
	closed bool
	told   recent
	sent   int64
	lost   int64
	silent int64 // of lost, those that no message has told of
}

// Option is an option of New: an [Event], a threshold made by [When], a [Template].
type Option interface{ apply(*Notifier) error }

func (e Event) apply(n *Notifier) error {
	if !slices.Contains(asked, e) {
		return fmt.Errorf("%q is none of the events that can be asked for: %q", e, asked)
	}
	n.events = append(n.events, e)
	return nil
}

// queued is how many notices wait at most.
const queued = 256

// New makes a notifier of some events and thresholds. Close ends it.
func New(to Sender, opts ...Option) (*Notifier, error) {
	if to == nil {
		return nil, errors.New("notify: the sender is nil")
	}
	n := &Notifier{to: to, queue: make(chan Notice, queued)}
	for _, o := range opts {
		if o == nil {
			return nil, errors.New("notify: an option is nil")
		}
		if err := o.apply(n); err != nil {
			return nil, fmt.Errorf("notify: %w", err)
		}
	}
	might := append(slices.Clone(n.events), MessagesLost, DeadlineMissed)
	if len(n.watch.rules) > 0 {
		might = append(might, Breached, Recovered)
	}
	var err error
	if n.templates, err = n.words.parse(might); err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	n.ctx, n.stop = context.WithCancel(context.Background())
	n.watch.ctx, n.watch.stop = context.WithCancel(n.ctx)
	n.worker.Go(n.work)
	return n, nil
}

// Hooks are an option of dag.New or a run, or of an engine.
func (n *Notifier) Hooks() dag.Hooks {
	n.begin()
	return dag.Hooks{OnTask: n.onTask, OnRetry: n.onRetry, OnRun: n.onRun, OnDeadline: func(i dag.RunInfo) { n.onDeadline(i, 0) }}
}

// Deadline are hooks for a DAG whose runs should be over so long after their start: an option of dag.New or
// a run, beside Hooks. The runs go on.
func (n *Notifier) Deadline(d time.Duration) dag.Hooks {
	return dag.Hooks{Deadline: d, OnDeadline: func(i dag.RunInfo) { n.onDeadline(i, d) }}
}

func (n *Notifier) onTask(i dag.RunInfo, r dag.Result[any]) {
	n.measureTask(i, r)
	if r.State == dag.Failed && slices.Contains(n.events, TaskFailed) {
		notice := noticeOf(TaskFailed, i, r.Err)
		notice.identify(r.Start.Add(r.Duration).UnixNano())
		n.tell(notice)
	}
}

func (n *Notifier) onRetry(i dag.RunInfo, err error, wait time.Duration) {
	if !slices.Contains(n.events, TaskRetried) {
		return
	}
	notice := noticeOf(TaskRetried, i, err)
	notice.Wait = wait
	notice.identify(i.Started.UnixNano())
	n.tell(notice)
}

func (n *Notifier) onRun(r *dag.RunResult, err error) {
	end := ended(r)
	n.measureRun(r, end)
	e := map[dag.State]Event{dag.Succeeded: RunSucceeded, dag.Failed: RunFailed}[r.Outcome()]
	if !slices.Contains(n.events, e) {
		return
	}
	notice := noticeOf(e, r.Info(), err)
	notice.identify(end.UnixNano())
	n.tell(notice)
}

// onDeadline tells of a deadline; one of 0 is not known.
func (n *Notifier) onDeadline(i dag.RunInfo, d time.Duration) {
	if d == 0 && !slices.Contains(n.events, DeadlineMissed) {
		return
	}
	notice := noticeOf(DeadlineMissed, i, nil)
	notice.Deadline = d
	notice.identify(d)
	n.tell(notice)
}

// ended returns when the last task of a run ended, zero if none was run.
func ended(r *dag.RunResult) (end time.Time) {
	for _, t := range r.Tasks() {
		if at := t.Start.Add(t.Duration); !t.Start.IsZero() && at.After(end) {
			end = at
		}
	}
	return end
}

func (n *Notifier) logger() *slog.Logger {
	if n.Logger == nil {
		return slog.Default()
	}
	return n.Logger
}

// Stats returns how many messages have been sent and lost, how many notices wait to be sent, and
// how many breaches of thresholds stand.
func (n *Notifier) Stats() (sent, lost int64, waiting, standing int) {
	standing = n.watch.standing()
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent, n.lost, len(n.queue), standing
}
