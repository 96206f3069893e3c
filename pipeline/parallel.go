package pipeline

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls f for 0..n−1, on as many goroutines as there are processors.
func inParallel(n int, f func(i int)) {
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			f(int(i))
		}
	}
	var others sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}
