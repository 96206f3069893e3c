package engine

import (
	"context"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
	"github.com/penstock/penstock/dag/internal/mask"
	"github.com/penstock/penstock/dag/internal/task"
)

// AddSecret tells the run of the task that was given ctx, and its engine, that values are secrets: a password
// that the task has fetched, say. From then on they are hidden in what is written and shown: lines of logs,
// errors, hooks, previews of outputs and checkpoints, pages, the API. "***" stands in their place.
//
// A value is found as it is and as it is written in URLs, JSON, HTML, Go's quotes, hex and base64, with whatever is around it;
// of a value of several lines, each line of eight bytes or more. Values below five bytes are not looked for: they
// are in half of all words. Spaces at both ends do not count. An engine keeps the ten thousand values
// that were told last, in memory only. Those of Config.Secrets it always knows: what is to be hidden in previews
// after a restart belongs there.
//
// What is hidden without being told: parameters, attributes of logs and fields that are named as secrets are
// (password, secret, token, api_key, private_key, authorization …, whatever is before and behind), the values of such
// parameters wherever they occur in their run, passwords in URIs, and what follows such a name in a text (password=…).
//
// Outside a task it does nothing; [Engine.AddSecret] is for there. It works in a run without an engine too.
func AddSecret(ctx context.Context, values ...string) {
	env := task.From(ctx)
	if env == nil {
		return
	}
	if e, ok := env.Host.(*Engine); ok {
		e.AddSecret(values...)
		return
	}
	env.Mask.Add(values...)
}

// AddSecret is the function AddSecret for all runs of the engine.
func (e *Engine) AddSecret(values ...string) {
	if short := e.mask.Add(values...); short > 0 {
		e.Logger.Warn("secrets are too short to be found in texts", "values", short, "least_bytes", mask.Least)
	}
}

// Mask returns a text without the secrets that the engine knows, those of parameters of runs aside, and without
// what names and URIs give away; for programs that show more than the engine does. What hooks are told, and what
// Status, Inspect and Logs return, is without secrets already.
func (e *Engine) Mask(text string) string { return e.mask.Text(text) }

// MaskParams returns the parameters of a DAG, or of a run, as they may be shown: also without the secrets
// among them wherever else they occur.
func (e *Engine) MaskParams(p dag.Params) dag.Params {
	given := graph.Params(p)
	return dag.Params(given.Masked(e.mask.With(given.Secrets()...)))
}

// shown returns the parameters of a run as they may be shown.
func (r *run) shown() dag.Params { return dag.Params(r.params.Masked(r.mask)) }
