package ferretdb_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/testdata"
)

// TestPlan: what the server does not know runs here, behind what it does, and the rows are those of the file.
func TestPlan(t *testing.T) {
	server := monaryWithZips(t).Collection("zips", "data")
	local, err := pipeline.Open(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)
	for _, c := range []struct {
		name, stages string
		schema       monary.Schema
		here         bool // a stage or an expression is unknown to FerretDB 1.24
	}{
		{name: "All", here: false, schema: monary.MustSchema("_id string", "pop int32"),
			stages: `[{"$match": {"state": "RI"}}, {"$sort": {"_id": 1}}]`},
		{name: "Buckets", here: true, schema: monary.MustSchema("_id int32", "count int32"),
			stages: `[{"$match": {"state": "MA"}}, {"$bucket": {"groupBy": "$pop", "boundaries": [0, 1000, 10000, 200000]}}, {"$sort": {"_id": 1}}]`},
		{name: "Expression", here: true, schema: monary.MustSchema("_id string", "half float64"),
			stages: `[{"$match": {"state": "RI"}}, {"$sort": {"_id": 1}}, {"$project": {"half": {"$divide": ["$pop", 2]}}}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := pipeline.NewPlan(server, c.stages, c.schema)
			require.NoError(t, err)
			r, err := plan.Run(t.Context())
			require.NoError(t, err)
			got, err := r.Table()
			require.NoError(t, err)
			assert.Equal(t, rows(aggregate(t, local, c.stages, c.schema)), rows(got))
			t.Log(plan.Explain())
			if c.here {
				assert.Contains(t, plan.Explain(), "here    $")
			} else {
				assert.NotContains(t, plan.Explain(), "here    $")
			}
		})
	}
}
