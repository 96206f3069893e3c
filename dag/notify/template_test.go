package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/notify"
)

// What is wrong with a template is an error of New, not of the first message.
func TestTemplatesAreTried(t *testing.T) {
	rows := notify.When(notify.Rows("", ""), notify.Above, 1, 0)
	for _, c := range []struct {
		name, want string
		template   notify.Template
		event      notify.Option
	}{
		{name: "Syntax", template: notify.Template{Subject: "{{.DAG"}, want: "unclosed action"},
		{name: "Field", template: notify.Template{Text: "{{.Colour}}"}, want: "run failed: template: text:1:2"},
		{name: "Function", template: notify.Template{Text: "{{shell .DAG}}"}, want: `function "shell" not defined`},
		{name: "Empty", template: notify.Template{Subject: " \n "}, want: "subject: it is empty"},
		{name: "EmptyForSome", template: notify.Template{Subject: "{{.Task}}"}, want: "subject: it is empty"},
		{name: "Quotes", template: notify.Template{JSON: `{"text": "{{.DAG}}"}`}, want: "it makes no JSON (use the function json)"},
		{name: "LineEnds", template: notify.Template{JSON: `{"text": "{{.Error}}"}`}, want: "it makes no JSON"},
		{name: "OnlyOfThresholds", template: notify.Template{Text: `{{if .Metric}}{{.Metric.Name}}{{end}}`}, event: rows, want: "threshold breached: "},
		{name: "OnlyOfLostMessages", template: notify.Template{Text: `{{if .Lost}}{{.Lost.Name}}{{end}}`}, want: "messages lost: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := []notify.Option{notify.RunFailed, c.template}
			if c.event != nil {
				opts = append(opts, c.event)
			}
			_, err := notify.New(&recorder{}, opts...)
			require.ErrorContains(t, err, "notify: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestTwoTemplatesAreRefused(t *testing.T) {
	_, err := notify.New(&recorder{}, notify.Template{Subject: "a"}, notify.Template{Text: "b"})
	require.EqualError(t, err, "notify: there are two templates")
}

func TestTemplates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.RunFailed, notify.Template{
			Subject: "[{{.Event}}]\n{{.Name}}", Text: `{{slack .Error}} of {{.Params.state}}, {{utc .At}}`, JSON: `{"content": {{json .Summary}}}`,
		})
		d := dag.New("d <!channel>", n.Hooks(), dag.WithParams(dag.Params{"state": "MA"}))
		dag.Do(d, "t", func(context.Context) error { return errors.New("<no> & \"none\"") })
		_, err := d.Run(t.Context())
		require.Error(t, err)
		require.NoError(t, n.Close(t.Context()))
		m := to.sent[0]
		assert.Equal(t, "[run failed] d <!channel>", m.Subject, "it has one line")
		assert.Equal(t, `dag: d &lt;!channel&gt;: task "t" failed on try 1: &lt;no&gt; &amp; "none" of MA, 2000-01-01T00:00:00Z`, m.Text)
		var body map[string]string
		require.NoError(t, json.Unmarshal(m.JSON, &body))
		assert.Equal(t, "d <!channel> failed", body["content"])
	})
}

// A template that fails on what the examples did not have loses no message.
func TestATemplateThatFailsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.RunFailed, notify.Template{Subject: `{{if eq .DAG "d"}}{{slice .DAG 5}}{{else}}x{{end}}`})
		var log strings.Builder
		n.Logger = slog.New(slog.NewTextHandler(&log, nil))
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error { return errors.New("no") })
		_, err := d.Run(t.Context())
		require.Error(t, err)
		require.NoError(t, n.Close(t.Context()))
		require.Len(t, to.sent, 1)
		assert.Equal(t, "d failed", to.sent[0].Subject)
		assert.Contains(t, to.sent[0].Text, "The template of this message fails: template: subject:")
		assert.Contains(t, log.String(), "a template fails")
	})
}

func TestLongTextsAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, notify.DeadlineMissed, notify.Template{Subject: `{{printf "%05000d" 1}}`, Text: `{{printf "%0100000d" 1}}`})
		n.Hooks().OnDeadline(dag.RunInfo{DAG: "d"})
		require.NoError(t, n.Close(t.Context()))
		assert.Equal(t, strings.Repeat("0", 300)+"… (4700 more bytes)", to.sent[0].Subject)
		assert.Equal(t, strings.Repeat("0", 64<<10)+"… (34464 more bytes)", to.sent[0].Text)
	})
}

// The words that are used without a template.
func TestDefaultWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{}
		n := notifier(t, to, append(everything, notify.When(notify.TaskDuration("", ""), notify.Above, time.Second, 0))...)
		day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
		d := dag.New("daily", n.Hooks())
		dag.Do(d, "load", func(context.Context) error { time.Sleep(3 * time.Second); return errors.New("no such table") })
		_, err := d.Run(t.Context(), dag.Interval{Start: day, End: day.AddDate(0, 0, 1)})
		require.Error(t, err)
		n.Hooks().OnDeadline(dag.RunInfo{DAG: "daily", RunID: "daily/20240229T000000Z", Element: -1})
		require.NoError(t, n.Close(t.Context()))
		var all []string
		for _, m := range to.sent {
			all = append(all, m.Subject+"\n"+m.Text)
		}
		assert.Equal(t, []string{
			"daily, task load: task duration 3s is above 1s\nsince     2000-01-01T00:00:01Z\nnoticed   2000-01-01T00:00:03Z\n",
			"daily, task load, failed\ninterval  2024-02-29T00:00:00Z to 2024-03-01T00:00:00Z\nnoticed   2000-01-01T00:00:03Z\n\n" +
				"dag: daily: task \"load\" failed on try 1: no such table\n",
			"daily failed\ninterval  2024-02-29T00:00:00Z to 2024-03-01T00:00:00Z\nnoticed   2000-01-01T00:00:03Z\n\n" +
				"dag: daily: task \"load\" failed on try 1: no such table\n",
			"daily has missed its deadline\nrun       daily/20240229T000000Z\nnoticed   2000-01-01T00:00:03Z\n",
		}, all)
	})
}
