package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/penstock/penstock/monary"
)

// Plan is a pipeline on a source, divided: the longest prefix that the source's server takes runs
// there, the rest runs here, on the columns of what comes back. A file or a [Memory] has no server,
// so all runs here. A server that does not know a stage or an operator says so, and then it runs
// here as well.
//
// A plan runs once, in one goroutine.
type Plan struct {
	source  monary.Source
	schema  monary.Schema
	with    Sources
	options []monary.ReadOption
	place   place
	steps   []step
	pushed  int // how many of them a server is asked to run
	run     running
	ran     bool
}

// step is a stage of the plan.
type step struct {
	name  string
	spec  any
	text  string // the stage as extended JSON
	stage stage
	err   error  // why it does not run here
	why   string // why it does not run on the server
}

// PlanOption sets how a [Plan] divides its pipeline.
type PlanOption func(*Plan)

type place int

const (
	anywhere place = iota
	localOnly
	serverOnly
)

// LocalOnly keeps all stages here: the server sends documents.
func LocalOnly() PlanOption { return func(p *Plan) { p.place = localOnly } }

// ServerOnly sends all stages to the server, and what it refuses is an error.
func ServerOnly() PlanOption { return func(p *Plan) { p.place = serverOnly } }

// With names local sources. Stages that read or write one of them ($lookup, $unionWith, $out, $merge) run here,
// and so do those behind them.
func With(sources Sources) PlanOption { return func(p *Plan) { p.with = sources } }

// Reading sets options of the read.
func Reading(opts ...monary.ReadOption) PlanOption {
	return func(p *Plan) { p.options = append(p.options, opts...) }
}

// NewPlan divides a pipeline. Nothing is read and no server is asked before Run.
func NewPlan(src monary.Source, pipeline any, schema monary.Schema, opts ...PlanOption) (*Plan, error) {
	p := &Plan{source: src, schema: schema}
	for _, o := range opts {
		o(p)
	}
	pipeline, err := monary.ParseJSON(pipeline)
	if err != nil {
		return nil, err
	}
	specs, err := list(pipeline)
	if err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	for i, spec := range specs {
		s := step{spec: spec}
		s.name, s.stage, s.err = parseStage(spec)
		if s.err != nil {
			s.err = &StageError{Index: i, Stage: s.name, Err: s.err}
		}
		v, err := valueOf(spec)
		if err == nil {
			_, v, err = onlyElement(v)
		}
		if err != nil {
			return nil, &StageError{Index: i, Stage: s.name, Err: err}
		}
		s.text = v.String()
		p.steps = append(p.steps, s)
	}
	return p, p.divide()
}

// divide decides what a server is to be asked for, and checks what is left.
func (p *Plan) divide() error {
	_, isLocal := p.source.(collection)
	switch {
	case isLocal && p.place == serverOnly:
		return errors.New("pipeline: the plan is to run on a server, and the source has none")
	case isLocal:
		p.keep(0, "")
	case p.place == localOnly:
		p.keep(0, "as LocalOnly says")
	default:
		p.pushed = len(p.steps)
		for i, s := range p.steps {
			if u, ok := s.stage.(user); ok && len(p.with) > 0 && u.check(p.with) == nil {
				p.keep(i, "it uses a local source")
				break
			}
		}
	}
	return p.check()
}

// keep runs the stages from i on here.
func (p *Plan) keep(i int, why string) {
	if p.pushed = i; i < len(p.steps) {
		p.steps[i].why = why
	}
}

// check finds a stage that runs neither there nor here.
func (p *Plan) check() error {
	if p.place == serverOnly && p.pushed < len(p.steps) {
		return fmt.Errorf("pipeline: stage %d (%s) would have to run here: %s", p.pushed, p.steps[p.pushed].name, p.steps[p.pushed].why)
	}
	stages := p.local()
	for _, s := range p.steps[p.pushed:] {
		if s.err != nil {
			return s.err
		}
	}
	return errors.Join(checkLast(stages), checkSources(stages, p.with))
}

// local is the stages that run here.
func (p *Plan) local() []stage {
	var stages []stage
	for i, s := range p.steps[p.pushed:] {
		stages = append(stages, named{stage: s.stage, index: p.pushed + i, name: s.name})
	}
	topped(stages)
	return stages
}

// Run runs the plan and reads its output. If the server refuses the pipeline because it does not know
// something in it, stages are taken back one by one, from the end.
func (p *Plan) Run(ctx context.Context) (*monary.Reader, error) {
	if p.ran {
		return nil, errors.New("pipeline: the plan has run already")
	}
	p.ran = true
	if c, ok := p.source.(collection); ok {
		return c.aggregate(p.observing(ctx), p.local(), p.with, p.schema, p.options)
	}
	for {
		r, err := p.try(ctx)
		if err == nil || !isRefusal(err) || p.pushed == 0 || p.place == serverOnly {
			return r, err
		}
		p.keep(p.pushed-1, "the server refuses it: "+refusal(err))
		if local := p.check(); local != nil {
			return nil, fmt.Errorf("%w; and here: %w", err, local)
		}
	}
}

// try runs the plan as it is divided now.
func (p *Plan) try(ctx context.Context) (*monary.Reader, error) {
	prefix := bson.A{}
	for _, s := range p.steps[:p.pushed] {
		prefix = append(prefix, sorted(s.spec))
	}
	if p.pushed == len(p.steps) {
		return p.source.Aggregate(ctx, prefix, p.schema, p.options...)
	}
	stages := p.local()
	o, err := monary.NewReadOptions(p.options...)
	if err != nil {
		return nil, err
	}
	e, rd := newEnv(ctx, p.with, limitsOf(o)), p.reading(stages, o)
	in, closing, err := p.documents(ctx, e, prefix, rd)
	if err != nil {
		return nil, err
	}
	opts := append(slices.Clone(p.options), func(o *monary.ReadOptions) { o.Server = monary.ServerOptions{} }, monary.OnClose(closing))
	r, err := deliver(p.observing(ctx), e, in, rd, p.schema, opts)
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	return r, nil
}

// reading is what is read for the stages that run here. Only a source of which it is known that it asks conditions
// is given filters.
func (p *Plan) reading(stages []stage, o monary.ReadOptions) *reading {
	wanted := outputsOf(p.schema, o.Where)
	switch src := p.source.(type) {
	case interface {
		reading(stages []stage, wanted []outputField) *reading
	}:
		return src.reading(stages, wanted)
	case collection:
		return &reading{stages: stages}
	case *monary.Collection:
		return newServerReading(stages, wanted, true)
	}
	return newServerReading(stages, wanted, false)
}

// documents reads the output of the prefix: the fields that the stages need, or documents as a whole.
func (p *Plan) documents(ctx context.Context, e *env, prefix bson.A, rd *reading) (batches, func() error, error) {
	if rd.whole {
		prefix = append(slices.Clone(prefix), bson.D{{Key: "$project", Value: bson.D{{Key: "_id", Value: 0}, {Key: "d", Value: "$$ROOT"}}}})
	}
	schema, err := monary.NewSchema(rd.names, rd.types)
	if err != nil {
		return nil, nil, err
	}
	opts, err := rd.options(e, p.options)
	if err != nil {
		return nil, nil, err
	}
	r, err := p.source.Aggregate(ctx, prefix, schema, opts...)
	if err != nil {
		return nil, nil, err
	}
	return batchesOf(r, rd.whole), r.Close, nil
}

// running is what a plan becomes: what the source reads, and a flow of the stages behind that, if there are any.
type running struct {
	read *reading
	flow *Flow
}

// observing lets the plan see what it becomes.
func (p *Plan) observing(ctx context.Context) context.Context {
	return context.WithValue(ctx, runningKey{}, &p.run)
}

type runningKey struct{}

// observe tells the plan, if it is one that runs.
func observe(ctx context.Context, f *Flow, rd *reading) {
	if at, ok := ctx.Value(runningKey{}).(*running); ok {
		*at = running{rd, f}
	}
}

// refused are the codes of servers that do not know a stage, an operator or an option: of mongod's error
// codes BadValue, FailedToParse, InvalidPipelineOperator, NotImplemented (FerretDB's answer) and those of the
// parsers of stages, expressions and accumulators.
var refused = []int32{2, 9, 168, 238, 15952, 15999, 16436, 31325, 40324}

func isRefusal(err error) bool {
	var command mongo.CommandError
	return errors.As(err, &command) && slices.Contains(refused, command.Code)
}

func refusal(err error) string {
	var command mongo.CommandError
	if errors.As(err, &command) {
		return command.Message
	}
	return err.Error()
}
