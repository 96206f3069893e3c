package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/dag/engine"
)

const statusText = `Shows how things stand: of all DAGs, of the runs of one DAG, the newest last, or of one
run, whose id is in the table of its DAG. Times are UTC.
`

func status(ctx context.Context, k *call, args []string) error {
	last := k.flags.Int("n", 20, "of a DAG: how many `runs` to show")
	words, err := k.words(args, 0, 1)
	if err != nil {
		return err
	}
	if *last < 1 {
		return k.usage("-n is %d, want 1 or more", *last)
	}
	o := order{Verb: "overview"}
	switch {
	case len(words) == 1 && k.named(words[0]) != nil:
		o = order{Verb: "history", DAG: words[0], Last: *last}
	case len(words) == 1:
		o = order{Verb: "status", Run: words[0]}
	}
	a, err := k.ask(ctx, engine.Inspecting, o, k.say)
	if err != nil {
		return err
	}
	switch o.Verb {
	case "history":
		return k.history(a.Runs)
	case "status":
		return k.runStatus(a.Run)
	}
	return k.overviewTable(a.DAGs)
}

func (k *call) overviewTable(dags []dagStatus) error {
	rows := [][]string{{"DAG", "SCHEDULE", "PAUSED", "ACTIVE", "LAST RUN", "STATE", "NEXT", "WAITS FOR"}}
	for _, d := range dags {
		row := []string{d.Name, d.Schedule, yes(d.Paused), fmt.Sprint(d.Active), "", "", moment(d.Next.End), d.Waiting}
		if d.Last != nil {
			row[4], row[5] = d.Last.ID, string(d.Last.State)
		}
		rows = append(rows, row)
	}
	return table(k.Stdout, rows)
}

func (k *call) history(runs []engine.RunRecord) error {
	rows := [][]string{{"RUN", "STATE", "CAUSE", "LOGICAL TIME", "STARTED", "TOOK", "SUCCEEDED", "FAILED", "SKIPPED"}}
	for _, r := range runs {
		rows = append(rows, []string{r.ID, string(r.State), string(r.Cause), moment(r.LogicalTime), moment(r.Started), took(r.Started, r.Ended),
			fmt.Sprint(r.Tasks.Succeeded), fmt.Sprint(r.Tasks.Failed), fmt.Sprint(r.Tasks.Skipped)})
	}
	return table(k.Stdout, rows)
}

func (k *call) runStatus(s *engine.RunStatus) error {
	fmt.Fprintf(k.Stdout, "%s: %s, logical time %s, took %s\n\n", s.ID, s.State, moment(s.LogicalTime), took(s.Started, s.Ended))
	rows := [][]string{{"TASK", "STATE", "TRIES", "STARTED", "TOOK", "OUTPUT OR ERROR"}}
	for _, t := range s.Tasks {
		state := string(t.State)
		if state == "" {
			state = string(t.Phase)
		}
		text := t.Output
		if t.Err != "" {
			text = t.Err
		}
		rows = append(rows, []string{t.ID, state, fmt.Sprint(t.Tries), moment(t.Started), took(t.Started, t.Ended), firstLine(text)})
	}
	return table(k.Stdout, rows)
}

// took is how long something took, or takes so far.
func took(from, to time.Time) string {
	switch {
	case from.IsZero():
		return ""
	case to.IsZero():
		return time.Since(from).Round(time.Second).String() + " so far"
	}
	return to.Sub(from).Round(time.Millisecond).String()
}
