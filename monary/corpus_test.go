package monary_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// corpusCase is a document of testdata/corpus. Those of valid.json have a value
// "v", what it is in canonical Extended JSON, and a cell of a column that takes
// it; those of malformed.json the column that finds the fault, with its offset
// in the document and its path; those of generated.json say how they are made.
// The expectations are written by hand, from the BSON specification.
type corpusCase struct {
	Name, Why, Hex string
	ExtJSON        string
	Column, Cell   string
	Error          string
	Offset         int64
	Path           string
	Make           string
	Size, Rows     int
}

func corpus(t testing.TB, file string) []corpusCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "corpus", file))
	require.NoError(t, err)
	var cases []corpusCase
	require.NoError(t, json.Unmarshal(data, &cases))
	require.NotEmpty(t, cases)
	return cases
}

func (c corpusCase) cause(t testing.TB) error {
	t.Helper()
	switch c.Error {
	case "ErrLength":
		return monary.ErrLength
	case "ErrElement":
		return monary.ErrElement
	case "ErrUTF8":
		return monary.ErrUTF8
	}
	t.Fatalf("%s: unknown error %q", c.Name, c.Error)
	return nil
}

// corpusSeeds are all documents that are written out.
func corpusSeeds(t testing.TB) [][]byte {
	t.Helper()
	var docs [][]byte
	for _, file := range []string{"valid.json", "malformed.json"} {
		for _, c := range corpus(t, file) {
			doc, err := hex.DecodeString(strings.ReplaceAll(c.Hex, " ", ""))
			require.NoError(t, err, c.Name)
			docs = append(docs, doc)
		}
	}
	return docs
}

// TestCorpusValid: each value is kept whole by an any column, whether it is met
// alone, among 600 others that are like it, or in parallel, and has the right
// cell in a column of its type.
func TestCorpusValid(t *testing.T) {
	for _, c := range corpus(t, "valid.json") {
		t.Run(c.Name, func(t *testing.T) {
			doc := unhex(t, c.Hex)
			raw := bson.Raw(doc).Lookup("v")
			for _, docs := range [][][]byte{{doc}, slices.Repeat([][]byte{doc}, 600)} {
				for _, workers := range []int{1, 3} {
					r, err := monary.FromBytes(t.Context(), slices.Concat(docs...), monary.MustSchema("v any"), monary.Workers(workers), monary.BatchRows(100))
					require.NoError(t, err)
					rows := 0
					for table, err := range r.Batches() {
						require.NoError(t, err)
						for row := range table.NumRows() {
							v := table.Series(0).Value(row).Raw()
							require.Equal(t, raw.Type, v.Type)
							require.Equal(t, hex.EncodeToString(raw.Value), hex.EncodeToString(v.Value), c.Why)
						}
						rows += table.NumRows()
					}
					require.Len(t, docs, rows)
				}
			}
			text, err := bson.MarshalExtJSON(bson.Raw(doc), true, false)
			require.NoError(t, err)
			assert.Equal(t, c.ExtJSON, string(text), "the bytes are what the case says")
			if c.Column == "" {
				return
			}
			table, report := readWith(t, slices.Repeat([][]byte{doc}, 600), "v "+c.Column)
			if c.Cell != "null" {
				require.EqualValues(t, 600, report.Columns[0].Of(monary.Present), report.String())
			}
			if c.Cell != "" {
				for _, row := range []int{0, 599} {
					assert.Equal(t, c.Cell, corpusCell(table.Series(0), row))
				}
			}
		})
	}
}

// corpusCell is how the corpus writes a cell.
func corpusCell(s *monary.Series, row int) string {
	if !s.IsValid(row) {
		return "null"
	}
	table, err := monary.NewTable(s.Slice(row, row+1))
	if err != nil {
		return err.Error()
	}
	name := s.Name()
	switch s.Type().Kind {
	case monary.KindUint64:
		v, _ := monary.Values[uint64](table, name)
		return fmt.Sprint(v[0])
	case monary.KindDate:
		v, _ := monary.Values[int64](table, name)
		return fmt.Sprint(v[0])
	case monary.KindFloat64:
		v, _ := monary.Values[float64](table, name)
		if v[0] == 0 && math.Signbit(v[0]) {
			return "-0"
		}
		return fmt.Sprint(v[0])
	case monary.KindObjectID:
		v, _ := monary.Values[bson.ObjectID](table, name)
		return v[0].Hex()
	case monary.KindTimestamp:
		v, _ := monary.Values[bson.Timestamp](table, name)
		return fmt.Sprintf("%d:%d", v[0].T, v[0].I)
	case monary.KindDecimal128:
		v, _ := monary.Values[bson.Decimal128](table, name)
		return v[0].String()
	case monary.KindBinary:
		v, _ := monary.Values[bson.Binary](table, name)
		return fmt.Sprintf("%d:%x", v[0].Subtype, v[0].Data)
	case monary.KindBSON:
		v, _ := monary.Values[bson.Raw](table, name)
		return hex.EncodeToString(v[0])
	case monary.KindRegex:
		v, _ := monary.Values[string](table, name)
		return v[0]
	case monary.KindMinKey, monary.KindMaxKey:
		return "present"
	}
	return s.Value(row).String()
}

// TestCorpusMalformedAmongAlike: a malformed document is found at the same place
// when it comes after many that are well formed, in one layout or in any order.
func TestCorpusMalformedAmongAlike(t *testing.T) {
	for _, c := range corpus(t, "malformed.json") {
		bad := unhex(t, c.Hex)
		for _, v := range corpus(t, "valid.json") {
			if v.Column != c.Column {
				continue
			}
			alike := slices.Repeat([][]byte{unhex(t, v.Hex)}, 600)
			sameAsPlain(t, append(alike, bad, alike[0]), monary.MustSchema("v "+c.Column))
			break
		}
	}
}

// TestCorpusCut: a document that ends early is found, wherever it ends, and
// what is behind the cut is never read.
func TestCorpusCut(t *testing.T) {
	for _, c := range corpus(t, "valid.json") {
		doc := unhex(t, c.Hex)
		for n := range doc {
			data := slices.Clip(append(slices.Clone(doc), doc[:n]...))
			r, err := monary.FromBytes(t.Context(), data, monary.MustSchema("v any"))
			require.NoError(t, err)
			table, err := r.Table()
			require.Equal(t, 1, table.NumRows(), "%s cut at %d", c.Name, n)
			require.Equal(t, n > 0, err != nil, "%s cut at %d: %v", c.Name, n, err)
		}
	}
}

// TestCorpusGenerated: what is too large to be written out.
func TestCorpusGenerated(t *testing.T) {
	for _, c := range corpus(t, "generated.json") {
		t.Run(c.Name, func(t *testing.T) {
			var data []byte
			column := "v any"
			switch c.Make {
			case "nothing":
			case "text": // a document of so many bytes
				text := strings.Repeat("x", c.Size-4-3-4-1-1)
				data = document(element(bson.TypeString, "v", textBytes(text)))
				require.Len(t, data, c.Size)
				column = "v string"
			case "nested":
				data = document(element(bson.TypeInt32, "v", int32Bytes(1)))
				for range c.Size {
					data = document(element(bson.TypeEmbeddedDocument, "d", data))
				}
				data = document(element(bson.TypeInt32, "v", int32Bytes(7)), element(bson.TypeEmbeddedDocument, "d", data))
				column = "v int32"
			default:
				t.Fatal(c.Make)
			}
			for _, workers := range []int{1, 2} {
				r, err := monary.FromBytes(t.Context(), data, monary.MustSchema(column), monary.Workers(workers))
				require.NoError(t, err)
				table, err := r.Table()
				if c.Error == "" {
					require.NoError(t, err, c.Why)
				} else {
					require.ErrorIs(t, err, c.cause(t), c.Why)
				}
				require.Equal(t, c.Rows, table.NumRows())
			}
		})
	}
}

// TestLyingLengths: a length costs no memory that the input does not have.
func TestLyingLengths(t *testing.T) {
	for _, c := range corpus(t, "malformed.json") {
		if c.Error != "ErrLength" {
			continue
		}
		data := unhex(t, c.Hex)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := monary.FromBytes(t.Context(), data, monary.MustSchema("v "+c.Column), monary.Workers(1))
		require.NoError(t, err)
		_, _ = r.Table()
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "%s: %d bytes of input", c.Name, len(data))
	}
}
