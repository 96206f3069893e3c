package pipeline

import (
	"fmt"

	"github.com/penstock/penstock/monary"
)

// limit passes the first n rows.
type limit struct{ n int64 }

var _ stage = (*limit)(nil)

func parseLimit(spec monary.Value) (stage, error) {
	n, ok := wholeNumber(spec)
	if !ok || n < 1 {
		return nil, fmt.Errorf("want a whole number above 0, found %s", describe(spec))
	}
	return &limit{n: n}, nil
}

func (l *limit) needs(n *needs) *needs { return n }

func (l *limit) passes() bool { return true }

func (l *limit) run(_ *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		left := l.n
		for b, err := range in {
			if err != nil {
				yield(nil, err)
				return
			}
			if int64(b.len()) >= left {
				yield(b.slice(0, int(left)), nil)
				return
			}
			left -= int64(b.len())
			if !yield(b, nil) {
				return
			}
		}
	}
}

// skip leaves out the first n rows.
type skip struct{ n int64 }

var _ stage = (*skip)(nil)

func parseSkip(spec monary.Value) (stage, error) {
	n, ok := wholeNumber(spec)
	if !ok || n < 0 {
		return nil, fmt.Errorf("want a whole number from 0, found %s", describe(spec))
	}
	return &skip{n: n}, nil
}

func (k *skip) needs(n *needs) *needs { return n }

func (k *skip) passes() bool { return true }

func (k *skip) run(_ *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		left := k.n
		each(in, func(b *batch) (*batch, error) {
			n := min(left, int64(b.len()))
			left -= n
			if n == 0 {
				return b, nil
			}
			return b.slice(int(n), b.len()), nil
		})(yield)
	}
}
