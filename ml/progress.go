package ml

import (
	"fmt"
	"sync"
)

// counter tells a caller how far a call is.
type counter struct {
	mu          sync.Mutex
	done, total int64
	report      func(done, total int64)
}

func newCounter(total int, report func(done, total int64)) *counter {
	return &counter{total: int64(total), report: report}
}

// add counts one more. Reports come in order.
func (c *counter) add() {
	if c.report == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.report(c.done, c.total)
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }
