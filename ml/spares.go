package ml

import "sync"

// spares are things that one worker has done with and another can use. Other than a
// sync.Pool they outlive garbage collections, which forests cause between any two trees.
type spares[T any] struct {
	mu   sync.Mutex
	free []*T
}

// get returns a spare one, or a new one.
func (s *spares[T]) get() *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free)
	if n == 0 {
		return new(T)
	}
	v := s.free[n-1]
	s.free = s.free[:n-1]
	return v
}

func (s *spares[T]) put(v *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, v)
}
