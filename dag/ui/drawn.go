package ui

import (
	"errors"
	"sync"
	"time"
)

// drawn are pages that were made a moment ago. Many browsers that follow the same run ask for the same
// page when it changes; it is made once for them. A person who opens a page gets a new one.
type drawn struct {
	mu    sync.Mutex
	pages map[string]*drawing
}

type drawing struct {
	once sync.Once
	html []byte
	err  error
	at   time.Time // when it was begun
}

// fresh is how old a page may be that is sent. What a person has just changed is shown: see drop.
const fresh = 300 * time.Millisecond

// maxDrawn bounds how many pages are kept.
const maxDrawn = 64

func newDrawn() *drawn { return &drawn{pages: map[string]*drawing{}} }

// get returns a page, one that is being made if there is one.
func (d *drawn) get(address string, draw func() ([]byte, error)) ([]byte, error) {
	p := d.find(address)
	p.once.Do(func() {
		p.err = errors.New("the page could not be made")
		p.html, p.err = draw()
	})
	return p.html, p.err
}

func (d *drawn) find(address string) *drawing {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if p := d.pages[address]; p != nil && now.Sub(p.at) < fresh {
		return p
	}
	for other, p := range d.pages {
		if now.Sub(p.at) >= fresh || len(d.pages) >= maxDrawn {
			delete(d.pages, other)
		}
	}
	p := &drawing{at: now}
	d.pages[address] = p
	return p
}

// drop forgets all pages: something has changed.
func (d *drawn) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.pages)
}
