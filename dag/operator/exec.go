package operator

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/task"
)

// grace is how long a program that is to end, and output that is still held open after
// its end, is waited for.
const grace = 10 * time.Second

// Exec adds a task that runs a program and returns the last line that it prints to standard output, ""
// if there is none. command is called in each try and makes the command, as by exec.Command;
// a Stdout or Stderr that it sets is left alone, else every line becomes one of the task's log.
//
// The task fails unless the program ends with exit code 0; the error has the code, or the
// signal, and the last line of standard error, and wraps an *exec.ExitError.
//
// When the task is cancelled or its time is up, the program and the processes that it has
// started are asked to end (SIGTERM to the process group) and, after ten seconds, killed.
func Exec(d *dag.DAG, id string, command func(dag.RunInfo) *exec.Cmd, opts ...dag.TaskOption) *dag.Ref[string] {
	var fn func(context.Context) (string, error)
	if command != nil {
		fn = func(ctx context.Context) (string, error) { return run(ctx, command(dag.RunFrom(ctx))) }
	}
	return dag.Task(d, id, fn, opts...)
}

func run(ctx context.Context, made *exec.Cmd) (last string, err error) {
	if made == nil {
		return "", dag.Permanent(errors.New("the command is nil"))
	}
	log := dag.RunFrom(ctx).Log()
	secrets := task.From(ctx).Mask
	out, errs := newLines(log, "stdout", secrets), newLines(log, "stderr", secrets)
	cmd := bound(ctx, made)
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = errs
	}
	err = cmd.Run()
	out.flush()
	errs.flush()
	name := filepath.Base(made.Path)
	switch {
	case ctx.Err() != nil && err != nil:
		killGroup(cmd)
		return "", fmt.Errorf("%s: %w", name, err)
	case errors.Is(err, exec.ErrWaitDelay):
		log.Warn("the program has ended, but what it has started still holds its output open", "waited", cmd.WaitDelay)
	case err != nil && errs.last != "":
		return "", fmt.Errorf("%s: %w: %s", name, err, errs.last)
	case err != nil:
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return out.last, nil
}

// bound returns the command as one that ends with ctx.
func bound(ctx context.Context, made *exec.Cmd) *exec.Cmd {
	cmd := exec.CommandContext(ctx, made.Path)
	cmd.Args, cmd.Env, cmd.Dir, cmd.ExtraFiles, cmd.Err = made.Args, made.Env, made.Dir, made.ExtraFiles, made.Err
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = made.Stdin, made.Stdout, made.Stderr, made.SysProcAttr
	if cmd.WaitDelay = made.WaitDelay; cmd.WaitDelay == 0 {
		cmd.WaitDelay = grace
	}
	ownGroup(cmd)
	return cmd
}
