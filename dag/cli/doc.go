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
// # Servers
//
// With -server, or the variable PENSTOCK_SERVER, all commands but run, test and serve are carried out by
// the server whose pages (package ui) are at that address, through its JSON API, and are about its DAGs:
//
//	program status -server https://dags.example.com/flows
//
// They print the same and exit with the same codes as beside the store. A user and a password stand in the
// address, https://user:password@host, or, so that nobody sees them in a list of processes, in PENSTOCK_SERVER
// or PENSTOCK_AUTH, user:password. An App that is empty has only these commands: cmd/penstock is one.
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
//   - -server follows no redirect, and sends the password to whatever address it is given.
package cli
