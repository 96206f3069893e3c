package arrowcol

import (
	"fmt"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// checkChunks refuses columns of unknown types, and such that are said to lie
// outside of the file. The library finds it out in a goroutine of its own, where
// its panic ends the process.
func checkChunks(p *file.Reader, size int64) error {
	for g := range p.NumRowGroups() {
		group := p.MetaData().RowGroup(g)
		for c := range group.NumColumns() {
			if err := checkChunk(group, c, size); err != nil {
				return fmt.Errorf("arrowcol: malformed Parquet file: row group %d, column %d: %w", g, c, err)
			}
		}
	}
	if p.NumRowGroups() == 0 {
		return nil
	}
	for c := range p.MetaData().Schema.NumColumns() { // what that goroutine does
		pages, err := p.RowGroup(0).GetColumnPageReader(c)
		if err == nil {
			err = pages.Close()
		}
		if err != nil {
			return fmt.Errorf("arrowcol: malformed Parquet file: column %d: %w", c, err)
		}
	}
	return nil
}

func checkChunk(group *metadata.RowGroupMetaData, c int, size int64) error {
	chunk, err := group.ColumnChunk(c)
	if err != nil {
		return err
	}
	if t := group.Schema.Column(c).PhysicalType(); t < parquet.Types.Boolean || t > parquet.Types.FixedLenByteArray {
		return fmt.Errorf("unknown type %d", t)
	}
	from, length := chunk.DataPageOffset(), chunk.TotalCompressedSize()
	if chunk.HasDictionaryPage() && chunk.DictionaryPageOffset() > 0 {
		from = min(from, chunk.DictionaryPageOffset())
	}
	if from < 0 || length < 0 || from > size || length > size-from || chunk.NumValues() < 0 {
		return fmt.Errorf("%d values in %d bytes from byte %d on, of %d", chunk.NumValues(), length, from, size)
	}
	return nil
}
