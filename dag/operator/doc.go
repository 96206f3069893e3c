// Package operator has ready-made tasks: to run a program, to cut a branch short, to start a
// run of another DAG and to wait for one. Airflow's word for such a thing is operator.
//
// # Basics
//
// Each function adds a task to a DAG, as those of package dag do, takes the same options and
// returns a dag.Ref:
//
//   - [Exec] runs a program. Its output is the task's log, line by line.
//   - [ShortCircuit] skips what follows unless a condition holds.
//   - [Trigger] starts a run of another DAG, exactly one; [TriggerAndWait] also waits for it.
//   - [WaitForDAG] waits for another DAG's run for the same logical time.
//
// # Caveats
//
//   - Trigger, TriggerAndWait and WaitForDAG need a run of package engine.
//   - A program that runs when the process is killed outright is not stopped.
package operator
