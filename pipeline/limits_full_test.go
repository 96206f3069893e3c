//go:build linux

package pipeline_test

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A disk that is full is an error that says so, and nothing is left there. A limit on the size of files makes it
// full, in a process of its own, as that holds for all files of a process.
func TestFullDisk(t *testing.T) {
	if os.Getenv("PENSTOCK_FULL_DISK") == "" {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		child.Env = append(os.Environ(), "PENSTOCK_FULL_DISK=1")
		out, err := child.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestFullDisk")
		return
	}
	src := openDocs(t, readings(2000)...)
	tempFolder(t)
	signal.Ignore(syscall.SIGXFSZ)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 512, Max: 512}))
	for name, pipe := range spilling {
		_, err := spillingReader(t.Context(), t, pipe, src).Table()
		require.ErrorContains(t, err, "spilling to disk: ", name)
		require.ErrorIs(t, err, syscall.EFBIG, name)
	}
}
