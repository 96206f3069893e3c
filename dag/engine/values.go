package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/codec"
	"github.com/penstock/penstock/dag/internal/flow"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/task"
)

// outcomeEvent returns the record of an outcome. An output that cannot be stored makes
// the attempt one that has failed.
func (r *run) outcomeEvent(a flow.Attempt, o *flow.Outcome, now time.Time) event {
	n := r.plan.Nodes[a.Task]
	ev := attemptEvent(finished, n.ID, a)
	ev.At = now
	if o.Err == nil {
		var err error
		if ev.payload, ev.Blob, err = r.store(o.Value); err == nil {
			ev.Size = task.Size(o.Value)
		} else {
			*o = flow.Outcome{Permanent: true, Err: r.taskError(n, a, r.mask.Error(fmt.Errorf("output cannot be stored: %w", err)))}
		}
	}
	if o.Err != nil {
		ev.Failed, ev.Err = true, cause(o.Err).Error()
		ev.Skip, ev.Permanent, ev.HasDelay, ev.Delay = o.Skip, o.Permanent, o.HasDelay, o.Delay
	}
	return ev
}

// cause returns what a task returned: the rest of a TaskError is in the record anyway.
func cause(err error) error {
	var t *dag.TaskError
	if errors.As(err, &t) {
		return t.Err
	}
	return err
}

func (r *run) taskError(n *graph.Node, a flow.Attempt, err error) error {
	return &dag.TaskError{DAG: r.dag.Name(), Task: n.ID, Element: int(a.Elem), Try: int(a.Try), Err: err}
}

// store returns an output as bytes or, if there are many, where they have been put.
func (r *run) store(v any) (inline []byte, blob *blobRef, err error) {
	e := r.engine
	data, err := codec.Encode(v)
	if err != nil || len(data) <= e.InlineLimit {
		return data, nil, err
	}
	sum := sha256.Sum256(data)
	blob = &blobRef{Size: len(data), SHA256: hex.EncodeToString(sum[:])}
	blob.Key = "output/" + r.id + "/" + blob.SHA256
	return nil, blob, insist(e.ctx, e.Logger, func() error { return e.Store.PutBlob(e.ctx, e.epoch, blob.Key, data) })
}

// outcome reads a record of a finished attempt back.
func (r *run) outcome(n *graph.Node, a flow.Attempt, ev event) (o flow.Outcome, err error) {
	if ev.Failed {
		o = flow.Outcome{Skip: ev.Skip, Permanent: ev.Permanent, HasDelay: ev.HasDelay, Delay: ev.Delay}
		if o.Skip {
			o.Err = &stored{ev.Err, dag.ErrSkip}
		} else {
			o.Err = r.taskError(n, a, &stored{text: ev.Err})
		}
		return o, nil
	}
	if r.want != nil && !r.want(r.plan, a) {
		return o, nil
	}
	data := ev.payload
	if ev.Blob != nil {
		if data, err = r.engine.blob(ev.Blob); err != nil {
			return o, err
		}
	}
	v := reflect.New(outputOf(n, a.Elem))
	if err := codec.Decode(data, v.Interface()); err != nil {
		return o, err
	}
	return flow.Outcome{Value: v.Elem().Interface()}, nil
}

func (e *Engine) blob(ref *blobRef) ([]byte, error) {
	data, err := e.Store.Blob(e.ctx, ref.Key)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != ref.SHA256 {
		return nil, fmt.Errorf("blob %q is not what was written", ref.Key)
	}
	return data, nil
}

// stored is an error that was read back: its text, and ErrSkip if it was that.
type stored struct {
	text string
	is   error
}

func (s *stored) Error() string { return s.text }
func (s *stored) Unwrap() error { return s.is }

// outputs says which outputs are read back with a run: what an attempt has returned.
type outputs func(*graph.Plan, flow.Attempt) bool

var allOutputs outputs

// noOutputs is for a look at how tasks stand. What a branch has chosen, and the length of a list that
// is mapped, belong to that.
func noOutputs(p *graph.Plan, a flow.Attempt) bool {
	if p.Nodes[a.Task].Kind == graph.Branch {
		return true
	}
	for _, w := range p.Children[a.Task] {
		if n := p.Nodes[w]; n.Kind == graph.Map && n.Inputs[0].Index == int(a.Task) && p.Nodes[a.Task].Kind != graph.Map {
			return true
		}
	}
	return false
}
