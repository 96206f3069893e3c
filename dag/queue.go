package dag

import "time"

// queue is a binary min-heap of tasks: the earliest first, among equals the
// one that was added to the DAG first. Tasks that are ready have no time.
type queue []queued

type queued struct {
	at   time.Time
	task int
}

func (a queued) before(b queued) bool {
	if c := a.at.Compare(b.at); c != 0 {
		return c < 0
	}
	return a.task < b.task
}

func (q *queue) push(x queued) {
	h := append(*q, x)
	*q = h
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (q *queue) pop() queued {
	h := *q
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	*q = h
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return first
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
