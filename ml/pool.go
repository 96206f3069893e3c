package ml

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// pool bounds the goroutines that work for one call of this package. It travels in
// the context, so that folds, candidates and the trees within them share it: a
// loop that finds no worker free runs on alone.
type pool struct{ free chan struct{} }

type poolKey struct{}

// withPool returns a context whose loops share workers goroutines, this one among
// them; 0 means GOMAXPROCS. A context that has a pool keeps it.
func withPool(ctx context.Context, workers int) context.Context {
	if _, ok := ctx.Value(poolKey{}).(*pool); ok {
		return ctx
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return context.WithValue(ctx, poolKey{}, &pool{make(chan struct{}, workers-1)})
}

// poolSize returns how many goroutines share the pool in ctx.
func poolSize(ctx context.Context) int { return cap(ctx.Value(poolKey{}).(*pool).free) + 1 }

// forEach calls f for 0..n−1, in that order, on up to workers goroutines of the
// pool in ctx; 0 means as many as there are. After an error no further call is
// begun. The error returned is the one of the lowest number, the same for any
// number of workers. If f panics, forEach does, with a loopPanic and once all calls have
// ended: code of the caller's may be what panics, and they can recover here only. So
// too with runtime.Goexit, which the FailNow of a test calls.
func forEach(ctx context.Context, n, workers int, f func(ctx context.Context, i int) error) error {
	ctx = withPool(ctx, workers)
	l := &loop{ctx: ctx, pool: ctx.Value(poolKey{}).(*pool), n: n, most: workers, running: 1, f: f, failed: n}
	if workers == 0 {
		l.most = n
	}
	l.work(func() {})
	l.helpers.Wait()
	if l.panicked != nil {
		panic(l.panicked)
	}
	if l.exited {
		runtime.Goexit()
	}
	if l.err == nil && l.next < n {
		return ctx.Err()
	}
	return l.err
}

// loop is one forEach under way.
type loop struct {
	ctx  context.Context
	pool *pool
	n    int
	most int // goroutines
	f    func(ctx context.Context, i int) error

	helpers sync.WaitGroup
	mu      sync.Mutex
	next    int
	running int
	failed  int // the lowest number with an error; n if none
	err     error

	panicked *loopPanic
	exited   bool // a call has ended its goroutine
}

// loopPanic is what a call in a loop has panicked with, and where.
type loopPanic struct {
	value any
	stack []byte
}

// Error has the stack of the goroutine in which it happened.
func (p *loopPanic) Error() string { return fmt.Sprintf("%v\n\n%s", p.value, p.stack) }

// Unwrap returns the value if it is an error.
func (p *loopPanic) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// take returns the next number, and whether it comes with the right to start a
// helper.
func (l *loop) take() (i int, helper, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next == l.n || l.err != nil || l.panicked != nil || l.exited || l.ctx.Err() != nil {
		return 0, false, false
	}
	i = l.next
	l.next++
	if l.next < l.n && l.running < l.most {
		select {
		case l.pool.free <- struct{}{}:
			l.running++
			helper = true
		default:
		}
	}
	return i, helper, true
}

// work takes numbers until there are none, and calls leave then.
func (l *loop) work(leave func()) {
	defer leave()
	done := false
	defer func() { l.catch(recover(), done) }()
	for {
		i, helper, ok := l.take()
		if !ok {
			done = true
			return
		}
		if helper {
			l.helpers.Go(func() { l.work(l.leave) })
		}
		if err := l.f(l.ctx, i); err != nil {
			l.fail(i, err)
		}
	}
}

// catch keeps for forEach how work has ended before it was done.
func (l *loop) catch(value any, done bool) {
	if done {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if value == nil {
		l.exited = true
		return
	}
	p, ok := value.(*loopPanic) // of a loop within this one
	if !ok {
		p = &loopPanic{value, debug.Stack()}
	}
	if l.panicked == nil {
		l.panicked = p
	}
}

func (l *loop) leave() {
	<-l.pool.free
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
}

func (l *loop) fail(i int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i < l.failed {
		l.failed, l.err = i, err
	}
}
