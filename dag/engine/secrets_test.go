package engine_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
)

// The secrets of the tests, each told in another way.
const (
	given   = "configured-pass" // Config.Secrets
	fetched = "fetched pass/1"  // AddSecret, by a task
	asParam = "param-pass"      // parameter db_password
	inURI   = "uri-pass"        // in parameter uri
)

var secrets = []string{given, fetched, asParam, inURI}

// leaky returns a DAG that says all it knows. It fails at the first try.
func leaky(seen func(dag.Params)) *dag.DAG {
	d := dag.New("leaky", dag.WithParams(dag.Params{"db_password": "changeme", "uri": "mongodb://ana:" + inURI + "@db/x", "n": 1}))
	say := dag.Task(d, "say", func(ctx context.Context) ([]string, error) {
		engine.AddSecret(ctx, fetched)
		info := dag.RunFrom(ctx)
		seen(info.Params)
		for _, s := range secrets {
			info.Log().Info("it is "+s, "value", s, "list", []string{s}, "api_key", "by-its-key")
			info.Log().With("held", s).Info("more", "error", errors.New("bad "+s))
			info.Log().Info("encoded " + base64.StdEncoding.EncodeToString([]byte("user:"+s)))
		}
		if err := dag.SaveCheckpoint(ctx, secrets); err != nil {
			return nil, err
		}
		return secrets, nil
	})
	dag.Do1(d, "fail", say, func(ctx context.Context, all []string) error {
		return fmt.Errorf("cannot log in with %q: %w", all, fs.ErrPermission)
	})
	return d
}

// shown collects all that an engine tells of a run.
func shown(t *testing.T, e *engine.Engine, id string) string {
	t.Helper()
	var b strings.Builder
	s, err := e.Status(t.Context(), id)
	require.NoError(t, err)
	fmt.Fprintf(&b, "%+v\n", s)
	for _, task := range []string{"say", "fail"} {
		d, err := e.Inspect(t.Context(), id, task)
		require.NoError(t, err)
		fmt.Fprintf(&b, "%+v\n", d)
		logs, err := e.Logs(t.Context(), id, task)
		require.NoError(t, err)
		fmt.Fprintf(&b, "%+v\n", logs)
	}
	return b.String()
}

func assertNoSecrets(t *testing.T, text, where string) {
	t.Helper()
	for _, s := range append(secrets, "by-its-key") {
		assert.NotContains(t, text, s, where)
		assert.NotContains(t, text, base64.StdEncoding.EncodeToString([]byte("user:" + s))[8:16], where)
	}
}

// No secret reaches a log, an error, a hook, a preview or the store, but for what the run itself needs; that
// is there again after a restart.
func TestSecretsAreHidden(t *testing.T) {
	store := engine.NewMemory()
	var said bytes.Buffer
	var mu sync.Mutex
	var told strings.Builder
	tell := func(v ...any) { mu.Lock(); fmt.Fprintf(&told, "%+v\n", v); mu.Unlock() }
	config := engine.Config{
		Store: store, Secrets: []string{given, "", "abc"}, Logger: slog.New(slog.NewTextHandler(&said, nil)),
		Hooks: []dag.Hooks{{
			OnTask: func(i dag.RunInfo, r dag.Result[any]) { tell(i.Params, r.Log, r.Err) },
			OnRun:  func(r *dag.RunResult, err error) { tell(r.Info().Params, r.Task("fail").Err, err) },
		}},
	}
	var got []dag.Params
	e, err := engine.Open(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, e.Register(t.Context(), leaky(func(p dag.Params) { got = append(got, p) })))
	id, err := e.Trigger(t.Context(), "leaky", dag.Params{"db_password": asParam})
	require.NoError(t, err)
	res, err := e.Wait(t.Context(), id)
	require.ErrorIs(t, err, fs.ErrPermission, "the cause of an error is still there")
	tell(res.Task("fail").Err, res.Task("say").Log, err)
	text := shown(t, e, id)
	assert.Contains(t, text, "***")
	assertNoSecrets(t, text, "while it runs")
	assert.Equal(t, "see *** and ***", e.Mask("see "+given+" and "+fetched))
	require.NoError(t, e.Close(t.Context()))
	assertNoSecrets(t, said.String(), "the engine's logger")
	assert.Contains(t, said.String(), "secrets are too short to be found in texts")
	assertNoSecrets(t, told.String(), "hooks and errors")

	for data, err := range store.Read(t.Context(), "run/"+id) {
		require.NoError(t, err)
		head, _, _ := bytes.Cut(data, []byte("}")) // outputs and checkpoints are behind it
		if !bytes.Contains(head, []byte(`"created"`)) {
			assertNoSecrets(t, string(head), "the store")
		} else {
			assert.Contains(t, string(data), asParam, "the run needs it")
		}
	}

	config.Secrets = []string{given, fetched}
	e, err = engine.Open(t.Context(), config)
	require.NoError(t, err)
	defer e.Close(context.Background())
	require.NoError(t, e.Register(t.Context(), leaky(func(p dag.Params) { got = append(got, p) })))
	assertNoSecrets(t, shown(t, e, id), "after a restart")
	_, err = e.Clear(t.Context(), id, true, "say")
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.Error(t, err)
	require.Len(t, got, 2)
	for _, p := range got {
		assert.Equal(t, dag.Params{"db_password": asParam, "uri": "mongodb://ana:" + inURI + "@db/x", "n": 1}, p, "tasks are given what was given")
	}
	s, err := e.Status(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, dag.Params{"db_password": "***", "uri": "mongodb://ana:***@db/x", "n": 1}, s.Params)
}

// What stands in place of a secret is not taken for one, wherever it comes from.
func TestMaskedParametersAreRefused(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer e.Close(context.Background())
	require.NoError(t, e.Register(t.Context(), leaky(func(dag.Params) {})))
	open := dag.New("open")
	dag.Do(open, "a", func(context.Context) error { return nil })
	require.NoError(t, e.Register(t.Context(), open))
	for _, c := range []struct {
		dag     string
		params  dag.Params
		refused bool
	}{
		{"leaky", dag.Params{"db_password": "***"}, true},
		{"leaky", dag.Params{"uri": "mongodb://ana:***@db/x"}, true},
		{"open", dag.Params{"token": "***"}, true},
		{"open", dag.Params{"any": "http://a:***@b"}, true},
		{"open", dag.Params{"stars": "***"}, false},
		{"open", dag.Params{"token": "a***"}, false},
	} {
		_, err := e.Trigger(t.Context(), c.dag, c.params)
		if c.refused {
			require.ErrorContains(t, err, "which is shown in place of a secret", fmt.Sprint(c.params))
		} else {
			require.NoError(t, err, fmt.Sprint(c.params))
		}
	}
	_, err = e.Trigger(t.Context(), "leaky", dag.Params{"db_password": asParam, "n": "x"})
	require.ErrorContains(t, err, `parameter "n": "x" is not a int`)
	pin := dag.New("pin", dag.WithParams(dag.Params{"secret_pin": 1}))
	dag.Do(pin, "a", func(context.Context) error { return nil })
	require.NoError(t, e.Register(t.Context(), pin))
	_, err = e.Trigger(t.Context(), "pin", dag.Params{"secret_pin": "hunter2"})
	require.EqualError(t, err, `engine: DAG "pin": parameter "secret_pin" is not a int`, "without the value")
}

// A run that had such a default is still there when the DAG has another one.
func TestMaskedParametersOfStoredRuns(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer e.Close(context.Background())
	version := func(token string) *dag.DAG {
		d := dag.New("d", dag.WithParams(dag.Params{"token": token}))
		dag.Do(d, "a", func(context.Context) error { return nil })
		return d
	}
	require.NoError(t, e.Register(t.Context(), version("***")))
	id, err := e.Trigger(t.Context(), "d", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Replace(t.Context(), version("")))
	s, err := e.Status(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, dag.Params{"token": "***"}, s.Params)
	_, err = e.Logs(t.Context(), id, "a")
	require.NoError(t, err)
}

// Lines under way are hidden as soon as it is known that there is a secret in them.
func TestSecretsInLinesUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
		require.NoError(t, err)
		defer e.Close(context.Background())
		said, end := make(chan struct{}), make(chan struct{})
		defer close(end)
		d := dag.New("d")
		dag.Do(d, "a", func(ctx context.Context) error {
			dag.RunFrom(ctx).Log().Info("working")
			time.Sleep(3 * time.Second) // until that is written
			dag.RunFrom(ctx).Log().Info("it is " + fetched)
			close(said)
			<-end
			return nil
		})
		require.NoError(t, e.Register(t.Context(), d))
		id, err := e.Trigger(t.Context(), "d", nil)
		require.NoError(t, err)
		<-said
		e.AddSecret(fetched)
		logs, err := e.Logs(t.Context(), id, "a")
		require.NoError(t, err)
		require.Len(t, logs, 1)
		assert.Contains(t, logs[0].Log, "it is ***")
		assert.NotContains(t, logs[0].Log, fetched)
	})
}

// A secret among parameters is hidden in the others too, before there is a run.
func TestSecretsAmongParameters(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	defer e.Close(context.Background())
	d := dag.New("d")
	dag.Do(d, "a", func(context.Context) error { return nil })
	require.NoError(t, e.Register(t.Context(), d))
	p := dag.Params{"db_password": "hunter2", "cmd": "mysql -phunter2", "n": 1}
	assert.Equal(t, dag.Params{"db_password": "***", "cmd": "mysql -p***", "n": 1}, e.MaskParams(p))
	_, err = e.Trigger(engine.WithActor(t.Context(), "ana"), "d", p)
	require.NoError(t, err)
	entries := audited(t, e, "d")
	require.Len(t, entries, 1)
	assert.Equal(t, map[string]string{"db_password": "***", "cmd": "mysql -p***", "n": "1"}, entries[0].Params)
}

// A DAG that a task of an engine runs hides what the engine knows, and tells the engine of new secrets.
func TestSecretsInADAGInsideATask(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory(), Secrets: []string{given}})
	require.NoError(t, err)
	defer e.Close(context.Background())
	inner := dag.New("inner")
	dag.Do(inner, "say", func(ctx context.Context) error {
		engine.AddSecret(ctx, fetched)
		dag.RunFrom(ctx).Log().Info("it is " + given)
		return nil
	})
	log := ""
	outer := dag.New("outer")
	dag.Do(outer, "run", func(ctx context.Context) error {
		res, err := inner.Run(ctx)
		log = res.Task("say").Log
		return err
	})
	require.NoError(t, e.Register(t.Context(), outer))
	id, err := e.Trigger(t.Context(), "outer", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	assert.Contains(t, log, "it is ***")
	assert.NotContains(t, log, given)
	assert.Equal(t, "see ***", e.Mask("see "+fetched))
}

// Without an engine a run hides as much.
func TestSecretsWithoutAnEngine(t *testing.T) {
	d := leaky(func(dag.Params) {})
	res, err := d.Run(t.Context(), dag.WithParams(dag.Params{"db_password": asParam}))
	require.Error(t, err)
	text := err.Error() + res.Task("say").Log + res.Task("fail").Log
	for _, s := range secrets[1:] { // nobody has configured the first
		assert.NotContains(t, text, s)
	}
	engine.AddSecret(t.Context(), "outside of a task this does nothing")
}
