// Package dag runs named tasks in the order their dependencies ask for, as
// many side by side as the graph allows, and hands each task's output, typed,
// to the tasks that need it. It is for programs that would otherwise grow a
// pile of goroutines, channels and retry loops: think of an errgroup with
// names, edges, retries and a report. Everything stays in memory; there is
// nothing to install or to start.
//
// # Basics
//
// There are three types to know.
//
//   - [DAG] is the graph: [New] makes it, [DAG.Validate] checks it and
//     [DAG.Run] runs it, as often as wanted and concurrently if wanted.
//   - [Ref] is the handle of one task. [Task] to [Task3] add a task that
//     returns a value, [Do] to [Do3] one that returns only an error; the digit
//     is the number of typed inputs. [Ref.SetUpstream], [Ref.SetDownstream] and
//     [Chain] add edges that order tasks without passing a value.
//   - [RunResult] tells how a run went. [Ref.Of] reads a task's output from it.
//
// A task starts once all its upstream tasks have succeeded. A task that fails,
// after the further tries its [Retry] grants, does not stop branches that do
// not depend on it; everything downstream of it is marked [UpstreamFailed] and
// is not run. A task says more by the error it returns: [ErrSkip], [Permanent],
// [RetryAfter]. Tasks that are to run in other cases too are added with [TaskR1]
// to [TaskR3], a rule of package rule, and a function that takes a [Result].
//
// What is known only while running: [Map] calls a function for each element of a
// list, [Branch] chooses among tasks, [WaitFor] waits for a condition.
//
// Options are values: [Retry], [Timeout], [Pool], [Priority], [Workers], [Owner]
// for tasks, for all tasks of a DAG through [Defaults], or for those of a
// [DAG.Group]; [Hooks] tell the program how a run goes. Inside a task, [RunFrom]
// tells which task, try, interval and parameters it is running with and has its
// logger; [Checkpoint] and [SaveCheckpoint] hand a position on to the next try.
//
// # Caveats
//
//   - Outputs are handed over as they are, to several tasks at once: they are
//     read-only from the moment they are returned. The RunResult holds all of them
//     for as long as it is held itself.
//   - The context of a try ends when the try ends. An output must not depend
//     on it (an open cursor, say).
//   - Go cannot stop a function from outside. Cancelling and timeouts work
//     through the task's context; a task that ignores it is waited for.
//   - Without [Workers] every task that may start does start.
//   - Build the graph first, then run it: adding tasks or edges to a DAG is not
//     safe while it runs or while another goroutine builds it.
package dag
