package arrowcol

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/penstock/penstock/monary"
)

// ReadParquetWith is ReadParquet with an allocator that counts.
func ReadParquetWith(ctx context.Context, in parquet.ReaderAtSeeker, mem memory.Allocator) (*monary.Reader, error) {
	return readParquet(ctx, in, monary.Schema{}, mem, nil, func() error { return nil })
}
