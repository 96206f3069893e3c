package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/notify"
)

// postOffice is an SMTP server that keeps what it is given.
type postOffice struct {
	mu      sync.Mutex
	letters []letter
	refuse  error
}

type letter struct {
	from, data string
	to         []string
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{office: p}, nil }

type session struct {
	office *postOffice
	letter letter
}

func (s *session) Reset()        { s.letter = letter{} }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.letter.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.letter.to = append(s.letter.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	if s.office.refuse != nil {
		return s.office.refuse
	}
	s.letter.data = string(data)
	s.office.letters = append(s.office.letters, s.letter)
	return err
}

// open starts the server and returns its address.
func (p *postOffice) open(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := smtp.NewServer(p)
	server.Domain = "localhost"
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends by Close
	}()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return listener.Addr().String()
}

func report(context.Context) (notify.Message, error) {
	return notify.Message{Subject: "Übersicht", Text: "all well\n", Attachments: []notify.Attachment{{Name: "hits.csv", Content: []byte("a,b\n1,2\n")}}}, nil
}

func TestMailIsATaskOfAFlow(t *testing.T) {
	office := &postOffice{}
	d := dag.New("flow")
	notify.Task(d, "mail", notify.Mail{Server: office.open(t), From: "Flows <flows@example.com>", To: []string{"a@example.com", "b@example.com"}, Plain: true}, report)
	_, err := d.Run(t.Context())
	require.NoError(t, err)
	require.Len(t, office.letters, 1)
	got := office.letters[0]
	assert.Equal(t, "flows@example.com", got.from)
	assert.Equal(t, []string{"a@example.com", "b@example.com"}, got.to)
	parsed, err := netmail.ReadMessage(strings.NewReader(got.data))
	require.NoError(t, err)
	assert.Contains(t, parsed.Header.Get("Subject"), "=?UTF-8?")
	assert.Contains(t, got.data, "hits.csv")
	assert.Contains(t, got.data, "all well")
}

func TestMailErrors(t *testing.T) {
	office := &postOffice{}
	server := office.open(t)
	good := notify.Mail{Server: server, From: "f@example.com", To: []string{"t@example.com"}, Plain: true}
	send := func(m notify.Mail, msg notify.Message) error { return m.Send(t.Context(), msg) }
	isFinal := func(err error) bool {
		var f interface{ Final() bool }
		return errors.As(err, &f) && f.Final()
	}

	noTLS := good
	noTLS.Plain, noTLS.User, noTLS.Password = false, "u", "s3cret"
	err := send(noTLS, notify.Message{})
	require.Error(t, err, "a server without TLS is not trusted with mail")
	assert.NotContains(t, err.Error(), "s3cret")

	for name, m := range map[string]notify.Mail{
		"no recipient": {Server: server, From: "f@example.com", Plain: true},
		"no sender":    {Server: server, To: []string{"t@example.com"}, Plain: true},
		"no address":   {Server: server, From: "f@example.com", To: []string{"not an address"}, Plain: true},
		"a port":       {Server: "localhost:smtp?", From: "f@example.com", To: []string{"t@example.com"}},
	} {
		assert.True(t, isFinal(send(m, notify.Message{})), name)
	}
	assert.ErrorContains(t, send(good, notify.Message{Subject: "a\r\nBcc: x@example.com"}), "more than one line")
	assert.ErrorContains(t, send(good, notify.Message{Attachments: []notify.Attachment{{Name: "../x"}}}), "folder")

	office.refuse = &smtp.SMTPError{Code: 451, Message: "later"}
	err = send(good, notify.Message{})
	require.ErrorContains(t, err, "later")
	assert.False(t, isFinal(err), "451 is for the time being")
	office.refuse = &smtp.SMTPError{Code: 554, Message: "never"}
	assert.True(t, isFinal(send(good, notify.Message{})), "554 is final")
	assert.Empty(t, office.letters)
}

func TestWebhook(t *testing.T) {
	var got map[string]string
	code := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&got))
		w.WriteHeader(code)
	}))
	defer server.Close()
	hook := notify.Webhook{URL: server.URL + "/secret-path"}
	require.NoError(t, hook.Send(t.Context(), notify.Message{Subject: "s", Text: "t"}))
	assert.Equal(t, map[string]string{"text": "s\nt"}, got)
	for status, final := range map[int]bool{404: true, 408: false, 429: false, 500: false} {
		code = status
		err := hook.Send(t.Context(), notify.Message{})
		require.Error(t, err)
		var f interface{ Final() bool }
		assert.Equal(t, final, errors.As(err, &f), status)
	}
	server.Close()
	err := hook.Send(t.Context(), notify.Message{})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret-path")
	assert.NotContains(t, notify.Webhook{URL: "http://[secret"}.Send(t.Context(), notify.Message{}).Error(), "secret")
}

// recorder is a sender that fails at first.
type recorder struct {
	mu    sync.Mutex
	fails int
	sent  []string
}

func (r *recorder) Send(_ context.Context, m notify.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails > 0 {
		r.fails--
		return errors.New("busy")
	}
	r.sent = append(r.sent, m.Subject)
	return nil
}

func TestNotifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &recorder{fails: 2}
		n := notify.New(to, notify.RunSucceeded, notify.RunFailed, notify.TaskFailed, notify.TaskRetried, notify.DeadlineMissed)
		n.Logger = slog.New(slog.DiscardHandler)
		tries := 0
		good := dag.New("good", n.Hooks())
		dag.Do(good, "flaky", func(context.Context) error {
			if tries++; tries == 1 {
				return errors.New("once")
			}
			return nil
		}, dag.Retry{Max: 1, Delay: time.Second})
		_, err := good.Run(t.Context())
		require.NoError(t, err)
		bad := dag.New("bad", n.Hooks())
		dag.Do(bad, "broken", func(context.Context) error { return errors.New("no") })
		_, err = bad.Run(t.Context())
		require.Error(t, err)
		require.NoError(t, n.Close(t.Context()))
		assert.Equal(t, []string{
			"good, task flaky, succeeded after more than one try", "good succeeded",
			"bad, task broken, failed", "bad failed",
		}, to.sent, "once each, in order, though the first two tries to send failed")
		assert.Zero(t, n.Lost())
	})
}

func TestNotifierNeverHoldsUpARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		n := notify.New(senderFunc(func(ctx context.Context) error {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return ctx.Err()
		}), notify.RunSucceeded)
		n.Logger = slog.New(slog.DiscardHandler)
		d := dag.New("d", n.Hooks())
		dag.Do(d, "t", func(context.Context) error { return nil })
		for range 300 { // more than the queue holds
			_, err := d.Run(t.Context())
			require.NoError(t, err)
		}
		assert.Positive(t, n.Lost(), "what finds no room is counted")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.Error(t, n.Close(ctx), "the sender never comes back by itself")
		assert.EqualValues(t, 300, n.Lost())
	})
}

type senderFunc func(context.Context) error

func (f senderFunc) Send(ctx context.Context, _ notify.Message) error { return f(ctx) }
