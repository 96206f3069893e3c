// Package metrics shows Prometheus what an engine does: runs and tasks by their states, how long
// they take, retries, what waits and what works, pools, schedules, the flows of package pipeline, and what
// package notify sends.
//
// # Basics
//
//	m := metrics.New()
//	e, err := engine.Open(ctx, engine.Config{Store: store, Hooks: []dag.Hooks{m.Hooks()}})
//	m.Watch(e)
//	prometheus.MustRegister(m)
//	http.Handle("/metrics", promhttp.Handler()) // pulled; Push is for programs that end
//
// [Dashboard] is a board for Grafana, [Rules] are alerts for Prometheus.
//
// # Caveats
//
// Counters begin at 0 with the process and count what its hooks are told. Labels are names of DAGs, tasks
// and pools, never ids of runs or parameters; beyond [Collector.MaxTasks] DAGs and tasks the others share the
// label "other". Of pools those are shown that all runs share (engine.Config.Pools). Names that are not valid UTF-8 are made so.
//
// It is a module of its own, as the client library brings many packages.
package metrics
