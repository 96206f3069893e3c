package ml_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// scriptPeer is a script in testdata that does the same work in scikit-learn: a job in, an answer
// of type A out.
type scriptPeer[A any] struct {
	t       *testing.T
	about   string // itself: versions
	jobs    *json.Encoder
	answers *json.Decoder
}

func startScript[A any](t *testing.T, script string, environment []string) *scriptPeer[A] {
	t.Helper()
	cmd := exec.Command(*peersPython, filepath.Join("testdata", script))
	cmd.Env, cmd.Stderr = environment, os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	})
	p := &scriptPeer[A]{t: t, jobs: json.NewEncoder(in), answers: json.NewDecoder(out)}
	var hello struct{ About string }
	require.NoError(t, p.answers.Decode(&hello))
	p.about = hello.About
	return p
}

func (p *scriptPeer[A]) do(what string, job map[string]any) (answer A) {
	p.t.Helper()
	job["do"] = what
	require.NoError(p.t, p.jobs.Encode(job))
	require.NoError(p.t, p.answers.Decode(&answer))
	return answer
}
