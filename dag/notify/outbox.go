package notify

import (
	"context"
	"fmt"
	"time"
)

// tell puts a notice into the queue, unless it has been told, or counts it as lost.
func (n *Notifier) tell(notice Notice) {
	notice = notice.cleaned() // which also cuts what is long: many may wait
	n.mu.Lock()
	if n.told.add(notice.id) {
		n.mu.Unlock()
		return
	}
	if !n.closed {
		select {
		case n.queue <- notice:
			n.mu.Unlock()
			return
		default:
		}
	}
	n.mu.Unlock()
	n.lose(notice.Summary(), "error", "there is no room in the queue, or it is closed")
}

// lose counts a message that nobody will read.
func (n *Notifier) lose(subject string, why ...any) {
	n.mu.Lock()
	n.lost++
	n.silent++
	n.mu.Unlock()
	n.logger().Error("notify: not sent", append([]any{"subject", subject}, why...)...)
}

// work sends what is in the queue.
func (n *Notifier) work() {
	through := false // whether one has got through since others were lost
	for notice := range n.queue {
		if n.deliver(n.word(notice)) && n.untold() > 0 {
			through = true
		}
		if through && len(n.queue) == 0 {
			n.confess()
			through = false
		}
	}
}

// word puts a notice into words, in the default ones if the template fails.
func (n *Notifier) word(notice Notice) Message {
	m, err := n.templates.message(notice)
	if err == nil {
		return m
	}
	n.logger().Error("notify: a template fails", "event", notice.Event, "error", err)
	plain, _ := Template{}.parse(nil)
	if m, _ = plain.message(notice); m.Subject == "" {
		m.Subject = string(notice.Event)
	}
	m.Text += fmt.Sprintf("\nThe template of this message fails: %s\n", printable(err.Error(), longName, false))
	return m
}

// untold is how many messages were lost since that was told last.
func (n *Notifier) untold() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.silent
}

// confess tells how many messages were lost.
func (n *Notifier) confess() {
	lost := n.untold()
	if !n.deliver(n.word(Notice{Event: MessagesLost, At: time.Now(), Element: -1, Lost: lost})) {
		lost = 1 // this one, which needs no message of its own; that of the others is still to come
	}
	n.mu.Lock()
	n.silent -= lost
	n.mu.Unlock()
}

// deliver tries to send a message, and waits longer after each try. It returns whether it was sent.
func (n *Notifier) deliver(m Message) bool {
	tries, wait := orElse(n.Tries, 10), orElse(n.Wait, time.Second)
	for try := 1; ; try++ {
		err := n.send(m)
		switch {
		case err == nil:
			n.mu.Lock()
			n.sent++
			n.mu.Unlock()
			return true
		case try >= tries || n.ctx.Err() != nil || isFinal(err):
			n.lose(m.Subject, "tries", try, "error", err)
			return false
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, max(wait, 5*time.Minute))
		case <-n.ctx.Done():
		}
	}
}

// send makes one try. A sender that does not return although its time is up holds up the queue until Close,
// which leaves it behind.
func (n *Notifier) send(m Message) error {
	if n.ctx.Err() != nil {
		return n.ctx.Err()
	}
	ctx, cancel := context.WithTimeout(n.ctx, orElse(n.Timeout, 30*time.Second))
	done := make(chan error, 1)
	go func() {
		defer cancel()
		defer func() {
			if v := recover(); v != nil {
				done <- final(fmt.Errorf("the sender panicked: %v", v))
			}
		}()
		done <- n.to.Send(ctx, m)
	}()
	select {
	case err := <-done:
		return err
	case <-n.ctx.Done():
		return n.ctx.Err()
	}
}

func orElse[T int | time.Duration](v, or T) T {
	if v <= 0 {
		return or
	}
	return v
}

// Close waits until all messages have been sent or given up. When ctx ends, what is left is given up, and the error
// says how much that was.
func (n *Notifier) Close(ctx context.Context) error {
	n.watch.close()
	n.mu.Lock()
	before := n.lost
	if !n.closed {
		n.closed = true
		close(n.queue)
	}
	n.mu.Unlock()
	defer n.stop()
	done := make(chan struct{})
	go func() {
		n.worker.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	n.stop()
	<-done
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.lost == before {
		return nil
	}
	return fmt.Errorf("notify: %d messages were not sent: %w", n.lost-before, context.Cause(ctx))
}

// recent are the ids of what was told last, so that hooks that are given twice tell once.
type recent struct {
	known map[string]bool
	order []string // a ring
	next  int
}

// remembered is how many ids are kept.
const remembered = 4096

// add notes an id and returns whether it was known. "" never is.
func (r *recent) add(id string) bool {
	switch {
	case id == "":
		return false
	case r.known[id]:
		return true
	case r.known == nil:
		r.known, r.order = map[string]bool{}, make([]string, remembered)
	}
	delete(r.known, r.order[r.next])
	r.known[id], r.order[r.next] = true, id
	r.next = (r.next + 1) % remembered
	return false
}
