package pipeline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// byState is the pipeline of the ZIP codes' best known question.
var byState = bson.A{bson.M{"$group": bson.M{"_id": "$state", "totPop": bson.M{"$sum": "$pop"}}}}

func openZips(t testing.TB) monary.Source {
	t.Helper()
	src, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)
	return src
}

// The totals by state are those of the census of 1990, as the test data says;
// a second way to add them up is Find and a loop.
func TestZips(t *testing.T) {
	r, err := openZips(t).Aggregate(context.Background(), byState, monary.MustSchema("_id string:2", "totPop int64"))
	require.NoError(t, err)
	got, err := r.Table()
	require.NoError(t, err)
	require.Equal(t, 51, got.NumRows())
	states, err := monary.Values[string](got, "_id")
	require.NoError(t, err)
	pops, err := monary.Values[int64](got, "totPop")
	require.NoError(t, err)
	totals, sum := map[string]int64{}, int64(0)
	for i, s := range states {
		totals[s] = pops[i]
		sum += pops[i]
	}
	assert.Equal(t, int64(248408400), sum)
	for state, want := range map[string]int64{"CA": 29754890, "WA": 4866692, "WY": 453528, "DC": 606900} {
		assert.Equal(t, want, totals[state], state)
	}
	assert.Empty(t, r.Report().Absent())
	all, err := openZips(t).Find(context.Background(), nil, monary.MustSchema("state string", "pop int64"))
	require.NoError(t, err)
	table, err := all.Table()
	require.NoError(t, err)
	states, err = monary.Values[string](table, "state")
	require.NoError(t, err)
	pops, err = monary.Values[int64](table, "pop")
	require.NoError(t, err)
	byHand := map[string]int64{}
	for i, s := range states {
		byHand[s] += pops[i]
	}
	assert.Equal(t, byHand, totals)
}

func TestZipsMatch(t *testing.T) {
	r, err := openZips(t).Aggregate(context.Background(), bson.A{
		d("$match", d("state", "WA", "loc.1", d("$gt", 0))), d("$group", d("_id", nil, "pop", d("$sum", "$pop"), "n", d("$count", d())))},
		monary.MustSchema("pop int64", "n int64"))
	require.NoError(t, err)
	got, err := r.Table()
	require.NoError(t, err)
	n, err := openZips(t).Count(context.Background(), bson.M{"state": "WA"})
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"int64 4866692", fmt.Sprint("int64 ", n)}}, cells(got))
}

// A pipeline document is a task of a graph.
func TestStage(t *testing.T) {
	g := dag.New("zips")
	load := dag.Task(g, "load", func(ctx context.Context) (*monary.Table, error) {
		r, err := openZips(t).Aggregate(ctx, byState, monary.MustSchema("_id string:2", "totPop int64"))
		if err != nil {
			return nil, err
		}
		return r.Table()
	})
	most := dag.Task1(g, "most", load, pipeline.Stage(`[{"$sort": {"totPop": -1}}, {"$limit": 2}]`))
	least := dag.Task1(g, "least", load, pipeline.Stage(bson.A{d("$sort", d("totPop", 1)), d("$limit", 1)}))
	res, err := g.Run(context.Background())
	require.NoError(t, err)
	got, err := most.Of(res)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{`"CA"`, "int64 29754890"}, {`"NY"`, "int64 17990402"}}, cells(got))
	assert.Equal(t, map[string]string{"_id": "string:2", "totPop": "int64"}, types(got))
	got, err = least.Of(res)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{`"WY"`, "int64 453528"}}, cells(got))
}

// A fault of the document is the task's error, at each run.
func TestStageFault(t *testing.T) {
	faulty := pipeline.Stage(bson.A{ok, d("$skip", -1)})
	g := dag.New("faulty")
	load := dag.Task(g, "load", func(context.Context) (*monary.Table, error) { return monary.NewTable() })
	dag.Task1(g, "skip", load, faulty)
	for range 2 {
		_, err := g.Run(context.Background())
		requireStage(t, err, 1, "$skip", `task "skip"`)
	}
	table := anyTable(t, people, "name")
	_, err := pipeline.Stage(stage("$sort", d("age", 1)))(context.Background(), table)
	requireStage(t, err, 0, "$sort", "age")
}

// One function may run on several tables at once.
func TestStageConcurrent(t *testing.T) {
	run := pipeline.Stage(bson.A{d("$match", d("age", d("$gt", 7))), d("$group", d("_id", "$city", "n", d("$sum", "$age"))), d("$sort", d("n", 1))})
	table := anyTable(t, people, "name", "age", "city")
	g := dag.New("many")
	var refs []*dag.Ref[*monary.Table]
	load := dag.Task(g, "load", func(context.Context) (*monary.Table, error) { return table, nil })
	for i := range 8 {
		refs = append(refs, dag.Task1(g, fmt.Sprint("run", i), load, run))
	}
	res, err := g.Run(context.Background())
	require.NoError(t, err)
	for _, ref := range refs {
		got, err := ref.Of(res)
		require.NoError(t, err)
		assert.Equal(t, [][]string{{`"Oslo"`, "int32 29"}, {`"London"`, "int32 87"}}, cells(got))
	}
}
