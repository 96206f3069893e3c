package boltstore_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

var kills = flag.Int("kills", 12, "how often TestKilledUnderLoad kills the process")

const loadRuns = 50 // side by side

// load is a run of those side by side: a Map whose elements save where they are, behind and
// before other tasks.
func load(folder string) *dag.DAG {
	say := func(ctx context.Context, what string) error {
		i := dag.RunFrom(ctx)
		return note(folder, "%s %s %d %d %s", i.RunID, i.Task, i.Element, i.Try, what)
	}
	d := dag.New("load")
	list := dag.Task(d, "list", func(ctx context.Context) ([]int, error) { return []int{0, 1, 2}, say(ctx, "") })
	steps := dag.Map(d, "steps", list, func(ctx context.Context, i int) (int, error) {
		n, _ := dag.Checkpoint[int](ctx)
		if err := say(ctx, ""); err != nil {
			return 0, err
		}
		for n++; n <= 5; n++ {
			if err := say(ctx, fmt.Sprint("at ", n)); err != nil {
				return 0, err
			}
			if err := dag.SaveCheckpoint(ctx, n); err != nil {
				return 0, err
			}
			time.Sleep(time.Duration(i) * time.Millisecond)
		}
		return n, nil
	})
	dag.Do1(d, "end", steps, func(ctx context.Context, n []int) error { return say(ctx, fmt.Sprint(n)) })
	return d
}

// Scenario 11: fifty runs side by side, killed again and again at random moments. What had
// finished is not run again, no cursor goes back, no try is lost.
func TestKilledUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for processes to be killed")
	}
	folder := t.TempDir()
	rng := rand.New(rand.NewPCG(3, 4))
	before, done := map[string]int{}, map[string]bool{}
	killed := 0
	for over := false; !over; {
		ctx, cancel := context.WithCancel(t.Context())
		if killed < *kills {
			ctx, cancel = context.WithTimeout(t.Context(), time.Duration(20+rng.IntN(150))*time.Millisecond)
		}
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), envFolder+"="+folder, envGraph+"=load", envKill+"=0")
		out, err := cmd.CombinedOutput()
		cancel()
		var exit *exec.ExitError
		switch {
		case err == nil:
			over = true
		case errors.As(err, &exit):
			require.NotEqual(t, 1, exit.ExitCode(), "%s", out)
			killed++
		default:
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		now := attempts(notes(t, folder))
		for attempt := range done {
			require.Equal(t, before[attempt], now[attempt], "%q had finished and was run again", attempt)
		}
		before, done = now, map[string]bool{}
		eachFinished(t, folder, func(run, attempt string) { done[run+" "+attempt] = true })
		if over && killed < *kills { // it was done too soon: once more, from the start
			over, before, done = false, map[string]int{}, map[string]bool{}
			checkLoad(t, folder)
			folder = t.TempDir()
		}
	}
	checkLoad(t, folder)
	t.Logf("%d kills", killed)
}

// checkLoad checks the notes of runs that are over.
func checkLoad(t *testing.T, folder string) {
	t.Helper()
	last := map[string]int{}
	ends := map[string]bool{}
	for _, line := range notes(t, folder) {
		f := strings.Fields(line)
		require.Equal(t, "1", f[3], "no try is lost: %s", line)
		var n int
		if _, err := fmt.Sscanf(strings.Join(f[4:], " "), "at %d", &n); err == nil {
			key := strings.Join(f[:3], " ")
			assert.GreaterOrEqual(t, n, last[key], "a step that was saved is made again: %s", line)
			last[key] = n
		}
		if f[1] == "end" {
			assert.Equal(t, "[6 6 6]", strings.Join(f[4:], " "))
			ends[f[0]] = true
		}
	}
	assert.Len(t, ends, loadRuns)
	assert.Len(t, last, 3*loadRuns)
	for key, n := range last {
		assert.Equal(t, 5, n, key)
	}
}

// attempts counts how often each attempt was begun.
func attempts(lines []string) map[string]int {
	n := map[string]int{}
	for _, line := range lines {
		if f := strings.Fields(line); !strings.Contains(line, " at ") {
			n[strings.Join(f[:4], " ")]++
		}
	}
	return n
}
