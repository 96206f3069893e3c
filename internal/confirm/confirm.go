// Package confirm asks a server whether it does what the scripts of testdata/agg say. Each script is a rule of the aggregation
// language: documents, a pipeline, and what comes of it. Package pipeline's tests run them here; a script that a server has run
// with the same result carries the server's name.
//
// # Basics
//
// [Load] reads the scripts, [Ask] runs one on a server, [Mark] writes the names of servers into the scripts, and [Table] counts
// them for the README.
//
// # Caveats
//
// A server leaves the order of rows open where no stage sorts, so rows may come in any order. An error confirms a script that wants
// one, unless the server says that it does not know the stage or operator.
package confirm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Script is a rule. All values are extended JSON.
type Script struct {
	Name      string                     `json:"name"`
	Source    string                     `json:"source"`    // where the rule is from
	Confirmed []string                   `json:"confirmed"` // the servers that gave this result
	Docs      json.RawMessage            `json:"docs"`
	Others    map[string]json.RawMessage `json:"others"` // other collections
	Pipeline  json.RawMessage            `json:"pipeline"`
	Want      json.RawMessage            `json:"want"`
	Error     string                     `json:"error"`   // a part of our error's text
	Written   map[string]json.RawMessage `json:"written"` // what $out and $merge leave
}

// Family is the scripts of one file.
type Family struct {
	Name    string
	Path    string
	Scripts []Script
}

// Load reads the scripts of a directory, its files in the order of their names.
func Load(dir string) ([]Family, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("confirm: no scripts in %s", dir)
	}
	var out []Family
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f := Family{Name: strings.TrimSuffix(filepath.Base(path), ".json"), Path: path}
		if err := json.Unmarshal(text, &f.Scripts); err != nil {
			return nil, fmt.Errorf("confirm: %s: %w", path, err)
		}
		out = append(out, f)
	}
	return out, nil
}

// Documents reads an array of extended JSON documents; nil text has none.
func Documents(text json.RawMessage) ([]bson.D, error) {
	if text == nil {
		return nil, nil
	}
	var holder struct{ Docs []bson.D }
	err := bson.UnmarshalExtJSON([]byte(`{"docs": `+string(text)+`}`), false, &holder)
	return holder.Docs, err
}

// ErrUnknown is a script that the server cannot run: it does not know a stage or an operator.
var ErrUnknown = errors.New("the server does not know this stage or operator")

// unknownCodes are the errors of a server that does not know something.
var unknownCodes = []int{
	59,    // CommandNotFound
	168,   // InvalidPipelineOperator
	238,   // NotImplemented
	15952, // unknown group operator
	31325, // unknown expression
	40324, // unrecognized pipeline stage name
}

// Ask runs a script on a database, whose collections it replaces. The error says how the result differs, or wraps ErrUnknown.
func Ask(ctx context.Context, db *mongo.Database, s Script) error {
	if err := db.Drop(ctx); err != nil {
		return err
	}
	if err := insert(ctx, db, "docs", s.Docs); err != nil {
		return err
	}
	for name, docs := range s.Others {
		if err := insert(ctx, db, name, docs); err != nil {
			return err
		}
	}
	got, err := aggregate(ctx, db, s.Pipeline)
	var refused mongo.ServerError
	switch {
	case errors.As(err, &refused) && slices.ContainsFunc(unknownCodes, refused.HasErrorCode):
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	case s.Error != "" && err == nil:
		return fmt.Errorf("no error, but %d documents; want %q", len(got), s.Error)
	case s.Error != "" && errors.As(err, &refused):
		return nil
	case err != nil:
		return err
	}
	want, err := Documents(s.Want)
	if err != nil {
		return err
	}
	if err := same(want, got); err != nil {
		return err
	}
	return left(ctx, db, s.Written)
}

func insert(ctx context.Context, db *mongo.Database, name string, text json.RawMessage) error {
	docs, err := Documents(text)
	if err != nil {
		return err
	}
	if len(docs) == 0 {
		return db.CreateCollection(ctx, name)
	}
	_, err = db.Collection(name).InsertMany(ctx, docs)
	return err
}

func aggregate(ctx context.Context, db *mongo.Database, text json.RawMessage) (got []bson.D, err error) {
	stages, err := Documents(text)
	if err != nil {
		return nil, err
	}
	cursor, err := db.Collection("docs").Aggregate(ctx, stages)
	if err != nil {
		return nil, err
	}
	return got, cursor.All(ctx, &got)
}

// left compares what collections hold at the end.
func left(ctx context.Context, db *mongo.Database, written map[string]json.RawMessage) error {
	for name, text := range written {
		want, err := Documents(text)
		if err != nil {
			return err
		}
		var got []bson.D
		cursor, err := db.Collection(name).Find(ctx, bson.D{})
		if err != nil {
			return err
		}
		if err := cursor.All(ctx, &got); err != nil {
			return err
		}
		if err := same(want, got); err != nil {
			return fmt.Errorf("collection %s: %w", name, err)
		}
	}
	return nil
}

// same compares documents, with the types of their values and in any order, by the fields that are wanted: a server adds _id.
func same(want, got []bson.D) error {
	keys := map[string]bool{}
	for _, doc := range want {
		for _, e := range doc {
			keys[e.Key] = true
		}
	}
	w, g := texts(want, keys), texts(got, keys)
	if !slices.Equal(w, g) {
		return fmt.Errorf("want %s, got %s", w, g)
	}
	return nil
}

func texts(docs []bson.D, keys map[string]bool) []string {
	out := []string{}
	for _, doc := range docs {
		doc = slices.DeleteFunc(slices.Clone(doc), func(e bson.E) bool { return !keys[e.Key] })
		slices.SortFunc(doc, func(a, b bson.E) int { return strings.Compare(a.Key, b.Key) })
		text, err := bson.MarshalExtJSON(doc, true, false)
		if err != nil {
			text = []byte(err.Error())
		}
		out = append(out, string(text))
	}
	slices.Sort(out)
	return out
}

// Name is what a server calls itself: its kind, and its version as far as features go.
func Name(ctx context.Context, db *mongo.Database) (string, error) {
	var info struct {
		Version  string `bson:"version"`
		FerretDB string `bson:"ferretdbVersion"`
	}
	if err := db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
		return "", err
	}
	kind, version := "mongod", info.Version
	if info.FerretDB != "" { // which says that it is MongoDB 7.0, too
		kind, version = "FerretDB", strings.TrimPrefix(info.FerretDB, "v")
	}
	parts := strings.SplitN(version, ".", 3)
	return kind + " " + strings.Join(parts[:min(2, len(parts))], "."), nil
}
