// Package notify tells people what becomes of runs, and when numbers leave their bounds: by e-mail, or by a
// request to a web address such as Slack's incoming webhooks.
//
// It is for programs that run DAGs while no one looks.
//
// # Basics
//
// [Mail] and [Webhook] send a [Message]. [Task] makes sending one a task of a DAG: a report at
// the end of a flow. [New] makes a [Notifier], whose Hooks tell of the events that it is asked for, and whose
// thresholds ([When]) tell once that a number is too high or too low, and once that it no longer is:
//
//	n, err := notify.New(notify.Mail{Server: "mail.example.com:587", From: "flows@example.com", To: []string{"ops@example.com"}},
//		notify.RunFailed,
//		notify.When(notify.RunDuration("nightly"), notify.Above, time.Hour, 0),
//		notify.When(notify.QueueDepth(""), notify.Above, 100, 15*time.Minute))
//	e, err := engine.Open(ctx, engine.Config{Store: store, Hooks: []dag.Hooks{n.Hooks()}})
//	n.Watch(e) // for what goes on, besides what has ended
//	d := dag.New("nightly", n.Deadline(2*time.Hour))
//	defer n.Close(ctx)
//
// A [Template] puts messages into other words; it is tried on examples when the notifier is made.
//
// # Caveats
//
// A notifier never holds up a run: notices wait in a queue of 256, are put into words and sent by a goroutine
// of their own, and are tried again if they cannot be sent. What the queue has no room for, and what could not be
// sent in the end, is counted, told to the logger, and told in a message when one has got through and the queue is empty. Close
// waits until the queue is empty.
//
// Errors and parameters in messages are without the secrets that the engine hides (engine.Config.Secrets).
//
// Each event of a run by an engine is told once, however often Hooks is given; a run without one needs them
// once. A process that dies loses the messages in its
// queue, and the engine's hooks do not hear again of what was before; it may tell again of a deadline that
// passed while the process was down or just before. Sending is at least once: a server that has taken a message
// and not said so is given it again. A message has the same Message-ID, or Idempotency-Key, each time, in another
// process too, so that receivers can tell.
//
// What thresholds have seen is in memory. After a restart a breach that still stands, or is measured again, is told
// once more; the recovery from one that was told before the restart is not told.
package notify
