package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/examples/internal/files"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// count is one way to count hits.
type count struct {
	name  string   // of the collection, and of the field with the number
	parts []string // of a time that rows are told apart by, beside the page: h, d, m, y
}

var (
	daily  = count{"daily", []string{"d", "m", "y"}}
	hourly = count{"hourly", []string{"h", "d", "m", "y"}}
)

// operators give the parts of a time, in UTC.
var operators = map[string]string{"h": "$hour", "d": "$dayOfMonth", "m": "$month", "y": "$year"}

// pipeline counts the hits of an interval, or all if it is empty.
func (c count) pipeline(i dag.Interval) bson.A {
	fields, id := bson.D{{Key: "page", Value: "$PAGE"}}, bson.D{}
	for _, part := range c.parts {
		fields = append(fields, bson.E{Key: part, Value: bson.D{{Key: operators[part], Value: "$DATE"}}})
		id = append(id, bson.E{Key: part, Value: "$" + part})
	}
	id = append(id, bson.E{Key: "p", Value: "$page"})
	var stages bson.A
	if i.Start.Before(i.End) {
		stages = bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "DATE", Value: bson.D{{Key: "$gte", Value: i.Start}, {Key: "$lt", Value: i.End}}}}}}}
	}
	return append(stages,
		bson.D{{Key: "$project", Value: fields}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: id}, {Key: c.name, Value: bson.D{{Key: "$sum", Value: 1}}}}}})
}

// columns are those of the CSV file, named as mongoexport names them.
func (c count) columns() []string {
	var names []string
	for _, part := range c.parts {
		names = append(names, "_id."+part)
	}
	return append(names, "_id.p", c.name)
}

func (c count) schema() monary.Schema {
	var texts []string
	for _, name := range c.columns() {
		typ := "int32"
		if name == "_id.p" {
			typ = "string"
		}
		texts = append(texts, monary.Field(name, typ))
	}
	return monary.MustSchema(texts...)
}

// inOrder sorts rows by time and page, so that files do not depend on who wrote them.
func (c count) inOrder() bson.D {
	keys := bson.D{}
	for _, part := range []string{"y", "m", "d", "h"} {
		if part != "h" || c.name == hourly.name {
			keys = append(keys, bson.E{Key: "_id." + part, Value: 1})
		}
	}
	return bson.D{{Key: "$sort", Value: append(keys, bson.E{Key: "_id.p", Value: 1})}}
}

// rowsOf matches the rows of the days that an interval touches; all if it is empty.
func rowsOf(i dag.Interval) bson.D {
	if !i.Start.Before(i.End) {
		return bson.D{}
	}
	var days bson.A
	for day := i.Start.UTC(); day.Before(i.End); day = day.AddDate(0, 0, 1) {
		days = append(days, bson.D{{Key: "_id.y", Value: day.Year()}, {Key: "_id.m", Value: int(day.Month())}, {Key: "_id.d", Value: day.Day()}})
	}
	return bson.D{{Key: "$or", Value: days}}
}

// replace counts the hits of the run's interval and puts the counts in the place of those that are there.
// It returns how many rows these are.
func (c count) replace(ctx context.Context) (rows int, err error) {
	logs, store, closeIt, err := open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	interval := dag.RunFrom(ctx).Interval
	plan, err := pipeline.NewPlan(logs, c.pipeline(interval), c.schema())
	if err != nil {
		return 0, err
	}
	r, err := plan.Run(ctx)
	if err != nil {
		return 0, err
	}
	t, err := r.Table()
	if err != nil {
		return 0, err
	}
	dag.RunFrom(ctx).Log().Info("counted", "rows", t.NumRows(), "plan", plan.Explain())
	return t.NumRows(), store.replace(ctx, c, rowsOf(interval), t)
}

// export writes all counts as a CSV file and returns how many rows it has.
func (c count) export(ctx context.Context) (rows int, err error) {
	_, store, closeIt, err := open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	t, err := store.read(ctx, c, bson.A{c.inOrder()}, c.schema())
	if err != nil {
		return 0, err
	}
	return t.NumRows(), files.Write(outFile(ctx, c.name+".csv"), func(w io.Writer) error { return pipeline.WriteCSV(w, t) })
}

// outFile is a file in the run's folder.
func outFile(ctx context.Context, name string) string {
	return filepath.Join(dag.RunFrom(ctx).Params["out"].(string), name)
}
