package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/engine"
)

// The events of attempts are written and read as encoding/json would, whatever is in them.
func TestEventsAreJSON(t *testing.T) {
	texts := []string{"", "a", "load/x 1", `say "no"`, `back\slash`, "<b>&", "two\nlines\n", "Grüße", "\x00\x1f\x7f", "\xff\xfe", "\u2028", `,"try":7}`, `"`}
	kinds := []string{"started", "finished", "released", "checkpoint", "logged", "marked", "unheard of"}
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(s []string) string { return s[rng.IntN(len(s))] }
	quick := 0
	for range 5000 {
		at := time.Unix(rng.Int64N(1e11), rng.Int64N(1e9)).In(time.FixedZone("", 60*rng.IntN(600)))
		elem, try := int32(rng.IntN(4)-1), int32(rng.IntN(3))
		written, reference := engine.AttemptJSON(pick(kinds), pick(texts), pick([]string{"", "12", "3333x21"}), pick(texts)+pick(texts), elem, try, rng.IntN(4) == 0, at)
		require.Equal(t, string(reference), string(written))
		same, ok := engine.ReadsAsJSON(written)
		require.True(t, same, "%s", written)
		if ok {
			quick++
		}
	}
	assert.Greater(t, quick, 500)
}

// What is not written so is left to encoding/json, or read as it reads it.
func TestEventsThatAreNotOurs(t *testing.T) {
	good := `{"kind":"finished","at":"2026-01-02T03:04:05.000000006Z","task":"a","elem":-1,"try":1,"size":"3x2","log":"x\n"}`
	_, quick := engine.ReadsAsJSON([]byte(good))
	require.True(t, quick)
	for i := range good {
		for _, c := range []byte("\x00\"\\,:{}019-+eE .x\n\xff") {
			for _, changed := range []string{good[:i] + string([]byte{c}) + good[i+1:], good[:i] + string([]byte{c}) + good[i:], good[:i], good[i:]} {
				same, _ := engine.ReadsAsJSON([]byte(changed))
				require.True(t, same, "%q", changed)
			}
		}
	}
}

func FuzzEventJSON(f *testing.F) {
	f.Add([]byte(`{"kind":"started","at":"2026-01-02T03:04:05Z","task":"a","elem":-1,"try":1}`))
	f.Add([]byte(`{"kind":"logged","at":"2026-01-02T03:04:05+01:00","task":"a","log":"\u00e4"}`))
	f.Fuzz(func(t *testing.T, head []byte) {
		same, _ := engine.ReadsAsJSON(head)
		require.True(t, same)
	})
}
