package engine

import (
	"fmt"
	"maps"
	"slices"
)

// Active returns the runs that are under way, of all DAGs, the oldest first. It is an error of an
// engine that is closed, or whose store has another owner: runs may go on there.
func (e *Engine) Active() ([]RunRecord, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, fmt.Errorf("engine: %w", errClosed)
	}
	records := make([]RunRecord, 0, len(e.order))
	for _, r := range e.order {
		if rec := r.cal.byID[r.id]; rec != nil {
			records = append(records, *rec)
		}
	}
	return records, nil
}

// Record returns what is known of a run without reading its log. It is false if no DAG that is or
// was registered has such a run.
func (e *Engine) Record(id string) (RunRecord, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.calendars {
		if r := c.byID[id]; r != nil && r.durable {
			return *r, true
		}
	}
	return RunRecord{}, false
}

// PoolUse tells how many slots of a pool are taken.
type PoolUse struct {
	Name        string
	Slots, Used int
}

// PoolsNow returns how the pools that all runs share stand, in the order of their names.
func (e *Engine) PoolsNow() []PoolUse {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []PoolUse
	for _, name := range slices.Sorted(maps.Keys(e.Pools)) {
		n := e.Pools[name]
		all = append(all, PoolUse{name, n, n - e.pools.Free(name)})
	}
	return all
}
