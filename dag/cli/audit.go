package cli

import (
	"context"
	"fmt"
	"maps"
	"os/user"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag/engine"
)

const auditText = `Shows who asked for what, the newest last: runs that were triggered, cleared, cancelled,
schedules that were paused, and so on, by this program, a page or the API, of one DAG or
of all. Orders that were refused are shown with the reason. Times are UTC.
`

func audit(ctx context.Context, k *call, args []string) error {
	last := k.flags.Int("n", 20, "how many `orders` to show")
	words, err := k.words(args, 0, 1)
	if err != nil {
		return err
	}
	if *last < 1 {
		return k.usage("-n is %d, want 1 or more", *last)
	}
	o := order{Verb: "audit", Limit: *last}
	if len(words) == 1 {
		o.DAG = words[0] // one that the program does not know any more has a trail too
	}
	a, err := k.ask(ctx, engine.Inspecting, o, k.say)
	if err != nil {
		return err
	}
	rows := [][]string{{"TIME", "WHO", "FROM", "WHAT", "DAG", "RUN", "ABOUT", "REFUSED"}}
	for _, e := range slices.Backward(a.Audit) {
		rows = append(rows, []string{moment(e.At), e.Actor, string(e.Origin), e.Verb, e.DAG, e.Run, aboutOrder(e), e.Refused})
	}
	return table(k.Stdout, rows)
}

// aboutOrder says what an order was about besides a run.
func aboutOrder(e engine.AuditEntry) string {
	var parts []string
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	switch {
	case len(e.Tasks) > 0:
		text := strings.Join(e.Tasks, ",")
		if e.N > len(e.Tasks) {
			text += fmt.Sprintf(",… (%d)", e.N)
		}
		parts = append(parts, text)
	case e.N > 0:
		parts = append(parts, fmt.Sprintf("%d runs", e.N))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Params)) {
		parts = append(parts, name+"="+e.Params[name])
	}
	return strings.Join(parts, "; ")
}

// actor is who gives orders by this program: the user as the operating system knows them.
func actor() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
