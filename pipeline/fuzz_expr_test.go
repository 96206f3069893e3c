package pipeline_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// FuzzExpression: any expression over any document gives a value or an error, no
// panic, and the same for batches of every size, and where the document is whole.
func FuzzExpression(f *testing.F) {
	doc, err := bson.Marshal(d("a", 1, "b", bson.A{1, "x", d("c", nil)}, "s", "héllo", "t", bson.DateTime(1e12), "o", d("x", 2.5)))
	require.NoError(f, err)
	for _, expr := range []string{
		`"$a"`, `"$b.c"`, `"$$ROOT"`, `{"$add": ["$a", "$o.x", {"$numberLong": "9223372036854775807"}]}`, `{"$substrCP": ["$s", 1, 3]}`, `{"$round": ["$o.x", -3]}`,
		`{"$map": {"input": "$b", "in": {"$type": "$$this"}}}`, `{"$reduce": {"input": "$b", "initialValue": [], "in": {"$concatArrays": ["$$value", ["$$this"]]}}}`,
		`{"$dateTrunc": {"date": "$t", "unit": "week", "binSize": 3, "startOfWeek": "fri", "timezone": "Europe/Paris"}}`, `{"$dateToString": {"date": "$t", "format": "%G-%V %z"}}`,
		`{"$dateFromString": {"dateString": "$s", "format": "%Y%%", "onError": "$a"}}`, `{"$convert": {"input": "$o.x", "to": "decimal", "onError": {"$literal": {}}}}`,
		`{"$regexFindAll": {"input": "$s", "regex": "(l)(x)?"}}`, `{"$indexOfCP": ["$s", "l", 3, 1]}`, `{"$range": [0, "$a", -1]}`, `{"$zip": {"inputs": ["$b", "$b"]}}`,
		`{"$switch": {"branches": [{"case": "$z", "then": 1}], "default": {"$getField": {"field": "x", "input": "$o"}}}}`, `{"$sortArray": {"input": "$b", "sortBy": {"c": -1}}}`,
		`{"$arrayToObject": {"$objectToArray": "$o"}}`, `{"$pow": [{"$numberDecimal": "1.1"}, 1000]}`, `{"$percentile": {"input": "$b", "p": [0.5], "method": "approximate"}}`,
		`{"$dateAdd": {"startDate": "$t", "unit": "month", "amount": {"$numberLong": "9223372036854775807"}}}`, `{"$slice": ["$b", -9, 2]}`, `{"$let": {"vars": {"v": "$b"}, "in": {"$arrayElemAt": ["$$v", -1]}}}`,
	} {
		f.Add(expr, doc)
	}
	others := []bson.D{d(), d("a", nil, "b", "x", "s", 5, "t", "2020-01-01", "o", bson.A{}), d("a", bson.MaxKey{}, "b", bson.A{}, "s", bson.Regex{Pattern: "("}, "t", bson.ObjectID{9})}
	f.Fuzz(func(t *testing.T, expr string, raw []byte) {
		if strings.Contains(expr, "$rand") || strings.Contains(expr, "$sample") || strings.Contains(expr, "NOW") {
			t.Skip("differs from run to run")
		}
		docs := append([]bson.Raw{raw}, rawsOf(t, others)...)
		m, err := pipeline.NewMemory(docs...)
		if err != nil {
			t.Skip("no document")
		}
		sameEverywhere(t, m, expr)
	})
}

// sameEverywhere evaluates an expression at several batch sizes.
func sameEverywhere(t *testing.T, m *pipeline.Memory, expr string) {
	t.Helper()
	stages := `[{"$set": {"r": ` + expr + `}}`
	want, failed := evaluated(m, stages+`]`, 1)
	for _, run := range []struct {
		stages string
		rows   int
	}{{stages + `]`, 3}, {stages + `]`, 1024}, {stages + `, {"$replaceWith": "$$ROOT"}]`, 2}} {
		got, err := evaluated(m, run.stages, run.rows)
		require.Equal(t, failed == nil, err == nil, "%s: %v, and %v in batches of %d", expr, failed, err, run.rows)
		if failed == nil {
			require.Equal(t, want, got, expr)
		} else {
			require.Regexp(t, "^(pipeline|monary): ", failed.Error())
		}
	}
}

// FuzzOperators makes expressions of the bytes: operators with arguments of any
// number and type.
func FuzzOperators(f *testing.F) {
	for i := range operatorForms {
		f.Add([]byte{200, byte(i), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
		f.Add([]byte{201, byte(i), 130, byte(i * 7), 20, 21, 131, byte(i * 3), 24, 25, 26, 27, 28})
	}
	values := bson.A{nil, 0, -3, 7, int64(1) << 62, 2.5, -0.5, math.NaN(), math.Inf(1), "", "a", "héé", "2020-02-30", bson.A{}, bson.A{1, "a", nil}, bson.A{bson.A{"k", 1}}, d(), d("k", "x", "v", 1),
		bson.DateTime(1e12), bson.DateTime(-62135596800001), bson.ObjectID{7}, true, bson.MinKey{}, bson.Regex{Pattern: "a+", Options: "i"}, bson.Binary{Data: []byte{1}}, bson.Timestamp{T: 5}}
	docs := make([]bson.D, 5)
	for i := range docs {
		for k, name := range []string{"a", "b", "c", "d", "e", "f"} {
			docs[i] = append(docs[i], bson.E{Key: name, Value: values[(i*11+k*7)%len(values)]})
		}
	}
	m, err := pipeline.NewMemory(rawsOf(f, docs)...)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, program []byte) {
		expr, err := bson.MarshalExtJSON(d("e", (&exprBytes{program, values}).expr(4)), true, false)
		require.NoError(t, err)
		sameEverywhere(t, m, string(expr[len(`{"e":`):len(expr)-1]))
	})
}

// exprBytes reads an expression from bytes; when they end there are constants.
type exprBytes struct {
	bytes  []byte
	values bson.A
}

func (b *exprBytes) next() int {
	if len(b.bytes) == 0 {
		return 0
	}
	n := b.bytes[0]
	b.bytes = b.bytes[1:]
	return int(n)
}

func (b *exprBytes) expr(depth int) any {
	n := b.next()
	switch {
	case depth == 0 || n < 80:
		return pick(generator{rand.New(rand.NewPCG(uint64(n), 0))}, "$a", "$b", "$c", "$d", "$e", "$f", "$$this", "$f.k")
	case n < 128:
		return d("$literal", b.values[n%len(b.values)])
	}
	form := strings.Fields(operatorForms[b.next()%len(operatorForms)])
	if len(form) == 1 {
		args := bson.A{}
		for range n % 5 {
			args = append(args, b.expr(depth-1))
		}
		return d(form[0], args)
	}
	args := bson.D{}
	for i, name := range form[1:] {
		optional := strings.HasSuffix(name, "?")
		if name = strings.TrimSuffix(name, "?"); optional && n>>(i%5)&1 == 0 {
			continue
		}
		args = append(args, bson.E{Key: name, Value: b.argument(name, depth)})
	}
	return d(form[0], args)
}

// argument is one that a name has a use for, now and then; else anything.
func (b *exprBytes) argument(name string, depth int) any {
	words := map[string][]any{
		"unit": {"year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond"}, "timezone": {"UTC", "Europe/Paris", "+05:30"},
		"startOfWeek": {"monday", "fri"}, "method": {"approximate"}, "p": {bson.A{0.5, 0.9}}, "format": {"%Y-%m-%d", "%G-%V %z %%", "%j%H"}, "to": {"int", "long", "double", "decimal", "string", "date", "bool", "objectId"},
		"regex": {"a", "(h)(é)?", "^$"}, "options": {"i", "ms"}, "sortBy": {1, -1, bson.D{{Key: "k", Value: 1}}}, "branches": {bson.A{d("case", "$a", "then", "$b")}}, "vars": {d("this", "$c")}, "as": {"this"},
	}[name]
	if n := b.next(); len(words) > 0 && n%8 != 7 {
		return words[n%len(words)]
	}
	return b.expr(depth - 1)
}

// operatorForms are the operators, with the names of their arguments where they
// have some; ? marks those that may be missing.
var operatorForms = []string{
	"$add", "$subtract", "$multiply", "$divide", "$mod", "$abs", "$ceil", "$floor", "$round", "$trunc", "$pow", "$sqrt", "$exp", "$ln", "$log", "$log10",
	"$cmp", "$eq", "$gt", "$lt", "$and", "$or", "$not", "$cond", "$ifNull", "$switch branches default?", "$let vars in", "$sin", "$acosh", "$atan2", "$degreesToRadians",
	"$year date timezone?", "$dayOfWeek", "$week", "$isoWeek", "$isoWeekYear", "$dayOfYear", "$hour", "$millisecond", "$dateToParts date timezone? iso8601?",
	"$dateFromParts year month? day? hour? minute? millisecond? timezone?", "$dateFromParts isoWeekYear isoWeek? isoDayOfWeek?", "$dateAdd startDate unit amount timezone?",
	"$dateSubtract startDate unit amount", "$dateDiff startDate endDate unit timezone? startOfWeek?", "$dateTrunc date unit binSize? timezone? startOfWeek?",
	"$dateToString date format? timezone? onNull?", "$dateFromString dateString format? timezone? onError? onNull?",
	"$concat", "$substr", "$substrBytes", "$substrCP", "$toLower", "$toUpper", "$trim input chars?", "$ltrim input", "$split", "$strLenCP", "$strLenBytes", "$strcasecmp", "$indexOfCP", "$indexOfBytes",
	"$replaceOne input find replacement", "$replaceAll input find replacement", "$regexMatch input regex options?", "$regexFind input regex", "$regexFindAll input regex",
	"$type", "$isNumber", "$toInt", "$toLong", "$toDouble", "$toDecimal", "$toString", "$toBool", "$toDate", "$toObjectId", "$convert input to onError? onNull?",
	"$size", "$arrayElemAt", "$first", "$last", "$in", "$slice", "$concatArrays", "$range", "$reverseArray", "$indexOfArray", "$isArray", "$zip inputs useLongestLength? defaults?",
	"$filter input as? cond limit?", "$map input as? in", "$reduce input initialValue in", "$firstN input n", "$lastN input n", "$minN input n", "$maxN input n", "$sortArray input sortBy",
	"$setUnion", "$setIntersection", "$setDifference", "$setEquals", "$setIsSubset", "$anyElementTrue", "$allElementsTrue", "$mergeObjects", "$objectToArray", "$arrayToObject",
	"$bitAnd", "$bitOr", "$bitXor", "$bitNot", "$binarySize", "$bsonSize", "$tsSecond", "$tsIncrement",
	"$getField field input", "$setField field input value", "$unsetField field input", "$sum", "$avg", "$min", "$max", "$stdDevPop", "$stdDevSamp", "$median input method", "$percentile input p method",
}

// evaluated lists the field "r" of each document.
func evaluated(m *pipeline.Memory, stages string, rows int) ([]string, error) {
	r, err := m.Aggregate(context.Background(), stages, monary.MustSchema("r any"), monary.BatchRows(rows))
	if err != nil {
		return nil, err
	}
	t, err := r.Table()
	if err != nil {
		return nil, err
	}
	var out []string
	for row := range t.NumRows() {
		out = append(out, show(t.Series(0).Value(row)))
	}
	return out, nil
}
