package replay

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Server answers clients until the test ends. It is safe for concurrent use.
type Server struct {
	// OnRequest, if it is set, is called for every command but those of
	// connections (hello, ping, endSessions). A nil Fault lets it be answered as
	// usual. Set it before the client connects.
	OnRequest func(r *Request) *Fault
	// Select, if it is set, chooses the documents of a find or aggregate in place
	// of all that the collection has.
	Select func(r *Request, docs [][]byte) [][]byte
	// Latency is waited for before every batch of documents.
	Latency time.Duration
	// Hello is fields of the answer to hello in place of the usual ones: setName
	// makes it a replica set's member, whose writes are tried again.
	Hello bson.D
	// MaxBatch is how many documents a batch has at most. Zero means what the
	// client asks for.
	MaxBatch int

	listener net.Listener
	group    sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	data     map[string][][]byte
	stores   map[string]*store
	about    map[string]bson.D
	cursors  map[int64]*cursor
	last     int64 // cursor
	counts   map[string]int
	requests []*Request
	arrays   map[span][]byte
}

// Fault is what becomes of one reply. The zero value changes nothing.
type Fault struct {
	Delay   time.Duration           // is waited for first
	Hold    <-chan struct{}         // is waited for first, or until the connection goes
	Reply   bson.D                  // is sent in place of the reply
	Edit    func(msg []byte) []byte // changes the encoded reply
	Cut     bool                    // the connection is closed
	CutFrom func(size int) (at int) // after so many of the reply's bytes; nil means before any
}

// cursor is documents of which some were sent.
type cursor struct {
	ns   string
	docs [][]byte
	sent int
}

// span names the documents of a batch that was encoded.
type span struct {
	first *byte
	n     int
}

// Start starts a server that is stopped by t.Cleanup.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := Listen()
	if err != nil {
		t.Fatalf("replay: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Listen starts a server outside a test, in an Example; Stop stops it.
func Listen() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		listener: listener, conns: map[net.Conn]bool{}, data: map[string][][]byte{}, stores: map[string]*store{}, about: map[string]bson.D{}, cursors: map[int64]*cursor{},
		counts: map[string]int{}, arrays: map[span][]byte{},
	}
	s.group.Go(s.accept)
	return s, nil
}

// URI is the connection string.
func (s *Server) URI() string {
	return "mongodb://" + s.listener.Addr().String() + "/?directConnection=true&serverSelectionTimeoutMS=5000"
}

// Serve sets the documents of a namespace, "database.collection". They must
// not change any more.
func (s *Server) Serve(ns string, docs [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[ns] = docs
}

// OpenCursors is how many cursors have documents left and were not killed.
func (s *Server) OpenCursors() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cursors)
}

// Requests returns the commands of a name that came, in order.
func (s *Server) Requests(command string) []*Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.requests), func(r *Request) bool { return r.Command != command })
}

// Forget forgets the requests so far, and their memory.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Stop closes all connections and waits until nothing of the server is left.
func (s *Server) Stop() {
	_ = s.listener.Close() // it is only ever closed here
	s.mu.Lock()
	for conn := range maps.Keys(s.conns) {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.group.Wait()
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.group.Go(func() { s.serve(conn) })
	}
}

// serve answers a connection's requests until it is closed.
func (s *Server) serve(conn net.Conn) {
	requests, gone := make(chan *Request), make(chan struct{})
	s.group.Go(func() {
		defer close(gone)
		for {
			r, err := readRequest(conn)
			if err != nil {
				return
			}
			requests <- r
		}
	})
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
		for {
			select {
			case <-requests: // what came behind the one that ended it
			case <-gone:
				return
			}
		}
	}()
	for {
		select {
		case r := <-requests:
			if !s.answer(conn, r, gone) {
				return
			}
		case <-gone:
			return
		}
	}
}

// answer answers a request. It returns false when that ends the connection.
func (s *Server) answer(conn net.Conn, r *Request, gone <-chan struct{}) bool {
	f := s.note(r)
	if f == nil {
		f = &Fault{}
	}
	if f.Delay == 0 && (r.Command == "find" || r.Command == "getMore" || r.Command == "aggregate") {
		f.Delay = s.Latency
	}
	if !wait(f.Delay, f.Hold, gone) {
		return false
	}
	var reply net.Buffers
	if f.Reply != nil {
		reply = net.Buffers{encode(f.Reply)}
	} else {
		reply = s.reply(r)
	}
	if r.silent {
		return !f.Cut
	}
	msg := r.message(reply)
	if f.Edit != nil || f.Cut {
		return f.send(conn, slices.Concat(msg...))
	}
	_, err := msg.WriteTo(conn)
	return err == nil
}

// send sends a reply that is not as it should be.
func (f *Fault) send(conn net.Conn, msg []byte) bool {
	if f.Edit != nil {
		msg = f.Edit(msg)
	}
	if f.Cut {
		at := 0
		if f.CutFrom != nil {
			at = f.CutFrom(len(msg))
		}
		msg = msg[:at]
	}
	_, err := conn.Write(msg)
	return err == nil && !f.Cut
}

// note records a request and asks what is to become of its reply.
func (s *Server) note(r *Request) *Fault {
	switch r.Command {
	case "hello", "isMaster", "ismaster", "ping", "endSessions":
		return nil
	}
	s.mu.Lock()
	r.N = s.counts[r.Command]
	s.counts[r.Command]++
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	if s.OnRequest == nil {
		return nil
	}
	return s.OnRequest(r)
}

// wait waits; it returns false when the connection goes meanwhile.
func wait(delay time.Duration, hold, gone <-chan struct{}) bool {
	if hold != nil {
		select {
		case <-hold:
		case <-gone:
			return false
		}
	}
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-gone:
			return false
		}
	}
	return true
}

// encode encodes a reply of the server's own, which always can be.
func encode(doc bson.D) []byte {
	out, err := bson.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return out
}

// CommandError is the reply of a command that failed.
func CommandError(code int32, name, message string, labels ...string) bson.D {
	d := bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: message}, {Key: "code", Value: code}, {Key: "codeName", Value: name}}
	if len(labels) > 0 {
		d = append(d, bson.E{Key: "errorLabels", Value: labels})
	}
	return d
}

// namespace is "database.collection" of a command whose value is the collection.
func (r *Request) namespace() string {
	coll := r.Body.Lookup(r.Command)
	if r.Command == "getMore" {
		coll = r.Body.Lookup("collection")
	}
	name, _ := coll.StringValueOK()
	db, _ := r.Body.Lookup("$db").StringValueOK()
	return strings.Join([]string{db, name}, ".")
}

func unknownCommand(name string) bson.D {
	return CommandError(59, "CommandNotFound", fmt.Sprintf("no such command: %q", name))
}
