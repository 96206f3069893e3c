package engine

import "sync"

// changes wakes those who wait for something to change. Where nobody waits a change costs a lock.
type changes struct {
	mu   sync.Mutex
	next chan struct{} // closed by the next change, nil if nobody waits
}

func (c *changes) wait() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.next
}

func (c *changes) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}
