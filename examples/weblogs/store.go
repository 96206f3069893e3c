package main

import (
	"context"
	"os"
	"path/filepath"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/examples/internal/source"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

const db = "weblogs"

// store is where the counts are.
type store interface {
	// replace puts rows in the place of those that match.
	replace(ctx context.Context, c count, match bson.D, rows *monary.Table) error
	read(ctx context.Context, c count, stages bson.A, schema monary.Schema) (*monary.Table, error)
}

// open returns the logs and the store that the run's parameters name.
func open(ctx context.Context) (logs monary.Source, s store, closeIt func() error, err error) {
	p := dag.RunFrom(ctx).Params
	uri := p["uri"].(string)
	if uri == "" {
		logs, err = pipeline.Open(p["file"].(string))
		return logs, folder{p["out"].(string)}, func() error { return nil }, err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return nil, nil, nil, err
	}
	closeIt = func() error { return client.Disconnect(context.WithoutCancel(ctx)) }
	return monary.NewClient(client).Collection(db, "logs"), server{client}, closeIt, nil
}

// loadLogs fills the server's collection from the file, if the run is to.
func loadLogs(ctx context.Context) error {
	p := dag.RunFrom(ctx).Params
	from := source.Flags{File: p["file"].(string), URI: p["uri"].(string), Load: p["load"].(bool), DB: db, Coll: "logs"}
	if !from.Load {
		return nil
	}
	_, closeIt, err := from.Open(ctx)
	if err != nil {
		return err
	}
	return closeIt()
}

// folder has collections, a BSON file each.
type folder struct{ path string }

func (f folder) open(c count) (monary.Source, error) {
	if err := os.MkdirAll(f.path, 0o755); err != nil {
		return nil, err
	}
	return pipeline.Create(filepath.Join(f.path, c.name+".bson"))
}

func (f folder) replace(ctx context.Context, c count, match bson.D, rows *monary.Table) error {
	file, err := f.open(c)
	if err != nil {
		return err
	}
	sources := pipeline.Sources{"counts": file, "new": pipeline.FromTable(rows)}
	r, err := sources.Aggregate(ctx, "counts", bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "$nor", Value: bson.A{match}}}}},
		bson.D{{Key: "$unionWith", Value: "new"}},
		c.inOrder(),
		bson.D{{Key: "$out", Value: "counts"}},
	}, c.schema())
	if err != nil {
		return err
	}
	return r.Close()
}

func (f folder) read(ctx context.Context, c count, stages bson.A, schema monary.Schema) (*monary.Table, error) {
	file, err := f.open(c)
	if err != nil {
		return nil, err
	}
	return tableOf(file.Aggregate(ctx, stages, schema))
}

// server has the counts in collections beside the logs.
type server struct{ client *mongo.Client }

func (s server) replace(ctx context.Context, c count, match bson.D, rows *monary.Table) error {
	if _, err := s.client.Database(db).Collection(c.name).DeleteMany(ctx, match); err != nil {
		return err
	}
	if rows.NumRows() == 0 {
		return nil
	}
	_, err := monary.NewClient(s.client).Collection(db, c.name).Insert(ctx, rows)
	return err
}

func (s server) read(ctx context.Context, c count, stages bson.A, schema monary.Schema) (*monary.Table, error) {
	return tableOf(monary.NewClient(s.client).Collection(db, c.name).Aggregate(ctx, stages, schema))
}

func tableOf(r *monary.Reader, err error) (*monary.Table, error) {
	if err != nil {
		return nil, err
	}
	return r.Table()
}
