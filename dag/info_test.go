package dag_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
)

func TestParams(t *testing.T) {
	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	declared := dag.Params{"state": "MA", "dry": false, "n": 3, "id": int64(1), "rate": 0.5, "pause": time.Second, "since": day}
	tests := []struct {
		name    string
		give    dag.Params
		want    dag.Params // what differs from the defaults
		wantErr string
	}{
		{"Defaults", nil, nil, ""},
		{"OwnTypes", dag.Params{"state": "NY", "n": 4, "pause": time.Minute}, dag.Params{"state": "NY", "n": 4, "pause": time.Minute}, ""},
		{"Text", dag.Params{"dry": "true", "n": "-7", "id": "9", "rate": "1e3", "pause": "1m30s", "since": "2016-02-29"},
			dag.Params{"dry": true, "n": -7, "id": int64(9), "rate": 1000.0, "pause": 90 * time.Second, "since": time.Date(2016, 2, 29, 0, 0, 0, 0, time.UTC)}, ""},
		{"Whole", dag.Params{"rate": 2, "id": 5}, dag.Params{"rate": 2.0, "id": int64(5)}, ""},
		{"Unknown", dag.Params{"sate": "NY"}, nil, `dag: d: parameter "sate" is unknown, want one of ["dry" "id" "n" "pause" "rate" "since" "state"]`},
		{"WrongText", dag.Params{"n": "many", "pause": "5"}, nil,
			`dag: d: parameter "n": "many" is not a int: strconv.Atoi: parsing "many": invalid syntax; parameter "pause": "5" is not a time.Duration: time: missing unit in duration "5"`},
		{"WrongType", dag.Params{"n": 2.5}, nil, `dag: d: parameter "n": 2.5 is a float64, want a int`},
		{"NoParam", dag.Params{"n": struct{}{}}, nil, `dag: d: parameter "n" is of type struct {}, want string, bool, int, int64, float64, time.Duration or time.Time`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dag.New("d", dag.WithParams(declared))
			got := dag.Task(d, "x", func(ctx context.Context) (dag.Params, error) { return dag.RunFrom(ctx).Params, nil })
			res, err := d.Run(t.Context(), dag.WithParams(tt.give))
			if tt.wantErr != "" {
				require.EqualError(t, err, tt.wantErr)
				assert.Nil(t, res)
				return
			}
			require.NoError(t, err)
			want := d.Params()
			for k, v := range tt.want {
				want[k] = v
			}
			p, err := got.Of(res)
			require.NoError(t, err)
			assert.Equal(t, want, p)
		})
	}
}

func TestDAGDescribesItself(t *testing.T) {
	d := dag.New("d", dag.Owner("data"), dag.Doc("Counts people.", "zips", "demo"), dag.WithParams(dag.Params{"n": 1}))
	assert.Equal(t, "Counts people.", d.Description())
	assert.Equal(t, []string{"zips", "demo"}, d.Tags())
	d.Tags()[0] = "x"
	d.Params()["n"] = 2
	assert.Equal(t, []string{"zips", "demo"}, d.Tags())
	assert.Equal(t, dag.Params{"n": 1}, d.Params())
}

func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d")
		x := dag.Task(d, "x", func(ctx context.Context) (dag.RunInfo, error) { return dag.RunFrom(ctx), nil })
		day := dag.Interval{Start: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2015, 1, 2, 0, 0, 0, 0, time.UTC)}
		info, err := x.Of(mustRun(t, d, day))
		require.NoError(t, err)
		assert.Equal(t, day, info.Interval)
		assert.Equal(t, day.Start, info.LogicalTime)
		info, err = x.Of(mustRun(t, d))
		require.NoError(t, err)
		assert.Equal(t, time.Now(), info.LogicalTime, "none given: now")
		_, err = d.Run(t.Context(), dag.Interval{Start: day.End, End: day.Start})
		require.ErrorContains(t, err, "before it starts")
	})
}

func TestRunTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dag.New("d", dag.Timeout(time.Hour))
		dag.Do(d, "a", waitForCancel, dag.Retry{Max: 3})
		start := time.Now()
		res, err := d.Run(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.EqualError(t, err, "dag: d: run cancelled: timed out after 1h0m0s\ndag: d: task \"a\" failed on try 1: context deadline exceeded")
		assert.Equal(t, dag.Cancelled, res.State("a"))
		assert.Equal(t, time.Hour, time.Since(start))
		_, err = d.Run(t.Context(), dag.Timeout(time.Minute))
		require.ErrorContains(t, err, "timed out after 1m0s", "a run's own overrides that of the DAG")
	})
}

func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		note := func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }
		start := time.Now()
		d := dag.New("d", dag.Hooks{
			OnTask: func(i dag.RunInfo, r dag.Result[any]) { note("%s %s %d %v", i.Task, r.State, i.Try, r.Value) },
			OnRetry: func(i dag.RunInfo, err error, wait time.Duration) {
				note("%s[%d] try %d again in %v, %v after the start: %v", i.Task, i.Element, i.Try, wait, time.Since(i.Started), err)
			},
			OnDeadline: func(i dag.RunInfo) { note("%s late after %v", i.DAG, time.Since(start)) }, Deadline: time.Minute,
			OnRun: func(r *dag.RunResult, err error) { note("over: %v", err) },
		})
		a := dag.Task(d, "a", func(context.Context) (int, error) { time.Sleep(time.Hour); return 5, nil }, dag.Retry{Max: 1})
		b := dag.Do1(d, "b", a, func(context.Context, int) error { return errBoom }, dag.Retry{Max: 2, Delay: time.Minute, Factor: 2})
		dag.Do(d, "c", nop).SetUpstream(b)
		_, err := d.Run(t.Context(), dag.Hooks{OnDeadline: func(dag.RunInfo) { note("sooner") }, Deadline: time.Second})
		require.Error(t, err)
		assert.Equal(t, []string{
			"sooner", "d late after 1m0s", "a succeeded 1 5",
			`b[-1] try 1 again in 1m0s, 1h0m0s after the start: dag: d: task "b" failed on try 1: boom`,
			`b[-1] try 2 again in 2m0s, 1h1m0s after the start: dag: d: task "b" failed on try 2: boom`,
			"b failed 3 <nil>", "c upstream_failed 0 <nil>", `over: dag: d: task "b" failed on try 3: boom`,
		}, log)
	})
}

func TestOnRetryTellsOfElements(t *testing.T) {
	var got []string
	d := dag.New("d", dag.Retry{Max: 1})
	list := dag.Task(d, "list", func(context.Context) ([]int, error) { return []int{1, 2, 3}, nil })
	dag.Map(d, "each", list, func(ctx context.Context, n int) (int, error) {
		if n == 2 && dag.RunFrom(ctx).Try == 1 {
			return 0, dag.RetryAfter(errBoom, time.Millisecond)
		}
		return n, nil
	})
	mustRun(t, d, dag.Hooks{OnRetry: func(i dag.RunInfo, err error, wait time.Duration) {
		got = append(got, fmt.Sprintf("%s[%d] try %d: %v, %v", i.Task, i.Element, i.Try, wait, errors.Is(err, errBoom)))
	}})
	assert.Equal(t, []string{"each[1] try 1: 1ms, true"}, got, "two elements that succeeded at once are no retries")
}

func TestLogsAreKept(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	d := dag.New("d")
	var late *slog.Logger
	dag.Task(d, "x", func(ctx context.Context) ([]int, error) {
		log := dag.RunFrom(ctx).Log()
		log.With("part", 1).WithGroup("g").Info("read", "rows", 10)
		log.Debug("detail")
		late = log
		if dag.RunFrom(ctx).Try == 1 {
			return nil, errBoom
		}
		return numbers(1000), nil
	}, dag.Retry{Max: 1})
	dag.Do(d, "quiet", nop)
	res := mustRun(t, d, dag.Hooks{Logger: logger})
	late.Info("too late for the result")
	assert.Empty(t, res.Task("quiet").Log)
	var got []string
	for line := range strings.Lines(res.Task("x").Log) {
		_, rest, _ := strings.Cut(line, " ")
		got = append(got, strings.TrimSpace(rest))
	}
	assert.Equal(t, []string{
		"level=INFO msg=read try=1 part=1 g.rows=10",
		"level=DEBUG msg=detail try=1",
		"level=ERROR msg=failed try=1 error=boom",
		"level=INFO msg=read try=2 part=1 g.rows=10",
		"level=DEBUG msg=detail try=2",
		`level=INFO msg=returned try=2 value="[0 1 2 3 4 5 6 7 … 1000 in all]"`,
	}, got)
	assert.Contains(t, out.String(), "level=INFO msg=read dag=d task=x try=1 part=1 g.rows=10\n")
	assert.Contains(t, out.String(), "level=INFO msg=\"too late for the result\" dag=d task=x try=2\n")
	assert.NotContains(t, out.String(), "detail", "the hook's logger decides for itself")
	assert.Same(t, slog.Default(), dag.RunFrom(t.Context()).Log(), "outside a task")
}

func TestLogIsBounded(t *testing.T) {
	d := dag.New("d")
	dag.Do(d, "x", func(ctx context.Context) error {
		for range 3000 {
			dag.RunFrom(ctx).Log().Info(strings.Repeat("a", 1000))
		}
		return nil
	})
	log := mustRun(t, d).Task("x").Log
	assert.Less(t, len(log), 1<<20+200)
	lines := strings.Split(strings.TrimSpace(log), "\n")
	assert.Contains(t, lines[len(lines)-1], fmt.Sprintf(`msg="lines left out" lines=%d`, 3000-len(lines)+1))
}

func TestCheckpoint(t *testing.T) {
	type cursor struct {
		ID  string
		Seq []int
	}
	d := dag.New("d", dag.Retry{Max: 5})
	seq := []int{1}
	x := dag.Task(d, "x", func(ctx context.Context) (cursor, error) {
		c, ok := dag.Checkpoint[cursor](ctx)
		assert.Equal(t, dag.RunFrom(ctx).Try > 1, ok)
		if dag.RunFrom(ctx).Try == 3 {
			return c, nil
		}
		c.ID += "a"
		c.Seq = seq
		require.NoError(t, dag.SaveCheckpoint(ctx, c))
		seq[0] = 99 // what was saved is a copy
		seq = []int{2}
		again, ok := dag.Checkpoint[cursor](ctx)
		assert.True(t, ok, "the same try sees it too")
		assert.NotEqual(t, 99, again.Seq[0])
		return c, errBoom
	})
	dag.Map(d, "m", dag.Task(d, "list", value(numbers(5))), func(ctx context.Context, i int) (int, error) {
		n, ok := dag.Checkpoint[int](ctx)
		if !ok {
			require.NoError(t, dag.SaveCheckpoint(ctx, i))
			return 0, errBoom
		}
		assert.Equal(t, i, n, "each element has its own")
		return i, nil
	})
	res := mustRun(t, d)
	c, err := x.Of(res)
	require.NoError(t, err)
	assert.Equal(t, cursor{"aa", []int{2}}, c)

	_, ok := dag.Checkpoint[int](t.Context())
	assert.False(t, ok)
	require.EqualError(t, dag.SaveCheckpoint(t.Context(), 1), "dag: SaveCheckpoint: not in a task")
}

func TestCheckpointOfAnotherType(t *testing.T) {
	d := dag.New("d")
	dag.Do(d, "x", func(ctx context.Context) error {
		require.NoError(t, dag.SaveCheckpoint(ctx, "text"))
		_, ok := dag.Checkpoint[int](ctx)
		assert.False(t, ok)
		err := dag.SaveCheckpoint[any](ctx, 1)
		require.ErrorContains(t, err, `dag: d: task "x": checkpoint: type interface {} has no MarshalBinary`)
		require.ErrorContains(t, dag.SaveCheckpoint(ctx, math.NaN()), "unsupported value: NaN")
		require.ErrorContains(t, dag.SaveCheckpoint(ctx, "\xff"), "not UTF-8")
		return nil
	})
	log := mustRun(t, d).Task("x").Log
	assert.Contains(t, log, "level=WARN msg=\"checkpoint is left aside\" try=1 type=int")
}

// rude is an error whose own methods panic.
type rude struct{}

func (rude) Error() string { panic("no text") }

// Scenario 5: whatever a task does to end badly, the run ends well.
func TestRudeTasks(t *testing.T) {
	var none map[string]int
	tests := []struct {
		name string
		fn   func(context.Context) error
		want string
	}{
		{"PanicsWithARudeError", func(context.Context) error { panic(rude{}) }, "panic: "},
		{"NilMap", func(context.Context) error { none["a"] = 1; return nil }, "assignment to entry in nil map"},
		{"HugeError", func(context.Context) error { return errors.New(strings.Repeat("x", 1<<20)) }, "xxx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dag.New("d")
			dag.Do(d, "x", tt.fn)
			_, err := d.Run(t.Context())
			require.ErrorContains(t, err, tt.want)
		})
	}
	t.Run("ReturnsARudeError", func(t *testing.T) {
		d := dag.New("d")
		dag.Do(d, "x", func(context.Context) error { return rude{} })
		res, err := d.Run(t.Context())
		require.Error(t, err)
		assert.Equal(t, dag.Failed, res.State("x"))
		require.ErrorContains(t, err, "PANIC=Error method: no text")
	})
	t.Run("RudeValue", func(t *testing.T) {
		d := dag.New("d")
		dag.Task(d, "x", func(context.Context) (rude, error) { return rude{}, nil })
		assert.Contains(t, mustRun(t, d).Task("x").Log, "could not be made")
	})
}
