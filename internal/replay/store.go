package replay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Store lets a namespace, "database.collection", keep what is written to it: from
// now on inserts, updates and deletes change the documents that it serves. _id
// is unique. Filters are equalities of paths through documents; updates are
// whole documents, $set or $setOnInsert. A write that comes again with its session's number of
// it is answered as it was, and not done twice.
func (s *Server) Store(ns string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &store{answers: map[string]bson.D{}, ids: map[string]bool{}}
	for _, doc := range s.data[ns] {
		st.ids[idOf(doc)] = true
	}
	s.stores[ns] = st
}

// Documents are those of a namespace, in the order in which they came.
func (s *Server) Documents(ns string) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data[ns]
}

// store is how a namespace that is written to answers.
type store struct {
	answers map[string]bson.D // by session and number, of writes that may come again
	ids     map[string]bool
}

// written is what a write command did.
type written struct {
	n, modified int32
	upserted    bson.A
	errors      bson.A
}

func (w *written) reply() bson.D {
	d := bson.D{{Key: "n", Value: w.n}, {Key: "nModified", Value: w.modified}, {Key: "ok", Value: 1.0}}
	if len(w.upserted) > 0 {
		d = append(d, bson.E{Key: "upserted", Value: w.upserted})
	}
	if len(w.errors) > 0 {
		d = append(d, bson.E{Key: "writeErrors", Value: w.errors})
	}
	return d
}

// write carries out a write command of a namespace that has a store, and returns
// nil for others.
func (s *Server) write(r *Request) bson.D {
	s.mu.Lock()
	defer s.mu.Unlock()
	ns := r.namespace()
	st := s.stores[ns]
	if st == nil {
		return nil
	}
	id := ""
	if number, err := r.Body.LookupErr("txnNumber"); err == nil {
		id = fmt.Sprint(r.Body.Lookup("lsid"), number)
		if answer, ok := st.answers[id]; ok {
			return answer
		}
	}
	c := &contents{docs: s.data[ns], ids: st.ids}
	w := &written{}
	steps := map[string]func(*written, int, bson.Raw) error{"insert": c.insert, "update": c.update, "delete": c.remove}
	names := map[string]string{"insert": "documents", "update": "updates", "delete": "deletes"}
	ordered, ok := r.Body.Lookup("ordered").BooleanOK()
	for i, op := range r.Sequences[names[r.Command]] {
		var no *refusal
		if errors.As(steps[r.Command](w, i, bson.Raw(op)), &no) {
			w.errors = append(w.errors, bson.D{{Key: "index", Value: int32(i)}, {Key: "code", Value: no.code}, {Key: "errmsg", Value: no.text}})
			if ordered || !ok {
				break
			}
		}
	}
	s.data[ns] = c.docs
	answer := w.reply()
	if id != "" {
		st.answers[id] = answer
	}
	return answer
}

// contents are the documents of a namespace while a command changes them.
type contents struct {
	docs [][]byte
	ids  map[string]bool
}

// refusal is why a document cannot be written.
type refusal struct {
	code int32
	text string
}

func (r *refusal) Error() string { return r.text }

func idOf(doc bson.Raw) string {
	id := doc.Lookup("_id")
	return string(id.Type) + string(id.Value)
}

// add stores a document whose _id is new.
func (c *contents) add(doc bson.Raw) error {
	id := idOf(doc)
	if c.ids[id] {
		return &refusal{11000, fmt.Sprintf("E11000 duplicate key error index: _id_ dup key: { _id: %s }", doc.Lookup("_id"))}
	}
	c.ids[id] = true
	c.docs = append(c.docs, doc)
	return nil
}

// change stores a document in the place of another.
func (c *contents) change(at int, doc bson.Raw) error {
	if idOf(doc) != idOf(c.docs[at]) {
		return &refusal{66, "Performing an update on the path '_id' would modify the immutable field '_id'"}
	}
	c.docs = append([][]byte(nil), c.docs...) // cursors may be reading the old ones
	c.docs[at] = doc
	return nil
}

func (c *contents) insert(w *written, _ int, doc bson.Raw) error {
	err := c.add(doc)
	if err == nil {
		w.n++
	}
	return err
}

func (c *contents) update(w *written, i int, op bson.Raw) error {
	filter, u := op.Lookup("q").Document(), op.Lookup("u").Document()
	multi, _ := op.Lookup("multi").BooleanOK()
	found := false
	for at, doc := range c.docs {
		if !hasAll(doc, filter) || found && !multi {
			continue
		}
		found = true
		changed := updated(doc, u)
		if err := c.change(at, changed); err != nil {
			return err
		}
		w.n++
		if !bytes.Equal(doc, changed) {
			w.modified++
		}
	}
	upsert, _ := op.Lookup("upsert").BooleanOK()
	if found || !upsert {
		return nil
	}
	doc := bson.D{}
	for _, e := range elements(filter) {
		doc = set(doc, strings.Split(e.Key(), "."), equal(e.Value()))
	}
	if only, err := u.LookupErr("$setOnInsert"); err == nil {
		u = encode(bson.D{{Key: "$set", Value: only}})
	}
	fresh := updated(encode(doc), u)
	if _, err := fresh.LookupErr("_id"); err != nil {
		fresh = encode(append(bson.D{{Key: "_id", Value: bson.NewObjectID()}}, fields(fresh)...))
	}
	if err := c.add(fresh); err != nil {
		return err
	}
	w.n++
	w.upserted = append(w.upserted, bson.D{{Key: "index", Value: int32(i)}, {Key: "_id", Value: fresh.Lookup("_id")}})
	return nil
}

func (c *contents) remove(w *written, _ int, op bson.Raw) error {
	filter, limit := op.Lookup("q").Document(), op.Lookup("limit").AsInt64()
	var kept [][]byte
	removed := int64(0)
	for _, doc := range c.docs {
		if hasAll(doc, filter) && (limit == 0 || removed < limit) {
			removed++
			delete(c.ids, idOf(doc))
			continue
		}
		kept = append(kept, doc)
	}
	c.docs = kept
	w.n += int32(removed)
	return nil
}

// hasAll reports whether the document has all values of the filter.
func hasAll(doc []byte, filter bson.Raw) bool {
	for _, e := range elements(filter) {
		has, err := bson.Raw(doc).LookupErr(strings.Split(e.Key(), ".")...)
		if want := equal(e.Value()); err != nil || has.Type != want.Type || !bytes.Equal(has.Value, want.Value) {
			return false
		}
	}
	return true
}

// equal is the value that {$eq: value} or the value itself asks for.
func equal(v bson.RawValue) bson.RawValue {
	if doc, ok := v.DocumentOK(); ok {
		if eq, err := doc.LookupErr("$eq"); err == nil {
			return eq
		}
	}
	return v
}

// updated is a document after an update: by $set, or replaced but for its _id.
func updated(doc []byte, u bson.Raw) bson.Raw {
	if _, err := u.LookupErr("$setOnInsert"); err == nil {
		return doc
	}
	if sets, err := u.LookupErr("$set"); err == nil {
		d := fields(doc)
		for _, e := range elements(sets.Document()) {
			d = set(d, strings.Split(e.Key(), "."), e.Value())
		}
		return encode(d)
	}
	id, err := bson.Raw(doc).LookupErr("_id")
	if _, has := u.LookupErr("_id"); err != nil || has == nil {
		return u
	}
	return encode(append(bson.D{{Key: "_id", Value: id}}, fields(u)...))
}

// set sets the value at a path.
func set(d bson.D, path []string, v bson.RawValue) bson.D {
	for i, e := range d {
		if e.Key != path[0] {
			continue
		}
		if len(path) == 1 {
			d[i].Value = v
			return d
		}
		raw, _ := e.Value.(bson.RawValue)
		inside, _ := raw.DocumentOK()
		d[i].Value = embedded(set(fields(inside), path[1:], v))
		return d
	}
	if len(path) == 1 {
		return append(d, bson.E{Key: path[0], Value: v})
	}
	return append(d, bson.E{Key: path[0], Value: embedded(set(nil, path[1:], v))})
}

func embedded(d bson.D) bson.RawValue {
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: encode(d)}
}

// fields takes a document apart.
func fields(doc bson.Raw) (d bson.D) {
	for _, e := range elements(doc) {
		d = append(d, bson.E{Key: e.Key(), Value: e.Value()})
	}
	return d
}
