package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/mask"
)

const runText = `Runs a DAG once, in this process and in memory: nothing is kept. The DAG's parameters
are flags behind its name. On a terminal a line shows how far the run is.

When tasks fail, a table says what became of each, and the exit code is 1.
`

func run(ctx context.Context, k *call, args []string) error {
	workers := k.flags.Int("workers", -1, "tasks that work at the same time at most, 0 for no bound (default: as the DAG says)")
	verbose := k.flags.Bool("v", false, "print the log lines of tasks, and the table also if all went well")
	var from, to dayFlag
	k.flags.Var(&from, "from", "start of the data interval, a `date` or RFC 3339 time (default now)")
	k.flags.Var(&to, "to", "end of the data interval, not part of it, a `date` or time (default its start)")
	rest, err := k.parse(args, true)
	if err == nil {
		err = k.none(rest)
	}
	if err != nil {
		return err
	}
	if _, err := k.plan(); err != nil {
		return err
	}
	opts := []dag.RunOption{dag.WithParams(k.params)}
	if *workers >= 0 {
		opts = append(opts, dag.Workers(*workers))
	}
	if opts, err = k.interval(opts, from.Time, to.Time); err != nil {
		return err
	}
	line := newProgress(k.Stderr, k.dag.Name(), len(k.dag.Tasks()))
	opts = append(opts, line.hooks())
	if *verbose {
		opts = append(opts, dag.Hooks{Logger: slog.New(slog.NewTextHandler(line, nil))})
	}
	res, err := k.dag.Run(mask.NewContext(ctx, mask.New(k.Engine.Secrets...)), opts...)
	line.close()
	if res == nil {
		return k.usage("%v", err)
	}
	if err != nil || *verbose {
		fmt.Fprint(k.Stderr, res)
	}
	if err != nil {
		return failure{err}
	}
	return nil
}

// interval adds the data interval to the options, if one was given.
func (k *call) interval(opts []dag.RunOption, from, to time.Time) ([]dag.RunOption, error) {
	switch {
	case from.IsZero() && to.IsZero():
		return opts, nil
	case from.IsZero():
		return nil, k.usage("-to needs -from")
	case to.IsZero():
		to = from
	case to.Before(from):
		return nil, k.usage("-to is before -from")
	}
	return append(opts, dag.Interval{Start: from, End: to}), nil
}

// dayFlag is a flag for a date, which is the start of that day in UTC, or a time.
type dayFlag struct{ time.Time }

func (d *dayFlag) String() string { return "" }

// Set reads a date or a time.
func (d *dayFlag) Set(text string) (err error) {
	if d.Time, err = time.Parse(time.DateOnly, text); err == nil {
		return nil
	}
	if d.Time, err = time.Parse(time.RFC3339, text); err != nil {
		return errors.New("want a date such as 2015-01-31, or a time such as 2015-01-31T06:00:00Z")
	}
	return nil
}
