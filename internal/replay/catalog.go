package replay

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Describe sets what listCollections says of a namespace beside its name, such as
// {type: "view"}. Without it a collection that has documents is a plain one.
func (s *Server) Describe(ns string, about bson.D) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.about[ns] = about
}

// plainCollection is what a server says of an ordinary collection.
var plainCollection = bson.D{
	{Key: "type", Value: "collection"}, {Key: "options", Value: bson.D{}},
	{Key: "idIndex", Value: bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "_id", Value: int32(1)}}}, {Key: "name", Value: "_id_"}}},
}

// list answers listCollections with a filter by name.
func (s *Server) list(r *Request) bson.D {
	db, _ := r.Body.Lookup("$db").StringValueOK()
	wanted, named := r.Body.Lookup("filter", "name").StringValueOK()
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := bson.A{}
	for ns := range s.data {
		name, ok := strings.CutPrefix(ns, db+".")
		if !ok || named && name != wanted {
			continue
		}
		about, ok := s.about[ns]
		if !ok {
			about = plainCollection
		}
		batch = append(batch, append(bson.D{{Key: "name", Value: name}}, slices.Clone(about)...))
	}
	return bson.D{
		{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: db + ".$cmd.listCollections"}, {Key: "firstBatch", Value: batch}}},
		{Key: "ok", Value: 1.0},
	}
}

// count answers a count without a query.
func (s *Server) count(r *Request) bson.D {
	ns := r.namespace()
	s.mu.Lock()
	defer s.mu.Unlock()
	return bson.D{{Key: "n", Value: int32(len(s.data[ns]))}, {Key: "ok", Value: 1.0}}
}
