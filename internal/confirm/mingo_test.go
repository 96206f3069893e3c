package confirm_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/internal/confirm"
)

var (
	mingo = flag.String("mingo", "", "folder in which npm has installed mingo, which is asked about the scripts")
	mark  = flag.Bool("mark", false, "write into testdata/agg which scripts it confirms")
)

// TestMingo asks mingo, a second opinion where JavaScript's values allow one: make mingo. It departs from the manual in places
// (types of bounds, null and NaN, time zones), so it confirms scripts and refutes none.
func TestMingo(t *testing.T) {
	if *mingo == "" {
		t.Skip("needs mingo from npm: make mingo")
	}
	script, err := filepath.Abs("mingo.mjs")
	require.NoError(t, err)
	scripts, err := filepath.Abs("../../testdata/agg")
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "node", script, scripts)
	cmd.Dir, cmd.Stderr = *mingo, os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	same := map[string]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var a struct{ Family, Name, Outcome, Detail string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &a))
		if same[a.Family+"/"+a.Name] = a.Outcome == "same"; a.Outcome != "same" {
			t.Logf("%s/%s: %s: %.300s", a.Family, a.Name, a.Outcome, a.Detail)
		}
	}
	families, err := confirm.Load(scripts)
	require.NoError(t, err)
	require.NotEmpty(t, same)
	for _, f := range families {
		if *mark {
			require.NoError(t, confirm.Mark(f, "mingo 7", func(s confirm.Script) bool { return same[f.Name+"/"+s.Name] }))
		}
	}
	families, err = confirm.Load(scripts)
	require.NoError(t, err)
	t.Log("\n" + confirm.Table(families))
}
