package monary_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/internal/replay"
	"github.com/penstock/penstock/monary"
)

// TestOutcomesAreTrue: whatever happens to commands and answers, what a result
// says of a row is what the server has. A replica set's member has every row
// once, as the driver tries again.
func TestOutcomesAreTrue(t *testing.T) {
	var group sync.WaitGroup
	for seed := range uint64(24) {
		group.Go(func() { checkOutcomes(t, rand.New(rand.NewPCG(seed, 7)), seed) })
	}
	group.Wait()
}

func checkOutcomes(t *testing.T, rng *rand.Rand, seed uint64) {
	server := replay.Start(t)
	server.Store("db.c")
	var lock sync.Mutex // of rng and before
	before := map[string]bool{}
	server.OnRequest = func(r *replay.Request) *replay.Fault {
		lock.Lock()
		defer lock.Unlock()
		if r.Command != "insert" {
			return nil
		}
		number := r.Body.Lookup("txnNumber").String()
		again := before[number]
		before[number] = number != ""
		if rng.IntN(4) > 0 {
			return nil
		}
		return randomFault(rng, again)
	}
	member := seed%3 == 0
	if member {
		server.Hello = bson.D{{Key: "setName", Value: "rs"}, {Key: "hosts", Value: bson.A{"a:1"}}}
	}
	m, err := monary.Connect(t.Context(), server.URI())
	if !assert.NoError(t, err) {
		return
	}
	defer func() { assert.NoError(t, m.Close(context.Background())) }()

	lock.Lock()
	ids := make([]int32, 40+rng.IntN(40))
	for i := range ids {
		ids[i] = int32(rng.IntN(2 * len(ids))) // some come twice
	}
	opts := []monary.WriteOption{monary.WriteBatch(1+rng.IntN(20), 0)}
	if rng.IntN(2) == 0 {
		opts = append(opts, monary.Unordered())
	}
	if rng.IntN(2) == 0 {
		opts = append(opts, monary.PlainInsert())
	}
	lock.Unlock()
	rows := make([]int32, len(ids))
	for i := range rows {
		rows[i] = int32(i)
	}
	table, err := monary.NewTable(monary.ColumnOf("_id", ids, nil), monary.ColumnOf("row", rows, nil))
	assert.NoError(t, err)
	res, _ := m.Collection("db", "c").Insert(t.Context(), table, opts...)

	has := map[int64]int{}
	for _, doc := range server.Documents("db.c") {
		has[bson.Raw(doc).Lookup("row").AsInt64()]++
	}
	inserted := int64(0)
	for row := range res.Rows {
		switch o := res.Outcome(row); o {
		case monary.Written:
			inserted++
			assert.Equal(t, 1, has[row], "seed %d: row %d is %s", seed, row, o)
		case monary.InDoubt:
			assert.LessOrEqual(t, has[row], 1, "seed %d: row %d is %s", seed, row, o)
		default:
			assert.Zero(t, has[row], "seed %d: row %d is %s", seed, row, o)
		}
	}
	assert.Equal(t, inserted, res.Inserted, "seed %d", seed)
	assert.Equal(t, inserted, res.Count(monary.Written), "seed %d", seed)
	assert.EqualValues(t, len(ids), res.Rows, "seed %d", seed)
}

// randomFault is one that a server or the way to it may have; what was understood
// before will be again.
func randomFault(rng *rand.Rand, again bool) *replay.Fault {
	at := rng.Float64()
	faults := []*replay.Fault{
		{Cut: true},
		{Cut: true, CutFrom: func(n int) int { return int(at * float64(n)) }},
		{Reply: replay.CommandError(91, "ShutdownInProgress", "going away", "RetryableWriteError", "NoWritesPerformed")},
		{Reply: replay.CommandError(11602, "InterruptedDueToReplStateChange", "stepping down", "RetryableWriteError")},
		{Reply: replay.CommandError(10107, "NotWritablePrimary", "no primary", "RetryableWriteError")},
		{Reply: replay.CommandError(22, "InvalidBSON", "cannot be read")},
		{Reply: replay.CommandError(13, "Unauthorized", "not allowed")},
	}
	if again {
		faults = faults[:5]
	}
	return faults[rng.IntN(len(faults))]
}
