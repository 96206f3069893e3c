package dag

import (
	"context"
	"sync"
	"time"

	"github.com/penstock/penstock/dag/internal/task"
)

// tryContext is the context of one try. It ends with the try, and before that
// with its parent. Most tasks never look at theirs, so it is attached to the
// parent only when they do: that would be most of the cost of an empty task.
type tryContext struct {
	parent context.Context
	env    *task.Env

	mu     sync.Mutex
	inner  context.Context // nil until it is needed
	cancel context.CancelFunc
	ended  bool
}

var _ context.Context = (*tryContext)(nil)

// Deadline returns the parent's or the timeout's.
func (c *tryContext) Deadline() (time.Time, bool) { return c.attached().Deadline() }

// Done returns a channel that is closed when the try ends.
func (c *tryContext) Done() <-chan struct{} { return c.attached().Done() }

// Err returns nil until Done is closed.
func (c *tryContext) Err() error {
	c.mu.Lock()
	inner, ended := c.inner, c.ended
	c.mu.Unlock()
	switch {
	case inner != nil:
		return inner.Err()
	case ended:
		return context.Canceled
	}
	return c.parent.Err()
}

// Value finds the task's surroundings, else what the parent has.
func (c *tryContext) Value(key any) any {
	if key == task.Key {
		return c.env
	}
	return c.attached().Value(key)
}

// attached returns a context below the parent's, made at the first call.
func (c *tryContext) attached() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithCancel(c.parent)
		if c.ended {
			c.cancel()
		}
	}
	return c.inner
}

// timeout ends the context at the given time, with err as its cause.
func (c *tryContext) timeout(at time.Time, err error) {
	c.inner, c.cancel = context.WithDeadlineCause(c.parent, at, err)
}

// end ends the context with its try.
func (c *tryContext) end() {
	c.mu.Lock()
	c.ended = true
	cancel := c.cancel
	c.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}
