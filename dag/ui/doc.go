// Package ui shows in a browser what an engine does, and lets people drive it: the DAGs with their
// schedules, a run as a graph, a grid of tasks by runs, Gantt chart, durations, landing times, calendar,
// source, logs; trigger, clear, retry, mark, cancel, pause and backfill.
//
// # Basics
//
// [Handler] is all of it, an http.Handler to mount where you like:
//
//	http.Handle("/dag/", ui.Handler(e, "/dag"))
//
// Below it, api/v1/ is the same for programs, as JSON: api/v1/openapi.json describes it, and is made of the
// types that it takes and gives.
//
// Who may see it is the caller's to say, by wrapping it in middleware, which also tells the engine's audit
// trail who it is (engine.WithActor). [ReadOnly] leaves out all that
// changes something, [Source] gives the code of a DAG, [ParamUsage] says what parameters mean,
// [TrustOrigin] names the address under which a proxy shows the pages.
//
// # Caveats
//
//   - There is no sign-in here. Whoever reaches the handler sees parameters, logs and the beginnings of
//     outputs, but for secrets (engine.AddSecret), and without ReadOnly may run and clear tasks. Which Host a
//     browser asks for is not looked at: without a sign-in, also on this machine alone, refuse names that are not
//     yours, as package cli's serve does, or another site can have its name lead here.
//   - Pages work without JavaScript; with it they follow what happens, by server-sent events. A server's
//     WriteTimeout does not end those, Server.Shutdown waits for them: Close ends them.
//   - All times are UTC. Lists have pages, large graphs are drawn in groups, long texts are cut: a page
//     stays below a megabyte whatever the size of a DAG.
//   - Links are relative and name what they show in the query, so a proxy may add or take off a prefix.
package ui
