//go:build unix

package operator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/operator"
)

// shell runs a script as the only task of a run.
func shell(ctx context.Context, script string, opts ...dag.RunOption) (dag.Result[any], error) {
	d := dag.New("d")
	operator.Exec(d, "sh", func(dag.RunInfo) *exec.Cmd { return exec.Command("sh", "-c", script) })
	res, err := d.Run(ctx, opts...)
	return res.Task("sh"), err
}

func TestExecLogsLines(t *testing.T) {
	res, err := shell(t.Context(), `echo one; echo "two words"; echo oh >&2; printf 'last\r\n\npart'`)
	require.NoError(t, err)
	assert.Equal(t, "part", res.Value, "the last line, though it does not end")
	for _, line := range []string{"msg=one try=1 stream=stdout", `msg="two words" try=1 stream=stdout`, "msg=oh try=1 stream=stderr", "msg=last try=1"} {
		assert.Contains(t, res.Log, line)
	}
}

func TestExecBreaksEndlessLines(t *testing.T) {
	res, err := shell(t.Context(), `head -c 200000 /dev/zero | tr '\0' x`)
	require.NoError(t, err)
	pieces, whole := 0, 0
	for line := range strings.Lines(res.Log) {
		if strings.Contains(line, "stream=stdout") {
			pieces++
			whole += strings.Count(line, "x")
		}
	}
	assert.Equal(t, 4, pieces)
	assert.Equal(t, 200000, whole)
}

func TestExecFails(t *testing.T) {
	for _, c := range []struct {
		name    string
		command *exec.Cmd
		want    string
	}{
		{"Code", exec.Command("sh", "-c", "echo reason >&2; exit 3"), `sh: exit status 3: reason`},
		{"Silent", exec.Command("sh", "-c", "exit 4"), `sh: exit status 4`},
		{"Signal", exec.Command("sh", "-c", "kill -9 $$"), `sh: signal: killed`},
		{"NoProgram", exec.Command("no-such-program"), "executable file not found"},
		{"NoDirectory", &exec.Cmd{Path: "/bin/sh", Args: []string{"sh"}, Dir: "/no/such"}, "no such file or directory"},
		{"Nil", nil, "the command is nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dag.New("d")
			operator.Exec(d, "sh", func(dag.RunInfo) *exec.Cmd { return c.command })
			_, err := d.Run(t.Context())
			require.ErrorContains(t, err, c.want)
			var exit *exec.ExitError
			assert.Equal(t, c.name == "Code" || c.name == "Silent" || c.name == "Signal", errors.As(err, &exit))
		})
	}
	d := dag.New("d")
	operator.Exec(d, "sh", nil)
	require.ErrorContains(t, d.Validate(), "function is nil")
}

// A cancelled task ends not only its program but all that the program has started, also what does not
// heed being asked.
func TestExecEndsTheGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	pids := make(chan string, 1)
	d := dag.New("d")
	operator.Exec(d, "sh", func(dag.RunInfo) *exec.Cmd {
		cmd := exec.Command("sh", "-c", `trap "" TERM; sleep 1000 & echo $!; wait; wait; sleep 1000`)
		cmd.Stdout = writer(func(p []byte) (int, error) {
			pids <- string(bytes.TrimSpace(p))
			cancel()
			return len(p), nil
		})
		cmd.WaitDelay = 100 * time.Millisecond
		return cmd
	})
	res, err := d.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, dag.Cancelled, res.State("sh"))
	pid, err := strconv.Atoi(<-pids)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !alive(pid) }, time.Minute, time.Millisecond)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// alive tells whether a process runs; one that nobody has waited for does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}

func TestExecTimesOut(t *testing.T) {
	d := dag.New("d")
	operator.Exec(d, "sh", func(dag.RunInfo) *exec.Cmd { return exec.Command("sleep", "1000") }, dag.Timeout(10*time.Millisecond))
	_, err := d.Run(t.Context())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "timed out after 10ms: sleep: signal: terminated")
}

func ExampleExec() {
	d := dag.New("dump", dag.WithParams(dag.Params{"db": "zips"}))
	size := operator.Exec(d, "dump", func(i dag.RunInfo) *exec.Cmd {
		return exec.Command("sh", "-c", `echo "dumping $1"; echo 42`, "sh", i.Params["db"].(string))
	})
	dag.Do1(d, "report", size, func(_ context.Context, last string) error {
		fmt.Println("documents:", last)
		return nil
	})
	_, err := d.Run(context.Background())
	fmt.Println(err)
	// Output:
	// documents: 42
	// <nil>
}

// A secret is hidden also where an endless line is broken, and in the error, which has the last line.
func TestExecHidesSecrets(t *testing.T) {
	d := dag.New("d")
	for before := 65_525; before <= 65_540; before += 3 {
		id := fmt.Sprint("sh", before)
		script := fmt.Sprintf(`head -c %d /dev/zero | tr '\0' x; printf 'hunter2-%%s' hunter3; head -c 100000 /dev/zero | tr '\0' x; echo hunter2-hunter3 >&2; exit 1`, before)
		dag.Do(d, "know"+id, func(ctx context.Context) error { engine.AddSecret(ctx, "hunter2-hunter3"); return nil }).SetDownstream(
			operator.Exec(d, id, func(dag.RunInfo) *exec.Cmd { return exec.Command("sh", "-c", script) }))
	}
	res, err := d.Run(t.Context())
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "unter")
	for _, r := range res.Tasks() {
		assert.NotContains(t, r.Log, "unter", r.ID)
	}
}
