// Package rule names the trigger rules of tasks: what must have become of a
// task's upstream tasks for it to be run. They are Airflow's, under Airflow's
// names.
//
// # Basics
//
// Every task of package dag follows [AllSuccess]. Another rule is given to
// dag.TaskR1, TaskR2 or TaskR3, whose functions receive dag.Result values, so
// that a task that failed or was skipped is seen and not taken for a zero value.
//
// # Caveats
//
//   - A task that was not run because of a failure upstream counts as failed.
//   - A task that its rule rules out is marked as failed upstream if a failure
//     was the reason, else as skipped.
//   - [OneSuccess] and [OneFailed] do not wait for the other upstream tasks:
//     their results may have no state yet.
package rule

import "fmt"

// Rule says when a task is run. The zero value is AllSuccess.
type Rule uint8

// The trigger rules. A failure that makes a rule impossible is acted upon at
// once; whether a task is skipped is decided when all upstream tasks have ended.
const (
	AllSuccess       Rule = iota // all succeeded
	AllDone                      // all ended, no matter how
	OneSuccess                   // as soon as one has succeeded
	NoneFailed                   // all ended and none failed: each succeeded or was skipped
	NoneFailedMinOne             // as NoneFailed, and at least one succeeded
	OneFailed                    // as soon as one has failed
	Always                       // as AllDone, and also when the run was cancelled: for cleaning up
)

var names = [...]string{"AllSuccess", "AllDone", "OneSuccess", "NoneFailed", "NoneFailedMinOne", "OneFailed", "Always"}

// String returns the name of the constant.
func (r Rule) String() string {
	if !r.Valid() {
		return fmt.Sprintf("Rule(%d)", uint8(r))
	}
	return names[r]
}

// Valid tells whether r is one of the constants.
func (r Rule) Valid() bool { return int(r) < len(names) }

// Parents counts what has become of a task's upstream tasks so far.
type Parents struct {
	All       int // how many there are
	Succeeded int
	Failed    int // or not run because of a failure
	Skipped   int
	Cancelled int
}

// Verdict is what a rule makes of the upstream tasks.
type Verdict uint8

// The verdicts.
const (
	Wait Verdict = iota // it is too early to tell
	Run
	Fail // the task is not run because of a failure upstream
	Skip // the task is not run, and nothing is wrong
)

// Judge applies the rule. A task without upstream tasks is run under every
// rule.
func (r Rule) Judge(p Parents) Verdict {
	done := p.Succeeded+p.Failed+p.Skipped+p.Cancelled == p.All
	switch {
	case p.All == 0:
		return Run
	case r == OneSuccess && p.Succeeded > 0, r == OneFailed && p.Failed > 0:
		return Run
	case r.needsNoFailure() && p.Failed > 0:
		return Fail
	case !done:
		return Wait
	}
	return r.judgeDone(p)
}

// needsNoFailure tells whether a single failure settles that the task is not run.
func (r Rule) needsNoFailure() bool {
	return r == AllSuccess || r == NoneFailed || r == NoneFailedMinOne
}

// judgeDone decides once all upstream tasks have ended and Judge has not.
func (r Rule) judgeDone(p Parents) Verdict {
	switch {
	case r == AllDone, r == Always, r == NoneFailed:
		return Run
	case r == AllSuccess && p.Succeeded == p.All, r == NoneFailedMinOne && p.Succeeded > 0:
		return Run
	case r == OneSuccess && p.Failed > 0:
		return Fail
	}
	return Skip
}
