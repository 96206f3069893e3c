// Package mongostore keeps an engine's logs in a MongoDB database: the store for
// programs on several machines, one of which works while others stand by.
//
// # Basics
//
// [Open] makes a [Store] of a database, which goes to engine.Open. engine.Open then
// waits while another engine has the store, and takes over when that is gone.
//
// # Caveats
//
//   - An owner that does not show itself for [Config].TTL is taken to be gone. If it is
//     not, but was asleep, its next write is refused and its engine stops; tasks that it still
//     runs work beside those of the new owner until they look at their context.
//   - Writes wait for a majority of the servers and their journals, reads are those of the
//     primary.
//   - Documents of a log that was dropped go, unless a commit has put records of another log
//     into them.
package mongostore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/penstock/penstock/dag/engine"
)

// Config says how a store works. The zero value is fit for use.
type Config struct {
	// Prefix is what the names of the store's collections begin with; engines with
	// different prefixes do not know of each other. Empty means "dag".
	Prefix string

	// TTL is how long an owner may not show itself before another takes over. It does so
	// three times in that while. Zero means 30 s; the least is 100 ms.
	TTL time.Duration
}

// Store is an engine.Store in a database.
type Store struct {
	journal, chunks, beats *mongo.Collection
	ttl                    time.Duration

	mu     sync.Mutex // held while an entry is written
	epoch  int64      // that this store has acquired last, 0 if none
	owner  string
	next   int64 // number of the next entry
	fenced bool
	beat   context.CancelFunc // ends the beating
	silent chan struct{}      // closed when it has ended
}

var _ engine.Store = (*Store)(nil)

// The kinds of entries in the journal.
const (
	kindAppend  = "append"
	kindTake    = "take"    // another owner's first
	kindRelease = "release" // an owner's last
	kindBlob    = "blob"
	kindDrop    = "drop"
)

// entry is a document of the journal. Its number is its _id, one more than that of the entry
// before; so whoever writes after somebody else has taken over finds the place taken.
type entry struct {
	ID    int64  `bson:"_id"`
	Kind  string `bson:"kind"`
	Epoch int64  `bson:"epoch"`
	Owner string `bson:"owner,omitempty"`
	Sum   []byte `bson:"sum,omitempty"` // SHA-256 of the records that are appended together

	// Of an append. One that is too large for a document has several parts; it is void unless
	// all are there.
	Part    int      `bson:"part,omitempty"`
	Parts   int      `bson:"parts,omitempty"`
	Logs    []string `bson:"logs,omitempty"` // that have records here
	Records []record `bson:"records,omitempty"`

	Blob *blob `bson:"blob,omitempty"`

	Drop      []string `bson:"drop,omitempty"` // logs: what is before is gone
	DropBlobs []string `bson:"dropBlobs,omitempty"`
}

type record struct {
	Log  string `bson:"l"`
	Data []byte `bson:"d"`
}

// Open returns a store in a database, whose client stays the caller's.
func Open(ctx context.Context, db *mongo.Database, c Config) (*Store, error) {
	if c.Prefix == "" {
		c.Prefix = "dag"
	}
	if c.TTL == 0 {
		c.TTL = 30 * time.Second
	}
	if c.TTL < 100*time.Millisecond {
		return nil, fmt.Errorf("mongostore: TTL is %v, want 100ms or more", c.TTL)
	}
	durable := options.Collection().SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary()).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: ptr(true)})
	s := &Store{
		journal: db.Collection(c.Prefix+".journal", durable), chunks: db.Collection(c.Prefix+".chunks", durable),
		beats: db.Collection(c.Prefix + ".beats"), ttl: c.TTL,
	}
	for _, index := range []struct {
		of   *mongo.Collection
		keys bson.D
	}{
		{s.journal, bson.D{{Key: "logs", Value: 1}, {Key: "_id", Value: 1}}},
		{s.journal, bson.D{{Key: "blob.key", Value: 1}, {Key: "_id", Value: 1}}},
		{s.journal, bson.D{{Key: "kind", Value: 1}, {Key: "_id", Value: 1}}},
		{s.chunks, bson.D{{Key: "blob", Value: 1}, {Key: "n", Value: 1}}},
	} {
		if _, err := index.of.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: index.keys}); err != nil {
			return nil, fmt.Errorf("mongostore: index of %s: %w", index.of.Name(), err)
		}
	}
	return s, nil
}

func ptr[T any](v T) *T { return &v }

// maxPart is how many bytes of records a document takes; MongoDB allows 16 MiB.
const maxPart = 8 << 20

// Append adds the records in one document, or in several that count only together.
func (s *Store) Append(ctx context.Context, epoch int64, records []engine.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(ctx, epoch); err != nil {
		return err
	}
	if len(records) == 0 {
		return nil
	}
	parts, err := split(records)
	if err != nil {
		return fmt.Errorf("mongostore: %w", err)
	}
	for i := range parts {
		if err := s.insert(ctx, &parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// check is called with the lock held, as are the following.
func (s *Store) check(ctx context.Context, epoch int64) error {
	if s.fenced || epoch != s.epoch {
		return engine.ErrFenced
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("mongostore: %w", err)
	}
	return nil
}

// split makes entries of records.
func split(records []engine.Record) ([]entry, error) {
	sum := sha256.New()
	var parts []entry
	size := maxPart
	for _, r := range records {
		if r.Log == "" || len(r.Data) == 0 {
			return nil, fmt.Errorf("record of log %q with %d bytes: neither may be empty", r.Log, len(r.Data))
		}
		if len(r.Data) > maxPart {
			return nil, fmt.Errorf("record of log %q has %d bytes, at most %d are allowed", r.Log, len(r.Data), maxPart)
		}
		_, _ = sum.Write(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(r.Log))), uint64(len(r.Data))))
		_, _ = sum.Write([]byte(r.Log))
		_, _ = sum.Write(r.Data)
		if size += len(r.Log) + len(r.Data) + 32; size > maxPart {
			parts, size = append(parts, entry{Kind: kindAppend, Part: len(parts)}), 0
		}
		p := &parts[len(parts)-1]
		p.Records = append(p.Records, record{r.Log, r.Data})
		if !slices.Contains(p.Logs, r.Log) {
			p.Logs = append(p.Logs, r.Log)
		}
	}
	for i := range parts {
		parts[i].Parts, parts[i].Sum = len(parts), sum.Sum(nil)
	}
	return parts, nil
}

// insert writes an entry as the next. An entry that is there already may be ours, of which we
// never heard that it had been written.
func (s *Store) insert(ctx context.Context, e *entry) error {
	for {
		e.ID, e.Epoch, e.Owner = s.next, s.epoch, s.owner
		_, err := s.journal.InsertOne(ctx, e)
		if !mongo.IsDuplicateKeyError(err) {
			if err != nil {
				return fmt.Errorf("mongostore: %w", err)
			}
			s.next++
			return nil
		}
		var there entry
		if err := s.journal.FindOne(ctx, bson.D{{Key: "_id", Value: e.ID}}).Decode(&there); err != nil {
			return fmt.Errorf("mongostore: %w", err)
		}
		if there.Epoch != s.epoch {
			s.fenced = true
			return engine.ErrFenced
		}
		s.next++
		if there.Kind == e.Kind && e.Sum != nil && bytes.Equal(there.Sum, e.Sum) && there.Part == e.Part {
			return nil
		}
	}
}

// Read returns the records that the log has when reading starts.
func (s *Store) Read(ctx context.Context, log string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := s.read(ctx, log, func(data []byte) bool { return yield(data, nil) }); err != nil {
			yield(nil, fmt.Errorf("mongostore: log %q: %w", log, err))
		}
	}
}

func (s *Store) read(ctx context.Context, log string, yield func([]byte) bool) error {
	from, err := s.dropped(ctx, "drop", log)
	if err != nil {
		return err
	}
	last, err := s.last(ctx, bson.D{})
	if err != nil {
		return err
	}
	found, err := s.journal.Find(ctx, bson.D{
		{Key: "logs", Value: log}, {Key: "_id", Value: bson.D{{Key: "$gt", Value: from}, {Key: "$lte", Value: last.ID}}},
	}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return err
	}
	defer func() { _ = found.Close(context.WithoutCancel(ctx)) }() // what it has given is ours
	for found.Next(ctx) {
		var e entry
		if err := found.Decode(&e); err != nil {
			return err
		}
		whole, err := s.isWhole(ctx, e)
		if err != nil {
			return err
		}
		for _, r := range e.Records {
			if whole && r.Log == log && !yield(r.Data) {
				return nil
			}
		}
	}
	return found.Err()
}

// isWhole tells whether the last part of an append is there.
func (s *Store) isWhole(ctx context.Context, e entry) (bool, error) {
	if e.Parts <= 1 || e.Part == e.Parts-1 {
		return true, nil
	}
	last, err := s.last(ctx, bson.D{{Key: "_id", Value: e.ID + int64(e.Parts-1-e.Part)}})
	return err == nil && last.Epoch == e.Epoch && last.Part == e.Parts-1 && bytes.Equal(last.Sum, e.Sum), err
}

// last returns the newest entry that matches, an empty one if there is none.
func (s *Store) last(ctx context.Context, filter bson.D) (e entry, err error) {
	err = s.journal.FindOne(ctx, filter, options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}}).SetProjection(bson.D{{Key: "records", Value: 0}})).Decode(&e)
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = nil
	}
	return e, err
}

// dropped returns the number of the entry that has dropped a log or blob last, 0 if none has.
func (s *Store) dropped(ctx context.Context, field, name string) (int64, error) {
	e, err := s.last(ctx, bson.D{{Key: "kind", Value: kindDrop}, {Key: field, Value: name}})
	return e.ID, err
}

// Logs returns the names of the logs with the prefix.
func (s *Store) Logs(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	if err := s.journal.Distinct(ctx, "logs", bson.D{{Key: "kind", Value: kindAppend}}).Decode(&names); err != nil {
		return nil, fmt.Errorf("mongostore: %w", err)
	}
	slices.Sort(names)
	var is []string
	for _, name := range names {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		some := false
		if err := s.read(ctx, name, func([]byte) bool { some = true; return false }); err != nil {
			return nil, fmt.Errorf("mongostore: log %q: %w", name, err)
		}
		if some {
			is = append(is, name)
		}
	}
	return is, nil
}

// Drop removes logs and blobs. What was appended to them later stays.
func (s *Store) Drop(ctx context.Context, epoch int64, logs, blobs []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(ctx, epoch); err != nil {
		return err
	}
	e := &entry{Kind: kindDrop, Drop: logs, DropBlobs: blobs}
	if err := s.insert(ctx, e); err != nil {
		return err
	}
	if err := s.sweep(ctx, e); err != nil {
		return fmt.Errorf("mongostore: what was dropped takes up space: %w", err)
	}
	return nil
}

// sweep deletes documents of which nothing is left.
func (s *Store) sweep(ctx context.Context, e *entry) error {
	before := bson.E{Key: "_id", Value: bson.D{{Key: "$lt", Value: e.ID}}}
	for _, log := range e.Drop {
		found, err := s.journal.Find(ctx, bson.D{{Key: "logs", Value: log}, before}, options.Find().SetProjection(bson.D{{Key: "logs", Value: 1}}))
		if err != nil {
			return err
		}
		var docs []entry
		if err := found.All(ctx, &docs); err != nil {
			return err
		}
		for _, d := range docs {
			if slices.ContainsFunc(d.Logs, func(l string) bool { return !slices.Contains(e.Drop, l) }) {
				continue
			}
			if _, err := s.journal.DeleteOne(ctx, bson.D{{Key: "_id", Value: d.ID}}); err != nil {
				return err
			}
		}
	}
	for _, key := range e.DropBlobs {
		if err := s.sweepBlob(ctx, bson.D{{Key: "blob.key", Value: key}, before}); err != nil {
			return err
		}
	}
	return nil
}
