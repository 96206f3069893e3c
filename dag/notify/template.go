package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/penstock/penstock/dag"
)

// Template makes messages of notices: texts of text/template, each of which is given a [Notice]. As an option
// of New it is tried on an example of each event, with names full of quotes and line ends, so that
// what is wrong with it is an error there and not of the first alert. An empty text leaves the default.
//
// Beside the functions of text/template there are json, which writes any value as JSON; slack, which takes
// the meaning out of what Slack would read as a link or a mention; and utc, which writes a time as
// RFC 3339 says.
type Template struct {
	Subject string // one line
	Text    string
	JSON    string // what a Webhook posts, in place of the subject and the text
}

const (
	defaultSubject = `{{.Summary}}`
	defaultText    = `{{with .Run}}run       {{.}}
{{end}}{{if ne .Interval.Start .Interval.End}}interval  {{utc .Interval.Start}} to {{utc .Interval.End}}
{{end}}{{if eq .Event "threshold breached"}}since     {{utc .Since}}
{{end}}noticed   {{utc .At}}
{{with .Error}}
{{.}}
{{end}}`
)

func (t Template) apply(n *Notifier) error {
	if n.words != (Template{}) {
		return errors.New("there are two templates")
	}
	n.words = t
	return nil
}

// templates are those of a notifier.
type templates struct {
	subject, text, json *template.Template // json may be nil
}

// parse reads the texts, and tries them on examples of the events.
func (t Template) parse(events []Event) (*templates, error) {
	var p templates
	for _, one := range []struct {
		name, text, or string
		into           **template.Template
	}{{"subject", t.Subject, defaultSubject, &p.subject}, {"text", t.Text, defaultText, &p.text}, {"json", t.JSON, "", &p.json}} {
		if one.text == "" {
			one.text = one.or
		}
		if one.text == "" {
			continue
		}
		parsed, err := template.New(one.name).Funcs(functions).Parse(one.text)
		if err != nil {
			return nil, err
		}
		*one.into = parsed
	}
	for _, e := range events {
		for _, n := range examples(e) {
			if _, err := p.message(n.cleaned()); err != nil {
				return nil, fmt.Errorf("%s: %w", e, err)
			}
		}
	}
	return &p, nil
}

var functions = template.FuncMap{
	"json":  toJSON,
	"slack": slackEscape.Replace,
	"utc":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// slackEscape is what Slack asks for in texts: https://docs.slack.dev/messaging/formatting-message-text#escaping.
var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// The most bytes of a subject and of a text. RFC 5322 bounds a line to 998.
const (
	longSubject = 300
	longText    = 64 << 10
)

// message puts a notice, which has been cleaned, into words.
func (t *templates) message(n Notice) (m Message, err error) {
	m.ID = n.id
	if m.Subject, err = execute(t.subject, n); err != nil {
		return m, err
	}
	m.Subject = strings.TrimSpace(printable(strings.TrimSpace(m.Subject), longSubject, false))
	if m.Subject == "" {
		return m, errors.New("template: subject: it is empty")
	}
	if m.Text, err = execute(t.text, n); err != nil {
		return m, err
	}
	m.Text = printable(m.Text, longText, true)
	if t.json == nil {
		return m, nil
	}
	body, err := execute(t.json, n)
	if err == nil && !json.Valid([]byte(body)) {
		err = fmt.Errorf("template: json: it makes no JSON (use the function json): %s", printable(body, longName, true))
	}
	m.JSON = []byte(body)
	return m, err
}

func execute(t *template.Template, n Notice) (string, error) {
	var b strings.Builder
	err := t.Execute(&b, n)
	return b.String(), err
}

// examples are notices of an event: one with all that there may be, and one with as little.
func examples(e Event) []Notice {
	nasty := "a \"quoted\" \\ name\nof <two> lines\t& a tab"
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	little := Notice{Event: e, At: day, Element: -1}
	full := Notice{
		Event: e, At: day, DAG: nasty, Run: nasty, LogicalTime: day, Interval: dag.Interval{Start: day, End: day.AddDate(0, 0, 1)},
		Params: dag.Params{nasty: nasty}, Element: -1,
	}
	switch e {
	case RunFailed:
		full.Error = nasty
	case TaskFailed, TaskRetried:
		full.Task, full.Element, full.Try, full.Error, full.Wait = nasty, 1, 2, nasty, time.Minute
	case DeadlineMissed:
		full.Deadline = time.Hour
	case Breached, Recovered:
		little.Metric, little.Side, little.Limit = "rows", Below, "1"
		full.Task, full.Metric, full.Side, full.Value, full.Limit, full.Lasts, full.Since = nasty, "rows", Above, "43", "42", time.Minute, day
		flow := full
		flow.DAG, flow.Run, flow.Task, flow.Flow, flow.Stage = "", "", "", nasty, nasty
		return []Notice{little, full, flow}
	case MessagesLost:
		little.Lost = 3
		return []Notice{little}
	}
	return []Notice{little, full}
}
