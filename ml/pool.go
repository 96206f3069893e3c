package ml

import (
	"context"
	"runtime"
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
// number of workers.
func forEach(ctx context.Context, n, workers int, f func(ctx context.Context, i int) error) error {
	ctx = withPool(ctx, workers)
	l := &loop{ctx: ctx, pool: ctx.Value(poolKey{}).(*pool), n: n, most: workers, running: 1, f: f, failed: n}
	if workers == 0 {
		l.most = n
	}
	l.work()
	l.helpers.Wait()
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
}

// take returns the next number, and whether it comes with the right to start a
// helper.
func (l *loop) take() (i int, helper, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next == l.n || l.err != nil || l.ctx.Err() != nil {
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

func (l *loop) work() {
	for {
		i, helper, ok := l.take()
		if !ok {
			return
		}
		if helper {
			l.helpers.Go(func() {
				defer l.leave()
				l.work()
			})
		}
		if err := l.f(l.ctx, i); err != nil {
			l.fail(i, err)
		}
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
