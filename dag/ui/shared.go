package ui

import (
	"errors"
	"sync"
	"time"
)

// shared are pages that were made a moment ago. Many browsers that follow the same run ask for the same
// page when it changes; it is made once for them. A person who opens a page gets a new one.
type shared struct {
	mu    sync.Mutex
	pages map[string]*sharedPage
}

type sharedPage struct {
	once sync.Once
	html []byte
	err  error
	at   time.Time // when it was begun
}

// fresh is how old a page may be that is sent. What a person has just changed is shown: see drop.
const fresh = 300 * time.Millisecond

// maxShared bounds how many pages are kept.
const maxShared = 64

func newShared() *shared { return &shared{pages: map[string]*sharedPage{}} }

// get returns a page, one that is being made if there is one.
func (s *shared) get(address string, draw func() ([]byte, error)) ([]byte, error) {
	p := s.find(address)
	p.once.Do(func() {
		p.err = errors.New("the page could not be made")
		p.html, p.err = draw()
	})
	return p.html, p.err
}

func (s *shared) find(address string) *sharedPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if p := s.pages[address]; p != nil && now.Sub(p.at) < fresh {
		return p
	}
	for other, p := range s.pages {
		if now.Sub(p.at) >= fresh || len(s.pages) >= maxShared {
			delete(s.pages, other)
		}
	}
	p := &sharedPage{at: now}
	s.pages[address] = p
	return p
}

// drop forgets all pages: something has changed.
func (s *shared) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.pages)
}
