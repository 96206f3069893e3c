package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Webhook posts a message as JSON: {"text": "subject\ntext"}, which is what Slack's incoming webhooks and those
// made like them take, with &, < and > written as Slack asks, so that no name of a task calls all the channel; or
// the message's own JSON.
type Webhook struct {
	URL    string       // a secret, as a rule: never in an error
	Client *http.Client // nil: http.DefaultClient
}

var _ Sender = Webhook{}

// Send posts the message. Answers 400 to 499, but for 408 and 429, are final.
func (w Webhook) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return final(fmt.Errorf("notify: webhook: %w", err))
	}
	body := m.JSON
	if body == nil {
		var err error
		if body, err = json.Marshal(map[string]string{"text": slackEscape.Replace(m.Subject + "\n" + m.Text)}); err != nil {
			return final(fmt.Errorf("notify: webhook: %w", err))
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return final(errors.New("notify: webhook: the address is no URL"))
	}
	req.Header.Set("Content-Type", "application/json")
	if key := m.key(); key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	client := w.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("notify: webhook: %w", withoutURL(err))
	}
	defer res.Body.Close()                                      //nolint:errcheck // it has been read
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // so that the connection can be used again
	switch code := res.StatusCode; {
	case code < 300:
		return nil
	case code >= 400 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests:
		return final(fmt.Errorf("notify: webhook: %s", res.Status))
	default:
		return fmt.Errorf("notify: webhook: %s", res.Status)
	}
}

// withoutURL takes the address out of an error of net/http.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
