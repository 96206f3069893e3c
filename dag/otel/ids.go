package otel

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strconv"

	"go.opentelemetry.io/otel/trace"
)

// IDGenerator makes the ids of spans, as an option of the provider: sdktrace.WithIDGenerator. Ids of runs and
// tasks are made from their names; all others are random, as those of the SDK are.
type IDGenerator struct{}

// ids are those that a span is to have; a zero one is made at random.
type ids struct {
	trace trace.TraceID
	span  trace.SpanID
}

type idsKey struct{}

// wanting returns a context for a span with these ids. It is not to be given to a task, or all its spans had them.
func wanting(ctx context.Context, i ids) context.Context { return context.WithValue(ctx, idsKey{}, i) }

// NewIDs returns the ids of a span without a parent.
func (IDGenerator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	i, _ := ctx.Value(idsKey{}).(ids)
	for !i.trace.IsValid() {
		_, _ = rand.Read(i.trace[:]) // which never fails
	}
	return i.trace, i.spanID()
}

// NewSpanID returns the id of a span below another one.
func (IDGenerator) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	i, _ := ctx.Value(idsKey{}).(ids)
	return i.spanID()
}

func (i ids) spanID() trace.SpanID {
	for !i.span.IsValid() {
		_, _ = rand.Read(i.span[:])
	}
	return i.span
}

// runIDs are the ids of a run's span. Those of the first start of a run can be told by whoever knows its id.
func runIDs(namespace, run string, clears int) (i ids) {
	i.trace = trace.TraceID(hash(namespace, run)[:16])
	i.span = trace.SpanID(hash(namespace, run, strconv.Itoa(clears))[:8])
	return i
}

// taskID is the id of a task's span below its run's.
func taskID(run trace.SpanContext, task string) trace.SpanID {
	of, span := run.TraceID(), run.SpanID()
	return trace.SpanID(hash(string(of[:]), string(span[:]), task)[:8])
}

// hash sums texts so that no two lists of them are taken for one another.
func hash(texts ...string) []byte {
	h := sha256.New()
	for _, t := range texts {
		h.Write([]byte(strconv.Itoa(len(t)) + ":" + t))
	}
	return h.Sum(nil)
}
