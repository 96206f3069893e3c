package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/dag"
)

// Register makes a DAG known, once, and goes on with those of its runs that have not
// ended. It checks the graph as dag.DAG.Validate does, and that the store can keep
// every output: a type has MarshalBinary and UnmarshalBinary, or JSON loses
// nothing of it. With options, runs start by themselves from then on.
func (e *Engine) Register(ctx context.Context, d *dag.DAG, opts ...ScheduleOption) error {
	g, err := newRegistered(d, e.Pools, opts)
	if err != nil {
		return err
	}
	c, runs, err := e.recall(ctx, g)
	if err != nil {
		return err
	}
	return e.enter(ctx, nil, g, func() error {
		if e.dags[d.Name()] != nil {
			return errors.New("it is registered already")
		}
		if old := e.calendars[d.Name()]; old != nil {
			c, runs = old, nil // it was removed; what is under way goes on
		}
		e.calendars[d.Name()], g.cal = c, c
		for _, r := range runs {
			r.setHooks(r.known)
			r.restart()
			e.resume(r)
		}
		return nil
	})
}

// Replace puts a new version in the place of the DAG of the same name: another graph, other
// options, or both. Runs that are under way finish on their version, if the engine lives that
// long: after a restart they go on with the version that is registered then.
func (e *Engine) Replace(ctx context.Context, d *dag.DAG, opts ...ScheduleOption) error {
	a, err := e.audit(ctx, "replace", d.Name(), "")
	if err != nil {
		return err
	}
	g, err := newRegistered(d, e.Pools, opts)
	if err != nil {
		return a.end(ctx, err)
	}
	return a.end(ctx, e.enter(ctx, a, g, func() error {
		old := e.dags[d.Name()]
		if old == nil {
			return errors.New("it is not registered")
		}
		g.cal = old.cal
		return nil
	}))
}

// Remove makes the engine forget a DAG: nothing starts any more, what is under way is finished, if
// the engine lives that long, and the store keeps what has been. Registered again, in this engine or a
// later one, the DAG goes on where it was.
// A DAG that others name by After or MaxAge cannot be removed before them, nor one that is being
// backfilled. The audit trail has it without an actor.
func (e *Engine) Remove(name string) error {
	a, err := e.audit(context.Background(), "remove", name, "")
	if err != nil {
		return err
	}
	if err = e.remove(name); err != nil {
		a.entry.Refused = e.short(strings.TrimPrefix(err.Error(), "engine: "))
	}
	e.journal.write(nil, a.with()...)
	return err
}

func (e *Engine) remove(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.known(name)
	if err != nil {
		return err
	}
	if others := e.dependants[name]; len(others) > 0 {
		return fmt.Errorf("engine: DAG %q is needed by DAG %q", name, others[0])
	}
	for _, b := range g.cal.backfills {
		if !b.stopped {
			return fmt.Errorf("engine: DAG %q: backfill %q is under way", name, b.ID())
		}
	}
	e.relate(g, false)
	delete(e.dags, name)
	e.rearm()
	return nil
}

// enter makes g the DAG of its name once prepare has given it a calendar, and returns when what
// has to be known of that later is durable.
func (e *Engine) enter(ctx context.Context, a *audited, g *registered, prepare func() error) error {
	durable, err := e.install(a, g, prepare)
	if err == nil {
		err = await(ctx, durable)
	}
	if err != nil {
		return fmt.Errorf("engine: DAG %q: %w", g.dag.Name(), err)
	}
	return nil
}

func (e *Engine) install(a *audited, g *registered, prepare func() error) (durable chan error, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.link(g); err != nil {
		return nil, err
	}
	if err := prepare(); err != nil {
		return nil, err
	}
	if old := e.dags[g.dag.Name()]; old != nil {
		e.relate(old, false)
	}
	e.dags[g.dag.Name()] = g
	e.relate(g, true)
	notes := e.following(g)
	if from := g.sched.begin(g.cal, e.now()); !from.IsZero() {
		notes = append(notes, note{Kind: notePassed, At: e.now(), End: from.UTC()})
	}
	durable = make(chan error, 1)
	if len(notes) == 0 && a == nil {
		durable <- nil
	} else {
		e.noteFor(a, func(err error) { durable <- err }, g.cal, notes...)
	}
	e.listen(g)
	for _, b := range g.cal.backfills {
		if b.engine == nil {
			e.takeUp(b, nil)
		}
	}
	e.consider(g)
	e.rearm()
	return durable, nil
}

// recall reads what the store knows of a DAG, and its runs that have not ended.
func (e *Engine) recall(ctx context.Context, g *registered) (*calendar, []*run, error) {
	name := g.dag.Name()
	c, err := readCalendar(ctx, e.Store, name)
	if err != nil {
		return nil, nil, fmt.Errorf("engine: DAG %q: %w", name, err)
	}
	g.cal = c
	open := c.unfinished()
	runs := make([]*run, len(open))
	for i, id := range open {
		if runs[i], err = e.load(ctx, g, id, allOutputs, func(event) {}); err != nil {
			return nil, nil, fmt.Errorf("engine: run %q: %w", id, err)
		}
	}
	return c, runs, nil
}
