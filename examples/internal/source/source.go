// Package source opens what an example reads: a file, or a collection on a
// server, which it can fill from the file first.
package source

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// Flags are the settings that the examples share.
type Flags struct {
	File string // dump, extended JSON or CSV
	URI  string // server; empty: read the file itself
	Load bool   // fill the collection from the file first
	DB   string
	Coll string
}

// Register adds the flags -file, -uri and -load; file is the default.
func (f *Flags) Register(set *flag.FlagSet, file string) {
	set.StringVar(&f.File, "file", file, "`path` of a mongodump file, mongoexport JSON or CSV, .gz or not")
	set.StringVar(&f.URI, "uri", "", "read from the server at this connection `string` instead, from "+f.DB+"."+f.Coll)
	set.BoolVar(&f.Load, "load", false, "with -uri: load the file into the collection, which must be empty, first")
}

// Open returns the source and what to call when it is no longer needed.
func (f *Flags) Open(ctx context.Context) (src monary.Source, closeIt func() error, err error) {
	if f.URI == "" {
		if f.Load {
			return nil, nil, errors.New("-load needs -uri: the server to load into")
		}
		src, err = pipeline.Open(f.File)
		return src, func() error { return nil }, err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(f.URI))
	if err != nil {
		return nil, nil, err
	}
	closeIt = func() error { return client.Disconnect(context.WithoutCancel(ctx)) }
	if f.Load {
		if err := f.load(ctx, client.Database(f.DB).Collection(f.Coll)); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("load %s: %w", f.File, err), closeIt())
		}
	}
	return monary.NewClient(client).Collection(f.DB, f.Coll), closeIt, nil
}

// loadBatch is how many documents one insert takes to the server.
const loadBatch = 1000

func (f *Flags) load(ctx context.Context, coll *mongo.Collection) error {
	dump, err := monary.OpenDump(f.File)
	if err != nil {
		return err
	}
	switch n, err := coll.CountDocuments(ctx, bson.D{}); {
	case err != nil:
		return err
	case n > 0:
		return fmt.Errorf("%s.%s holds %d documents; drop it or leave -load out", f.DB, f.Coll, n)
	}
	var batch []any
	insert := func() error {
		if len(batch) == 0 {
			return nil
		}
		_, err := coll.InsertMany(ctx, batch)
		batch = batch[:0]
		return err
	}
	for doc, err := range dump.Documents(ctx) {
		if err != nil {
			return err
		}
		batch = append(batch, bson.Raw(bytes.Clone(doc)))
		if len(batch) == loadBatch {
			if err := insert(); err != nil {
				return err
			}
		}
	}
	return insert()
}
