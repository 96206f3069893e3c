// Package notify tells people what becomes of runs: by e-mail, or by a request to a web address
// such as Slack's incoming webhooks.
//
// It is for programs that run DAGs while no one looks.
//
// # Basics
//
// [Mail] and [Webhook] send a [Message]. [Task] makes sending one a task of a DAG: a report at
// the end of a flow. [New] makes a [Notifier], whose Hooks tell of runs that succeed or fail, of
// tasks that fail or are tried again, and of missed deadlines:
//
//	n := notify.New(notify.Mail{Server: "mail.example.com:587", From: "flows@example.com", To: []string{"ops@example.com"}},
//		notify.RunFailed, notify.DeadlineMissed)
//	defer n.Close(ctx)
//	d := dag.New("nightly", n.Hooks(), dag.Hooks{Deadline: time.Hour})
//
// # Caveats
//
// A notifier never holds up a run: messages wait in a queue, and are tried again if they cannot be
// sent. What the queue has no room for, and what could not be sent in the end, is counted and told to
// the logger. Close waits until the queue is empty.
package notify
