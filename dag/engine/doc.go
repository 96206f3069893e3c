// Package engine runs DAGs so that they survive the end of the process: what a
// task has returned is kept before anything that depends on it starts, and a run that
// was interrupted goes on where it was.
//
// # Basics
//
//   - [Store] is what an engine writes to: [Memory], a file by package boltstore, or a
//     store of your own that passes the tests of package dagtest.
//
// # Caveats
//
//   - A task that was running when the process ended is run again: what it does
//     outside has to bear that.
package engine
