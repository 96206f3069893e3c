package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/penstock/penstock/dag"
)

// Event is something that a [Notifier] tells of. As an option of New it asks for that.
type Event string

// The events that New can be asked for.
const (
	RunSucceeded   Event = "run succeeded"
	RunFailed      Event = "run failed" // also by its Timeout, but not one that somebody has cancelled
	TaskFailed     Event = "task failed"
	TaskRetried    Event = "task retried"    // a try has failed, and there will be another
	DeadlineMissed Event = "deadline missed" // of Notifier.Deadline, or dag.Hooks.Deadline
)

// The events that come by themselves.
const (
	Breached     Event = "threshold breached" // of When
	Recovered    Event = "threshold recovered"
	MessagesLost Event = "messages lost" // of the notifier: the queue was full, or they could not be sent
)

var asked = []Event{RunSucceeded, RunFailed, TaskFailed, TaskRetried, DeadlineMissed}

// Notice is what there is to tell of an event, and what a [Template] is given. Texts are printable, on one line but
// for Error, and cut if they are very long.
type Notice struct {
	Event       Event
	At          time.Time // when it was noticed
	DAG         string    // "" if it is about a flow, or about all DAGs
	Run         string    // id of a run that is stored, else ""
	Task        string    // "" if it is about a run
	Element     int       // of a Map; else -1
	Try         int       // TaskFailed, TaskRetried: the one that has failed
	LogicalTime time.Time
	Interval    dag.Interval
	Params      dag.Params // of the run; read-only
	Error       string     // RunFailed, TaskFailed, TaskRetried
	Wait        time.Duration
	Deadline    time.Duration // DeadlineMissed; 0 if it is not known

	// Breached and Recovered. Run is then the one that was measured last.
	Metric string        // "run duration", "rows", ...
	Flow   string        // whose metric it is, "" if it is that of a DAG
	Stage  string        // of the flow
	Side   Side          // of the limit on which the value must not be
	Value  string        // "1h2m3s", "42"; "" if it is no longer measured
	Limit  string        // likewise
	Lasts  time.Duration // how long that may last
	Since  time.Time     // Breached: from when on it has

	Lost int64 // MessagesLost: how many since that was told last

	id string
}

// Name says what the notice is about: "nightly", "nightly, task load", "flow copy, stage decode".
func (n Notice) Name() string {
	parts := []string{n.DAG}
	switch {
	case n.Flow != "":
		parts[0] = "flow " + n.Flow
	case n.DAG == "":
		parts[0] = "all DAGs"
	}
	if n.Task != "" {
		parts = append(parts, "task "+n.Task)
	}
	if n.Task != "" && n.Element >= 0 {
		parts = append(parts, fmt.Sprintf("element %d", n.Element))
	}
	if n.Stage != "" {
		parts = append(parts, "stage "+n.Stage)
	}
	return strings.Join(parts, ", ")
}

// Summary is the notice in a line: "nightly failed", "nightly, task load: rows 12 is below 100".
func (n Notice) Summary() string {
	name := n.Name()
	if n.Task != "" && n.Metric == "" {
		name += ","
	}
	switch n.Event {
	case RunSucceeded:
		return name + " succeeded"
	case TaskRetried:
		again := "at once"
		if n.Wait > 0 {
			again = "in " + duration(n.Wait)
		}
		return fmt.Sprintf("%s failed on try %d and is tried again %s", name, n.Try, again)
	case DeadlineMissed:
		if n.Deadline > 0 {
			return fmt.Sprintf("%s has missed its deadline of %s", name, duration(n.Deadline))
		}
		return name + " has missed its deadline"
	case Breached:
		text := fmt.Sprintf("%s: %s %s is %s %s", name, n.Metric, n.Value, n.Side, n.Limit)
		if n.Lasts > 0 {
			text += " for " + duration(n.Lasts)
		}
		return text
	case Recovered:
		if n.Value == "" {
			return fmt.Sprintf("%s: %s is no longer measured", name, n.Metric)
		}
		return fmt.Sprintf("%s: %s %s is no longer %s %s", name, n.Metric, n.Value, n.Side, n.Limit)
	case MessagesLost:
		if n.Lost == 1 {
			return "1 message was lost"
		}
		return fmt.Sprintf("%d messages were lost", n.Lost)
	}
	return name + " failed"
}

// noticeOf is a notice about a run or, if it names one, a task. An error may be nil.
func noticeOf(e Event, i dag.RunInfo, err error) Notice {
	n := Notice{
		Event: e, At: time.Now(), DAG: i.DAG, Run: i.RunID, Task: i.Task, Element: i.Element, Try: i.Try,
		LogicalTime: i.LogicalTime, Interval: i.Interval, Params: i.Params,
	}
	if err != nil {
		n.Error = err.Error()
	}
	return n
}

// identify gives the notice an id by what it is about, which is the same whenever it is told. Of a run that
// is not stored there may be another with the same name and times: it gets none.
func (n *Notice) identify(about ...any) {
	if n.Run == "" && n.Metric == "" {
		return
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %d %d %#v", n.Event, n.DAG, n.Run, n.Task, n.Element, n.Try, about))
	n.id = hex.EncodeToString(sum[:16])
}

// The most bytes of names and of errors in a notice.
const (
	longName  = 300
	longError = 16 << 10
)

// cleaned is the notice fit to be shown.
func (n Notice) cleaned() Notice {
	for _, name := range []*string{&n.DAG, &n.Run, &n.Task, &n.Metric, &n.Flow, &n.Stage} {
		*name = printable(*name, longName, false)
	}
	n.Error = printable(n.Error, longError, true)
	return n
}

// printable takes out of a text what does not show: control characters, those that change the direction of
// writing, bytes that are no UTF-8; and line ends unless it may have several lines. It is cut if it is too long.
func printable(text string, most int, lines bool) string {
	rest := 0
	if len(text) > most {
		for most > 0 && !utf8.RuneStart(text[most]) {
			most--
		}
		rest, text = len(text)-most, text[:most]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r), lines && (r == '\n' || r == '\t'):
			return r
		case lines && r == '\r':
			return -1
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if rest > 0 {
		text += fmt.Sprintf("… (%d more bytes)", rest)
	}
	return text
}

// duration writes a duration without more digits than anyone wants.
func duration(d time.Duration) string {
	if d.Abs() >= time.Minute {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
