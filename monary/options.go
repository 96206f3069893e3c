package monary

import (
	"errors"
	"fmt"
	"runtime"
)

// ReadOptions are the settings of one read. The zero value works.
type ReadOptions struct {
	// BatchRows is how many rows a batch of [Reader.Batches] has at most.
	// Zero means 65,536.
	BatchRows int
	// ReuseBuffers lets the batches of [Reader.Batches] share memory: a batch,
	// and every slice and string taken from it, is valid until the next one.
	// It saves making and clearing the memory of each.
	ReuseBuffers bool
	// Policy says what is done with values that their columns do not take.
	Policy Policy
	// Strict ends the read with an error, behind all rows, when no document had
	// a field of the schema, which often is a misspelt name.
	Strict bool
	// Workers is how many goroutines decode documents that lie back to back, in
	// a .bson file or in memory. Zero means GOMAXPROCS. The result does not
	// depend on it. Other sources are decoded by one.
	Workers int
	// AllowDiskUse lets a server's aggregation stages spill to disk. Sources
	// without a server ignore it: they never spill.
	AllowDiskUse bool
	// OnClose is called once, when the reader is done with its documents:
	// sources release files and cursors here. Nil means nothing to release.
	OnClose func() error
}

// ReadOption sets one of the [ReadOptions].
type ReadOption func(*ReadOptions)

// BatchRows sets how many rows a batch has at most.
func BatchRows(n int) ReadOption { return func(o *ReadOptions) { o.BatchRows = n } }

// ReuseBuffers makes a batch valid only until the next one.
func ReuseBuffers() ReadOption { return func(o *ReadOptions) { o.ReuseBuffers = true } }

// WithPolicy sets what is done with values that their columns do not take.
func WithPolicy(p Policy) ReadOption { return func(o *ReadOptions) { o.Policy = p } }

// Strict makes a field that no document has an error.
func Strict() ReadOption { return func(o *ReadOptions) { o.Strict = true } }

// Workers sets how many goroutines decode.
func Workers(n int) ReadOption { return func(o *ReadOptions) { o.Workers = n } }

func (o ReadOptions) workers() int {
	if o.Workers == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return o.Workers
}

// AllowDiskUse lets a server's aggregation stages spill to disk.
func AllowDiskUse() ReadOption { return func(o *ReadOptions) { o.AllowDiskUse = true } }

// OnClose adds what is called when the reader is done with its documents,
// before anything that was set earlier.
func OnClose(f func() error) ReadOption {
	return func(o *ReadOptions) {
		earlier := o.OnClose
		if earlier == nil {
			o.OnClose = f
			return
		}
		o.OnClose = func() error { return errors.Join(f(), earlier()) }
	}
}

const defaultBatchRows = 65536

// NewReadOptions applies options to the defaults and checks them.
func NewReadOptions(opts ...ReadOption) (ReadOptions, error) {
	o := ReadOptions{BatchRows: defaultBatchRows}
	for _, set := range opts {
		set(&o)
	}
	if o.BatchRows == 0 {
		o.BatchRows = defaultBatchRows
	}
	if o.BatchRows < 0 {
		return o, fmt.Errorf("monary: BatchRows is %d; at least 1 is needed (0 means %d)", o.BatchRows, defaultBatchRows)
	}
	if o.Workers < 0 {
		return o, fmt.Errorf("monary: Workers is %d; at least 1 is needed (0 means GOMAXPROCS)", o.Workers)
	}
	if o.Policy > DropRow {
		return o, fmt.Errorf("monary: unknown policy %d; Mask, Fail and DropRow are known", o.Policy)
	}
	return o, nil
}
