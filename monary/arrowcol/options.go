package arrowcol

import (
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

// Option changes how columns are written as Arrow or Parquet.
type Option func(*options)

type options struct {
	tagged     bool
	parquet    bool // which has no lists of a fixed size
	properties []parquet.WriterProperty
}

// Tagged writes binary and bson columns as struct{tag uint8, data large_binary},
// with each value's binary subtype, or whether it is a document (3) or an array
// (4). Without it they are large_binary, and a value of another subtype than 0 or
// an array is refused.
func Tagged() Option { return func(o *options) { o.tagged = true } }

// Properties are the Parquet library's own settings for writing: compression,
// encodings, row groups (parquet.WithMaxRowGroupLength) and others. They come
// behind the defaults of [WriteParquet] and override them.
func Properties(props ...parquet.WriterProperty) Option {
	return func(o *options) { o.properties = append(o.properties, props...) }
}

// rowGroupRows is how many rows a row group has unless Properties say otherwise:
// enough to scan, few enough to hold in memory.
const rowGroupRows = 1 << 17

func newOptions(opts []Option) *options {
	o := &options{properties: []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Snappy), parquet.WithMaxRowGroupLength(rowGroupRows), parquet.WithAllocator(memory.DefaultAllocator),
	}}
	for _, opt := range opts {
		opt(o)
	}
	return o
}
