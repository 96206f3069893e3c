package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/penstock/penstock/dag/engine"
)

// message is a line of what the owner of a store says over its socket: any number of lines of
// progress, then an answer or an error.
type message struct {
	Line   string  `json:",omitempty"`
	Answer *answer `json:",omitempty"`
	Error  string  `json:",omitempty"`
}

func socketPath(store string) string { return store + ".sock" }

// listener takes orders on a unix socket, which only its owner may open.
type listener struct {
	path   string
	server *http.Server
	done   chan struct{}
}

// listen makes the socket. One that is there is left over from a process that was killed: whoever
// calls listen holds the lock of the store beside it.
func listen(path string, e *engine.Engine) (*listener, error) {
	// It gets its name when it has its permissions: nobody can open it before.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".sock")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // an empty folder
	temporary := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	l.SetUnlinkOnClose(false)
	if err := settle(temporary, path); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &listener{path: path, done: make(chan struct{})}
	s.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { take(w, r, e) })}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // ends by close
	}()
	return s, nil
}

func settle(temporary, path string) error {
	if err := os.Chmod(temporary, 0o600); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s is in the way: it is not a socket", path)
	}
	return os.Rename(temporary, path)
}

// close takes no more orders and ends those under way.
func (s *listener) close() error {
	err := s.server.Close()
	<-s.done
	return errors.Join(err, os.Remove(s.path))
}

// take carries out an order. Its context ends when the client goes away.
func take(w http.ResponseWriter, r *http.Request, e *engine.Engine) {
	var o order
	var mu sync.Mutex
	say := func(m message) {
		mu.Lock()
		defer mu.Unlock()
		_ = json.NewEncoder(w).Encode(m) // a client that is gone
		_ = http.NewResponseController(w).Flush()
	}
	err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&o)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a, err := carryOut(r.Context(), e, o, func(line string) { say(message{Line: line}) })
	if err != nil {
		say(message{Error: err.Error()})
		return
	}
	say(message{Answer: &a})
}

// errNobody is the error if nobody takes orders at a socket.
var errNobody = errors.New("nobody answers")

// send has an order carried out by the process at the socket.
func send(ctx context.Context, path string, o order, tell func(string)) (a answer, err error) {
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	body, pipe := io.Pipe()
	go func() { pipe.CloseWithError(json.NewEncoder(pipe).Encode(o)) }()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://engine/", body)
	if err != nil {
		return a, err
	}
	response, err := client.Do(request)
	if err != nil {
		if ctx.Err() == nil {
			err = fmt.Errorf("%w at %s: %w", errNobody, path, err)
		}
		return a, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return a, fmt.Errorf("the process at %s does not understand: %s", path, response.Status)
	}
	for in := json.NewDecoder(response.Body); ; {
		var m message
		switch err := in.Decode(&m); {
		case err != nil && ctx.Err() != nil:
			return a, context.Cause(ctx)
		case err != nil:
			return a, fmt.Errorf("the process at %s has ended meanwhile: %w", path, err)
		case m.Error != "":
			return a, errors.New(m.Error)
		case m.Answer != nil:
			return *m.Answer, nil
		}
		tell(m.Line)
	}
}
