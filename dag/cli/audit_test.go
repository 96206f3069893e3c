package cli_test

import (
	"bytes"
	"os/user"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/cli"
)

// Orders have the user's name, whichever process carries them out.
func TestAudit(t *testing.T) {
	var broken atomic.Bool
	app, _ := stored(t, &broken)
	me, err := user.Current()
	require.NoError(t, err)
	say := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		app.Stdout, app.Stderr = &out, &out
		assert.Zero(t, cli.Main(t.Context(), app, args), out.String())
		return out.String()
	}
	assert.Contains(t, say("trigger", "-rows", "5"), "night/")
	serving(t, app)
	say("pause")
	var out bytes.Buffer
	app.Stdout, app.Stderr = &out, &out
	assert.Equal(t, 3, cli.Main(t.Context(), app, []string{"cancel", "night/none"}))
	for _, args := range [][]string{{"audit"}, {"audit", "night"}} {
		said := say(args...)
		assert.Regexp(t, `(?m)^TIME +WHO +FROM +WHAT +DAG +RUN +ABOUT +REFUSED\n`+
			`[^\n]+  `+me.Username+` +cli +trigger +night +night/\S+ +rows=5 +-\n`+
			`[^\n]+  `+me.Username+` +cli +pause +night +- +- +-\n`+
			`[^\n]+  `+me.Username+` +cli +cancel +night +night/none +- +run "night/none": it has ended, or is not known\n$`, said)
	}
	assert.NotContains(t, say("audit", "-n", "1"), "trigger")
	assert.NotContains(t, say("audit", "other"), "cli")
	app.Stdout, app.Stderr = &out, &out
	assert.Equal(t, 2, cli.Main(t.Context(), app, []string{"audit", "-n", "0"}))
}
