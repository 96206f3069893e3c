package engine

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/dag/internal/flow"
)

// The kinds of events in the log of a run.
const (
	created    = "created"    // with everything that the run starts from
	started    = "started"    // an attempt; may be missing, it is not waited for
	finished   = "finished"   // an attempt
	released   = "released"   // an attempt, cut off by the end of the engine
	checkpoint = "checkpoint" // saved by an attempt
	logged     = "logged"     // lines of an attempt that works
	cancelling = "cancelling" // the run, or its time is up
	cleared    = "cleared"    // tasks, which are run again
	marked     = "marked"     // a task, by hand
	ended      = "ended"      // the run
)

// event is an entry in the log of a run. In a record it is the length of its JSON
// (uvarint), the JSON, and the payload: an output or a checkpoint.
type event struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`

	// Of an attempt.
	Task      string        `json:"task,omitempty"`
	Elem      int32         `json:"elem,omitempty"`
	Try       int32         `json:"try,omitempty"`
	Size      string        `json:"size,omitempty"` // of its output, see task.Size
	Err       string        `json:"err,omitempty"`
	Failed    bool          `json:"failed,omitempty"` // Err may be ""
	Skip      bool          `json:"skip,omitempty"`
	Permanent bool          `json:"permanent,omitempty"`
	HasDelay  bool          `json:"hasDelay,omitempty"`
	Delay     time.Duration `json:"delay,omitempty"`
	Log       string        `json:"log,omitempty"`
	Blob      *blobRef      `json:"blob,omitempty"` // the payload is there instead

	// Of a run.
	Run     *spec         `json:"run,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"` // why it is cancelled, 0 if somebody asked for it
	Tasks   []string      `json:"tasks,omitempty"`   // that are cleared
	Keep    bool          `json:"keep,omitempty"`    // their checkpoints
	State   string        `json:"state,omitempty"`   // of the task that is marked

	payload []byte
}

// blobRef says where a large output is.
type blobRef struct {
	Key    string `json:"key"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// spec is what a run starts from.
type spec struct {
	Seed        uint64            `json:"seed"` // of the jitter
	Params      map[string]string `json:"params,omitempty"`
	LogicalTime time.Time         `json:"logicalTime"`
	Start       time.Time         `json:"start"`
	End         time.Time         `json:"end"`
	Tasks       []string          `json:"tasks"`
	Used        map[string]string `json:"used,omitempty"`    // runs of other DAGs
	Refused     string            `json:"refused,omitempty"` // why no task of it may run
}

func attemptEvent(kind, task string, a flow.Attempt) event {
	return event{Kind: kind, At: time.Now(), Task: task, Elem: a.Elem, Try: a.Try}
}

// record returns the event as a record of a run's log. It consists of numbers and text, which
// JSON takes.
func (e event) record(run string) Record {
	data, err := e.encode()
	if err != nil {
		panic(err)
	}
	return Record{runLog(run), data}
}

func (e event) encode() ([]byte, error) {
	var room [512]byte
	head, ok := e.appendJSON(room[:0])
	if !ok {
		var err error
		if head, err = json.Marshal(e); err != nil {
			return nil, err
		}
	}
	data := binary.AppendUvarint(make([]byte, 0, 3+len(head)+len(e.payload)), uint64(len(head)))
	return append(append(data, head...), e.payload...), nil
}

func decode(data []byte) (e event, err error) {
	n, k := binary.Uvarint(data)
	if k <= 0 || n > uint64(len(data)-k) {
		return e, errors.New("record is cut short")
	}
	if head := data[k : k+int(n)]; !e.scanJSON(head) {
		e = event{}
		if err := json.Unmarshal(head, &e); err != nil {
			return e, fmt.Errorf("record is damaged: %w", err)
		}
	}
	e.payload = data[k+int(n):]
	return e, nil
}
