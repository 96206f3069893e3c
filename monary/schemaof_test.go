package monary_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

type address struct {
	Street string
	Zip    string `bson:"zip" monary:"string:5"`
	Loc    [2]float64
}

type Audit struct {
	CreatedAt time.Time `bson:"created_at"`
	By        *string
}

func TestSchemaOf(t *testing.T) {
	type plain struct {
		ID      bson.ObjectID `bson:"_id,omitempty"`
		Price   float64
		Count   int  `bson:"n,minsize"`
		Small   int8 `bson:"a.b"`
		Addr    *address
		Tags    []string
		Items   []struct{ SKU string }
		Any     any
		Raw     bson.Raw
		Bytes   []byte
		Key     [16]byte
		Map     map[string]int `monary:"bson"`
		Skipped chan int       `bson:"-"`
		Audit   `bson:",inline"`
		Nested  Audit
		T       bson.Timestamp
		D       bson.Decimal128
		When    bson.DateTime
		B       bson.Binary
		U       uint
		F       float32
		V       monary.Value
		R       bson.Regex
		A       bson.A
	}
	schema, err := monary.SchemaOf[*plain]()
	require.NoError(t, err)
	assert.Equal(t, `_id objectid; price float64; n int64; a\.b int8; `+
		`addr struct{street string; zip string:5; loc list<float64>}; tags list<string>; items list<struct{sku string}>; `+
		`any any; raw bson; bytes binary; key uuid; map bson; created_at date; by string; nested struct{created_at date; by string}; `+
		`t timestamp; d decimal128; when date; b binary; u uint64; f float32; v any; r regex; a list<any>`, schema.String())
}

// What the driver writes of a struct is found by the schema of the struct.
func TestSchemaOfReadsWhatTheDriverWrites(t *testing.T) {
	type Inner struct {
		X int32
		Y []float64 `bson:"why"`
	}
	type doc struct {
		Name  string
		When  time.Time
		In    Inner
		Ins   []Inner
		Inner `bson:",inline"`
	}
	schema, err := monary.SchemaOf[doc]()
	require.NoError(t, err)
	d := doc{Name: "n", When: time.UnixMilli(-1), In: Inner{1, []float64{0.5}}, Ins: []Inner{{2, nil}}, Inner: Inner{3, []float64{}}}
	table, report, err := read(t, [][]byte{marshal(t, d)}, schema)
	require.NoError(t, err)
	assert.Empty(t, report.Absent())
	assert.Equal(t, []string{`"n"`, "-1", "{x:1 why:[" + bits(0.5) + "]}", "[{x:2 why:-}]", "3", "[]"}, []string{
		cells(t, table, 0)[0], cells(t, table, 1)[0], cells(t, table, 2)[0], cells(t, table, 3)[0], cells(t, table, 4)[0], cells(t, table, 5)[0]})
}

type loop struct {
	Next *loop
	List []loop
}

type endless []endless

func TestSchemaOfRefuses(t *testing.T) {
	type bad struct {
		C chan int
		F func()
		M map[string]int
		D bson.D
		X int `monary:"int7"`
		S struct{ Z complex128 }
		L []struct{ C chan int }
		I map[string]int `bson:",inline"`
		E endless
		P loop
	}
	_, err := monary.SchemaOf[bad]()
	require.Error(t, err)
	for _, want := range []string{"bad.C: a column cannot be made of Go's chan int", "bad.F:", "bad.M:", "bad.D: bson.D has any fields", `bad.X: unknown type "int7"`,
		"bad.S.Z:", "bad.L[].C:", "bad.I: only structs", "bad.E[]: type monary_test.endless contains itself", "bad.P.Next", "bad.P.List"} {
		assert.ErrorContains(t, err, want, "all faults are reported at once")
	}
	_, err = monary.SchemaOf[struct {
		Audit `bson:",inline"`
		More  *Audit `bson:",inline"`
	}]()
	require.ErrorContains(t, err, `"created_at" appears twice`)
	_, err = monary.SchemaOf[int]()
	require.ErrorContains(t, err, "not of int")
	_, err = monary.SchemaOf[time.Time]()
	require.ErrorContains(t, err, "not of time.Time")
	_, err = monary.SchemaOf[struct{}]()
	require.ErrorContains(t, err, "no fields")
	_, err = monary.SchemaOf[struct{ S struct{} }]()
	require.ErrorContains(t, err, "no fields")
}

// Edge case 25: negative dates, years beyond 9999, and a zone.
func TestEdge25Times(t *testing.T) {
	far := time.Date(12000, 1, 2, 3, 4, 5, 6e6, time.UTC)
	table, _ := mustRead(t, "d date; n int64", bson.D{{Key: "d", Value: bson.DateTime(-1)}}, bson.D{}, bson.D{{Key: "d", Value: bson.DateTime(far.UnixMilli())}},
		bson.D{{Key: "d", Value: bson.DateTime(0)}})
	utc, err := monary.Times(table, "d", nil)
	require.NoError(t, err)
	assert.Equal(t, []time.Time{time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC), {}, far, time.Unix(0, 0).UTC()}, utc)
	zone := time.FixedZone("east", 3600)
	local, err := monary.Times(table, "d", zone)
	require.NoError(t, err)
	assert.Equal(t, "1970-01-01T01:00:00+01:00", local[3].Format(time.RFC3339))
	assert.True(t, local[1].IsZero())
	_, err = monary.Times(table, "n", nil)
	require.ErrorContains(t, err, `column "n" is int64, not date`)
	_, err = monary.Times(table, "gone", nil)
	require.ErrorContains(t, err, `no column "gone"`)
}
