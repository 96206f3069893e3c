package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// Tests of flows run in a bubble of testing/synctest, which fails when a goroutine is
// left behind, and whose clock stands still while anything works.

// numbers is a source of batches of ten rows, n = 0, 1, …, that counts what it has made.
func numbers(batches int, made *atomic.Int64) iter.Seq2[*monary.Table, error] {
	return func(yield func(*monary.Table, error) bool) {
		for i := range batches {
			values := make([]int64, 10)
			for k := range values {
				values[k] = int64(10*i + k)
			}
			t, err := monary.NewTable(monary.ColumnOf("n", values, nil))
			made.Store(int64(i + 1))
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

func same(t *monary.Table) (*monary.Table, error) { return t, nil }

func TestFlowIsItsStagesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, rows := new(atomic.Int64), int64(0)
		flow := pipeline.NewFlow("numbers", numbers(50, made)).
			Then("first half", func(in *monary.Table) (*monary.Table, error) { return in.Slice(0, 5), nil }).
			Aggregate(bson.A{bson.M{"$match": bson.M{"n": bson.M{"$gte": 100}}}, bson.M{"$limit": 42}})
		err := flow.Run(t.Context(), func(out *monary.Table) error {
			for i := range out.NumRows() {
				n, ok := out.Series(0).Value(i).Int()
				require.True(t, ok)
				require.Equal(t, 100+10*(rows/5)+rows%5, n)
				rows++
			}
			return nil
		})
		require.NoError(t, err)
		require.EqualValues(t, 42, rows)
		require.Less(t, made.Load(), int64(50), "behind a limit nothing more is read than is in the queues")
		stats := flow.Stats()
		require.Len(t, stats, 4)
		for i, name := range []string{"numbers", "first half", "$match", "$limit"} {
			require.Equal(t, name, stats[i].Name)
			require.True(t, stats[i].Finished)
		}
		require.EqualValues(t, 42, stats[3].RowsOut)
	})
}

func TestFlowWaitsForASlowStage(t *testing.T) {
	for _, c := range []struct{ size, made int }{
		// Of the source's batches one is at the sink, size are in each queue, and one is in the hands of the source and of each stage.
		{size: 1, made: 1 + 2*1 + 2}, {size: 5, made: 1 + 2*5 + 2},
	} {
		t.Run(fmt.Sprint(c.size), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				made := new(atomic.Int64)
				flow := pipeline.NewFlow("numbers", numbers(1000, made)).Then("same", same).QueueSize(c.size)
				for range flow.Batches(t.Context()) {
					synctest.Wait() // until everything is blocked
					require.EqualValues(t, c.made, made.Load())
					for _, s := range flow.Stats() {
						require.Equal(t, c.size, s.Queue)
						require.Equal(t, c.size, s.QueueHigh)
						require.Equal(t, c.size, s.QueueSize)
						require.False(t, s.Finished)
					}
					break
				}
				require.EqualValues(t, c.made, made.Load(), "the loop's end ends the stages")
			})
		})
	}
}

func TestFlowKnowsWhoIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := new(atomic.Int64)
		flow := pipeline.NewFlow("numbers", numbers(10, made)).
			Then("slow", func(in *monary.Table) (*monary.Table, error) { time.Sleep(time.Second); return in, nil }).
			Then("fast", same)
		require.Equal(t, "not started", flow.String())
		seen := false
		for range flow.Batches(t.Context()) {
			if synctest.Wait(); made.Load() == 5 { // a second has passed
				require.Equal(t, "numbers 40 rows 40/s [2/2] → slow 10 rows 20/s [0/2] → fast 10 rows 10/s [0/2]", flow.String())
				seen = true
			}
		}
		require.True(t, seen)
		numbers, slow, fast := flow.Stats()[0], flow.Stats()[1], flow.Stats()[2]
		require.Equal(t, 10*time.Second, slow.Busy)
		require.Equal(t, 10*time.Second, slow.Elapsed)
		require.Equal(t, 10.0, slow.RowsPerSecond())
		require.Zero(t, numbers.Busy)
		require.Zero(t, fast.Busy)
		require.Equal(t, 2, numbers.QueueHigh)
		require.Equal(t, 0, slow.QueueLow, "fast has had to wait for it")
		require.Equal(t, "numbers 100 rows 14.3/s → slow 100 rows 10/s → fast 100 rows 10/s", flow.String())
		metrics := map[string]float64{}
		flow.Metrics(func(stage, name string, value float64) { metrics[stage+" "+name] = value })
		require.Len(t, metrics, 27)
		require.Equal(t, 10.0, metrics["slow busy_seconds"])
		require.Equal(t, 100.0, metrics["slow rows_in"])
		require.Equal(t, 2.0, metrics["numbers queue_high"])
	})
}

func TestFlowEndsWithTheFirstError(t *testing.T) {
	fault := errors.New("no luck")
	for _, c := range []struct {
		name string
		flow func(made *atomic.Int64) *pipeline.Flow
		want string
	}{
		{"of the source", func(made *atomic.Int64) *pipeline.Flow {
			return pipeline.NewFlow("n", func(yield func(*monary.Table, error) bool) { yield(nil, fault) }).Then("same", same)
		}, "no luck"},
		{"of a stage", func(made *atomic.Int64) *pipeline.Flow {
			n := 0
			return pipeline.NewFlow("n", numbers(1000, made)).Then("same", same).Then("bad", func(in *monary.Table) (*monary.Table, error) {
				if n++; n == 3 {
					return nil, fault
				}
				return in, nil
			}).Then("same", same)
		}, "pipeline: stage 1 (bad): no luck"},
		{"of a pipeline document", func(made *atomic.Int64) *pipeline.Flow {
			return pipeline.NewFlow("n", numbers(1000, made)).Aggregate(`[{"$set": {"x": {"$divide": ["$n", 0]}}}]`)
		}, "pipeline: stage 0 ($set): "},
		{"no table", func(made *atomic.Int64) *pipeline.Flow {
			return pipeline.NewFlow("n", numbers(1000, made)).Then("none", func(*monary.Table) (*monary.Table, error) { return nil, nil })
		}, "pipeline: stage 0 (none): gave no table and no error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				made := new(atomic.Int64)
				err := c.flow(made).Run(t.Context(), func(*monary.Table) error { return nil })
				require.ErrorContains(t, err, c.want)
				require.Less(t, made.Load(), int64(20))
			})
		})
	}
}

func TestFlowSinkEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, fault := new(atomic.Int64), errors.New("disk is full")
		flow := pipeline.NewFlow("numbers", numbers(1000, made)).Then("same", same)
		require.Equal(t, fault, flow.Run(t.Context(), func(*monary.Table) error { return fault }))
		require.Less(t, made.Load(), int64(20))
	})
}

func TestFlowStopsWhenItIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("operator said stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		waiting := func(yield func(*monary.Table, error) bool) {
			<-ctx.Done() // as a server's cursor does
			yield(nil, context.Cause(ctx))
		}
		go func() {
			time.Sleep(time.Minute)
			cancel(why)
		}()
		err := pipeline.NewFlow("server", waiting).Then("same", same).Run(ctx, func(*monary.Table) error { return nil })
		require.Equal(t, why, err)
	})
}

func TestFlowTellsOfACancelWhileAStageIsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		made, start, told := new(atomic.Int64), time.Now(), time.Duration(0)
		flow := pipeline.NewFlow("n", numbers(1000, made)).
			Then("slow", func(in *monary.Table) (*monary.Table, error) { time.Sleep(time.Hour); return in, nil })
		for _, err := range flow.Batches(ctx) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			told = time.Since(start)
		}
		require.Equal(t, time.Minute, told)
		require.Equal(t, time.Hour, time.Since(start), "the loop ends when the stage has")
	})
}

func TestFlowQueuesStayFullBeforeASlowSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := new(atomic.Int64)
		flow := pipeline.NewFlow("n", numbers(20, made)).Then("same", same)
		require.NoError(t, flow.Run(t.Context(), func(*monary.Table) error { time.Sleep(time.Second); return nil }))
		require.Equal(t, 2, flow.Stats()[1].QueueLow)
		require.Equal(t, 2, flow.Stats()[1].QueueHigh)
		require.Zero(t, flow.Stats()[1].Queue)
	})
}

func TestFlowPanicsInTheGoroutineOfItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := new(atomic.Int64)
		flow := pipeline.NewFlow("numbers", numbers(1000, made)).
			Then("broken", func(*monary.Table) (*monary.Table, error) { panic("index out of range") }).Then("same", same)
		defer func() {
			require.ErrorContains(t, recover().(error), "index out of range\n\nin a stage of a flow:")
		}()
		_ = flow.Run(t.Context(), func(*monary.Table) error { return nil })
	})
}

func TestFlowWhoseStageEndsItsGoroutineIsNotComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := new(atomic.Int64)
		flow := pipeline.NewFlow("numbers", numbers(1000, made)).
			Then("gone", func(*monary.Table) (*monary.Table, error) { runtime.Goexit(); return nil, nil })
		err := flow.Run(t.Context(), func(*monary.Table) error { return nil })
		require.ErrorContains(t, err, "a stage of the flow has ended its goroutine")
	})
}

func TestFlowRefuses(t *testing.T) {
	made := new(atomic.Int64)
	nothing := func(*monary.Table) error { return nil }
	ctx := t.Context()
	flow := pipeline.NewFlow("n", numbers(3, made))
	require.NoError(t, flow.Run(ctx, nothing))
	require.EqualError(t, flow.Run(ctx, nothing), "pipeline: the flow has run already; it is for one pass")
	made.Store(0)
	for _, c := range []struct {
		name string
		flow *pipeline.Flow
		want string
	}{
		{"queue", pipeline.NewFlow("n", numbers(3, made)).QueueSize(0), "a queue of a flow holds one batch at least"},
		{"pipeline document", pipeline.NewFlow("n", numbers(3, made)).Aggregate(bson.A{bson.M{"$nope": 1}}), "pipeline: stage 0 ($nope): unknown stage"},
		{"source", pipeline.NewFlow("n", numbers(3, made)).Aggregate(`[{"$unionWith": "other"}]`), `source "other" is not known`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.ErrorContains(t, c.flow.Run(ctx, nothing), c.want)
			_, err := c.flow.Reader(ctx, monary.MustSchema("n int64"))
			require.ErrorContains(t, err, c.want)
			require.Zero(t, made.Load(), "refused before anything is read")
		})
	}
}

func TestFlowHasAReaderAndSources(t *testing.T) {
	made := new(atomic.Int64)
	other, err := pipeline.NewMemory(must(bson.Marshal(bson.D{{Key: "_id", Value: 5}, {Key: "name", Value: "five"}})))
	require.NoError(t, err)
	flow := pipeline.NewFlow("n", numbers(2, made)).Using(pipeline.Sources{"names": other}).Aggregate(`[
		{"$match": {"n": {"$lt": 7}}},
		{"$lookup": {"from": "names", "localField": "n", "foreignField": "_id", "as": "found"}},
		{"$unwind": "$found"}]`)
	r, err := flow.Reader(t.Context(), monary.MustSchema("n int32", "found.name string"))
	require.NoError(t, err)
	out, err := r.Table()
	require.NoError(t, err)
	require.Equal(t, 1, out.NumRows())
	require.Equal(t, "five", out.Series(1).Value(0).String())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// ExampleFlow reads a dump, cleans and sums it up side by side, and counts on the way.
func ExampleFlow() {
	ctx := context.Background()
	dump, err := monary.OpenDump("../testdata/zips.bson.gz")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := dump.Find(ctx, nil, monary.MustSchema("state string:2", "pop int32"), monary.BatchRows(1000))
	if err != nil {
		fmt.Println(err)
		return
	}
	flow := pipeline.NewFlow("zips", r.Batches()).
		Then("large", func(t *monary.Table) (*monary.Table, error) {
			pops, err := monary.Values[int32](t, "pop")
			if err != nil {
				return nil, err
			}
			var rows []int
			for row, pop := range pops {
				if pop > 100_000 {
					rows = append(rows, row)
				}
			}
			return t.Take(rows), nil
		}).
		Aggregate(`[{"$group": {"_id": "$state", "cities": {"$sum": 1}}}, {"$sort": {"cities": -1, "_id": 1}}, {"$limit": 2}]`)
	err = flow.Run(ctx, func(t *monary.Table) error {
		fmt.Print(t)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range flow.Stats() { // flow.String() has it in a line, with rates
		fmt.Println(s.Name, s.RowsIn, s.RowsOut)
	}
	// Output:
	// _id  cities
	// CA   16
	// FL   6
	// zips 0 29353
	// large 29353 28
	// $group 28 8
	// $sort 8 8
	// $limit 8 2
}
