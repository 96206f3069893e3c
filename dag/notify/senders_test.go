package notify_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/notify"
)

// postOffice is an SMTP server that keeps what it is given.
type postOffice struct {
	mu      sync.Mutex
	letters []letter
	refuse  error
	tls     *tls.Config
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
	server.Domain, server.TLSConfig = "localhost", p.tls
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
	assert.Equal(t, "auto-generated", parsed.Header.Get("Auto-Submitted"), "so that no holiday note answers")
	assert.Contains(t, got.data, "hits.csv")
	assert.Contains(t, got.data, "all well")
}

// The mail of a task has the same id after a crash as before, and another one when its run is made again.
func TestMailOfATaskHasAnID(t *testing.T) {
	to := &recorder{}
	e, err := engine.Open(t.Context(), engine.Config{Store: engine.NewMemory()})
	require.NoError(t, err)
	d := dag.New("flow")
	notify.Task(d, "mail", to, report)
	require.NoError(t, e.Register(t.Context(), d))
	id, err := e.Trigger(t.Context(), "flow", nil)
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	_, err = e.Clear(t.Context(), id, false, "mail")
	require.NoError(t, err)
	_, err = e.Wait(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, e.Close(t.Context()))
	require.Len(t, to.sent, 2)
	assert.Contains(t, to.sent[0].ID, `task "mail" of run "`+id+`"`)
	assert.NotEqual(t, to.sent[0].ID, to.sent[1].ID)
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
		got = nil
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&got))
		w.WriteHeader(code)
	}))
	defer server.Close()
	hook := notify.Webhook{URL: server.URL + "/secret-path"}
	require.NoError(t, hook.Send(t.Context(), notify.Message{Subject: "s", Text: "t <!channel> & <@U1>"}))
	assert.Equal(t, map[string]string{"text": "s\nt &lt;!channel&gt; &amp; &lt;@U1&gt;"}, got, "nobody is called by the name of a task")
	require.NoError(t, hook.Send(t.Context(), notify.Message{Subject: "s", JSON: []byte(`{"content": "c"}`)}))
	assert.Equal(t, map[string]string{"content": "c"}, got)
	require.ErrorContains(t, hook.Send(t.Context(), notify.Message{JSON: []byte(`{"content": `)}), "not valid")
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

// Mail goes over TLS unless it is told otherwise, to a server that can show who it is.
func TestMailOverTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	office := &postOffice{tls: &tls.Config{Certificates: web.TLS.Certificates}}
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	m := notify.Mail{Server: office.open(t), From: "f@example.com", To: []string{"t@example.com"}}
	require.ErrorContains(t, m.Send(t.Context(), notify.Message{}), "certificate", "nobody vouches for it")
	m.TLS = &tls.Config{RootCAs: roots}
	require.NoError(t, m.Send(t.Context(), notify.Message{}))
	assert.Empty(t, m.TLS.ServerName, "what was given is left as it is")
	m.TLS = &tls.Config{RootCAs: roots, ServerName: "other.example"}
	require.ErrorContains(t, m.Send(t.Context(), notify.Message{}), "not other.example")
	assert.Len(t, office.letters, 1)
}

// A message that is sent again, by another process too, can be known by its receiver.
func TestTheSameMessageHasTheSameID(t *testing.T) {
	office := &postOffice{}
	to := notify.Mail{Server: office.open(t), From: "Flows <flows@example.com>", To: []string{"t@example.com"}, Plain: true}
	var keys []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}))
	defer server.Close()
	for _, id := range []string{"a", "a", "b\r\nBcc: x@example.com", ""} {
		m := notify.Message{Subject: "s", ID: id}
		require.NoError(t, to.Send(t.Context(), m))
		require.NoError(t, notify.Webhook{URL: server.URL}.Send(t.Context(), m))
	}
	var ids []string
	for _, l := range office.letters {
		parsed, err := netmail.ReadMessage(strings.NewReader(l.data))
		require.NoError(t, err)
		assert.Empty(t, parsed.Header.Get("Bcc"))
		ids = append(ids, parsed.Header.Get("Message-ID"))
	}
	assert.Equal(t, ids[0], ids[1])
	assert.Regexp(t, `^<[0-9a-f]{32}@example\.com>$`, ids[0])
	assert.NotEqual(t, ids[0], ids[2])
	assert.NotEmpty(t, ids[3], "a mail has one in any case")
	assert.Equal(t, keys[0], keys[1])
	assert.NotEqual(t, keys[0], keys[2])
	assert.Empty(t, keys[3])
}
