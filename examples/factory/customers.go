package main

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/ml"
	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
	"github.com/penstock/penstock/pipeline/table"
)

// target is the field to predict: "True." or "False.".
const target = "Churn?"

var (
	plans   = []string{"Int'l Plan", "VMail Plan"} // yes or no
	amounts = []string{"Account Length", "VMail Message", "Day Mins", "Day Calls", "Day Charge", "Eve Mins", "Eve Calls", "Eve Charge",
		"Night Mins", "Night Calls", "Night Charge", "Intl Mins", "Intl Calls", "Intl Charge", "CustServ Calls"}
)

// schema is the given fields, all that a model looks at, and maybe the outcome.
func schema(outcome bool, fields ...string) monary.Schema {
	for _, name := range plans {
		fields = append(fields, monary.Field(name, "string"))
	}
	for _, name := range amounts {
		fields = append(fields, monary.Field(name, "float64"))
	}
	if outcome {
		fields = append(fields, monary.Field(target, "string"))
	}
	return monary.MustSchema(fields...)
}

// fill brings the customers of the file into the collections, if it is to: every third into customers, the others into
// history, of whom a model may know whether they left. Those whose _id, their phone number, is there already are left
// alone, so that a load that was cut off can be done again.
func fill(ctx context.Context) error {
	p := dag.RunFrom(ctx).Params
	return change(ctx, func(db database) error {
		isNew, err := db.isNew()
		if err != nil || !isNew && !p["load"].(bool) {
			return err
		}
		all, err := readFile(ctx, p["file"].(string))
		if err != nil {
			return dag.Permanent(fmt.Errorf("%s: %w", p["file"], err))
		}
		var first, third []int
		for row := range all.NumRows() {
			if row%3 == 2 {
				third = append(third, row)
			} else {
				first = append(first, row)
			}
		}
		if err := add(ctx, db, "customers", all.Take(third)); err != nil {
			return err
		}
		return add(ctx, db, "history", all.Take(first)) // last: a folder that has it is filled
	})
}

// add inserts the rows that a collection does not have.
func add(ctx context.Context, db database, name string, rows *monary.Table) error {
	known, err := read(ctx, db, name, monary.MustSchema("_id any"))
	if err != nil {
		return err
	}
	fresh, err := table.Join{On: []string{"_id"}}.Anti(rows, known)
	if err != nil {
		return err
	}
	return db.upsert(ctx, name, fresh)
}

func readFile(ctx context.Context, path string) (*monary.Table, error) {
	dump, err := monary.OpenDump(path)
	if err != nil {
		return nil, err
	}
	r, err := dump.Find(ctx, nil, schema(true, "Phone string", "State string"), monary.Strict(), monary.WithPolicy(monary.Fail))
	if err != nil {
		return nil, err
	}
	t, err := r.Table()
	if err != nil {
		return nil, err
	}
	known, err := table.DropNull(t, "Phone")
	if err != nil {
		return nil, err
	}
	different, err := table.Dedupe(known, table.KeepFirst, "Phone")
	if err != nil {
		return nil, err
	}
	if n := t.NumRows() - different.NumRows(); n > 0 {
		return nil, fmt.Errorf("%d customers have no phone number, or that of another one", n)
	}
	return table.Rename(t, map[string]string{"Phone": "_id"})
}

// usable leaves out the customers of whom something that a model looks at is missing or cannot be: one bad document is
// no reason to leave all others without a prediction. They are logged.
func usable(ctx context.Context, t *monary.Table, outcome bool) (*monary.Table, error) {
	want := bson.D{{Key: "_id", Value: bson.D{{Key: "$ne", Value: nil}}}, {Key: "State", Value: bson.D{{Key: "$ne", Value: nil}}}}
	for _, name := range plans {
		want = append(want, bson.E{Key: name, Value: bson.D{{Key: "$in", Value: bson.A{"yes", "no"}}}})
	}
	for _, name := range amounts {
		want = append(want, bson.E{Key: name, Value: bson.D{{Key: "$gte", Value: 0}, {Key: "$lt", Value: 1e9}}})
	}
	if outcome {
		want = append(want, bson.E{Key: target, Value: bson.D{{Key: "$in", Value: bson.A{"True.", "False."}}}})
	}
	good, err := pipeline.Run(ctx, t, bson.A{bson.D{{Key: "$match", Value: want}}})
	if err != nil || good.NumRows() == t.NumRows() {
		return good, err
	}
	bad, err := pipeline.Run(ctx, t, bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "$nor", Value: bson.A{want}}}}}})
	if err != nil {
		return nil, err
	}
	dag.RunFrom(ctx).Log().Warn("left out: something is missing or cannot be", "customers", bad.NumRows(), "first", bad.Slice(0, 1).String())
	return good, nil
}

// inputs is what a model looks at, a row a customer.
func inputs(t *monary.Table) (*ml.Matrix, error) {
	t, err := table.Bools(t, nil, nil, plans...)
	if err != nil {
		return nil, err
	}
	return ml.MatrixOf(t, slices.Concat(plans, amounts)...)
}
