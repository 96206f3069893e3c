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
	run   func(ctx context.Context, c *call, args []string) error
}

// commands returns them in the order of the help: from looking to running.
func commands() []*command {
	return []*command{
		{"list", "", "list the DAGs", listText, list},
		{"show", "[DAG]", "show a DAG's parameters, pools and tasks", showText, show},
		{"graph", "[DAG]", "draw a DAG, as text or for Graphviz", graphText, draw},
		{"test", "[DAG] TASK", "try one task alone", testText, test},
		{"run", "[DAG]", "run a DAG here and now, in memory", runText, run},
		{"trigger", "[DAG]", "start a run that is kept", triggerText, trigger},
		{"backfill", "[DAG] -s DATE -e DATE", "run a DAG for a stretch of time", backfillText, backfill},
		{"serve", "", "run what schedules ask for, and show pages about it", serveText, serve},
		{"status", "[DAG | RUN]", "show how DAGs, runs and tasks stand", statusText, status},
		{"logs", "RUN TASK", "print the log of a task", logsText, logs},
		{"audit", "[DAG]", "show who asked for what", auditText, audit},
		{"clear", "RUN [TASK...]", "forget how tasks went and run them again", clearText, clearRun},
		{"retry", "RUN", "run what has failed again", retryText, retry},
		{"cancel", "RUN", "end a run", cancelText, cancel},
		{"mark", "RUN TASK STATE", "give a task a state by hand", markText, mark},
		{"pause", "[DAG]", "stop a schedule", pauseText, pause},
		{"unpause", "[DAG]", "let a schedule go on", unpauseText, pause},
	}
}

func find(name string) *command {
	all := commands()
	i := slices.IndexFunc(all, func(c *command) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}

func names() string {
	var b strings.Builder
	for i, c := range commands() {
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
	c := find(args[0])
	if c == nil {
		return &usageError{text: fmt.Sprintf("there is no command %q, but %s", args[0], names())}
	}
	return c.run(context.Background(), newCall(a, c), append(slices.Clone(args[1:]), "-h"))
}

func (a *App) overview(out io.Writer) {
	fmt.Fprintf(out, "%s runs graphs of tasks (DAGs).\n\nUsage: %s COMMAND [arguments] [flags]\n\n", a.Name, a.Name)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
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
