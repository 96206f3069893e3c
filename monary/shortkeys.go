package monary

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ShortKeys has the server send the fields that [Collection.Find] wants as top-level
// fields whose keys have a letter or two, in place of their own keys and of the
// documents that they are in. The columns are the same. It saves bytes where keys
// are long or paths deep, and costs the server's time; so measure ([OnBytes]). The
// server has to take expressions in find's projection: MongoDB from 4.4 on, not
// FerretDB. A field that no document has is reported without what may have been
// meant.
func ShortKeys() ReadOption { return func(o *ReadOptions) { o.Server.ShortKeys = true } }

// short is the projection that has a server send the schema's fields by short keys,
// and the schema that finds them there. Positions in arrays and keys that a
// projection cannot name stay as they are, and so does the _id; the projection is
// nil if only whole documents will do.
func (s Schema) short(keepID bool, also ...[]string) (bson.D, Schema) {
	rest := Schema{}
	for _, keys := range s.paths {
		if !shortens(keys) {
			rest.paths = append(rest.paths, keys)
		}
	}
	project := rest.projection(keepID, also...)
	if project == nil && len(rest.paths)+len(also) > 0 {
		return nil, s
	}
	taken := map[string]bool{}
	for _, e := range project {
		key, _, _ := strings.Cut(e.Key, ".")
		taken[key] = true
	}
	out := Schema{fields: s.fields, texts: s.texts, paths: slices.Clone(s.paths)}
	given, n := map[string]string{}, 0
	for i, keys := range s.paths {
		if !shortens(keys) {
			continue
		}
		path := strings.Join(keys, ".")
		key, ok := given[path]
		for ; !ok; n++ {
			if key = shortKey(n); !taken[key] {
				given[path], ok = key, true
				project = append(project, bson.E{Key: key, Value: valueAt(keys)})
			}
		}
		out.paths[i] = []string{key}
	}
	return project, out
}

func shortens(keys []string) bool {
	return keys[0] != "_id" && !slices.ContainsFunc(keys, func(key string) bool { return !projects(key) })
}

// shortKey is a, b … z, aa, ba …
func shortKey(n int) string {
	key := string(rune('a' + n%26))
	if n < 26 {
		return key
	}
	return key + shortKey(n/26-1)
}

// valueAt is the expression for what is at a path. A path goes through documents
// only, as in a schema; an expression's would go into arrays as well, and then
// give an array.
func valueAt(keys []string) any {
	whole := "$" + strings.Join(keys, ".")
	if len(keys) == 1 {
		return whole
	}
	parent := "$" + strings.Join(keys[:len(keys)-1], ".")
	return bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$isArray", Value: bson.A{parent}}}, "$$REMOVE", whole}}}
}
