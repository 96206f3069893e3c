package otel

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/penstock/penstock/dag"
)

// Limits of texts, in bytes.
const (
	maxName = 200
	maxText = 4 << 10
)

func clip(text string, most int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

func runAttributes(i dag.RunInfo) []attribute.KeyValue {
	all := []attribute.KeyValue{attribute.String("dag.name", clip(i.DAG, maxName))}
	if i.RunID != "" {
		all = append(all, attribute.String("dag.run.id", clip(i.RunID, maxName)))
	}
	if !i.LogicalTime.IsZero() {
		all = append(all, attribute.String("dag.run.logical_time", i.LogicalTime.UTC().Format(time.RFC3339Nano)))
	}
	if i.Clears > 0 {
		all = append(all, attribute.Int("dag.run.clears", i.Clears))
	}
	return all
}

func tryAttributes(i dag.RunInfo) []attribute.KeyValue {
	all := append(runAttributes(i), attribute.String("dag.task.id", clip(i.Task, maxName)), attribute.Int("dag.task.try", i.Try))
	if i.Element >= 0 {
		all = append(all, attribute.Int("dag.task.element", i.Element))
	}
	return all
}

func taskAttributes(i dag.RunInfo, res dag.Result[any]) []attribute.KeyValue {
	return append(runAttributes(i), attribute.String("dag.task.id", clip(res.ID, maxName)), attribute.Int("dag.task.tries", res.Tries))
}

// countAttributes says how many tasks of a run have ended how.
func countAttributes(counts map[dag.State]int) (all []attribute.KeyValue) {
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, attribute.Int("dag.tasks."+string(s), counts[s]))
	}
	return all
}

// stateOf is how a try has ended.
func stateOf(err error) dag.State {
	switch {
	case err == nil:
		return dag.Succeeded
	case errors.Is(err, dag.ErrSkip):
		return dag.Skipped
	}
	return dag.Failed
}

// settle says how what a span stands for has ended. A failure is an error of the span, with the cause of it as
// an event; what was skipped is none.
func settle(span trace.Span, state dag.State, err error, at time.Time) {
	span.SetAttributes(attribute.String("dag.state", string(state)))
	if err == nil || state == dag.Skipped {
		return
	}
	kind, stack := typeOf(err)
	text := clip(err.Error(), maxText)
	span.SetStatus(codes.Error, text)
	span.SetAttributes(attribute.String("error.type", kind))
	exception := []attribute.KeyValue{attribute.String("exception.type", kind), attribute.String("exception.message", text)}
	if len(stack) > 0 {
		exception = append(exception, attribute.String("exception.stacktrace", clip(string(stack), maxText)))
	}
	span.AddEvent("exception", trace.WithTimestamp(at), trace.WithAttributes(exception...))
}

// typeOf returns the type of what a task has returned, and where it has panicked, if it has.
func typeOf(err error) (kind string, stack []byte) {
	var e *dag.TaskError
	if errors.As(err, &e) {
		err, stack = e.Err, e.Stack
	}
	return fmt.Sprintf("%T", err), stack
}
