package pipeline

import (
	"fmt"
	"math"

	"github.com/penstock/penstock/monary"
)

// limit passes the first n rows.
type limit struct{ n int64 }

var _ stage = (*limit)(nil)

func parseLimit(spec monary.Value) (stage, error) {
	n, ok := spec.Int()
	if x, isDouble := spec.Double(); isDouble && x == math.Trunc(x) && x < 1<<63 {
		n, ok = int64(x), true
	}
	if !ok || !spec.IsNumber() || n < 1 {
		return nil, fmt.Errorf("want a whole number above 0, found %s", describe(spec))
	}
	return &limit{n: n}, nil
}

func (l *limit) reads() []path { return nil }

func (l *limit) closes() bool { return false }

func (l *limit) run(in tables) tables {
	return func(yield func(*monary.Table, error) bool) {
		left := l.n
		for t, err := range in {
			if err != nil {
				yield(nil, err)
				return
			}
			if int64(t.NumRows()) >= left {
				yield(t.Slice(0, int(left)), nil)
				return
			}
			left -= int64(t.NumRows())
			if !yield(t, nil) {
				return
			}
		}
	}
}
