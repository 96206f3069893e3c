package otel

// Remembered returns how many runs are under way, and how many were triggered and have not begun.
func (t *Tracing) Remembered() (runs, triggers int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.runs), len(t.triggers)
}

// MaxTriggers is the most that are remembered.
const MaxTriggers = maxTriggers
