package monary_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// states are all states of a cell.
var states = []monary.State{monary.Present, monary.Null, monary.Missing, monary.Mismatch, monary.Overflow, monary.Inexact, monary.Truncated}

// marshal is the driver's encoding of a document.
func marshal(t testing.TB, doc any) []byte {
	t.Helper()
	raw, err := bson.Marshal(doc)
	require.NoError(t, err)
	return raw
}

// The builders below write BSON byte by byte, so that documents that the
// driver refuses to write can be made as well.

func document(elements ...[]byte) []byte {
	body := join(elements...)
	return join(int32Bytes(int32(len(body)+5)), body, []byte{0})
}

func element(t bson.Type, key string, val []byte) []byte {
	return join([]byte{byte(t)}, []byte(key), []byte{0}, val)
}

func int32Bytes(n int32) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

func int64Bytes(n int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }

func doubleBytes(x float64) []byte {
	return binary.LittleEndian.AppendUint64(nil, math.Float64bits(x))
}

func textBytes(s string) []byte {
	return join(int32Bytes(int32(len(s)+1)), []byte(s), []byte{0})
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// unhex reads hex digits; blanks between them are for the reader.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

// stream yields the documents and then, if there is one, the error.
func stream(docs [][]byte, err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, doc := range docs {
			if !yield(doc, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// read decodes documents into one table and checks what holds for every read.
func read(t testing.TB, docs [][]byte, schema monary.Schema, opts ...monary.ReadOption) (*monary.Table, monary.Report, error) {
	t.Helper()
	r, err := monary.FromRaw(context.Background(), stream(docs, nil), schema, opts...)
	require.NoError(t, err)
	table, err := r.Table()
	checkTable(t, table)
	checkReport(t, r.Report(), table.NumRows())
	return table, r.Report(), err
}

// mustRead is read for documents without a fault.
func mustRead(t testing.TB, schema string, docs ...any) (*monary.Table, monary.Report) {
	t.Helper()
	var raw [][]byte
	for _, doc := range docs {
		if b, ok := doc.([]byte); ok {
			raw = append(raw, b)
		} else {
			raw = append(raw, marshal(t, doc))
		}
	}
	table, report, err := read(t, raw, monary.MustSchema(strings.Split(schema, "; ")...))
	require.NoError(t, err)
	return table, report
}

// checkTable checks that the columns have the table's rows and that slots of
// absent cells are zero.
func checkTable(t testing.TB, table *monary.Table) {
	t.Helper()
	require.NotNil(t, table)
	for i := range table.NumColumns() {
		s := table.Series(i)
		require.Equal(t, table.NumRows(), s.Len(), "rows of column %q", s.Name())
		nulls := 0
		for row := range s.Len() {
			if !s.IsValid(row) {
				nulls++
			}
		}
		require.Equal(t, nulls, s.NullCount(), "nulls of column %q", s.Name())
		checkValidity(t, s)
	}
}

// checkReport checks that each column's states add up to the documents and
// these to the rows.
func checkReport(t testing.TB, report monary.Report, rows int) {
	t.Helper()
	require.EqualValues(t, rows, report.Documents, "documents in the report")
	for _, c := range report.Columns {
		sum := int64(0)
		for _, state := range states {
			sum += c.Of(state)
		}
		require.Equal(t, report.Documents, sum, "sum of the states of %q", c.Field)
	}
}

// cells returns a column as texts: "-" for an absent cell of a typed column,
// type and bytes for the cells of an any column.
func cells(t testing.TB, table *monary.Table, column int) []string {
	t.Helper()
	s := table.Series(column)
	one, err := table.Select(s.Name())
	require.NoError(t, err)
	switch s.Type().Kind {
	case monary.KindBool:
		return texts(t, one, strconv.FormatBool)
	case monary.KindInt8:
		return texts(t, one, func(n int8) string { return fmt.Sprint(n) })
	case monary.KindInt16:
		return texts(t, one, func(n int16) string { return fmt.Sprint(n) })
	case monary.KindInt32:
		return texts(t, one, func(n int32) string { return fmt.Sprint(n) })
	case monary.KindInt64, monary.KindDate:
		return texts(t, one, func(n int64) string { return fmt.Sprint(n) })
	case monary.KindUint8, monary.KindType:
		return texts(t, one, func(n uint8) string { return fmt.Sprint(n) })
	case monary.KindUint16:
		return texts(t, one, func(n uint16) string { return fmt.Sprint(n) })
	case monary.KindUint32, monary.KindSize, monary.KindLength:
		return texts(t, one, func(n uint32) string { return fmt.Sprint(n) })
	case monary.KindUint64:
		return texts(t, one, func(n uint64) string { return fmt.Sprint(n) })
	case monary.KindFloat32:
		return texts(t, one, bits32)
	case monary.KindFloat64:
		return texts(t, one, bits)
	case monary.KindDecimal128:
		return texts(t, one, bson.Decimal128.String)
	case monary.KindTimestamp:
		return texts(t, one, func(v bson.Timestamp) string { return fmt.Sprintf("%d:%d", v.T, v.I) })
	case monary.KindObjectID:
		return texts(t, one, bson.ObjectID.Hex)
	case monary.KindUUID:
		return texts(t, one, func(id [16]byte) string { return hex.EncodeToString(id[:]) })
	case monary.KindBinary, monary.KindFixedBinary:
		return texts(t, one, func(b bson.Binary) string { return fmt.Sprintf("%d:%x", b.Subtype, b.Data) })
	case monary.KindBSON, monary.KindFixedBSON:
		return rawTexts(t, s, texts(t, one, func(doc bson.Raw) string { return hex.EncodeToString(doc) }))
	case monary.KindNull, monary.KindMinKey, monary.KindMaxKey:
		return texts(t, one, monary.Value.String)
	case monary.KindList:
		return listTexts(t, s)
	case monary.KindStruct:
		return structTexts(t, s)
	case monary.KindAny:
		out := make([]string, s.Len())
		for row := range out {
			raw := s.Value(row).Raw()
			out[row] = fmt.Sprintf("%02x:%x", byte(raw.Type), raw.Value)
		}
		return out
	}
	return texts(t, one, strconv.Quote)
}

// rawTexts are the bytes of raw documents, which their values must have as
// well, behind the types.
func rawTexts(t testing.TB, s *monary.Series, hexes []string) []string {
	t.Helper()
	for row, text := range hexes {
		if s.IsValid(row) {
			raw := s.Value(row).Raw()
			assert.Equal(t, text, hex.EncodeToString(raw.Value))
			hexes[row] = fmt.Sprintf("%02x:%s", byte(raw.Type), text)
		}
	}
	return hexes
}

func listTexts(t testing.TB, s *monary.Series) []string {
	t.Helper()
	offsets, child, err := s.List()
	require.NoError(t, err)
	require.Len(t, offsets, s.Len()+1)
	checkValidity(t, child)
	items := cells(t, newTable(t, child), 0)
	out := make([]string, s.Len())
	for row := range out {
		out[row] = "[" + strings.Join(items[offsets[row]:offsets[row+1]], " ") + "]"
		if !s.IsValid(row) {
			require.Equal(t, "[]", out[row], "a row without a list has no elements")
			out[row] = "-"
		}
	}
	return out
}

func structTexts(t testing.TB, s *monary.Series) []string {
	t.Helper()
	fields, err := s.Fields()
	require.NoError(t, err)
	checkTable(t, fields)
	out := make([]string, s.Len())
	for i, f := range s.Type().Fields {
		require.Equal(t, f.Name, fields.Series(i).Name())
		column := cells(t, fields, i)
		for row := range out {
			if s.IsValid(row) {
				out[row] += " " + f.Name + ":" + column[row]
			} else {
				require.False(t, fields.Series(i).IsValid(row), "a field without a struct")
			}
		}
	}
	for row := range out {
		if out[row] = "{" + strings.TrimPrefix(out[row], " ") + "}"; !s.IsValid(row) {
			out[row] = "-"
		}
	}
	return out
}

func texts[T monary.Element](t testing.TB, table *monary.Table, text func(T) string) []string {
	t.Helper()
	a, err := monary.Column[T](table, table.Series(0).Name())
	require.NoError(t, err)
	var zero T
	var out []string
	for v, ok := range a.All() {
		if ok {
			out = append(out, text(v))
			continue
		}
		assert.Equal(t, any(zero), any(v), "slot of an absent cell")
		out = append(out, "-")
	}
	return out
}

// countedNested returns the states counted inside a column, by paths.
func countedNested(report monary.Report, column int) map[string]map[monary.State]int64 {
	out := map[string]map[monary.State]int64{}
	for _, c := range report.Columns[column].Nested {
		out[c.Field] = counted(monary.Report{Columns: []monary.Counts{c}}, 0)
	}
	return out
}

// counted returns the states that a report has counted for a column.
func counted(report monary.Report, column int) map[monary.State]int64 {
	out := map[monary.State]int64{}
	for _, state := range states {
		if n := report.Columns[column].Of(state); n > 0 {
			out[state] = n
		}
	}
	return out
}
