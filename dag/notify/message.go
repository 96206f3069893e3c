package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/dag"
)

// Message is what is sent.
type Message struct {
	Subject     string // one line
	Text        string
	Attachments []Attachment // for e-mail alone
	JSON        []byte       // for a Webhook alone: what it posts in place of the subject and the text

	// ID is the same for what is sent again, "" if nothing is known of that. The Message-ID of a mail and
	// the Idempotency-Key of a request are made from it.
	ID string
}

// key is the ID in characters that any header takes, "" if there is none.
func (m Message) key() string {
	if m.ID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(m.ID))
	return hex.EncodeToString(sum[:16])
}

// Attachment is a file in a message.
type Attachment struct {
	Name    string // without a folder
	Content []byte
}

// Sender sends messages. It must be safe for several goroutines.
type Sender interface {
	// Send returns when the message has been handed over. The error must not hold secrets; one with a
	// method Final() bool that returns true is not tried again.
	Send(ctx context.Context, m Message) error
}

// final marks an error that another try would not change.
func final(err error) error { return finalError{err} }

type finalError struct{ error }

// Final says that another try would not change the error.
func (finalError) Final() bool { return true }

// Unwrap returns the error that is marked.
func (e finalError) Unwrap() error { return e.error }

func isFinal(err error) bool {
	var f interface{ Final() bool }
	return errors.As(err, &f) && f.Final()
}

// check refuses what no sender should have to deal with.
func (m Message) check() error {
	if strings.ContainsAny(m.Subject, "\r\n") {
		return errors.New("the subject has more than one line")
	}
	if m.JSON != nil && !json.Valid(m.JSON) {
		return errors.New("the JSON is not valid")
	}
	for _, a := range m.Attachments {
		if a.Name == "" || strings.ContainsAny(a.Name, "/\\\r\n\x00") {
			return errors.New("an attachment's name is empty or has a folder in it")
		}
	}
	return nil
}

// Task adds a task that sends a message. It is made when the task runs, and again when it is tried
// again; the task's options say how often that is. It is sent as it is made: secrets in it are not hidden. Without an
// ID it has one of the run and the task, so that receivers can know what is sent again after a crash.
func Task(d *dag.DAG, id string, to Sender, message func(context.Context) (Message, error), opts ...dag.TaskOption) *dag.Ref[struct{}] {
	return dag.Do(d, id, func(ctx context.Context) error {
		m, err := message(ctx)
		if err != nil {
			return err
		}
		if i := dag.RunFrom(ctx); m.ID == "" && i.RunID != "" {
			m.ID = fmt.Sprintf("task %q of run %q, %d", i.Task, i.RunID, i.Started.UnixNano())
		}
		if err = to.Send(ctx, m); isFinal(err) {
			return dag.Permanent(err)
		}
		return err
	}, opts...)
}
