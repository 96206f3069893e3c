package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// stage is one step of a pipeline.
type stage interface {
	// needs turns what is needed of the output into what is needed of the input.
	needs(n *needs) *needs
	// passes reports whether documents only pass, or not: none is changed.
	passes() bool
	// run turns the input's batches into the output's.
	run(e *env, in batches) batches
}

// needs is what a stage wants of documents: some fields or all, in their order.
type needs struct {
	all  bool
	keys []string
}

func (n *needs) add(key string) {
	if !slices.Contains(n.keys, key) {
		n.keys = append(n.keys, key)
	}
}

// without is what is needed besides a field that a stage makes.
func (n *needs) without(key string) *needs {
	return &needs{all: n.all, keys: slices.DeleteFunc(slices.Clone(n.keys), func(k string) bool { return k == key })}
}

// stageParser finds how a stage is read: the aggregation language that runs here.
func stageParser(name string) (func(spec monary.Value, vars outer) (stage, error), bool) {
	switch name {
	case "$match":
		return parseMatch, true
	case "$project":
		return parseProject, true
	case "$addFields", "$set":
		return parseAddFields, true
	case "$unset":
		return plain(parseUnset), true
	case "$replaceRoot":
		return parseReplaceRoot, true
	case "$replaceWith":
		return parseReplaceWith, true
	case "$group":
		return parseGroup, true
	case "$sort":
		return plain(parseSort), true
	case "$limit":
		return plain(parseLimit), true
	case "$skip":
		return plain(parseSkip), true
	case "$unwind":
		return plain(parseUnwind), true
	case "$count":
		return plain(parseCount), true
	case "$sortByCount":
		return parseSortByCount, true
	case "$bucket":
		return parseBucket, true
	case "$bucketAuto":
		return parseBucketAuto, true
	case "$sample":
		return plain(parseSample), true
	case "$lookup":
		return parseLookup, true
	case "$unionWith":
		return parseUnionWith, true
	case "$facet":
		return parseFacet, true
	case "$setWindowFields":
		return parseSetWindowFields, true
	case "$fill":
		return parseFill, true
	case "$densify":
		return plain(parseDensify), true
	case "$out":
		return plain(parseOut), true
	case "$merge":
		return plain(parseMerge), true
	}
	return nil, false
}

// outer has the names of the variables that a pipeline inside a stage sees, such as those of $lookup's let.
type outer []string

// program is one that sees the variables.
func (o outer) program() *program { return &program{outer: o} }

// plain is the parser of a stage without expressions.
func plain(parse func(spec monary.Value) (stage, error)) func(monary.Value, outer) (stage, error) {
	return func(spec monary.Value, _ outer) (stage, error) { return parse(spec) }
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
	topped(stages)
	return stages, checkLast(stages)
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
	parser, ok := stageParser(name)
	if !ok {
		return name, nil, errors.New("unknown stage; pipeline's documentation lists those that run here")
	}
	if err := checkOrder(spec); err != nil {
		return name, nil, err
	}
	s, err = parser(arg, nil)
	return name, s, err
}

// parsePart reads a pipeline inside a stage.
func parsePart(spec monary.Value, vars outer) ([]stage, error) {
	if spec.Type() != bson.TypeArray {
		return nil, fmt.Errorf("a pipeline is an array of stages, found %s", describe(spec))
	}
	var stages []stage
	for i, element := range elements(spec) {
		name, arg, err := onlyElement(element)
		if err != nil {
			return nil, fmt.Errorf("stage %d: a stage is a document with one key, its name: %w", i, err)
		}
		parser, ok := stageParser(name)
		if !ok || name == "$out" || name == "$merge" || name == "$facet" {
			return nil, fmt.Errorf("stage %d (%s): this stage does not run inside another", i, name)
		}
		s, err := parser(arg, vars)
		if err != nil {
			return nil, fmt.Errorf("stage %d (%s): %w", i, name, err)
		}
		stages = append(stages, s)
	}
	topped(stages)
	return stages, nil
}

// checkLast refuses a stage that writes anywhere but at the end.
func checkLast(stages []stage) error {
	for i, s := range stages {
		n := s.(named)
		if _, writes := n.stage.(*output); writes && i < len(stages)-1 {
			return &StageError{Index: i, Stage: n.name, Err: errors.New("must be the last stage")}
		}
	}
	return nil
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

func (n named) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		passing := false // an error on its way through belongs to what came before
		watched := func(pass func(*batch, error) bool) {
			for t, err := range in {
				passing = err != nil
				if !pass(t, err) {
					return
				}
			}
		}
		for t, err := range n.stage.run(e, watched) {
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
