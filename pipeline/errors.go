package pipeline

import "fmt"

// StageError says which stage of a pipeline is wrong or failed.
type StageError struct {
	Index int    // position in the pipeline, from 0
	Stage string // the stage's name, such as "$group"; empty if it has none
	Err   error
}

// Error formats the place and the cause.
func (e *StageError) Error() string {
	if e.Stage == "" {
		return fmt.Sprintf("pipeline: stage %d: %v", e.Index, e.Err)
	}
	return fmt.Sprintf("pipeline: stage %d (%s): %v", e.Index, e.Stage, e.Err)
}

// Unwrap returns the cause.
func (e *StageError) Unwrap() error { return e.Err }
