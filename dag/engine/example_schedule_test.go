package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// Three nights have passed since StartAt. Their runs are made up for, one after the other; the next
// starts at two o'clock.
func Example_schedule() {
	ctx := context.Background()
	loaded := make(chan dag.Interval)
	d := dag.New("nightly")
	dag.Do(d, "load", func(ctx context.Context) error {
		loaded <- dag.RunFrom(ctx).Interval // the data to load: Start is the logical time
		return nil
	})

	first := time.Date(2015, 1, 1, 2, 0, 0, 0, time.UTC)
	e, _ := engine.Open(ctx, engine.Config{
		Store: engine.NewMemory(),                                        // boltstore.Open("runs.db") for one that outlives the process
		Now:   func() time.Time { return first.Add(3*24*time.Hour + 1) }, // for this example only
	})
	defer e.Close(ctx)
	err := e.Register(ctx, d, engine.Cron("0 2 * * *"), engine.StartAt(first), engine.CatchupAll, engine.MaxActiveRuns(1))
	fmt.Println(err)
	for range 3 {
		iv := <-loaded
		fmt.Println("loaded", iv.Start.Format(time.DateTime), "to", iv.End.Format(time.DateTime))
	}
	s, _ := e.Schedule("nightly")
	fmt.Println(s.Text, "- next at", s.Next.End.Format(time.DateTime))
	// Output:
	// <nil>
	// loaded 2015-01-01 02:00:00 to 2015-01-02 02:00:00
	// loaded 2015-01-02 02:00:00 to 2015-01-03 02:00:00
	// loaded 2015-01-03 02:00:00 to 2015-01-04 02:00:00
	// cron 0 2 * * * in UTC - next at 2015-01-05 02:00:00
}

// Two days are run again, both ends of the range included. A DAG of three tasks: six are waiting.
func Example_backfill() {
	ctx := context.Background()
	d := dag.New("zips")
	load := dag.Task(d, "load", func(ctx context.Context) (string, error) {
		return dag.RunFrom(ctx).LogicalTime.Format(time.DateOnly), nil
	})
	dag.Do1(d, "count", load, func(context.Context, string) error { return nil })
	dag.Do1(d, "average", load, func(context.Context, string) error { return nil })

	e, _ := engine.Open(ctx, engine.Config{Store: engine.NewMemory()})
	defer e.Close(ctx)
	if err := e.Register(ctx, d, engine.Cron("@daily")); err != nil {
		fmt.Println(err)
	}
	days := engine.Backfill{From: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2015, 1, 2, 0, 0, 0, 0, time.UTC)}
	plan, _ := e.PlanBackfill("zips", days)
	for _, step := range plan {
		fmt.Println(step.Interval.Start.Format(time.DateOnly), "start:", step.Start)
	}
	b, _ := e.StartBackfill(ctx, "zips", days)
	err := b.Watch(ctx, time.Minute, func(p engine.Progress) { fmt.Println(p) })
	fmt.Println(err)
	history, _ := e.History(ctx, "zips")
	for _, r := range history {
		res, _ := e.Wait(ctx, r.ID)
		fmt.Println(r.ID, r.State, res.Task("load").Value)
	}
	// Output:
	// 2015-01-01 start: true
	// 2015-01-02 start: true
	// [backfill progress] waiting: 6 | succeeded: 0 | kicked_off: 2 | failed: 0 | skipped: 0
	// [backfill progress] waiting: 0 | succeeded: 6 | kicked_off: 0 | failed: 0 | skipped: 0
	// <nil>
	// zips/20150101T000000Z succeeded 2015-01-01
	// zips/20150102T000000Z succeeded 2015-01-02
}

// Scores are computed after each training, with the model of that very run.
func Example_after() {
	ctx := context.Background()
	e, _ := engine.Open(ctx, engine.Config{Store: engine.NewMemory()})
	defer e.Close(ctx)

	train := dag.New("train")
	model := dag.Task(train, "model", func(ctx context.Context) (string, error) {
		return "model of " + dag.RunFrom(ctx).LogicalTime.Format(time.DateOnly), nil
	})
	score := dag.New("score")
	scored := make(chan string)
	dag.Do(score, "score", func(ctx context.Context) error {
		id, _ := engine.UsedRun(ctx, "train")
		res, err := e.Wait(ctx, id) // it has ended
		if err != nil {
			return err
		}
		m, err := model.Of(res)
		scored <- "scored by the " + m
		return err
	})
	_ = e.Register(ctx, train, engine.Cron("@daily"))
	_ = e.Register(ctx, score, engine.After("train"))

	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	_, _ = e.StartBackfill(ctx, "train", engine.Backfill{From: day, To: day})
	fmt.Println(<-scored)
	// Output:
	// scored by the model of 2015-01-01
}

// A file of pipelines: one DAG for each entry. When the file was edited, new entries are registered,
// changed ones take the place of the old ones, and those that are gone are removed; runs that
// are under way finish as they began.
func Example_configuration() {
	ctx := context.Background()
	type entry struct {
		Name   string   `json:"name"`
		Cron   string   `json:"cron"`
		States []string `json:"states"`
	}
	build := func(c entry) *dag.DAG {
		d := dag.New(c.Name)
		for _, state := range c.States {
			dag.Do(d, "load_"+state, func(context.Context) error { return nil })
		}
		return d
	}
	known := map[string]string{} // each entry as it was
	read := func(e *engine.Engine, path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var entries []entry
		if err := json.Unmarshal(data, &entries); err != nil {
			return err
		}
		gone := map[string]bool{}
		for name := range known {
			gone[name] = true
		}
		for _, c := range entries {
			text := fmt.Sprint(c)
			switch was, ok := known[c.Name]; {
			case !ok:
				err = e.Register(ctx, build(c), engine.Cron(c.Cron))
			case was != text:
				err = e.Replace(ctx, build(c), engine.Cron(c.Cron))
			}
			if err != nil {
				return err
			}
			known[c.Name] = text
			delete(gone, c.Name)
		}
		for name := range gone {
			if err := e.Remove(name); err != nil {
				return err
			}
			delete(known, name)
		}
		return nil
	}

	e, _ := engine.Open(ctx, engine.Config{Store: engine.NewMemory()})
	defer e.Close(ctx)
	folder, _ := os.MkdirTemp("", "pipelines")
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "pipelines.json")
	for _, text := range []string{
		`[{"name": "east", "cron": "@hourly", "states": ["MA", "NY"]}, {"name": "west", "cron": "@daily", "states": ["CA"]}]`,
		`[{"name": "east", "cron": "30 2 * * *", "states": ["MA", "NY", "CT"]}, {"name": "south", "cron": "@daily", "states": ["TX"]}]`,
	} {
		_ = os.WriteFile(path, []byte(text), 0o600)
		fmt.Println("read:", read(e, path))
		for _, name := range e.DAGs() {
			s, _ := e.Schedule(name)
			fmt.Println(name, "-", s.Text)
		}
	}
	// Output:
	// read: <nil>
	// east - cron @hourly in UTC
	// west - cron @daily in UTC
	// read: <nil>
	// east - cron 30 2 * * * in UTC
	// south - cron @daily in UTC
}
