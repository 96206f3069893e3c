package pipeline

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// tables is a pipeline's data on its way: batches of rows with the same
// columns.
type tables = iter.Seq2[*monary.Table, error]

// stage is one step of a pipeline.
type stage interface {
	// reads returns the paths of the fields that the stage looks at.
	reads() []path
	// closes reports whether the output holds just the columns that the stage
	// makes, whatever came in.
	closes() bool
	// run turns the input's batches into the output's.
	run(in tables) tables
}

// parsers is the aggregation language that runs here, stage by stage.
var parsers = map[string]func(spec monary.Value) (stage, error){
	"$match": parseMatch,
	"$group": parseGroup,
	"$sort":  parseSort,
	"$limit": parseLimit,
}

// parse reads a pipeline document of any form.
func parse(doc any) ([]stage, error) {
	doc, err := monary.ParseJSON(doc)
	if err != nil {
		return nil, err // says where it is from
	}
	specs, err := list(doc)
	if err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	stages := make([]stage, len(specs))
	for i, spec := range specs {
		name, s, err := parseStage(spec)
		if err != nil {
			return nil, &StageError{Index: i, Stage: name, Err: err}
		}
		stages[i] = named{stage: s, index: i, name: name}
	}
	return stages, nil
}

func parseStage(spec any) (name string, s stage, err error) {
	v, err := valueOf(spec)
	if err != nil {
		return "", nil, err
	}
	name, arg, err := onlyElement(v)
	if err != nil {
		return "", nil, fmt.Errorf("a stage is a document with one key, its name: %w", err)
	}
	parser, ok := parsers[name]
	if !ok {
		return name, nil, errors.New("unknown stage; $match, $group, $sort and $limit run here")
	}
	if err := checkOrder(spec); err != nil {
		return name, nil, err
	}
	s, err = parser(arg)
	return name, s, err
}

// onlyElement takes a document of one element apart.
func onlyElement(v monary.Value) (key string, arg monary.Value, err error) {
	if v.Type() != bson.TypeEmbeddedDocument {
		return "", arg, fmt.Errorf("found %s", describe(v))
	}
	n := 0
	for k, value := range v.Elements() {
		key, arg = k, value
		n++
	}
	if n != 1 {
		return "", arg, fmt.Errorf("found %d keys", n)
	}
	return key, arg, nil
}

// named adds the stage's place to its errors.
type named struct {
	stage
	index int
	name  string
}

func (n named) run(in tables) tables {
	return func(yield func(*monary.Table, error) bool) {
		passing := false // an error on its way through belongs to what came before
		watched := func(pass func(*monary.Table, error) bool) {
			for t, err := range in {
				passing = err != nil
				if !pass(t, err) {
					return
				}
			}
		}
		for t, err := range n.stage.run(watched) {
			if err != nil && !passing {
				err = &StageError{Index: n.index, Stage: n.name, Err: err}
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// describe names a value in an error message.
func describe(v monary.Value) string {
	text := v.String()
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	return fmt.Sprintf("%s %s", v.Type(), text)
}
