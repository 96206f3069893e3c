package pipeline

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// output is $out and $merge: it writes the rows to a source and passes none on.
type output struct {
	into  string
	merge *merging // nil for $out
}

var _ stage = (*output)(nil)

// merging is how $merge meets documents that are there already.
type merging struct {
	on         []path
	matched    string    // replace, keepExisting, merge or fail
	notMatched string    // insert, discard or fail
	update     *updating // a whenMatched that is a pipeline; nil for none
}

// sink is a source that can be written.
type sink interface {
	collection
	// replaceAll puts documents in the place of all others; an error among them leaves those.
	replaceAll(docs iter.Seq2[monary.Value, error]) error
}

func parseOut(spec monary.Value) (stage, error) {
	name, err := target(spec)
	return &output{into: name}, err
}

// target reads the name of a collection: "name", or {db, coll}.
func target(spec monary.Value) (string, error) {
	prefix := ""
	if spec.Type() == bson.TypeEmbeddedDocument {
		parts, err := fieldsOf(spec, "db", "coll")
		if err != nil {
			return "", err
		}
		db, ok := textOf(parts[0])
		if !ok {
			return "", fmt.Errorf("db is %s; want text", describe(parts[0]))
		}
		prefix, spec = db+".", parts[1]
	}
	name, ok := textOf(spec)
	if !ok || name == "" {
		return "", fmt.Errorf("want the name of a source, found %s", describe(spec))
	}
	return prefix + name, nil
}

func parseMerge(spec monary.Value) (stage, error) {
	if spec.Type() == bson.TypeString {
		spec = monary.DocumentValue([]string{"into"}, []monary.Value{spec})
	}
	parts, err := fieldsOf(spec, "into", "on", "whenMatched", "whenNotMatched", "let")
	if err != nil {
		return nil, err
	}
	o := &output{merge: &merging{}}
	if o.into, err = target(parts[0]); err != nil {
		return nil, fmt.Errorf("into: %w", err)
	}
	switch {
	case parts[2].Type() == bson.TypeArray:
		if o.merge.update, err = parseUpdate(parts[2], parts[4]); err != nil {
			return nil, err
		}
		parts[2] = monary.Value{}
	case !parts[4].IsMissing():
		return nil, errors.New("let is for a whenMatched that is a pipeline")
	}
	if o.merge.matched, err = choice(parts[2], "whenMatched", "merge", "replace", "keepExisting", "fail"); err != nil {
		return nil, err
	}
	if o.merge.notMatched, err = choice(parts[3], "whenNotMatched", "insert", "discard", "fail"); err != nil {
		return nil, err
	}
	on := []monary.Value{parts[1]}
	if parts[1].Type() == bson.TypeArray {
		on = elements(parts[1])
	} else if parts[1].IsMissing() {
		on = []monary.Value{monary.StringValue("_id")}
	}
	for _, v := range on {
		text, ok := textOf(v)
		if !ok {
			return nil, fmt.Errorf("on has %s; want fields", describe(v))
		}
		p, err := parsePath(text)
		if err != nil {
			return nil, fmt.Errorf("on: %w", err)
		}
		o.merge.on = append(o.merge.on, p)
	}
	if len(o.merge.on) == 0 {
		return nil, errors.New("on is empty; want a field")
	}
	return o, nil
}

// choice reads one of some words; the first is the default.
func choice(v monary.Value, name string, words ...string) (string, error) {
	if v.IsMissing() {
		return words[0], nil
	}
	text, _ := textOf(v)
	if !slices.Contains(words, text) {
		return "", fmt.Errorf("%s is %s; want one of %q", name, describe(v), words)
	}
	return text, nil
}

func (o *output) check(sources Sources) error {
	if sources == nil {
		return errors.New("there is no local database to write to; run the pipeline with pipeline.Sources")
	}
	if src, ok := sources[o.into]; ok {
		if _, ok := src.(sink); !ok {
			return fmt.Errorf("source %q cannot be written; those that pipeline.Create or a Memory make can", o.into)
		}
	}
	return nil
}

func (o *output) needs(*needs) *needs { return &needs{all: true} }

func (o *output) passes() bool { return false }

func (o *output) run(e *env, in batches) batches {
	return func(yield func(*batch, error) bool) {
		if err := o.write(e, o.documents(in)); err != nil {
			yield(nil, err)
		}
	}
}

// documents are those of batches. One without an _id is given one, unless $merge may find its document by other
// fields, which has an _id already.
func (o *output) documents(in batches) iter.Seq2[monary.Value, error] {
	given := o.merge == nil || slices.ContainsFunc(o.merge.on, func(p path) bool { return p[0] == "_id" })
	return func(yield func(monary.Value, error) bool) {
		for b, err := range in {
			if err != nil {
				yield(monary.Value{}, err)
				return
			}
			for i := range b.len() {
				doc := b.document(b.row(i))
				if given {
					doc = withID(doc, monary.ObjectIDValue(bson.NewObjectID()))
				}
				if !yield(doc, nil) {
					return
				}
			}
		}
	}
}

// withID gives a document without an _id this one, in front, as a server does.
func withID(doc, id monary.Value) monary.Value {
	if !doc.Field("_id").IsMissing() || id.IsMissing() {
		return doc
	}
	keys, values := []string{"_id"}, []monary.Value{id}
	for k, v := range doc.Elements() {
		keys, values = append(keys, k), append(values, v)
	}
	return monary.DocumentValue(keys, values)
}

func (o *output) write(e *env, docs iter.Seq2[monary.Value, error]) error {
	to, ok := e.sources[o.into].(sink)
	if !ok {
		to = &Memory{}
	}
	if o.merge != nil {
		merged, err := o.merge.into(e, to, docs)
		if err != nil {
			return err
		}
		docs = sequenceOf(merged)
	}
	if err := to.replaceAll(docs); err != nil {
		return err
	}
	e.sources[o.into] = to
	return nil
}

// into merges documents with those that are there.
func (m *merging) into(e *env, to sink, docs iter.Seq2[monary.Value, error]) ([]monary.Value, error) {
	var out []monary.Value
	at := map[string]int{}
	for doc, err := range to.documents(e.ctx) {
		if err != nil {
			return nil, err
		}
		at[m.key(doc)] = len(out)
		out = append(out, doc)
	}
	for doc, err := range docs {
		if err != nil {
			return nil, err
		}
		key := m.key(doc)
		i, known := at[key]
		switch {
		case !known && m.notMatched == "insert":
			at[key] = len(out)
			out = append(out, withID(doc, monary.ObjectIDValue(bson.NewObjectID())))
		case !known && m.notMatched == "fail":
			return nil, fmt.Errorf("no document there matches %s, and whenNotMatched is fail", describe(doc))
		case !known || m.matched == "keepExisting":
		case m.matched == "fail":
			return nil, fmt.Errorf("a document there matches %s, and whenMatched is fail", describe(doc))
		case m.matched == "replace":
			out[i] = withID(doc, out[i].Field("_id"))
		case m.update != nil:
			if out[i], err = m.update.apply(e, out[i], doc); err != nil {
				return nil, err
			}
		default:
			out[i] = mergeObjects(nil, []monary.Value{out[i], doc})
		}
	}
	return out, nil
}

func (m *merging) key(doc monary.Value) string {
	var key []byte
	for _, p := range m.on {
		v := follow(doc, p)
		if v.IsMissing() {
			v = monary.NullValue
		}
		key = v.AppendKey(key)
	}
	return string(key)
}

// sequenceOf is a list as a sequence without errors.
func sequenceOf(docs []monary.Value) iter.Seq2[monary.Value, error] {
	return func(yield func(monary.Value, error) bool) {
		for _, doc := range docs {
			if !yield(doc, nil) {
				return
			}
		}
	}
}

// listOf is a sequence as a list.
func listOf(docs iter.Seq2[monary.Value, error]) ([]monary.Value, error) {
	var list []monary.Value
	for doc, err := range docs {
		if err != nil {
			return nil, err
		}
		list = append(list, doc)
	}
	return list, nil
}
