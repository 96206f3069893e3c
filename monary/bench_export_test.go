package monary_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// BenchmarkWriteJSON writes zips as relaxed extended JSON, beside the driver's way
// from documents that are there already.
func BenchmarkWriteJSON(b *testing.B) {
	dump, err := monary.OpenDump("../testdata/zips.bson.gz")
	require.NoError(b, err)
	r, err := dump.Find(context.Background(), nil, monary.MustSchema("_id string", "city string", "loc list<float64>", "pop int32", "state string"))
	require.NoError(b, err)
	table, err := r.Table()
	require.NoError(b, err)
	table = table.Slice(0, 10_000)
	var raw, want bytes.Buffer
	require.NoError(b, monary.WriteBSON(&raw, table, monary.ExportOptions{}))
	require.NoError(b, monary.WriteJSON(&want, table, monary.ExportOptions{}))
	for _, impl := range []string{"columnar", "driver"} {
		b.Run("impl="+impl, func(b *testing.B) {
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				if impl == "columnar" {
					err = monary.WriteJSON(&out, table, monary.ExportOptions{})
				} else {
					err = driverJSON(&out, raw.Bytes())
				}
				if err != nil || !bytes.Equal(out.Bytes(), want.Bytes()) {
					b.Fatal(err, "or another text")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(table.NumRows()), "ns/doc")
		})
	}
}

func driverJSON(out *bytes.Buffer, docs []byte) error {
	for len(docs) > 0 {
		size := binary.LittleEndian.Uint32(docs)
		text, err := bson.MarshalExtJSON(bson.Raw(docs[:size]), false, false)
		if err != nil {
			return err
		}
		out.Write(append(text, '\n'))
		docs = docs[size:]
	}
	return nil
}
