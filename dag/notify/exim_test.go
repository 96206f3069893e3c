//go:build unix

package notify_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/notify"
)

var exim = flag.String("exim", "", "path of Exim, Debian's mail server, which is started and given mail")

// mailServer is an Exim with a configuration and folders of its own.
type mailServer struct {
	dir, address string
	roots        *x509.CertPool
	seen         map[string]bool
}

// startExim starts one as a user without rights, and stops it when the test ends.
func startExim(t *testing.T) *mailServer {
	t.Helper()
	if *exim == "" {
		t.Skip("needs Debian's mail server, of the package exim4-daemon-light: -exim /usr/sbin/exim4, or make mail")
	}
	dir, err := os.MkdirTemp("", "exim") // t.TempDir is in a folder that another user cannot enter
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	s := &mailServer{dir: dir, roots: x509.NewCertPool(), seen: map[string]bool{}}
	s.certify(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.address = free.Addr().String()
	require.NoError(t, free.Close())
	_, port, err := net.SplitHostPort(s.address)
	require.NoError(t, err)

	cmd := exec.CommandContext(t.Context(), *exim, "-bdf", "-q1m", "-C", filepath.Join(dir, "exim.conf"))
	uid, gid := unprivileged(cmd)
	text, err := os.ReadFile(filepath.Join("testdata", "exim.conf"))
	require.NoError(t, err)
	conf := strings.NewReplacer("DIR", dir, "PORT", port, "UID", fmt.Sprint(uid), "GID", fmt.Sprint(gid)).Replace(string(text))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "exim.conf"), []byte(conf), 0o644))
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, uid, gid))
	}))
	cmd.WaitDelay = 10 * time.Second
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // what serves a connection heeds no other
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { // the context of the test has ended it
		_ = cmd.Wait()
		assert.Eventually(t, func() bool { return syscall.Kill(-cmd.Process.Pid, 0) != nil }, 20*time.Second, time.Millisecond, "it has left a process behind")
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 20*time.Second, 10*time.Millisecond, "Exim does not answer")
	return s
}

// nobody is the user and the group without rights, on Debian.
const nobody = 65534

// unprivileged has a command run in a group of its own, as a user without rights if it is started by root, and
// returns as whom.
func unprivileged(cmd *exec.Cmd) (uid, gid int) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid()
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	return nobody, nobody
}

// certify gives the server a certificate, which only this test trusts.
func (s *mailServer) certify(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.True(t, s.roots.AppendCertsFromPEM(cert))
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "cert.pem"), cert, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
}

// delivered waits for one more mail in the mailbox, and reads it.
func (s *mailServer) delivered(t *testing.T) (*netmail.Message, string) {
	t.Helper()
	var path string
	require.Eventually(t, func() bool {
		files, _ := filepath.Glob(filepath.Join(s.dir, "mail", "new", "*"))
		for _, f := range files {
			if !s.seen[f] {
				s.seen[f], path = true, f
				return true
			}
		}
		return false
	}, 20*time.Second, 10*time.Millisecond, "no mail was delivered")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	require.NoError(t, err)
	return m, string(data)
}

// parts are those of a mail, decoded, by the names of their files; "" is the text.
func parts(t *testing.T, m *netmail.Message) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/mixed", kind)
	all := map[string]string{}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		var body io.Reader = p
		switch p.Header.Get("Content-Transfer-Encoding") {
		case "quoted-printable":
			body = quotedprintable.NewReader(p)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, p)
		}
		text, err := io.ReadAll(body)
		require.NoError(t, err)
		name, err := new(mime.WordDecoder).DecodeHeader(p.FileName())
		require.NoError(t, err)
		all[name] = string(text)
	}
}

// TestExim hands mail to Debian's mail server and reads what it has delivered: make mail.
func TestExim(t *testing.T) {
	s := startExim(t)
	plain := notify.Mail{Server: s.address, From: "Flows <flows@example.com>", To: []string{"a@example.com"}, Plain: true}
	safe := plain
	safe.Plain, safe.TLS, safe.User, safe.Password = false, &tls.Config{RootCAs: s.roots}, "flows", "s3cret-word"
	send := func(m notify.Mail, message notify.Message) (err error, final bool) {
		err = m.Send(t.Context(), message)
		var f interface{ Final() bool }
		return err, errors.As(err, &f) && f.Final()
	}

	t.Run("TaskWithAttachments", func(t *testing.T) {
		text := "Grüße\n.\n. a line with a dot\nFrom me\n" + strings.Repeat("long ", 1000) + "\n"
		binary := make([]byte, 1<<20)
		for i := range binary {
			binary[i] = byte(i * i >> 3)
		}
		d := dag.New("d")
		notify.Task(d, "mail", plain, func(context.Context) (notify.Message, error) {
			return notify.Message{Subject: "Übersicht <script> \u2028 " + strings.Repeat("sehr ", 60), Text: text, Attachments: []notify.Attachment{
				{Name: "hits.png", Content: binary}, {Name: "größe; x.csv", Content: []byte("a,b\n1,2\n")},
			}}, nil
		})
		_, err := d.Run(t.Context())
		require.NoError(t, err)
		m, _ := s.delivered(t)
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		require.NoError(t, err)
		assert.Equal(t, "Übersicht <script> \u2028 "+strings.TrimSpace(strings.Repeat("sehr ", 60)), strings.TrimSpace(subject))
		assert.Equal(t, "auto-generated", m.Header.Get("Auto-Submitted"))
		got := parts(t, m)
		assert.Equal(t, text, strings.ReplaceAll(got[""], "\r\n", "\n"))
		assert.True(t, got["hits.png"] == string(binary), "every byte")
		assert.Equal(t, "a,b\n1,2\n", got["größe; x.csv"], "%v", slices.Sorted(maps.Keys(got)))
	})

	t.Run("NotifierOverTLS", func(t *testing.T) {
		to := safe
		to.To = []string{"private@example.com"}
		n := notifier(t, to, notify.RunFailed)
		d := dag.New("nightly", n.Hooks())
		dag.Do(d, "load", func(context.Context) error {
			return errors.New("no such table\r\nBcc: x@example.com\r\n\r\n.\r\nthe end")
		})
		_, err := d.Run(t.Context())
		require.Error(t, err)
		require.NoError(t, n.Close(t.Context()))
		sent, lost, _, _ := n.Stats()
		require.Equal(t, [2]int64{1, 0}, [2]int64{sent, lost})
		m, raw := s.delivered(t)
		assert.Equal(t, "nightly failed", m.Header.Get("Subject"))
		assert.Empty(t, m.Header.Get("Bcc"))
		assert.Contains(t, m.Header.Get("Received"), "TLS1.")
		assert.Contains(t, raw, "no such table")
	})

	t.Run("Refused", func(t *testing.T) {
		for _, c := range []struct {
			name, to, want string
			mail           notify.Mail
			final          bool
		}{
			{name: "NoSuchMailbox", mail: plain, to: "nobody@example.com", want: "no such mailbox", final: true},
			{name: "Later", mail: plain, to: "later@example.com", want: "come back later"},
			{name: "Relay", mail: plain, to: "a@example.org", want: "we do not relay", final: true},
			{name: "NotLoggedIn", mail: plain, to: "private@example.com", want: "log in first", final: true},
		} {
			c.mail.To = []string{c.to}
			err, final := send(c.mail, notify.Message{Subject: c.name})
			require.ErrorContains(t, err, c.want)
			assert.Equal(t, c.final, final, c.name)
		}
	})

	t.Run("Untrusted", func(t *testing.T) {
		to := safe
		to.TLS = nil
		err, _ := send(to, notify.Message{})
		require.ErrorContains(t, err, "certificate")
		assert.NotContains(t, err.Error(), safe.Password)
	})

	t.Run("WrongPassword", func(t *testing.T) {
		to := safe
		to.Password = "another-s3cret"
		err, final := send(to, notify.Message{})
		require.ErrorContains(t, err, "535")
		assert.NotContains(t, err.Error(), to.Password)
		assert.True(t, final, "trying again and again locks an account")
	})
}
