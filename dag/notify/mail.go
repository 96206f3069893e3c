package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// Mail sends e-mail by SMTP (RFC 5321), over TLS unless Plain says otherwise.
type Mail struct {
	Server   string // host:port; without a port 587, where mail is handed in (RFC 6409)
	From     string // address, with a name or without
	To       []string
	User     string // of the server; "" to hand in mail without logging in
	Password string // never in an error
	Plain    bool   // do without TLS: for a server on this machine

	// TLS says how to check the server, such as which authorities sign for it; nil is what the
	// system says. Without a ServerName it is the name of Server.
	TLS *tls.Config
}

var _ Sender = Mail{}

const submission = 587

// Send hands the message to the server. An answer of the server that is final (5xx) and a mail that
// cannot be written down are final.
func (m Mail) Send(ctx context.Context, message Message) error {
	msg, err := m.compose(message)
	if err != nil {
		return final(fmt.Errorf("notify: mail: %w", err))
	}
	client, err := m.client()
	if err != nil {
		return final(fmt.Errorf("notify: mail: %w", err))
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		err = fmt.Errorf("notify: mail to %s: %w", m.Server, err)
		if refused(err) {
			return final(err)
		}
		return err
	}
	return nil
}

// refused tells whether the server has said no for good, to the mail or to the login: one that is tried again and
// again with a wrong password locks the account.
func refused(err error) bool {
	var sending *mail.SendError
	if errors.As(err, &sending) {
		return !sending.IsTemp() && sending.ErrorCode() >= 500
	}
	var answer *textproto.Error
	return errors.As(err, &answer) && answer.Code >= 500
}

func (m Mail) compose(message Message) (*mail.Msg, error) {
	if err := message.check(); err != nil {
		return nil, err
	}
	if len(m.To) == 0 {
		return nil, errors.New("no recipient")
	}
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(m.From), msg.To(m.To...)); err != nil {
		return nil, err
	}
	msg.Subject(message.Subject)
	msg.SetDate()
	msg.SetMessageID()
	if key := message.key(); key != "" {
		msg.SetMessageIDWithValue(key + "@" + m.domain())
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday note answers
	msg.SetBodyString(mail.TypeTextPlain, message.Text)
	for _, a := range message.Attachments {
		if err := msg.AttachReader(a.Name, bytes.NewReader(a.Content)); err != nil {
			return nil, err
		}
	}
	return msg, nil
}

// domain is that of the sender, which has been checked.
func (m Mail) domain() string {
	a, err := netmail.ParseAddress(m.From)
	if err != nil {
		return "localhost"
	}
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}

func (m Mail) client() (*mail.Client, error) {
	host, port := m.Server, submission
	if h, p, err := net.SplitHostPort(m.Server); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("the port of %q is no number", m.Server)
		}
		host, port = h, int(n)
	}
	opts := []mail.Option{mail.WithPort(port), mail.WithTLSPolicy(mail.TLSMandatory)}
	if m.Plain {
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	}
	if m.TLS != nil {
		c := m.TLS.Clone()
		if c.ServerName == "" {
			c.ServerName = host
		}
		opts = append(opts, mail.WithTLSConfig(c))
	}
	if m.User != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	return mail.NewClient(host, opts...)
}
