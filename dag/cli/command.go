package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// command is one of the program's commands.
type command struct {
	name  string
	args  string // of its line in the help
	short string
	long  string
	away  bool // it can be carried out by a server
	run   func(ctx context.Context, c *call, args []string) error
}

// commands returns them in the order of the help: from looking to running. A program without DAGs has those
// only that a server carries out.
func (a *App) commands() []*command {
	all := []*command{
		{"list", "", "list the DAGs", listText, true, list},
		{"show", "[DAG]", "show a DAG's parameters, pools and tasks", showText, true, show},
		{"graph", "[DAG]", "draw a DAG, as text or for Graphviz", graphText, true, draw},
		{"test", "[DAG] TASK", "try one task alone", testText, false, test},
		{"run", "[DAG]", "run a DAG here and now, in memory", runText, false, run},
		{"trigger", "[DAG]", "start a run that is kept", triggerText, true, trigger},
		{"backfill", "[DAG] -s DATE -e DATE", "run a DAG for a stretch of time", backfillText, true, backfill},
		{"serve", "", "run what schedules ask for, and show pages about it", serveText, false, serve},
		{"status", "[DAG | RUN]", "show how DAGs, runs and tasks stand", statusText, true, status},
		{"logs", "RUN TASK", "print the log of a task", logsText, true, logs},
		{"audit", "[DAG]", "show who asked for what", auditText, true, audit},
		{"clear", "RUN [TASK...]", "forget how tasks went and run them again", clearText, true, clearRun},
		{"retry", "RUN", "run what has failed again", retryText, true, retry},
		{"cancel", "RUN", "end a run", cancelText, true, cancel},
		{"mark", "RUN TASK STATE", "give a task a state by hand", markText, true, mark},
		{"pause", "[DAG]", "stop a schedule", pauseText, true, pause},
		{"unpause", "[DAG]", "let a schedule go on", unpauseText, true, pause},
	}
	if a.empty() {
		all = slices.DeleteFunc(all, func(c *command) bool { return !c.away })
	}
	return all
}

// empty tells whether the program knows no DAG and keeps nothing: it can only ask a server.
func (a *App) empty() bool { return len(a.DAGs) == 0 && a.Open == nil }

func (a *App) find(name string) *command {
	all := a.commands()
	i := slices.IndexFunc(all, func(c *command) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}

func (a *App) names() string {
	var b strings.Builder
	for i, c := range a.commands() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.name)
	}
	return b.String()
}

// help prints the help of a command, or of all.
func (a *App) help(args []string) error {
	if len(args) == 0 {
		a.overview(a.Stdout)
		return nil
	}
	c := a.find(args[0])
	if c == nil {
		return &usageError{text: fmt.Sprintf("there is no command %q, but %s", args[0], a.names())}
	}
	return a.start(context.Background(), c, append(slices.Clone(args[1:]), "-h"))
}

func (a *App) overview(out io.Writer) {
	does := "runs graphs of tasks (DAGs)"
	if a.empty() {
		does = "shows and drives the graphs of tasks (DAGs) of a server, which is named by -server or " + serverVar
	}
	fmt.Fprintf(out, "%s %s.\n\nUsage: %s COMMAND [arguments] [flags]\n\n", a.Name, does, a.Name)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range a.commands() {
		fmt.Fprintf(w, "  %s\t%s\n", strings.TrimSpace(c.name+" "+c.args), c.short)
	}
	_ = w.Flush() // to a terminal or a buffer
	fmt.Fprintf(out, "\n%s COMMAND -h tells more, with the flags and parameters.\n", a.Name)
	if len(a.DAGs) == 1 {
		fmt.Fprintf(out, "The name of the DAG can be left out: %s is the only one.\n", a.DAGs[0].Name())
	} else {
		fmt.Fprintf(out, "%s list names the DAGs.\n", a.Name)
	}
	if len(a.Default) > 0 {
		fmt.Fprintf(out, "Without a command: %s %s.\n", a.Name, strings.Join(a.Default, " "))
	}
	fmt.Fprint(out, exitText)
}

const exitText = `
Exit codes: 0 all went well, 1 a run or task failed, 2 the command line is wrong,
3 the command could not do its work, 130 interrupted.
`
