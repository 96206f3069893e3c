package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/internal/graph"
)

const backfillText = `Runs a DAG for a stretch of time: once for each interval of its schedule whose start
is between two dates, both of them included; day by day if it has no schedule. Dates
are midnights in the time zone of the schedule, UTC if it has none. Parameters of the
DAG are flags behind its name.

How far it is is printed every few seconds; waiting are the tasks that have not ended.
Interrupted, it goes on with the next backfill or serve: the same command waits for it.
If the store belongs to another process (serve), that one does the work.

Times that have a run already are left out; -reprocess runs them again.
`

func backfill(ctx context.Context, k *call, args []string) error {
	o := order{Verb: "backfill"}
	k.flags.StringVar(&o.From, "s", "", "the first `date`, such as 2015-01-31, or time")
	k.flags.StringVar(&o.To, "e", "", "the last `date` or time (default the first)")
	k.flags.BoolVar(&o.Backward, "backward", false, "start with the last one")
	k.flags.BoolVar(&o.DryRun, "dry-run", false, "only print which runs there would be")
	k.flags.IntVar(&o.Parallel, "parallel", 0, "`runs` under way at the same time at most (default 10)")
	k.flags.DurationVar(&o.Every, "every", 5*time.Second, "time between two lines of progress")
	reprocess := k.flags.String("reprocess", "none", "which `runs` are made again: none, failed or completed")
	rest, err := k.parse(args, true)
	if err == nil {
		err = k.none(rest)
	}
	if err != nil {
		return err
	}
	if o.From == "" {
		return k.usage("the first date is missing: -s DATE")
	}
	if o.To == "" {
		o.To = o.From
	}
	for _, text := range []string{o.From, o.To} {
		if _, err := readDate(text, time.UTC); err != nil {
			return k.usage("%q: %v", text, err)
		}
	}
	if o.Every <= 0 {
		return k.usage("-every is %v, want more than 0", o.Every)
	}
	var ok bool
	if o.Reprocess, ok = reprocessing[*reprocess]; !ok {
		return k.usage("-reprocess is %q, want none, failed or completed", *reprocess)
	}
	if o.DAG, o.Params, err = k.texts(); err != nil {
		return err
	}
	a, err := k.ask(ctx, engine.OnDemand, o, k.say)
	if err != nil {
		if k.remote && ctx.Err() != nil {
			err = fmt.Errorf("%w; the backfill goes on in the other process", err)
		}
		return err
	}
	if o.DryRun {
		return k.steps(a.Steps)
	}
	return a.failure()
}

var reprocessing = map[string]engine.Reprocess{
	"none": engine.ReprocessNone, "failed": engine.ReprocessFailed, "completed": engine.ReprocessCompleted,
}

func (k *call) say(line string) { fmt.Fprintln(k.Stdout, line) }

// failure is what a run has failed with.
func (a *answer) failure() error {
	if a.Failed != "" {
		return failure{errors.New(a.Failed)}
	}
	return nil
}

// texts returns the DAG's name and its parameters as text. They are checked here, where a
// mistake in them is one of the command line.
func (k *call) texts() (name string, texts map[string]string, err error) {
	p, err := k.plan()
	if err != nil {
		return "", nil, err
	}
	if _, err := p.Graph.Params.With(graph.Params(k.params)); err != nil {
		return "", nil, k.usage("%v", err)
	}
	texts = map[string]string{}
	for name, v := range k.params {
		texts[name] = graph.Text(v)
	}
	return k.dag.Name(), texts, nil
}

func (k *call) steps(steps []engine.BackfillStep) error {
	rows := [][]string{{"FROM", "TO", "HAS", "STATE", "STARTS"}}
	for _, s := range steps {
		rows = append(rows, []string{moment(s.Interval.Start), moment(s.Interval.End), s.Existing, string(s.State), yes(s.Start)})
	}
	return table(k.Stdout, rows)
}

const triggerText = `Starts a run of a DAG, whose parameters are flags behind its name, and prints the
run's id. If the store belongs to another process (serve), that one does the work, and
-wait waits for it; else the run is made here.
`

func trigger(ctx context.Context, k *call, args []string) error {
	o := order{Verb: "trigger"}
	k.flags.BoolVar(&o.Wait, "wait", false, "wait for the end of the run")
	rest, err := k.parse(args, true)
	if err == nil {
		err = k.none(rest)
	}
	if err == nil {
		o.DAG, o.Params, err = k.texts()
	}
	if err != nil {
		return err
	}
	a, err := k.ask(ctx, engine.OnDemand, o, k.say)
	if err != nil {
		return err
	}
	return a.failure()
}

// words reads a command line of arguments, from least to most of them, and flags.
func (k *call) words(args []string, least, most int) (words []string, err error) {
	for {
		word, rest, err := k.next(args)
		switch {
		case err != nil:
			return nil, err
		case word != "":
			words, args = append(words, word), rest
			continue
		case len(words) < least || most >= 0 && len(words) > most:
			return nil, k.usage("want %s, got %d arguments", k.args, len(words))
		}
		return words, nil
	}
}

const clearText = `Forgets how tasks of a run went, and what they have saved, and runs them again: the
tasks that are named, or all. That happens in the process that serves; without one,
when the next serves.
`

func clearRun(ctx context.Context, k *call, args []string) error {
	o := order{Verb: "clear"}
	k.flags.BoolVar(&o.Downstream, "downstream", false, "all tasks behind those named too")
	k.flags.BoolVar(&o.DryRun, "dry-run", false, "only print which")
	words, err := k.words(args, 1, -1)
	if err != nil {
		return err
	}
	o.Run, o.Tasks = words[0], words[1:]
	return k.change(ctx, o)
}

const retryText = `Runs those tasks of a run again that have failed or were cancelled, and those that were
not run because of them. They go on from what they have saved.
`

func retry(ctx context.Context, k *call, args []string) error {
	words, err := k.words(args, 1, 1)
	if err != nil {
		return err
	}
	return k.change(ctx, order{Verb: "retry", Run: words[0]})
}

const cancelText = `Ends a run: its tasks see it through their context, and nothing new starts but tasks
that are to run in any case.
`

func cancel(ctx context.Context, k *call, args []string) error {
	words, err := k.words(args, 1, 1)
	if err != nil {
		return err
	}
	return k.change(ctx, order{Verb: "cancel", Run: words[0]})
}

const markText = `Gives a task that is not at work a state by hand: succeeded (if no task takes its
output), failed or skipped.
`

func mark(ctx context.Context, k *call, args []string) error {
	words, err := k.words(args, 3, 3)
	if err != nil {
		return err
	}
	return k.change(ctx, order{Verb: "mark", Run: words[0], Task: words[1], State: dag.State(words[2])})
}

const pauseText = `Stops the schedule of a DAG until unpause, through restarts too. Runs under way go on.
`

const unpauseText = `Lets the schedule of a DAG go on.
`

// pause is the command pause or unpause.
func pause(ctx context.Context, k *call, args []string) error {
	rest, err := k.parse(args, false)
	if err == nil {
		err = k.none(rest)
	}
	if err != nil {
		return err
	}
	return k.change(ctx, order{Verb: k.name, DAG: k.dag.Name()})
}

// change has an order carried out that changes a run or a DAG, and prints the tasks it
// was about.
func (k *call) change(ctx context.Context, o order) error {
	a, err := k.ask(ctx, engine.Inspecting, o, k.say)
	if err != nil {
		return err
	}
	for _, id := range a.Words {
		k.say(id)
	}
	if len(a.Words) > 0 && !o.DryRun && !k.remote {
		fmt.Fprintf(k.Stderr, "%s: they are run by the next %s serve, backfill or trigger\n", k.Name, k.Name)
	}
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// moment is an instant as tables have it, "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strings.TrimSuffix(t.UTC().Format("2006-01-02 15:04:05"), " 00:00:00")
}
