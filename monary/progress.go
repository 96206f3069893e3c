package monary

import "time"

// progressEvery is the least time between two calls of OnProgress.
const progressEvery = 100 * time.Millisecond

// progress calls OnProgress, not too often.
type progress struct {
	f     func(done, total int64)
	total int64
	last  time.Time
}

func newProgress(o ReadOptions) *progress {
	return &progress{f: o.OnProgress, total: int64(o.ExpectRows), last: time.Now()}
}

// newByteProgress is of a source with so many bytes, 0 if that is not known.
func newByteProgress(o ReadOptions, size int64) *progress {
	return &progress{f: o.OnBytes, total: size, last: time.Now()}
}

func (p *progress) tell(done int64) {
	if p.f == nil || time.Since(p.last) < progressEvery {
		return
	}
	p.last = time.Now()
	p.f(done, p.total)
}

func (p *progress) end(done int64) {
	if p.f != nil {
		p.f(done, p.total)
	}
}
