// Package engine runs DAGs so that they survive the end of the process: what a
// task has returned is kept before anything that depends on it starts, and a run that
// was interrupted goes on where it was.
//
// # Basics
//
//   - [Engine] runs DAGs: [Open] makes it on a store, [Engine.Register] tells it of a
//     DAG and goes on with the runs of it that have not ended, [Engine.Trigger]
//     starts a run and [Engine.Wait] waits for its end. [Engine.Close] stops it.
//   - Register takes options by which runs start by themselves: [Cron] or [Every], with a rule
//     for what was missed ([Catchup]), and [After] another DAG. [Engine.StartBackfill] runs a
//     stretch of the past.
//   - [Engine.Status], [Engine.Logs] and [Engine.History] tell how things stand; [Engine.Outline],
//     [Engine.Timeline], [Engine.Inspect] and [Engine.Watch] do so for programs that show it again and again.
//     [Engine.Cancel], [Engine.Clear], [Engine.Retry], [Engine.Mark], [Engine.Pause], [Engine.Replace],
//     [Engine.Remove] and [Engine.Prune] are an operator's verbs. Config.Hooks are told what happens.
//     [Engine.Audit] tells who asked for what ([WithActor]).
//   - [AddSecret] and Config.Secrets say what is hidden in all that is written and shown.
//   - [Store] is what an engine writes to: [Memory], a file by package boltstore, or a
//     store of your own that passes the tests of package dagtest.
//
// A run is a log of events. What an attempt has come to is written, in one commit
// with all else that is due, before its downstream tasks start; so a chain of tasks
// costs a commit each and a thousand side by side a few. Read back, the log gives the
// run again, whether or not the DAG has changed meanwhile: finished tasks stay
// finished, tasks that are gone are left out, new ones are run.
//
// A scheduled run is about an interval of time, whose start is its logical time (dag.RunFrom). The note
// that it was started is written together with its first event: for each logical time there is one
// run, for each success of a DAG one start after it, wherever the process ends.
//
// # Caveats
//
//   - A task that was running when the process ended is run again: what it does
//     outside has to bear that. No retry is used up; but a task that is cut off again
//     and again without saving a checkpoint fails (Config.MaxInterrupts).
//   - Outputs are stored: their types need MarshalBinary and UnmarshalBinary, or to
//     be ones of which JSON loses nothing.
//   - Outputs, checkpoints and parameters are stored as they are, secrets in them too: who reads the store's
//     file reads them. Lines of logs and errors are stored without.
//   - One engine owns a store. When another takes over, the older one stops.
//   - A pool is one run's, unless Config.Pools has one of its name.
//   - Schedules go by Config.Now, at most a minute late after a clock was set. A clock that is set
//     back takes them along: intervals without a run have theirs when it comes to their ends again.
//   - An interval that catching up has left out stays left out: a backfill can run it.
package engine
