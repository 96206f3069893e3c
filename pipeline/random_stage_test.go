package pipeline_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline"
)

// stageGenerator makes pipelines of all stages, and expressions in them. It keeps
// to names that can exist where the columns are known.
type stageGenerator struct {
	generator
	paths   []string // what may be read
	columns []string // the fields at the top
	closed  bool     // there are no others
	placed  bool     // "i" still counts the documents
	loops   int      // how many of $map and the like are around
	made    int      // names so far
}

func newStageGenerator(g generator) *stageGenerator {
	return &stageGenerator{generator: g, placed: true, columns: fields,
		paths: []string{"i", "a", "b", "n", "arr", "n.x", "n.y.x", "arr.x", "a.x", "n.0"}}
}

func (g *stageGenerator) path() string { return "$" + pick(g.generator, g.paths...) }

// sortPath is one that leads to no position: whether a number is one or a key,
// $sort decides by the data.
func (g *stageGenerator) sortPath() string {
	return pick(g.generator, slices.DeleteFunc(slices.Clone(g.paths), func(p string) bool { return strings.ContainsAny(p, "0") })...)
}

func (g *stageGenerator) accumulators() bson.D {
	spec := bson.D{}
	for _, name := range []string{"p", "q", "r"} {
		spec = append(spec, bson.E{Key: name, Value: g.accumulator(true)})
	}
	return spec
}

func (g *stageGenerator) accumulator(merging bool) bson.D {
	n := int32(1 + g.IntN(3))
	switch g.IntN(10) {
	case 0:
		return d("$count", bson.D{})
	case 1:
		return d(pick(g.generator, "$firstN", "$lastN", "$minN", "$maxN"), d("n", n, "input", g.path()))
	case 2:
		return d(pick(g.generator, "$topN", "$bottomN"), d("n", n, "sortBy", d(g.sortPath(), int32(1)), "output", g.path()))
	case 3:
		return d(pick(g.generator, "$top", "$bottom"), d("sortBy", d(g.sortPath(), int32(-1)), "output", g.path()))
	case 4:
		if merging {
			return d("$mergeObjects", g.object(2))
		}
	}
	of := pick[any](g.generator, g.path(), g.path(), g.expr(2))
	if _, isList := of.(bson.A); isList { // accumulators take one expression
		of = g.path()
	}
	return d(pick(g.generator, "$sum", "$avg", "$min", "$max", "$first", "$last", "$push", "$addToSet"), of)
}

// known says what there is after a stage that makes its fields.
func (g *stageGenerator) known(names ...string) {
	g.columns, g.closed, g.placed = names, true, false
	g.paths = nil
	for _, name := range names {
		g.paths = append(g.paths, name, name+".x")
	}
}

// also says that a stage adds a field.
func (g *stageGenerator) also(name string) {
	if !slices.Contains(g.columns, name) {
		g.columns, g.paths = append(slices.Clone(g.columns), name), append(slices.Clone(g.paths), name, name+".x")
	}
}

// stage makes one stage; last says that none follows.
func (g *stageGenerator) stage(last bool) bson.D {
	switch g.IntN(22) {
	case 0, 1:
		return d("$match", g.match(g.paths))
	case 2:
		spec := append(bson.D{{Key: "_id", Value: pick[any](g.generator, nil, g.path(), g.path(), g.expr(2), bson.D{{Key: "k", Value: g.path()}})}}, g.accumulators()...)
		g.known("_id", "p", "q", "r")
		return d("$group", spec)
	case 3:
		return d("$sort", d(g.sortPath(), pick(g.generator, int32(1), int32(-1))))
	case 4:
		return d(pick(g.generator, "$limit", "$skip"), int32(1+g.IntN(20)))
	case 5, 6:
		spec := d("path", pick(g.generator, g.paths...))
		spec[0].Value = "$" + spec[0].Value.(string)
		if g.IntN(2) == 0 {
			spec = append(spec, bson.E{Key: "preserveNullAndEmptyArrays", Value: true})
		}
		if g.IntN(2) == 0 && !g.closed {
			spec = append(spec, bson.E{Key: "includeArrayIndex", Value: "k"})
			g.also("k")
		}
		g.placed = false
		return d("$unwind", spec)
	case 7, 8:
		return g.addFields()
	case 9:
		return g.project()
	case 10:
		return g.unset()
	case 11:
		root := pick[any](g.generator, g.object(2), d("x", g.expr(2), "y", g.expr(1)), d("$mergeObjects", bson.A{"$$ROOT", d("x", g.expr(1))}))
		g.known("x", "y", "z")
		g.closed = false
		return d("$replaceWith", root)
	case 12:
		spec := d("groupBy", g.path(), "boundaries", bson.A{int32(-10), 0.5, int64(7)}, "default", "other", "output", g.accumulators())
		g.known("_id", "p", "q", "r")
		return d("$bucket", spec)
	case 13:
		spec := d("groupBy", g.path(), "buckets", int32(1+g.IntN(5)), "output", g.accumulators())
		g.known("_id", "p", "q", "r")
		return d("$bucketAuto", spec)
	case 14:
		by := g.path()
		g.known("_id", "count")
		return d("$sortByCount", by)
	case 15:
		return g.facet()
	case 16:
		if slices.Contains(g.columns, "a") {
			local := pick(g.generator, "a", "a", g.columns[0])
			g.also("f")
			return d("$lookup", d("from", "o", "localField", local, "foreignField", pick(g.generator, "a", "n.x", "arr", "b"), "as", "f"))
		}
	case 17:
		if !g.closed {
			g.placed = false
			return d("$unionWith", d("coll", "o", "pipeline", []bson.D{d("$match", g.match(g.paths))}))
		}
	case 18, 19:
		return g.windows()
	case 20:
		return g.fill()
	case 21:
		if last && g.placed {
			return g.densify()
		}
	}
	return d("$match", g.match(g.paths))
}

func (g *stageGenerator) addFields() bson.D {
	spec := bson.D{}
	for _, name := range pick(g.generator, []string{"p", "a"}, []string{"n.x"}, []string{"arr.y", "q"}, []string{"b"}) {
		top, _, dotted := strings.Cut(name, ".")
		if dotted && g.closed && !slices.Contains(g.columns, top) {
			name = top
		}
		spec = append(spec, bson.E{Key: name, Value: g.computed()})
	}
	for _, e := range spec {
		top, _, _ := strings.Cut(e.Key, ".")
		g.also(top)
	}
	return d("$addFields", spec)
}

func (g *stageGenerator) project() bson.D {
	spec, names := bson.D{}, []string{}
	for _, name := range g.columns {
		switch g.IntN(4) {
		case 0:
			continue
		case 1:
			if name != "i" && name != "_id" {
				spec = append(spec, bson.E{Key: name, Value: g.computed()})
				break
			}
			fallthrough
		default:
			spec = append(spec, bson.E{Key: name + pick(g.generator, "", "", ".x"), Value: int32(1)})
		}
		names = append(names, name)
	}
	g.made++
	made := fmt.Sprint("made", g.made)
	spec = append(spec, bson.E{Key: made, Value: g.computed()})
	placed := g.placed && slices.Contains(spec, bson.E{Key: "i", Value: int32(1)})
	if slices.Contains(g.columns, "_id") && !slices.Contains(names, "_id") {
		spec, names = append(spec, bson.E{Key: "_id", Value: int32(1)}), append(names, "_id")
	}
	g.known(append(names, made)...)
	g.placed = placed
	return d("$project", spec)
}

func (g *stageGenerator) unset() bson.D {
	name := pick(g.generator, g.columns...)
	if g.IntN(2) == 0 {
		return d("$unset", bson.A{name + ".x"})
	}
	if len(g.columns) == 1 {
		return d("$unset", bson.A{name + ".y"})
	}
	g.columns = slices.DeleteFunc(slices.Clone(g.columns), func(c string) bool { return c == name })
	g.paths = slices.DeleteFunc(slices.Clone(g.paths), func(p string) bool { return p == name || strings.HasPrefix(p, name+".") })
	g.placed = g.placed && name != "i"
	return d("$unset", bson.A{name})
}

func (g *stageGenerator) facet() bson.D {
	spec := bson.D{}
	for _, name := range []string{"x", "y"} {
		inner := *g
		spec = append(spec, bson.E{Key: name, Value: []bson.D{pick(g.generator, d("$match", g.match(g.paths)), d("$limit", int32(2)), inner.addFields(), d("$sortByCount", g.path()))}})
	}
	g.known("x", "y")
	return d("$facet", spec)
}

func (g *stageGenerator) windows() bson.D {
	spec, output := bson.D{}, bson.D{}
	if g.IntN(2) == 0 {
		spec = append(spec, bson.E{Key: "partitionBy", Value: pick[any](g.generator, d("k", g.path()), op("$type", g.path()))})
	}
	by := "i"
	if !g.placed {
		by = g.sortPath()
	}
	spec = append(spec, bson.E{Key: "sortBy", Value: d(by, int32(1))})
	for _, name := range []string{"w", "v"} {
		how := g.accumulator(false)
		switch g.IntN(6) {
		case 0:
			how = d(pick(g.generator, "$rank", "$denseRank", "$documentNumber"), bson.D{})
		case 1:
			how = d("$shift", d("output", g.path(), "by", int32(g.IntN(5)-2), "default", pick[any](g.generator, nil, "none")))
		case 2:
			how = d("$locf", g.path())
		default:
			how = append(how, g.window()...)
		}
		output = append(output, bson.E{Key: name, Value: how})
	}
	g.placed = false
	for _, name := range []string{"w", "v"} {
		g.also(name)
	}
	return d("$setWindowFields", append(spec, bson.E{Key: "output", Value: output}))
}

func (g *stageGenerator) window() bson.D {
	lower, upper := pick[any](g.generator, "unbounded", int32(-3), int32(-1), "current"), pick[any](g.generator, "current", int32(1), int32(2), "unbounded")
	switch {
	case g.IntN(4) == 0:
		return nil
	case g.IntN(3) == 0 && g.placed:
		return d("window", d("range", bson.A{pick(g.generator, lower, any(-2.5)), upper}))
	case g.IntN(4) == 0:
		return d("window", d("documents", bson.A{int32(1), int32(3)}))
	}
	return d("window", d("documents", bson.A{lower, upper}))
}

func (g *stageGenerator) fill() bson.D {
	first, second := g.columns[0], g.columns[len(g.columns)-1]
	output := d(first, d("method", "locf"))
	if first != second {
		output = append(output, bson.E{Key: second, Value: d("value", g.expr(1))})
	}
	spec := d("sortBy", d(g.sortPath(), int32(1)), "output", output)
	if g.IntN(2) == 0 {
		spec = append(spec, bson.E{Key: "partitionBy", Value: d("k", g.path())})
	}
	g.placed = false
	return d("$fill", spec)
}

func (g *stageGenerator) densify() bson.D {
	spec := d("field", "i", "range", d("step", pick[any](g.generator, int32(1), 2.5, int64(3)), "bounds", pick[any](g.generator, "full", bson.A{int32(-2), 4.5})))
	if g.IntN(2) == 0 && slices.Contains(g.columns, "a") {
		spec = append(spec, bson.E{Key: "partitionByFields", Value: bson.A{"a"}})
	}
	return d("$densify", spec)
}

func (g *stageGenerator) pipeline() []bson.D {
	var pipe []bson.D
	for n := 1 + g.IntN(4); len(pipe) < n; {
		pipe = append(pipe, g.stage(len(pipe) == n-1))
	}
	return pipe
}

// alike makes documents whose fields have a type each, so that columns are of one
// type: what most collections hold.
func (g generator) alike(n int) []bson.D {
	docs := make([]bson.D, n)
	number := pick(g, func() any { return int32(g.IntN(4)) }, func() any { return int64(g.IntN(4)) << 40 }, func() any { return float64(g.IntN(5)) / 4 })
	for i := range docs {
		docs[i] = d("i", int32(i), "a", number(), "b", pick(g, "", "a", "ab", "abab"), "n", d("x", g.NormFloat64(), "y", d("x", bson.DateTime(g.IntN(3)))))
		if g.IntN(4) > 0 {
			docs[i] = append(docs[i], bson.E{Key: "arr", Value: pick[any](g, int32(g.IntN(3)), bson.A{int32(1), int32(g.IntN(9))})})
		}
	}
	return docs
}

// exact writes a value with its types; all NaNs are one.
func exact(v any) string {
	switch v := v.(type) {
	case bson.D:
		out := "{"
		for _, e := range v {
			out += e.Key + ": " + exact(e.Value) + ", "
		}
		return out + "}"
	case bson.A:
		out := "["
		for _, e := range v {
			out += exact(e) + ", "
		}
		return out + "]"
	case float64:
		if v == 0 && math.Signbit(v) {
			return "double -0"
		}
		return fmt.Sprint("double ", v)
	}
	return fmt.Sprintf("%T %v", v, v)
}

// attempt is the reference's answer, or its error.
func attempt(w world, docs []bson.D, pipe []bson.D) (out []bson.D, err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(refError)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("%s", failed.text)
		}
	}()
	return w.run(docs, pipe), nil
}

// answer is the engine's: each document whole.
func answer(sources pipeline.Sources, pipe []bson.D, opts ...monary.ReadOption) (out []bson.D, err error) {
	whole := append(slices.Clone(pipe), d("$replaceWith", d("doc", "$$ROOT")))
	r, err := sources.Aggregate(context.Background(), "docs", whole, monary.MustSchema("doc any"), opts...)
	if err != nil {
		return nil, err
	}
	t, err := r.Table()
	if err != nil {
		return nil, err
	}
	for row := range t.NumRows() {
		var doc bson.D
		if err := bson.Unmarshal(t.Series(0).Value(row).Raw().Value, &doc); err != nil {
			return nil, err
		}
		out = append(out, doc)
	}
	return out, nil
}

// columnsOf is what the engine gives as columns.
func columnsOf(t *testing.T, sources pipeline.Sources, pipe []bson.D, names []string, opts ...monary.ReadOption) (out []string) {
	t.Helper()
	r, err := sources.Aggregate(context.Background(), "docs", pipe, anySchema(t, names...), opts...)
	require.NoError(t, err, relaxed(pipe))
	table, err := r.Table()
	require.NoError(t, err, relaxed(pipe))
	for _, row := range cells(table) {
		out = append(out, fmt.Sprint(row))
	}
	return out
}

// sameRows shows the first row that differs.
func sameRows(t *testing.T, want, got []string, about string) {
	t.Helper()
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			require.Fail(t, "rows differ", "%s\nrow %d\nwant %s\ngot  %s", about, i, want[i], got[i])
		}
	}
	require.Len(t, got, len(want), about)
}

func has(pipe []bson.D, names ...string) bool {
	return slices.ContainsFunc(pipe, func(s bson.D) bool {
		return slices.Contains(names, s[0].Key) || s[0].Key == "$facet" && strings.Contains(relaxed([]bson.D{s}), names[0])
	})
}

// TestRandomStages: random pipelines of all stages give what the reference engine
// gives, document by document, for batches of any size and any number of workers;
// and the same again column by column.
func TestRandomStages(t *testing.T) {
	failures, compared := 0, 0
	seeds := uint64(6)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		g := generator{rand.New(rand.NewPCG(seed, 3))}
		docs, others := g.documents(40), g.documents(9)
		if seed%2 == 1 {
			docs, others = g.alike(40), g.alike(9)
		}
		sources := pipeline.Sources{"docs": openDocs(t, docs...), "o": openDocs(t, others...)}
		for range 60 {
			pipe := newStageGenerator(g).pipeline()
			about := fmt.Sprintf("seed %d: %s", seed, relaxed(pipe))
			want, failed := attempt(world{"o": others}, docs, pipe)
			if failed != nil {
				failures++
			} else {
				compared++
				compareColumns(t, sources, pipe, want, about, monary.BatchRows(pick(g, 1, 3, 1024)))
			}
			for _, rows := range []int{1, 3, 1024} {
				got, err := answer(sources, pipe, monary.BatchRows(rows), monary.Workers(1+g.IntN(3)))
				switch {
				case failed == nil:
					require.NoError(t, err, about)
					compareRows(t, pipe, rowsOf(want, pipe), rowsOf(got, pipe), fmt.Sprintf("%s, batches of %d", about, rows))
				case err == nil && !has(pipe, "$limit"): // what comes behind a limit need not be looked at
					require.Fail(t, "no error", "%s: the reference says %v", about, failed)
				}
			}
		}
	}
	require.Less(t, failures, compared/2, "most pipelines should run")
}

// rowsOf writes documents. Behind a stage that makes columns of its own a field
// that is set has the place of its column, even where it was missing, so there
// the order of the fields is left open.
func rowsOf(docs []bson.D, pipe []bson.D) (out []string) {
	for _, doc := range docs {
		if has(pipe, "$group", "$bucket", "$bucketAuto", "$sortByCount") {
			doc = slices.SortedFunc(slices.Values(doc), func(a, b bson.E) int { return strings.Compare(a.Key, b.Key) })
		}
		out = append(out, exact(doc))
	}
	return out
}

func compareColumns(t *testing.T, sources pipeline.Sources, pipe []bson.D, want []bson.D, about string, opts ...monary.ReadOption) {
	t.Helper()
	names := keysOf(want)
	var rows []string
	for _, doc := range want {
		row := []string{}
		for _, name := range names {
			row = append(row, show(valueOf(t, lookup(doc, name))))
		}
		rows = append(rows, fmt.Sprint(row))
	}
	compareRows(t, pipe, rows, columnsOf(t, sources, pipe, names, opts...), about+", as columns")
}

// compareRows demands the same rows, and in the same order, which $densify does
// not promise.
func compareRows(t *testing.T, pipe []bson.D, want, got []string, about string) {
	t.Helper()
	if has(pipe, "$densify") {
		sort.Strings(want)
		sort.Strings(got)
	}
	sameRows(t, want, got, about)
}
