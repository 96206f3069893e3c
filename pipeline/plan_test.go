package pipeline_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// A plan on a file runs all of its stages here.
func ExamplePlan() {
	zips, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	if err != nil {
		panic(err)
	}
	plan, err := pipeline.NewPlan(zips, bson.A{
		bson.M{"$group": bson.D{{Key: "_id", Value: "$state"}, {Key: "totPop", Value: bson.M{"$sum": "$pop"}}}},
		bson.M{"$sort": bson.M{"totPop": -1}},
		bson.M{"$limit": 3},
	}, monary.MustSchema("_id string:2", "totPop int64"))
	if err != nil {
		panic(err)
	}
	fmt.Print(plan.Explain())
	r, err := plan.Run(context.Background())
	if err != nil {
		panic(err)
	}
	t, err := r.Table()
	if err != nil {
		panic(err)
	}
	fmt.Println(t.NumRows(), "rows")
	// Output:
	// here    $group {"_id":"$state","totPop":{"$sum":"$pop"}}
	// here    $sort {"totPop":-1}
	// here    $limit 3
	// output  _id string:2; totPop int64
	// 3 rows
}

// server is a source that knows some stages: those it is given are run here, on its documents, and others
// refused as mongod does.
type server struct {
	monary.Source
	knows []string
	asked [][]string
}

func (s *server) Aggregate(ctx context.Context, pipe any, schema monary.Schema, opts ...monary.ReadOption) (*monary.Reader, error) {
	var names []string
	var own bson.A
	for _, spec := range pipe.(bson.A) {
		raw, err := bson.Marshal(spec)
		if err != nil {
			return nil, err
		}
		elements, err := bson.Raw(raw).Elements()
		if err != nil {
			return nil, err
		}
		names, own = append(names, elements[0].Key()), append(own, spec)
	}
	s.asked = append(s.asked, names)
	for _, name := range names {
		if !slices.Contains(s.knows, name) {
			return nil, fmt.Errorf("asking: %w", mongo.CommandError{Code: 40324, Message: "Unrecognized pipeline stage name: '" + name + "'"})
		}
	}
	return s.Source.Aggregate(ctx, own, schema, opts...)
}

func planned(t *testing.T, p *pipeline.Plan) [][]string {
	t.Helper()
	r, err := p.Run(context.Background())
	require.NoError(t, err)
	table, err := r.Table()
	require.NoError(t, err)
	return cells(table)
}

var planPipe = bson.A{
	bson.D{{Key: "$match", Value: bson.D{{Key: "i", Value: bson.D{{Key: "$gte", Value: 10}}}}}},
	bson.D{{Key: "$addFields", Value: bson.D{{Key: "half", Value: bson.D{{Key: "$divide", Value: bson.A{"$i", 2}}}}}}},
	bson.D{{Key: "$sortByCount", Value: "$state"}},
	bson.D{{Key: "$limit", Value: 7}},
}

// The longest prefix that the server knows runs there; wherever the cut is, the rows are the same.
func TestPlanFindsTheLongestPrefix(t *testing.T) {
	src := openDocs(t, towns(400)...)
	schema := anySchema(t, "_id", "count")
	all, err := pipeline.NewPlan(src, planPipe, schema)
	require.NoError(t, err)
	want := planned(t, all)
	for _, c := range []struct {
		name   string
		knows  []string
		pushed int
	}{
		{"everything", []string{"$match", "$addFields", "$sortByCount", "$limit", "$project"}, 4},
		{"not the last", []string{"$match", "$addFields", "$sortByCount", "$project"}, 3},
		{"two", []string{"$match", "$addFields", "$project"}, 2},
		{"one", []string{"$match", "$project"}, 1},
		{"nothing but projections", []string{"$project"}, 0},
		{"the last alone does not help", []string{"$limit", "$project"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &server{Source: src, knows: c.knows}
			p, err := pipeline.NewPlan(s, planPipe, schema)
			require.NoError(t, err)
			assert.NotContains(t, p.Explain(), "here")
			assert.Equal(t, want, planned(t, p))
			explained := p.Explain()
			assert.Len(t, regexp.MustCompile(`(?m)^server `).FindAllString(explained, -1), c.pushed, explained)
			assert.Len(t, regexp.MustCompile(`(?m)^here    \$.*: \d+ rows to \d+, `).FindAllString(explained, -1), 4-c.pushed, explained)
			if c.pushed < 4 {
				assert.Contains(t, explained, "the server refuses it: Unrecognized pipeline stage name")
			}
		})
	}
}

func TestPlanOptions(t *testing.T) {
	src := openDocs(t, towns(400)...)
	schema := anySchema(t, "_id", "count")
	knowing := func(stages ...string) *server { return &server{Source: src, knows: append(stages, "$project")} }

	s := knowing("$match", "$addFields", "$sortByCount", "$limit")
	p, err := pipeline.NewPlan(s, planPipe, schema, pipeline.LocalOnly())
	require.NoError(t, err)
	planned(t, p)
	assert.Equal(t, [][]string{nil}, s.asked, "the server is asked for documents alone")
	assert.Contains(t, p.Explain(), "(as LocalOnly says)")

	p, err = pipeline.NewPlan(knowing("$match"), planPipe, schema, pipeline.ServerOnly())
	require.NoError(t, err)
	_, err = p.Run(context.Background())
	require.ErrorContains(t, err, "Unrecognized pipeline stage name")

	_, err = pipeline.NewPlan(src, planPipe, schema, pipeline.ServerOnly())
	require.ErrorContains(t, err, "the source has none")

	_, err = p.Run(context.Background())
	require.ErrorContains(t, err, "has run already")
}

// A stage that neither side knows is the server's refusal and, when it would run here, an error of its own.
func TestPlanOfAnUnknownStage(t *testing.T) {
	src := openDocs(t, towns(40)...)
	pipe := bson.A{bson.D{{Key: "$limit", Value: 3}}, bson.D{{Key: "$searchMeta", Value: bson.D{}}}}
	_, err := pipeline.NewPlan(src, pipe, anySchema(t, "i"))
	require.ErrorContains(t, err, "$searchMeta", "a file has no server that might know it")
	p, err := pipeline.NewPlan(&server{Source: src, knows: []string{"$limit"}}, pipe, anySchema(t, "i"))
	require.NoError(t, err)
	_, err = p.Run(context.Background())
	require.ErrorContains(t, err, "Unrecognized pipeline stage name: '$searchMeta'")
	require.ErrorContains(t, err, "unknown stage")
}

// Whole documents come through the cut with the order of their fields.
func TestPlanOfWholeDocuments(t *testing.T) {
	src := openDocs(t, d("b", 1, "a", d("y", 1, "x", 2)), d("a", "text", "b", nil))
	pipe := bson.A{bson.D{{Key: "$skip", Value: 0}}, bson.D{{Key: "$project", Value: bson.D{{Key: "doc", Value: "$$ROOT"}}}}}
	p, err := pipeline.NewPlan(&server{Source: src, knows: []string{"$project"}}, pipe, anySchema(t, "doc"))
	require.NoError(t, err)
	assert.Equal(t, [][]string{{`{"b":1,"a":{"y":1,"x":2}}`}, {`{"a":"text","b":null}`}}, planned(t, p))
}

// Stages that use a local source stay here, and what is behind them.
func TestPlanWithLocalSources(t *testing.T) {
	src := openDocs(t, towns(40)...)
	names, err := pipeline.NewMemory(bson.Raw(marshal(t, []bson.D{d("_id", "S1", "name", "One")})))
	require.NoError(t, err)
	pipe := bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "state", Value: bson.D{{Key: "$lt", Value: "S2"}}}}}},
		bson.D{{Key: "$lookup", Value: bson.D{{Key: "from", Value: "names"}, {Key: "localField", Value: "state"}, {Key: "foreignField", Value: "_id"}, {Key: "as", Value: "about"}}}},
		bson.D{{Key: "$limit", Value: 2}},
	}
	s := &server{Source: src, knows: []string{"$match", "$lookup", "$limit", "$project"}}
	p, err := pipeline.NewPlan(s, pipe, anySchema(t, "state"), pipeline.With(pipeline.Sources{"names": names}))
	require.NoError(t, err)
	planned(t, p)
	assert.Equal(t, "$match", s.asked[0][0])
	assert.NotContains(t, s.asked[0], "$lookup")
	assert.Contains(t, p.Explain(), "(it uses a local source)")
}
