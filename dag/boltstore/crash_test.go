package boltstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/boltstore"
	"github.com/penstock/penstock/dag/engine"
)

// The crash tests run this test binary as another process, which kills itself, or is
// killed, while its engine works. What it does outside is a line for each attempt in a file.
const (
	envFolder = "CRASH_TEST_FOLDER" // where the other process works
	envGraph  = "CRASH_TEST_GRAPH"
	envKill   = "CRASH_TEST_KILL" // after which append it kills itself, 0: not
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(envFolder); folder != "" {
		if err := work(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// work goes on with the run in the folder, or starts it, and waits for its end.
func work(folder string) error {
	ctx := context.Background()
	bolt, err := boltstore.Open(filepath.Join(folder, "runs.db"))
	if err != nil {
		return err
	}
	defer bolt.Close()
	kill, err := strconv.Atoi(os.Getenv(envKill))
	if err != nil {
		return err
	}
	e, err := engine.Open(ctx, engine.Config{Store: &suicidal{Store: bolt, after: int64(kill)}})
	if err != nil {
		return err
	}
	if drive := drivers[os.Getenv(envGraph)]; drive != nil {
		if err := drive(ctx, e, folder); err != nil {
			return err
		}
		return e.Close(ctx)
	}
	d := graphs[os.Getenv(envGraph)](folder)
	if err := e.Register(ctx, d); err != nil {
		return err
	}
	ids, err := e.Runs(ctx, d.Name())
	if err != nil {
		return err
	}
	runs := 1
	if d.Name() == "load" {
		runs = loadRuns
	}
	for len(ids) < runs {
		id, err := e.Trigger(ctx, d.Name(), nil)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		if _, err := e.Wait(ctx, id); err != nil {
			return err
		}
	}
	return e.Close(ctx)
}

// suicidal kills the process right after an append.
type suicidal struct {
	*boltstore.Store
	after, appends int64
}

func (s *suicidal) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	err := s.Store.Append(ctx, epoch, records)
	if atomic.AddInt64(&s.appends, 1) == s.after {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return err
}

// note writes a line of what an attempt does.
func note(folder, format string, args ...any) error {
	f, err := os.OpenFile(filepath.Join(folder, "notes"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, format+"\n", args...)
	return errors.Join(err, f.Close())
}

var graphs = map[string]func(folder string) *dag.DAG{"diamond": diamond, "poison": poison, "cursor": cursor, "load": load}

// diamond has a chain, a Map in the middle, and a task that is retried.
func diamond(folder string) *dag.DAG {
	say := func(ctx context.Context) error {
		i := dag.RunFrom(ctx)
		return note(folder, "%s %d %d", i.Task, i.Element, i.Try)
	}
	d := dag.New("diamond")
	a := dag.Task(d, "a", func(ctx context.Context) ([]int, error) { return []int{1, 2, 3}, say(ctx) })
	m := dag.Map(d, "m", a, func(ctx context.Context, i int) (int, error) { return i * i, say(ctx) })
	r := dag.Task1(d, "retried", a, func(ctx context.Context, _ []int) (int, error) {
		if err := say(ctx); err != nil {
			return 0, err
		}
		if dag.RunFrom(ctx).Try == 1 {
			return 0, errors.New("first try")
		}
		return 100, nil
	}, dag.Retry{Max: 1})
	dag.Do2(d, "end", m, r, func(ctx context.Context, squares []int, n int) error {
		return note(folder, "end %v %d", squares, n)
	})
	return d
}

// process runs the other process and returns whether it was killed.
func process(t *testing.T, folder, graph string, kill int) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envFolder+"="+folder, envGraph+"="+graph, envKill+"="+strconv.Itoa(kill))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	status, ok := exit.Sys().(syscall.WaitStatus)
	require.True(t, ok && (status.Signaled() || exit.ExitCode() == 3), "%v\n%s", err, out)
	return true
}

func notes(t *testing.T, folder string) (lines []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, "notes"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

// finished reads from the file of one run which attempts have a durable record.
func finished(t *testing.T, folder string) map[string]bool {
	t.Helper()
	done := map[string]bool{}
	eachFinished(t, folder, func(_, attempt string) { done[attempt] = true })
	return done
}

// eachFinished shows the attempts that have a durable record of their end: task, element and try.
func eachFinished(t *testing.T, folder string, show func(run, attempt string)) {
	t.Helper()
	s := open(t, filepath.Join(folder, "runs.db"))
	defer s.Close()
	logs, err := s.Logs(t.Context(), "run/")
	require.NoError(t, err)
	for _, log := range logs {
		for data, err := range s.Read(t.Context(), log) {
			require.NoError(t, err)
			if text := string(data); strings.Contains(text, `"kind":"finished"`) {
				show(strings.TrimPrefix(log, "run/"), between(text, `"task":"`, `"`)+" "+element(text)+" "+between(text, `"try":`, `,`))
			}
		}
	}
}

func element(text string) string {
	if e := between(text, `"elem":`, `,`); e != "" {
		return e
	}
	return "0" // left out of the JSON
}

func between(text, start, end string) string {
	_, rest, ok := strings.Cut(text, start)
	if !ok {
		return ""
	}
	found, _, _ := strings.Cut(rest, end)
	return strings.TrimSuffix(found, "}")
}

func count(lines []string) map[string]int {
	n := map[string]int{}
	for _, line := range lines {
		n[line]++
	}
	return n
}

// Scenario 10: killed after the Nth append of its life, for every N, four times in a
// row, and then left alone until it is done. What had finished is never run again, what had
// not is, and no try is lost.
func TestKilledAfterEveryAppend(t *testing.T) {
	if testing.Short() {
		t.Skip("starts some dozens of processes")
	}
	for n, kills := 1, 1; kills > 0; n++ {
		folder := t.TempDir()
		before, done := map[string]int{}, map[string]bool{}
		for kills = 0; ; kills++ {
			kill := n
			if kills == 4 {
				kill = 0
			}
			killed := process(t, folder, "diamond", kill)
			now := count(notes(t, folder))
			for attempt := range done {
				require.Equal(t, before[attempt], now[attempt], "%q had finished when it was killed after append %d", attempt, n)
			}
			if !killed {
				break
			}
			before, done = now, finished(t, folder)
			require.True(t, n < 4 || len(done) > 0, "after %d appends something has finished", n)
		}
		got := count(notes(t, folder))
		for _, want := range []string{"a -1 1", "m 0 1", "m 1 1", "m 2 1", "retried -1 1", "retried -1 2", "end [1 4 9] 100"} {
			assert.Positive(t, got[want], "%q, killed after append %d", want, n)
			delete(got, want)
		}
		assert.Empty(t, got, "no other try, killed after append %d", n)
		require.True(t, kills > 0 || n > 5, "a run takes more appends than %d", n)
	}
}

// poison has a task that ends the process.
func poison(folder string) *dag.DAG {
	d := dag.New("poison")
	dag.Do(d, "deadly", func(ctx context.Context) error {
		if err := note(folder, "deadly %d", dag.RunFrom(ctx).Try); err != nil {
			return err
		}
		os.Exit(3)
		return nil
	}, dag.Retry{Max: 3})
	return d
}

// Scenario 13: a task that takes the process with it is given up after a while.
func TestPoison(t *testing.T) {
	folder := t.TempDir()
	lives := 0
	for ; lives < 20; lives++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), envFolder+"="+folder, envGraph+"=poison", envKill+"=0")
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		if exit.ExitCode() != 3 {
			assert.Contains(t, string(out), `dag: poison: task "deadly" failed on try 1: interrupted 5 times: the task may be what ends the process`)
			break
		}
	}
	assert.Contains(t, []int{5, 6}, lives, "the record of the very first start is not waited for")
	assert.Len(t, notes(t, folder), lives)
}

// cursor counts to 40 with a checkpoint at each step.
func cursor(folder string) *dag.DAG {
	d := dag.New("cursor")
	dag.Map(d, "count", dag.Task(d, "list", func(context.Context) ([]int, error) { return []int{0, 1, 2}, nil }), func(ctx context.Context, i int) (int, error) {
		n, _ := dag.Checkpoint[int](ctx)
		for n++; n <= 40; n++ {
			if err := note(folder, "%d at %d", i, n); err != nil {
				return 0, err
			}
			if err := dag.SaveCheckpoint(ctx, n); err != nil {
				return 0, err
			}
			time.Sleep(time.Millisecond)
		}
		return n, nil
	})
	return d
}

// Scenario 11, in small: killed at random moments from outside, a cursor never goes back.
func TestKilledAtRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for processes to be killed")
	}
	folder := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for ; ; kills++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(10+rng.IntN(60))*time.Millisecond)
		if kills > 25 {
			ctx = t.Context()
		}
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), envFolder+"="+folder, envGraph+"=cursor", envKill+"=0")
		out, err := cmd.CombinedOutput()
		cancel()
		if err == nil {
			break
		}
		if errors.Is(err, context.DeadlineExceeded) {
			continue // it has not even started
		}
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		require.NotEqual(t, 1, exit.ExitCode(), "%s", out)
	}
	last := map[string]int{}
	for _, line := range notes(t, folder) {
		var element string
		var n int
		_, err := fmt.Sscanf(line, "%s at %d", &element, &n)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, n, last[element], "a step that was saved is not made again, the one under way may be")
		last[element] = n
	}
	assert.Equal(t, map[string]int{"0": 40, "1": 40, "2": 40}, last)
	t.Logf("%d kills", kills)
}
