package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

// App is what a program is made of.
type App struct {
	// DAGs are those that the program knows. Commands that need one take it by its name,
	// or without a name if there is only one.
	DAGs []*dag.DAG

	// Schedules say, by the name of a DAG, when runs of it start by themselves. A DAG that
	// another one follows (engine.After, engine.MaxAge) stands before it in DAGs.
	Schedules map[string][]engine.ScheduleOption

	// Open opens the store of the commands that need one: boltstore.Open("runs.db"), say. It is
	// called by those only. Nil is a store that forgets all at the end of the command.
	//
	// If the store has a method Path (as boltstore's has), the process that has it takes orders
	// on a unix socket, Path with ".sock" behind it, which only the same user may open; and an
	// error of Open with a method LockedPath makes a command give its order there.
	Open func() (engine.Store, error)

	// Engine is how the engine is set up, but for Store and Mode.
	Engine engine.Config

	// UI are options of the pages that serve shows (package ui), ui.Source among them.
	UI []ui.Option

	// Guard, if it is not nil, stands before those pages: it says who may see them, and tells the audit
	// trail (engine.WithActor). Without one they are
	// for people on this machine, whom serve knows by the address that their browsers use.
	Guard func(http.Handler) http.Handler

	// Default is the command that is meant by a command line without one, that is by none
	// or by flags alone, which are added to it: []string{"run", "zips"}, say. Without it
	// such a command line prints the help.
	Default []string

	// ParamUsage says for the help, and for the forms of the pages, what parameters mean, by their
	// names. As with package flag, a word in back quotes stands for the value.
	ParamUsage map[string]string

	// Name is that of the program in its texts; "" is the name it was called by.
	Name string

	// Stdout and Stderr are where the program writes; nil is that of the process.
	Stdout, Stderr io.Writer
}

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitError       = 3
	exitInterrupted = 130
)

// Main carries out a command line, which does not include the name of the program, and
// returns the exit code. It prints what went wrong.
func Main(ctx context.Context, app App, args []string) (code int) {
	app.complete()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	out := &output{Writer: app.Stdout}
	app.Stdout = out
	err := app.run(ctx, args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		err = out.failure()
	}
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	fmt.Fprintf(app.Stderr, "%s: %s\n", app.Name, printable(err.Error()))
	return exitCode(ctx, err)
}

// output is standard output, which says at the end whether all of it got through.
type output struct {
	io.Writer
	mu  sync.Mutex
	err error // the first
}

// Write writes and keeps the first error.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	return n, err
}

func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return fmt.Errorf("standard output: %w", o.err)
	}
	return nil
}

func (a *App) complete() {
	if a.Name == "" {
		a.Name = filepath.Base(os.Args[0])
	}
	if a.Stdout == nil {
		a.Stdout = os.Stdout
	}
	if a.Stderr == nil {
		a.Stderr = os.Stderr
	}
}

// failure is the error of a run or a task, in contrast to one of the command.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// usageError is a mistake in the command line.
type usageError struct {
	text string
	hint string // which help to read
}

func (u *usageError) Error() string {
	if u.hint == "" {
		return u.text
	}
	return u.text + "\n" + u.hint
}

func exitCode(ctx context.Context, err error) int {
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &failure{}):
		return exitFailed
	}
	return exitError
}

// run finds the command and carries it out.
func (a *App) run(ctx context.Context, args []string) error {
	if err := a.check(); err != nil {
		return err
	}
	var server string
	if len(a.Default) == 0 {
		var err error
		if server, args, err = leadingServer(args); err != nil {
			return err
		}
	}
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help" || args[0] == "help") {
		return a.help(args[1:])
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		if len(a.Default) == 0 {
			a.overview(a.Stderr)
			return &usageError{text: "a command is missing"}
		}
		args = append(a.Default[:len(a.Default):len(a.Default)], args...)
	}
	c := a.find(args[0])
	if c == nil {
		return &usageError{fmt.Sprintf("there is no command %q, but %s", args[0], a.names()), a.Name + " help says what they do"}
	}
	if args = args[1:]; server != "" {
		args = append([]string{serverFlag, server}, args...)
	}
	return a.start(ctx, c, args)
}

// start carries out a command.
func (a *App) start(ctx context.Context, c *command, args []string) (err error) {
	k := newCall(a, c)
	if c.away {
		if args, err = k.reach(ctx, args); err != nil {
			return err
		}
	}
	return c.run(ctx, k, args)
}

// check refuses DAGs that no command could tell apart.
func (a *App) check() error {
	seen := map[string]bool{}
	for i, d := range a.DAGs {
		if d == nil {
			return fmt.Errorf("DAG number %d is nil", i+1)
		}
		if seen[d.Name()] {
			return fmt.Errorf("there are two DAGs named %q", d.Name())
		}
		seen[d.Name()] = true
	}
	return nil
}
