package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/pipeline/table"
)

// database has the collections: history, customers, metrics, models and predictions. Rows have an _id.
type database interface {
	collection(name string) (monary.Source, error)
	// isNew tells whether it is to be filled without being asked to.
	isNew() (bool, error)
	// upsert sets the fields of the documents with the rows' _ids, which are made where there are none.
	upsert(ctx context.Context, name string, rows *monary.Table) error
	// replace is upsert, and removes all other documents.
	replace(ctx context.Context, name string, rows *monary.Table) error
	// keep removes all documents but those with the rows' _ids.
	keep(ctx context.Context, name string, rows *monary.Table) error
}

// use calls a function with the database that the run's parameters name.
func use[T any](ctx context.Context, f func(database) (T, error)) (result T, err error) {
	p := dag.RunFrom(ctx).Params
	uri := cmp.Or(p["uri"].(string), os.Getenv("FACTORY_URI"))
	if uri == "" {
		result, err = f(folder(p["out"].(string)))
		return result, dag.Permanent(err) // a folder gets no better by waiting
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return result, dag.Permanent(err)
	}
	defer func() { err = errors.Join(err, client.Disconnect(context.WithoutCancel(ctx))) }()
	return f(server{client.Database("factory")})
}

// change is use for what returns nothing but an error.
func change(ctx context.Context, f func(database) error) error {
	_, err := use(ctx, func(db database) (struct{}, error) { return struct{}{}, f(db) })
	return err
}

// read reads what a pipeline makes of a collection: what the server knows of it runs there, the rest here.
func read(ctx context.Context, db database, name string, schema monary.Schema, stages ...any) (*monary.Table, error) {
	c, err := db.collection(name)
	if err != nil {
		return nil, err
	}
	plan, err := pipeline.NewPlan(c, bson.A(stages), schema)
	if err != nil {
		return nil, dag.Permanent(err)
	}
	r, err := plan.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t, err := r.Table()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	dag.RunFrom(ctx).Log().Info("read "+name, "rows", t.NumRows(), "plan", plan.Explain())
	return t, nil
}

// folder has a BSON file for each collection, which is replaced as a whole.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name+".bson") }

func (f folder) collection(name string) (monary.Source, error) {
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return nil, err
	}
	return pipeline.Create(f.path(name))
}

func (f folder) isNew() (bool, error) {
	_, err := os.Stat(f.path("history"))
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	return false, err
}

func (f folder) upsert(ctx context.Context, name string, rows *monary.Table) error {
	return f.write(ctx, name, rows, pipeline.Merge(name))
}

func (f folder) replace(ctx context.Context, name string, rows *monary.Table) error {
	return f.write(ctx, name, rows, pipeline.Out(name))
}

func (f folder) write(ctx context.Context, name string, rows *monary.Table, stage bson.D) error {
	file, err := f.collection(name)
	if err != nil {
		return err
	}
	return carryOut(ctx, pipeline.Sources{name: file, "rows": pipeline.FromTable(rows)}, "rows", stage)
}

func (f folder) keep(ctx context.Context, name string, rows *monary.Table) error {
	file, err := f.collection(name)
	if err != nil {
		return err
	}
	return carryOut(ctx, pipeline.Sources{name: file}, name, pipeline.Match(pipeline.Field("_id").In(idsOf(rows)...)), pipeline.Out(name))
}

// carryOut runs stages that write.
func carryOut(ctx context.Context, sources pipeline.Sources, name string, stages ...any) error {
	r, err := sources.Aggregate(ctx, name, bson.A(stages), monary.MustSchema("_id any"))
	if err != nil {
		return err
	}
	return r.Close()
}

func idsOf(rows *monary.Table) []any {
	ids, _ := rows.Lookup("_id")
	all := make([]any, rows.NumRows())
	for row := range all {
		all[row] = ids.Value(row).Raw()
	}
	return all
}

// server has them in a database.
type server struct{ *mongo.Database }

func (s server) collection(name string) (monary.Source, error) { return s.writable(name), nil }

func (s server) writable(name string) *monary.Collection {
	return monary.NewClient(s.Client()).Collection(s.Name(), name)
}

func (server) isNew() (bool, error) { return false, nil }

// upsert is Collection.Upsert, but that new documents go by Insert: FerretDB commits each update by itself, and can have
// but few in a command.
func (s server) upsert(ctx context.Context, name string, rows *monary.Table) error {
	known, err := read(ctx, s, name, monary.MustSchema("_id any"))
	if err != nil {
		return err
	}
	byID := table.Join{On: []string{"_id"}}
	fresh, err := byID.Anti(rows, known)
	if err != nil {
		return err
	}
	old, err := byID.Inner(rows, known)
	if err != nil {
		return err
	}
	if _, err := s.writable(name).Insert(ctx, fresh); err != nil {
		return err
	}
	_, err = s.writable(name).Upsert(ctx, old, []string{"_id"}, monary.WriteBatch(50, 0))
	return err
}

func (s server) replace(ctx context.Context, name string, rows *monary.Table) error {
	if err := s.upsert(ctx, name, rows); err != nil {
		return err
	}
	return s.keep(ctx, name, rows)
}

func (s server) keep(ctx context.Context, name string, rows *monary.Table) error {
	_, err := s.Collection(name).DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$nin", Value: idsOf(rows)}}}})
	return err
}
