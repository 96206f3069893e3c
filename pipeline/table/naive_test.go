package table_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/pipeline/table"
)

// Slow and obvious versions, which the fast ones must equal on random tables.

// randomColumn has few different values, some null, of one of several types.
func randomColumn(r *rand.Rand, name string, kind string, rows int) *monary.Series {
	values := make([]monary.Value, rows)
	for i := range values {
		n := r.IntN(4) - 1
		switch {
		case r.IntN(6) == 0:
			values[i] = monary.NullValue
		case kind == "string":
			values[i] = monary.StringValue([]string{"", "a", "a long text of many bytes", "a long text of more bytes"}[n+1])
		case kind == "float64":
			values[i] = monary.DoubleValue([]float64{math.Copysign(0, -1), 0, math.NaN(), 1.5}[n+1])
		default:
			values[i] = monary.Int32Value(int32(n))
		}
	}
	s, _, err := monary.ColumnOf(name, values, nil).Cast(must(monary.ParseType(kind)))
	if err != nil {
		panic(err)
	}
	return s
}

func equalKeys(a, b *monary.Table, rowA, rowB int, keys []string) bool {
	for _, k := range keys {
		x, _ := a.Lookup(k)
		y, _ := b.Lookup(k)
		if !x.IsValid(rowA) || !y.IsValid(rowB) || monary.Compare(x.Value(rowA), y.Value(rowB)) != 0 {
			return false
		}
	}
	return true
}

func TestJoinIsANestedLoop(t *testing.T) {
	kinds := []string{"int32", "int64", "float64", "string", "any", "int8"}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		keys := []string{"k", "j"}[:1+r.IntN(2)]
		rows := []int{r.IntN(12), r.IntN(12)}
		var sides [2]*monary.Table
		texts := r.IntN(3) == 0 // of which both sides must be
		for side := range sides {
			columns := []*monary.Series{monary.ColumnOf([]string{"left", "right"}[side], sequence(rows[side]), nil)}
			for _, key := range keys {
				kind := kinds[r.IntN(len(kinds))]
				if texts != (kind == "string") {
					kind = map[bool]string{true: "string", false: "int64"}[texts]
				}
				columns = append(columns, randomColumn(r, key, kind, rows[side]))
			}
			sides[side] = newTable(t, columns...)
		}
		for _, keep := range []bool{false, true} {
			want := [][2]string{}
			for i := range rows[0] {
				found := false
				for k := range rows[1] {
					if equalKeys(sides[0], sides[1], i, k, keys) {
						found = true
						want = append(want, [2]string{sides[0].Series(0).Value(i).String(), sides[1].Series(0).Value(k).String()})
					}
				}
				if !found && keep {
					want = append(want, [2]string{sides[0].Series(0).Value(i).String(), "null"})
				}
			}
			join := table.Join{On: keys}
			out, err := join.Inner(sides[0], sides[1])
			if keep {
				out, err = join.Left(sides[0], sides[1])
				requireAnti(t, join, sides, want)
			}
			require.NoError(t, err, "seed %d", seed)
			left, right := column(t, out, "left"), column(t, out, "right")
			got := [][2]string{}
			for i := range out.NumRows() {
				got = append(got, [2]string{left.Value(i).String(), right.Value(i).String()})
			}
			require.Equal(t, want, got, "seed %d, keep %t", seed, keep)
		}
	}
}

// requireAnti checks that an anti join has the rows that a left join joins with none.
func requireAnti(t *testing.T, join table.Join, sides [2]*monary.Table, joined [][2]string) {
	t.Helper()
	out, err := join.Anti(sides[0], sides[1])
	require.NoError(t, err)
	want, got := []string{}, []string{}
	for _, pair := range joined {
		if pair[1] == "null" {
			want = append(want, pair[0])
		}
	}
	for i := range out.NumRows() {
		got = append(got, out.Series(0).Value(i).String())
	}
	require.Equal(t, want, got)
}

func sequence(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}

func TestGroupsAreThoseOfEqualKeys(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		rows := r.IntN(30)
		kinds := []string{"int64", "float64", "string", "any", "string:30"}
		in := newTable(t, randomColumn(r, "a", kinds[r.IntN(3)], rows), randomColumn(r, "b", kinds[r.IntN(len(kinds)-1)], rows), monary.ColumnOf("row", sequence(rows), nil))
		var firsts []string
		for i := range rows {
			first := true
			for k := range i {
				first = first && !(sameCell(in.Series(0), i, k) && sameCell(in.Series(1), i, k))
			}
			if first {
				firsts = append(firsts, in.Series(2).Value(i).String())
			}
		}
		out, err := table.Dedupe(in, table.KeepFirst, "a", "b")
		require.NoError(t, err)
		var got []string
		for i := range out.NumRows() {
			got = append(got, out.Series(2).Value(i).String())
		}
		require.Equal(t, firsts, got, "seed %d", seed)
		groups, err := table.GroupBy(in, []string{"a", "b"}, table.Size("n"))
		require.NoError(t, err)
		require.Equal(t, len(firsts), groups.NumRows(), "seed %d", seed)
	}
}

func sameCell(s *monary.Series, i, k int) bool {
	if !s.IsValid(i) || !s.IsValid(k) {
		return s.IsValid(i) == s.IsValid(k)
	}
	return monary.Compare(s.Value(i), s.Value(k)) == 0
}

func TestRollingIsALoopOverEachWindow(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 11))
		rows := r.IntN(40)
		values, valid := make([]float64, rows), make([]bool, rows)
		for i := range values {
			values[i], valid[i] = float64(r.IntN(9)-4), r.IntN(4) > 0
		}
		w := table.Rolling{Rows: 1 + r.IntN(45)}
		w.MinPeriods = 1 + r.IntN(w.Rows)
		s := monary.ColumnOf("x", values, valid)
		sum, err := w.Sum(s)
		require.NoError(t, err)
		least, err := w.Min(s)
		require.NoError(t, err)
		std, err := w.Std(s)
		require.NoError(t, err)
		count, err := w.Count(s)
		require.NoError(t, err)
		for row := range rows {
			var in []float64
			for i := max(0, row-w.Rows+1); i <= row; i++ {
				if valid[i] {
					in = append(in, values[i])
				}
			}
			require.Equal(t, monary.Int64Value(int64(len(in))), count.Value(row))
			require.Equal(t, len(in) >= w.MinPeriods, sum.IsValid(row), "seed %d, row %d", seed, row)
			require.Equal(t, len(in) >= max(2, w.MinPeriods), std.IsValid(row), "seed %d, row %d", seed, row)
			if len(in) < w.MinPeriods {
				continue
			}
			total, low := 0.0, math.Inf(1)
			for _, x := range in {
				total, low = total+x, min(low, x)
			}
			require.Equal(t, monary.DoubleValue(total), sum.Value(row))
			require.Equal(t, monary.DoubleValue(low), least.Value(row))
			if len(in) > 1 {
				squares := 0.0
				for _, x := range in {
					squares += (x - total/float64(len(in))) * (x - total/float64(len(in)))
				}
				got, _ := std.Value(row).Double()
				require.InDelta(t, math.Sqrt(squares/float64(len(in)-1)), got, 1e-12)
			}
		}
	}
}
