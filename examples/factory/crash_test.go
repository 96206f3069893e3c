package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/cli"
)

// envFolder is set in the processes that the crash tests start, which are this test binary: the folder they work in.
const envFolder = "FACTORY_TEST_FOLDER"

func TestMain(m *testing.M) {
	folder := os.Getenv(envFolder)
	if folder == "" {
		for _, name := range []string{"PENSTOCK_SERVER", "PENSTOCK_AUTH", "FACTORY_URI", "FACTORY_DB"} { // the caller's are none to test on
			_ = os.Unsetenv(name)
		}
		os.Exit(m.Run())
	}
	for _, args := range lives[os.Getenv("FACTORY_TEST_LIFE")] {
		if code := cli.Main(context.Background(), newApp(small(0), io.Discard, os.Stderr), append(args, "-out", folder)); code != 0 {
			os.Exit(code)
		}
	}
	os.Exit(0)
}

// lives are what a process does that is killed: in memory, where it begins anew, and by way of the engine, where it goes
// on.
var lives = map[string][][]string{
	"memory": {
		{"run", "model", "-from", "2015-01-01"},
		{"run", "score"},
	},
	"engine": {
		{"backfill", "model", "-s", "2015-01-01", "-e", "2015-01-01"},
		{"backfill", "score", "-s", "2015-01-02T00:00:00Z", "-e", "2015-01-02T00:00:00Z"},
	},
}

// life starts a process and kills it after a while; 0: lets it live.
func life(t *testing.T, folder, kind string, after time.Duration) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envFolder+"="+folder, "FACTORY_TEST_LIFE="+kind, "FACTORY_DB="+filepath.Join(folder, "runs.db"))
	stderr, err := os.Create(filepath.Join(folder, "stderr"))
	require.NoError(t, err)
	defer stderr.Close()
	cmd.Stderr = stderr
	require.NoError(t, cmd.Start())
	if after > 0 {
		defer time.AfterFunc(after, func() { _ = cmd.Process.Kill() }).Stop()
	}
	if err = cmd.Wait(); err == nil {
		return false
	}
	require.EqualError(t, err, "signal: killed", content(t, folder, "stderr"))
	return true
}

var results = []string{"states.csv", "states.png", "predictions.bson", "metrics.bson", "customers.bson", "history.bson"}

// TestKilled: killed at random moments, and started again each time, it comes to the results of one that was left alone.
func TestKilled(t *testing.T) {
	for kind := range lives {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			left := t.TempDir()
			start := time.Now()
			require.False(t, life(t, left, kind, 0))
			whole := time.Since(start)
			folder, seed := t.TempDir(), uint64(start.UnixNano())
			rng := rand.New(rand.NewPCG(seed, 0))
			said := fmt.Sprintf("seed %d", seed)
			kills := 0
			for range 5 {
				if life(t, folder, kind, time.Duration(1+rng.Int64N(int64(whole)))) {
					kills++
				}
			}
			require.False(t, life(t, folder, kind, 0), said)
			for _, name := range results {
				assert.Equal(t, content(t, left, name), content(t, folder, name), "%s, %s", name, said)
			}
			t.Logf("%d kills within %v; %s", kills, whole, said)
		})
	}
}
