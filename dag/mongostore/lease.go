package mongostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Acquire makes the caller the owner once nobody else is: at once if the last owner has closed
// its store or was this very Store, else when that has not shown itself for a TTL, by the
// clock of this process, which does not care what others show. It waits for that until ctx
// is done.
func (s *Store) Acquire(ctx context.Context, owner string) (int64, error) {
	var seen sign
	var since time.Time
	for {
		last, err := s.last(ctx, bson.D{})
		if err != nil {
			return 0, fmt.Errorf("mongostore: %w", err)
		}
		now, err := s.sign(ctx, last)
		if err != nil {
			return 0, fmt.Errorf("mongostore: %w", err)
		}
		if now != seen || since.IsZero() {
			seen, since = now, time.Now()
		}
		if s.free(last) || time.Since(since) >= s.ttl {
			epoch, err := s.take(ctx, last, owner)
			if err == nil || !mongo.IsDuplicateKeyError(err) {
				return epoch, err
			}
			continue // somebody was faster, or is alive
		}
		select {
		case <-time.After(s.ttl / 6):
		case <-ctx.Done():
			return 0, fmt.Errorf("mongostore: %q has the store: %w", last.Owner, context.Cause(ctx))
		}
	}
}

// sign is what shows that an owner is alive: that it changes.
type sign struct {
	entry int64
	beat  bson.ObjectID
}

func (s *Store) sign(ctx context.Context, last entry) (sign, error) {
	var beat struct {
		ID bson.ObjectID `bson:"_id"`
	}
	err := s.beats.FindOne(ctx, bson.D{{Key: "epoch", Value: last.Epoch}}, options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}})).Decode(&beat)
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = nil
	}
	return sign{last.ID, beat.ID}, err
}

// free tells whether nobody has the store but perhaps this Store.
func (s *Store) free(last entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return last.ID == 0 || last.Kind == kindRelease || last.Epoch == s.epoch
}

// take begins the next epoch with an entry of its own, so that whoever believes to be the owner
// still finds its next place taken.
func (s *Store) take(ctx context.Context, last entry, owner string) (int64, error) {
	s.quiet()
	s.mu.Lock()
	defer s.mu.Unlock()
	e := entry{ID: last.ID + 1, Kind: kindTake, Epoch: last.Epoch + 1, Owner: owner}
	if _, err := s.journal.InsertOne(ctx, e); err != nil {
		if mongo.IsDuplicateKeyError(err) {
			return 0, err
		}
		return 0, fmt.Errorf("mongostore: %w", err)
	}
	s.epoch, s.owner, s.next, s.fenced = e.Epoch, owner, e.ID+1, false
	beating, stop := context.WithCancel(context.Background())
	s.beat, s.silent = stop, make(chan struct{})
	go s.keepBeating(beating, s.epoch, s.silent)
	return s.epoch, nil
}

// keepBeating shows others that the owner is alive.
func (s *Store) keepBeating(ctx context.Context, epoch int64, silent chan struct{}) {
	defer close(silent)
	tick := time.NewTicker(s.ttl / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		id := bson.NewObjectID()
		// One that does not get through is followed by another.
		if _, err := s.beats.InsertOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "epoch", Value: epoch}}); err == nil {
			_, _ = s.beats.DeleteMany(ctx, bson.D{{Key: "epoch", Value: bson.D{{Key: "$lte", Value: epoch}}}, {Key: "_id", Value: bson.D{{Key: "$lt", Value: id}}}})
		}
	}
}

// quiet ends the beating, if there is one.
func (s *Store) quiet() {
	s.mu.Lock()
	stop, silent := s.beat, s.silent
	s.beat = nil
	s.mu.Unlock()
	if stop != nil {
		stop()
		<-silent
	}
}

// Close tells others that the store is free, if this Store has it.
func (s *Store) Close() error {
	s.quiet()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch == 0 || s.fenced {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.ttl)
	defer cancel()
	err := s.insert(ctx, &entry{Kind: kindRelease})
	s.epoch = 0
	return err
}
