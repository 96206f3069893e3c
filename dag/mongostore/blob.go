package mongostore

import (
	"bytes"
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/dag/engine"
)

// blob says where the bytes are that were kept under a key.
type blob struct {
	Key    string        `bson:"key"`
	ID     bson.ObjectID `bson:"id"`
	Size   int           `bson:"size"`
	Chunks int           `bson:"chunks"`
}

// chunk is a part of a blob.
type chunk struct {
	ID   bson.ObjectID `bson:"_id"`
	Blob bson.ObjectID `bson:"blob"`
	N    int           `bson:"n"`
	Data []byte        `bson:"data"`
}

// PutBlob keeps data in chunks, which count once the journal has an entry of them.
func (s *Store) PutBlob(ctx context.Context, epoch int64, key string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(ctx, epoch); err != nil {
		return err
	}
	b := &blob{Key: key, ID: bson.NewObjectID(), Size: len(data)}
	for ; b.Chunks*maxPart < len(data); b.Chunks++ {
		part := data[b.Chunks*maxPart : min(len(data), (b.Chunks+1)*maxPart)]
		if _, err := s.chunks.InsertOne(ctx, chunk{bson.NewObjectID(), b.ID, b.Chunks, part}); err != nil {
			return fmt.Errorf("mongostore: blob %q: %w", key, err)
		}
	}
	return s.insert(ctx, &entry{Kind: kindBlob, Blob: b})
}

// Blob returns what is kept under the key.
func (s *Store) Blob(ctx context.Context, key string) ([]byte, error) {
	data, err := s.blob(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("mongostore: blob %q: %w", key, err)
	}
	return data, nil
}

func (s *Store) blob(ctx context.Context, key string) ([]byte, error) {
	e, err := s.last(ctx, bson.D{{Key: "blob.key", Value: key}})
	if err != nil {
		return nil, err
	}
	gone, err := s.dropped(ctx, "dropBlobs", key)
	if err != nil {
		return nil, err
	}
	if e.Blob == nil || gone > e.ID {
		return nil, engine.ErrNoBlob
	}
	found, err := s.chunks.Find(ctx, bson.D{{Key: "blob", Value: e.Blob.ID}}, options.Find().SetSort(bson.D{{Key: "n", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var chunks []chunk
	if err := found.All(ctx, &chunks); err != nil {
		return nil, err
	}
	parts := make([][]byte, len(chunks))
	for i, c := range chunks {
		parts[i] = c.Data
	}
	data := bytes.Join(parts, nil)
	if len(data) != e.Blob.Size {
		return nil, fmt.Errorf("%d of its %d bytes are there", len(data), e.Blob.Size)
	}
	return data, nil
}

// sweepBlob deletes what the entries that match have kept.
func (s *Store) sweepBlob(ctx context.Context, filter bson.D) error {
	found, err := s.journal.Find(ctx, filter)
	if err != nil {
		return err
	}
	var entries []entry
	if err := found.All(ctx, &entries); err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := s.chunks.DeleteMany(ctx, bson.D{{Key: "blob", Value: e.Blob.ID}}); err != nil {
			return err
		}
		if _, err := s.journal.DeleteOne(ctx, bson.D{{Key: "_id", Value: e.ID}}); err != nil {
			return err
		}
	}
	return nil
}
