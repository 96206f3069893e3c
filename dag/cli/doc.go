// Package cli makes a program of a set of DAGs: one that lists, shows, draws, tests and
// runs them from a command line.
//
// # Basics
//
// [Main] is the whole program, and [App] says which DAGs it is about:
//
//	func main() { os.Exit(cli.Main(context.Background(), cli.App{DAGs: dags}, os.Args[1:])) }
//
// Parameters that a DAG declares are flags of the commands that run it. What tasks
// print goes to standard output; progress, logs and errors go to standard error. The command serve
// shows pages for a browser too (package ui), on this machine only unless told otherwise; App.Guard
// says who may see them.
//
// # Exit codes
//
//	0    all went well
//	1    a run or a task failed
//	2    the command line is wrong; nothing was done
//	3    the command could not do its work: a store that does not open, say
//	130  interrupted, by Ctrl-C or SIGTERM
//
// # Caveats
//
//   - The first interrupt asks tasks to end, through their context; the second ends the
//     process at once.
//   - A parameter whose name is also that of a flag of the command is given with -p.
package cli
