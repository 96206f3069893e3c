package monary

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
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
	// Policies are those of single columns, by name, in place of Policy.
	Policies map[string]Policy
	// KeepStates keeps the state of every cell, for [Series.States].
	KeepStates bool
	// KeepRejected is how many of a column's values that it did not take are kept
	// for [Reader.Rejected]: the first of the stream.
	KeepRejected int
	// Where are conditions, all of which a document has to meet; see the option.
	Where []Condition
	// OnBadRecord decides what is done with a CSV record that cannot be read as one;
	// nil means [Fail]. See the option of this name.
	OnBadRecord func(line int64, err error) Policy
	// Dictionaries lets string columns, those inside lists and structs too, be
	// stored as a code a row and each text once, where texts repeat: at most
	// 4,096 different ones, met four times on average. That is decided while
	// decoding, batch by batch. [Series.Dictionary] gives the codes; otherwise it
	// can only be seen in memory.
	Dictionaries bool
	// Strict ends the read with an error, behind all rows, when no document had
	// a field of the schema, which often is a misspelt name.
	Strict bool
	// Workers is how many goroutines decode documents that lie back to back: in a
	// .bson file, in memory, in a server's replies. Zero means GOMAXPROCS. The
	// result does not depend on it. Other sources are decoded by one.
	Workers int
	// MaxBytes is how many bytes a dump may give, after decompression: a guard
	// against small files that grow without bound. Zero means no limit.
	MaxBytes int64
	// ExpectRows is how many rows [Reader.Table] may count on, zero if that is
	// not known. Columns of fixed size are then made once and filled, instead of
	// growing. More or fewer rows do no harm but to memory.
	ExpectRows int
	// AllowDiskUse lets aggregation stages that need more than their memory, here
	// and on a server, put what does not fit on disk.
	AllowDiskUse bool
	// MemoryLimit is how many bytes of documents and groups an aggregation stage
	// of package pipeline may hold that has to see all of them; zero means 100 MB,
	// mongod's limit. A server has one of its own.
	MemoryLimit int64
	// Server is what a server is to do; other sources refuse it.
	Server ServerOptions
	// OnProgress is told how far the read is, behind each batch: the documents
	// read so far, and how many ExpectRows says there are, 0 if it does not. It is
	// called by the goroutine that reads, at most every 100 ms and at the end.
	OnProgress func(done, total int64)
	// OnBytes is told the same of bytes: those of the documents read so far, as BSON,
	// and how many the source has, 0 where that is not known: it is of an
	// uncompressed .bson file and of memory. A reader of tables does not call it.
	OnBytes func(done, total int64)
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

// WithPolicy sets what is done with values that their columns do not take: in
// the named columns, or in all that have no policy of their own.
func WithPolicy(p Policy, columns ...string) ReadOption {
	return func(o *ReadOptions) {
		if len(columns) == 0 {
			o.Policy = p
			return
		}
		if o.Policies = maps.Clone(o.Policies); o.Policies == nil {
			o.Policies = map[string]Policy{}
		}
		for _, name := range columns {
			o.Policies[name] = p
		}
	}
}

// MaxBytes limits the bytes of a dump, after decompression; one that gives more
// ends with [ErrTooLarge], behind the documents before it.
func MaxBytes(n int64) ReadOption { return func(o *ReadOptions) { o.MaxBytes = n } }

// ExpectRows tells [Reader.Table] how many rows there are, as a count of the
// source may have said.
func ExpectRows(n int) ReadOption { return func(o *ReadOptions) { o.ExpectRows = n } }

// KeepStates keeps the state of every cell, one byte each.
func KeepStates() ReadOption { return func(o *ReadOptions) { o.KeepStates = true } }

// KeepRejected keeps the first n values that a column did not take, of each
// column.
func KeepRejected(n int) ReadOption { return func(o *ReadOptions) { o.KeepRejected = n } }

// Dictionaries lets string columns whose texts repeat be stored as codes.
func Dictionaries() ReadOption { return func(o *ReadOptions) { o.Dictionaries = true } }

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

// MemoryLimit sets how many bytes a stage of package pipeline may hold.
func MemoryLimit(bytes int64) ReadOption { return func(o *ReadOptions) { o.MemoryLimit = bytes } }

// AllowDiskUse lets aggregation stages put on disk what does not fit into memory.
func AllowDiskUse() ReadOption { return func(o *ReadOptions) { o.AllowDiskUse = true } }

// OnProgress sets what is told how far the read is.
func OnProgress(f func(done, total int64)) ReadOption {
	return func(o *ReadOptions) { o.OnProgress = f }
}

// OnBytes sets what is told how many bytes were read.
func OnBytes(f func(done, total int64)) ReadOption { return func(o *ReadOptions) { o.OnBytes = f } }

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
	if o.MemoryLimit < 0 {
		return o, fmt.Errorf("monary: MemoryLimit is %d; it cannot be negative", o.MemoryLimit)
	}
	if o.MaxBytes < 0 {
		return o, fmt.Errorf("monary: MaxBytes is %d; it cannot be negative", o.MaxBytes)
	}
	if o.ExpectRows < 0 {
		return o, fmt.Errorf("monary: ExpectRows is %d; it cannot be negative", o.ExpectRows)
	}
	if o.KeepRejected < 0 {
		return o, fmt.Errorf("monary: KeepRejected is %d; it cannot be negative", o.KeepRejected)
	}
	if o.Server.Prefetch < -1 {
		return o, fmt.Errorf("monary: Prefetch is %d; -1 (none) is the least (0 means %d)", o.Server.Prefetch, defaultPrefetch)
	}
	if n := o.Server.Partitions; n < 0 || n > mostPartitions {
		return o, fmt.Errorf("monary: Partitions is %d; 0 to %d are allowed (0 and 1 mean one cursor)", n, mostPartitions)
	}
	if o.Policy > Coerce {
		return o, fmt.Errorf("monary: unknown policy %d; Mask, Fail, DropRow and Coerce are known", o.Policy)
	}
	if err := o.checkWhere(); err != nil {
		return o, err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Policies)) {
		if p := o.Policies[name]; p > Coerce {
			return o, fmt.Errorf("monary: unknown policy %d of column %q; Mask, Fail, DropRow and Coerce are known", p, name)
		}
	}
	return o, nil
}

// policy is that of a column.
func (o ReadOptions) policy(column string) Policy {
	if p, ok := o.Policies[column]; ok {
		return p
	}
	return o.Policy
}

// checkColumns refuses policies of columns that the schema does not have.
func (o ReadOptions) checkColumns(s Schema) error {
	for _, name := range slices.Sorted(maps.Keys(o.Policies)) {
		if !slices.ContainsFunc(s.fields, func(f FieldSpec) bool { return f.Name == name }) {
			names := make([]string, len(s.fields))
			for i, f := range s.fields {
				names[i] = f.Name
			}
			return fmt.Errorf("monary: a policy for column %q; the schema has %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}
