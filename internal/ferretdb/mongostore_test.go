package ferretdb_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/dagtest"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/mongostore"
)

// database returns an empty database: of the server at MONGODB_URI if that is set, else of a
// FerretDB.
func database(t *testing.T) *mongo.Database {
	uri := os.Getenv("MONGODB_URI")
	if uri == "" {
		client, _ := connect(t)
		return client.Database("engine")
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	db := client.Database("penstock_test_" + bson.NewObjectID().Hex())
	t.Cleanup(func() {
		assert.NoError(t, db.Drop(context.Background()))
		assert.NoError(t, client.Disconnect(context.Background()))
	})
	return db
}

func openStore(t *testing.T, db *mongo.Database, ttl time.Duration) *mongostore.Store {
	s, err := mongostore.Open(t.Context(), db, mongostore.Config{TTL: ttl})
	require.NoError(t, err)
	return s
}

func TestMongoStore(t *testing.T) {
	db := database(t)
	n := 0
	dagtest.Store(t, func(t *testing.T) engine.Store {
		n++
		s, err := mongostore.Open(t.Context(), db, mongostore.Config{Prefix: fmt.Sprint("store", n)})
		require.NoError(t, err)
		return s
	})
}

// Records that do not fit one document are appended all or none.
func TestMongoStoreLargeAppend(t *testing.T) {
	s := openStore(t, database(t), time.Minute)
	epoch, err := s.Acquire(t.Context(), "me")
	require.NoError(t, err)
	var records []engine.Record
	for i := range 5 {
		records = append(records, engine.Record{Log: fmt.Sprint(i % 2), Data: append(make([]byte, 5<<20), byte(i))})
	}
	require.NoError(t, s.Append(t.Context(), epoch, records))
	require.NoError(t, s.Append(t.Context(), epoch, records[:1]))
	var got []byte
	for data, err := range s.Read(t.Context(), "0") {
		require.NoError(t, err)
		got = append(got, data[len(data)-1])
	}
	assert.Equal(t, []byte{0, 2, 4, 0}, got)
	err = s.Append(t.Context(), epoch, []engine.Record{{Log: "a", Data: make([]byte, 9<<20)}})
	require.ErrorContains(t, err, "at most 8388608 are allowed")
	require.NoError(t, s.Close())
}

// An owner that has closed its store is followed at once, one that is alive not at all, and one that
// has gone silent after the TTL; what that writes later is refused.
func TestMongoStoreTakeOver(t *testing.T) {
	db := database(t)
	first := openStore(t, db, time.Minute)
	_, err := first.Acquire(t.Context(), "first")
	require.NoError(t, err)
	require.NoError(t, first.Close())

	const ttl = 400 * time.Millisecond
	second := openStore(t, db, ttl)
	epoch, err := second.Acquire(t.Context(), "second")
	require.NoError(t, err, "the first has let go")
	require.NoError(t, second.Append(t.Context(), epoch, []engine.Record{{Log: "a", Data: []byte("1")}}))

	third := openStore(t, db, 10*ttl)
	short, cancel := context.WithTimeout(t.Context(), 2*ttl)
	defer cancel()
	_, err = third.Acquire(short, "third")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, `"second" has the store`)

	impatient := openStore(t, db, 100*time.Millisecond) // less than the second shows itself
	next, err := impatient.Acquire(t.Context(), "impatient")
	require.NoError(t, err)
	assert.Greater(t, next, epoch)
	require.ErrorIs(t, second.Append(t.Context(), epoch, []engine.Record{{Log: "a", Data: []byte("2")}}), engine.ErrFenced)
	require.ErrorIs(t, second.PutBlob(t.Context(), epoch, "b", []byte("2")), engine.ErrFenced)
	require.NoError(t, impatient.Append(t.Context(), next, []engine.Record{{Log: "a", Data: []byte("3")}}))
	var got []string
	for data, err := range impatient.Read(t.Context(), "a") {
		require.NoError(t, err)
		got = append(got, string(data))
	}
	assert.Equal(t, []string{"1", "3"}, got)
	require.NoError(t, second.Close())
	require.NoError(t, impatient.Close())
}

// Scenario 17: of two engines on one store one works and the other stands by; when the first falls
// silent the second takes over, what had finished is not run again, and the first stops.
func TestMongoStoreStandby(t *testing.T) {
	db := database(t)
	var calls [2]atomic.Int64
	hang := make(chan struct{})
	graph := func(who int) *dag.DAG {
		d := dag.New("night")
		a := dag.Task(d, "a", func(context.Context) (int, error) { calls[0].Add(1); return 7, nil })
		dag.Do1(d, "b", a, func(ctx context.Context, n int) error {
			calls[1].Add(1)
			if who == 0 {
				<-hang
			}
			return nil
		})
		return d
	}
	sleepy := openStore(t, db, 30*time.Second) // it shows itself every ten seconds: too seldom
	first, err := engine.Open(t.Context(), engine.Config{Store: sleepy, Owner: "first"})
	require.NoError(t, err)
	require.NoError(t, first.Register(t.Context(), graph(0)))
	id, err := first.Trigger(t.Context(), "night", nil)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return calls[1].Load() == 1 }, 30*time.Second, 10*time.Millisecond)

	store := openStore(t, db, 300*time.Millisecond)
	second, err := engine.Open(t.Context(), engine.Config{Store: store, Owner: "second"})
	require.NoError(t, err)
	require.NoError(t, second.Register(t.Context(), graph(1)))
	res, err := second.Wait(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, dag.Succeeded, res.State("b"))
	assert.EqualValues(t, 1, calls[0].Load(), "a had finished")
	assert.EqualValues(t, 2, calls[1].Load())

	close(hang)
	_, err = first.Wait(t.Context(), id)
	require.ErrorIs(t, err, engine.ErrFenced)
	require.NoError(t, first.Close(t.Context()))
	require.NoError(t, second.Close(t.Context()))
	require.NoError(t, store.Close())
	require.NoError(t, sleepy.Close())
}

func TestMongoStoreErrorsTellNoSecrets(t *testing.T) {
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://user:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=100"))
	require.NoError(t, err)
	_, err = mongostore.Open(t.Context(), client.Database("x"), mongostore.Config{})
	require.Error(t, err)
	assert.False(t, strings.Contains(err.Error(), "hunter2"), "%v", err)
	_, err = mongostore.Open(t.Context(), client.Database("x"), mongostore.Config{TTL: time.Millisecond})
	require.EqualError(t, err, "mongostore: TTL is 1ms, want 100ms or more")
	require.NoError(t, client.Disconnect(t.Context()))
}

// The audit trail is one of the logs: the next engine finds it, and goes on with it.
func TestMongoStoreAudit(t *testing.T) {
	db := database(t)
	var want []string
	for _, actor := range []string{"ana", "bob"} {
		s := openStore(t, db, time.Minute)
		e, err := engine.Open(t.Context(), engine.Config{Store: s})
		require.NoError(t, err)
		d := dag.New("d")
		dag.Do(d, "a", func(context.Context) error { return nil })
		require.NoError(t, e.Register(t.Context(), d))
		id, err := e.Trigger(engine.WithActor(t.Context(), actor), "d", nil)
		require.NoError(t, err)
		require.Error(t, e.Mark(engine.WithActor(t.Context(), actor), id, "none", dag.Failed))
		want = append([]string{actor + " mark", actor + " trigger"}, want...)
		entries, more, err := e.Audit(t.Context(), "d", 0, 10)
		require.NoError(t, err)
		assert.False(t, more)
		var got []string
		for _, a := range entries {
			got = append(got, a.Actor+" "+a.Verb)
			assert.Equal(t, a.Verb == "mark", a.Refused != "")
		}
		assert.Equal(t, want, got)
		require.NoError(t, e.Close(t.Context()))
		require.NoError(t, s.Close())
	}
}
