package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// trails are the audit trail: one of what was done, one of what was refused. Each is a row of logs of limited
// length, of which the oldest are dropped; a Store can drop a log only as a whole.
type trails struct {
	mu            sync.Mutex
	known         bool // where they end
	done, refused trail
	epoch, serial int64 // of the last entry
}

// trail is a row of logs with numbers.
type trail struct {
	prefix   string
	keep     int // logs at least, besides the last
	first, n int // number of the first log, and of the last
	length   int // entries of the last
}

// perLog is how many entries a log has.
const perLog = 1000

func newTrails() *trails {
	return &trails{done: trail{prefix: "audit/done/", keep: 20}, refused: trail{prefix: "audit/refused/", keep: 2}}
}

// auditRecord is an entry as it is stored. The numbers put it in order, and tell a commit that was tried twice.
type auditRecord struct {
	Epoch  int64 `json:"epoch"`
	Serial int64 `json:"serial"`
	AuditEntry
}

// open finds out where the trails end, once, and drops what is too old. It is not called with the engine's
// lock held: it asks the store.
func (t *trails) open(ctx context.Context, s Store, epoch int64) error {
	old, err := t.find(ctx, s, epoch)
	if err != nil || len(old) == 0 {
		return err
	}
	return s.Drop(ctx, epoch, old, nil)
}

// find returns the logs that are to be dropped. If they are not, the next engine finds them.
func (t *trails) find(ctx context.Context, s Store, epoch int64) (old []string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, row := range []*trail{&t.done, &t.refused} {
		if !t.known {
			if err := row.open(ctx, s); err != nil {
				return nil, err
			}
		}
		for ; row.first < row.n-row.keep; row.first++ {
			old = append(old, row.log(row.first))
		}
	}
	t.known, t.epoch = true, epoch
	return old, nil
}

func (r *trail) open(ctx context.Context, s Store) error {
	names, err := s.Logs(ctx, r.prefix)
	if err != nil {
		return err
	}
	r.first, r.n, r.length = 1, 1, 0
	if len(names) == 0 {
		return nil
	}
	for i, name := range []string{names[0], names[len(names)-1]} {
		number, err := strconv.Atoi(strings.TrimPrefix(name, r.prefix))
		if err != nil {
			return fmt.Errorf("log %q: want a number", name)
		}
		if i == 0 {
			r.first = number
		}
		r.n = number
	}
	for _, err := range s.Read(ctx, r.log(r.n)) {
		if err != nil {
			return err
		}
		r.length++
	}
	return nil
}

// log is the name of a log: in the order of their bytes they are in that of their numbers.
func (r *trail) log(n int) string { return fmt.Sprintf("%s%010d", r.prefix, n) }

// record returns the record of a new entry.
func (t *trails) record(now time.Time, a AuditEntry) Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	row := &t.done
	if a.Refused != "" {
		row = &t.refused
	}
	if row.length == perLog {
		row.n, row.length = row.n+1, 0
	}
	row.length++
	t.serial++
	a.At = now
	data, err := json.Marshal(auditRecord{t.epoch, t.serial, a})
	if err != nil { // texts, numbers and a time: cannot be
		panic(err)
	}
	return Record{row.log(row.n), data}
}

// newest returns up to n entries that are wanted, the newest first. The trails are open.
func (t *trails) newest(ctx context.Context, s Store, n int, want func(*AuditEntry) bool) ([]auditRecord, error) {
	t.mu.Lock()
	rows := []trail{t.done, t.refused}
	t.mu.Unlock()
	var all []auditRecord
	for _, row := range rows {
		found := 0
		for i := row.n; i >= row.first && found < n; i-- {
			some, err := row.read(ctx, s, i, want)
			if err != nil {
				return nil, err
			}
			all, found = append(all, some...), found+len(some)
		}
	}
	slices.SortFunc(all, func(a, b auditRecord) int {
		return cmp.Or(cmp.Compare(b.Epoch, a.Epoch), cmp.Compare(b.Serial, a.Serial))
	})
	return all[:min(n, len(all))], nil
}

// read returns the entries of a log that are wanted, each once.
func (r *trail) read(ctx context.Context, s Store, n int, want func(*AuditEntry) bool) (all []auditRecord, err error) {
	seen := map[[2]int64]bool{}
	for data, err := range s.Read(ctx, r.log(n)) {
		if err != nil {
			return nil, err
		}
		var a auditRecord
		if err := json.Unmarshal(data, &a); err != nil {
			return nil, fmt.Errorf("log %q is damaged: %w", r.log(n), err)
		}
		if id := [2]int64{a.Epoch, a.Serial}; !seen[id] && want(&a.AuditEntry) {
			seen[id] = true
			all = append(all, a)
		}
	}
	return all, nil
}
