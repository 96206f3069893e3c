package engine

import (
	"encoding/json"
	"reflect"
	"time"
)

// AttemptJSON returns the JSON of an attempt's event as it is written, and as encoding/json
// would.
func AttemptJSON(kind, task, size, log string, elem, try int32, failed bool, at time.Time) (written, reference []byte) {
	e := event{Kind: kind, At: at, Task: task, Size: size, Elem: elem, Try: try, Failed: failed, Log: log}
	written, ok := e.appendJSON(nil)
	reference, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	if !ok {
		written = reference
	}
	return written, reference
}

// ReadsAsJSON tells whether an event is read as encoding/json reads it, and whether that
// took encoding/json.
func ReadsAsJSON(head []byte) (same, quick bool) {
	var got, want event
	if !got.scanJSON(head) {
		return true, false
	}
	return json.Unmarshal(head, &want) == nil && got.At.Equal(want.At) && reflect.DeepEqual(got, want), true
}
