package replay

import (
	"math"
	"net"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// firstBatch is how many documents a server sends first when it is not told.
const firstBatch = 101

// reply is what a server without faults answers.
func (s *Server) reply(r *Request) net.Buffers {
	switch r.Command {
	case "find":
		return s.open(r, "batchSize", bson.Raw(nil))
	case "aggregate":
		options, _ := r.Body.Lookup("cursor").DocumentOK()
		return s.open(r, "batchSize", options)
	case "getMore":
		return s.more(r)
	}
	return net.Buffers{encode(s.plain(r))}
}

// plain answers the commands that have no cursor.
func (s *Server) plain(r *Request) bson.D {
	switch r.Command {
	case "hello", "isMaster", "ismaster":
		return overlaid(bson.D{
			{Key: "ok", Value: 1.0}, {Key: "isWritablePrimary", Value: true}, {Key: "ismaster", Value: true}, {Key: "helloOk", Value: true},
			{Key: "maxBsonObjectSize", Value: int32(16 << 20)}, {Key: "maxMessageSizeBytes", Value: int32(maxMessage)},
			{Key: "maxWriteBatchSize", Value: int32(100_000)}, {Key: "localTime", Value: time.Now()}, {Key: "readOnly", Value: false},
			{Key: "logicalSessionTimeoutMinutes", Value: int32(30)}, {Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: int32(21)},
		}, s.Hello)
	case "ping", "endSessions":
		return bson.D{{Key: "ok", Value: 1.0}}
	case "buildInfo":
		return bson.D{{Key: "version", Value: "7.0.0"}, {Key: "ok", Value: 1.0}}
	case "killCursors":
		return s.kill(r)
	case "listCollections":
		return s.list(r)
	case "count":
		return s.count(r)
	case "insert", "update", "delete":
		if answer := s.write(r); answer != nil {
			return answer
		}
	}
	switch r.Command {
	case "insert":
		return bson.D{{Key: "n", Value: int32(len(r.Sequences["documents"]))}, {Key: "ok", Value: 1.0}}
	case "update":
		n := int32(len(r.Sequences["updates"]))
		return bson.D{{Key: "n", Value: n}, {Key: "nModified", Value: n}, {Key: "ok", Value: 1.0}}
	case "delete":
		return bson.D{{Key: "n", Value: int32(len(r.Sequences["deletes"]))}, {Key: "ok", Value: 1.0}}
	}
	return unknownCommand(r.Command)
}

// overlaid is a document with fields in the place of those of the same name.
func overlaid(doc, with bson.D) bson.D {
	doc = slices.DeleteFunc(doc, func(e bson.E) bool { return slices.ContainsFunc(with, func(w bson.E) bool { return w.Key == e.Key }) })
	return append(doc, with...)
}

// open answers find and aggregate: a cursor and its first batch. The batch size
// is in the command or in its options.
func (s *Server) open(r *Request, key string, in bson.Raw) net.Buffers {
	if in == nil {
		in = r.Body
	}
	ns := r.namespace()
	s.mu.Lock()
	docs := s.data[ns]
	s.mu.Unlock()
	if s.Select != nil {
		docs = s.Select(r, docs)
	}
	skip, _ := r.Body.Lookup("skip").AsInt64OK()
	docs = docs[min(int(skip), len(docs)):]
	if limit, _ := r.Body.Lookup("limit").AsInt64OK(); limit > 0 {
		docs = docs[:min(int(limit), len(docs))]
	}
	size, ok := in.Lookup(key).AsInt64OK()
	if !ok {
		size = firstBatch
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	c := &cursor{ns: ns, docs: docs}
	s.cursors[s.last] = c
	return s.batch(s.last, c, "firstBatch", int(size))
}

// more answers getMore.
func (s *Server) more(r *Request) net.Buffers {
	id, _ := r.Body.Lookup("getMore").AsInt64OK()
	size, ok := r.Body.Lookup("batchSize").AsInt64OK()
	if !ok {
		size = math.MaxInt32
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cursors[id]
	if !ok {
		return net.Buffers{encode(CommandError(43, "CursorNotFound", "cursor id not found"))}
	}
	return s.batch(id, c, "nextBatch", int(size))
}

// batch takes the next documents of a cursor. s is locked.
func (s *Server) batch(id int64, c *cursor, field string, size int) net.Buffers {
	if s.MaxBatch > 0 {
		size = min(size, s.MaxBatch)
	}
	docs := c.docs[c.sent:min(c.sent+size, len(c.docs))]
	c.sent += len(docs)
	if c.sent == len(c.docs) {
		delete(s.cursors, id)
		id = 0
	}
	if len(docs) == 0 {
		return cursorReply(id, c.ns, field, arrayOf(nil))
	}
	if s.Select != nil { // another choice may begin with the same document
		return cursorReply(id, c.ns, field, arrayOf(docs))
	}
	key := span{&docs[0][0], len(docs)}
	array, ok := s.arrays[key]
	if !ok {
		array = arrayOf(docs)
		s.arrays[key] = array
	}
	return cursorReply(id, c.ns, field, array)
}

// kill answers killCursors.
func (s *Server) kill(r *Request) bson.D {
	killed := bson.A{}
	ids, _ := r.Body.Lookup("cursors").ArrayOK()
	values, _ := ids.Values()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		id, _ := v.AsInt64OK()
		if _, ok := s.cursors[id]; ok {
			delete(s.cursors, id)
			killed = append(killed, id)
		}
	}
	return bson.D{{Key: "cursorsKilled", Value: killed}, {Key: "ok", Value: 1.0}}
}
