// Package otel makes OpenTelemetry spans of runs: one for each run, below it one for each task, and below that one for
// each try. A task's context carries the span of its try, so that the spans of its own code, of a database driver say,
// are below it.
//
// # Basics
//
//	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithIDGenerator(otel.IDGenerator{}))
//	spans := otel.New(otel.Config{Provider: provider, Namespace: "production"})
//	e, err := engine.Open(ctx, engine.Config{Store: store, Hooks: []dag.Hooks{spans.Hooks()}})
//
// The hooks are an option of dag.New and of DAG.Run too.
//
// # Traces
//
// A run that is stored is a trace of its own, whose id is made from the id of the run ([Tracing.TraceID]). So a run that is
// gone on with after a crash, by another process, goes on with its trace: what was exported before finds its parents
// there. What has triggered the run (the span in the context of Engine.Trigger), and the runs of other DAGs that it uses
// (engine.After, engine.MaxAge), are links of its span, not its parents: they may have ended long before. A run whose
// tasks are cleared gets another span in the same trace. A run without an engine is below the span in the context of
// DAG.Run.
//
// # Caveats
//
//   - Without [IDGenerator] ids are random: after a crash a run is another trace, tries are below their run instead of
//     their task, and there are no links between runs.
//   - A process that is killed loses the spans of the tries that it was at.
//   - Times are those of the engine: of a task from its first try to its end, of a run to the end of its last task.
//   - Tasks that were not run have no span; the run's says how many ended how. A sensor has no spans for its looks.
//   - Of a Map, the first [Config.MaxElements] elements have spans; others are seen by their effect on the task.
//   - Hooks block nothing if the processor of spans does not: use a batching one.
//   - There are no semantic conventions for workflows yet: attributes are dag.*, but for error.type and exceptions.
//
// It is a module of its own, as the client library brings many packages.
package otel
