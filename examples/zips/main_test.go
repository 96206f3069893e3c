package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
	"github.com/penstock/penstock/testdata"
)

// TestMain forgets the server and the runs of whoever starts the tests: they are none to test on.
func TestMain(m *testing.M) {
	for _, name := range []string{"PENSTOCK_SERVER", "PENSTOCK_AUTH", "ZIPS_DB"} {
		_ = os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

func ExampleRun() {
	Run(context.Background(), []string{"-sleep", "1ms"}, os.Stdout, os.Stderr)
	// Output:
	// AK: 544698
	// AL: 4040587
	// AR: 2350725
	// AZ: 3665228
	// CA: 29754890
	// CO: 3293755
	// CT: 3287116
	// DC: 606900
	// DE: 666168
	// FL: 12686644
	// GA: 6478216
	// HI: 1108229
	// IA: 2776420
	// ID: 1006749
	// IL: 11427576
	// IN: 5544136
	// KS: 2475285
	// KY: 3675484
	// LA: 4217595
	// MA: 6016425
	// MD: 4781379
	// ME: 1226648
	// MI: 9295297
	// MN: 4372982
	// MO: 5110648
	// MS: 2573216
	// MT: 798948
	// NC: 6628637
	// ND: 638272
	// NE: 1578139
	// NH: 1109252
	// NJ: 7730188
	// NM: 1515069
	// NV: 1201833
	// NY: 17990402
	// OH: 10846517
	// OK: 3145585
	// OR: 2842321
	// PA: 11881643
	// RI: 1003218
	// SC: 3486703
	// SD: 695397
	// TN: 4876457
	// TX: 16984601
	// UT: 1722850
	// VA: 6181479
	// VT: 562758
	// WA: 4866692
	// WI: 4891769
	// WV: 1793146
	// WY: 453528
}

// TestJSONGivesTheSame exports the sample data as mongoexport does, a document
// a line and as one array, and reads it back.
func TestJSONGivesTheSame(t *testing.T) {
	lines := exportJSON(t)
	for name, text := range map[string]string{
		"lines.json": strings.Join(lines, "\n"),
		"array.json": "[" + strings.Join(lines, ",\n") + "]",
	} {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.Equal(t, run(t), run(t, "-file", path), name)
	}
}

func TestFaults(t *testing.T) {
	cut := filepath.Join(t.TempDir(), "cut.bson.gz")
	whole, err := os.ReadFile(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(cut, whole[:len(whole)/2], 0o600))
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"NoFile", "no such file", []string{"-file", "nowhere.bson"}},
		{"Cut", "the data ends inside a document", []string{"-file", cut}},
		{"LoadNowhere", "-load needs -uri", []string{"-load"}},
		{"OtherData", "documents without a state", []string{"-file", testdata.Path("churn.bson.gz")}},
		{"Argument", `unexpected argument "zips.json"`, []string{"-load=false", "zips.json"}},
		{"Flag", "flag provided but not defined", []string{"-nonsense"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.NotZero(t, Run(t.Context(), append([]string{"-sleep", "0s"}, c.args...), &out, &errs))
			require.Contains(t, errs.String(), c.want)
			require.Empty(t, out.String(), "no totals of half the data")
		})
	}
}

func exportJSON(t *testing.T) []string {
	t.Helper()
	dump, err := monary.OpenDump(testdata.Path("zips.bson.gz"))
	require.NoError(t, err)
	var lines []string
	for doc, err := range dump.Documents(t.Context()) {
		require.NoError(t, err)
		line, err := bson.MarshalExtJSON(doc, false, false)
		require.NoError(t, err)
		lines = append(lines, string(line))
	}
	return lines
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	require.Zero(t, Run(t.Context(), append(args, "-sleep", "0s"), &out, &errs), &errs)
	require.Empty(t, errs.String())
	return out.String()
}

// TestBackfill is the one of the talk: two days, eleven tasks each.
func TestBackfill(t *testing.T) {
	t.Setenv("ZIPS_DB", filepath.Join(t.TempDir(), "zips.db"))
	totals := run(t)
	out := run(t, "backfill", "zips", "-s", "2015-01-01", "-e", "2015-01-02")
	require.Equal(t, 2, strings.Count(out, totals), "the totals of each day")
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(out, totals, "")), "\n")
	require.Equal(t, "[backfill progress] waiting: 22 | succeeded: 0 | kicked_off: 2 | failed: 0 | skipped: 0", lines[0])
	require.Equal(t, "[backfill progress] waiting: 0 | succeeded: 22 | kicked_off: 0 | failed: 0 | skipped: 0", lines[len(lines)-1])
}

// TestFlagsBehindRun: they are the DAG's parameters.
func TestFlagsBehindRun(t *testing.T) {
	require.Equal(t, run(t), run(t, "run", "zips", "-file", testdata.Path("zips.bson.gz")))
}
