package monary

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// projection is the $project that keeps what the schema looks at, nil if only
// whole documents will do. A path is followed as far as a projection can name it:
// down to the first position in an array, or key that has a dot. With keepID the
// _id comes, and all of it, for a read that may go on behind it; so do the paths
// that are wanted beside the schema's.
func (s Schema) projection(keepID bool, also ...[]string) bson.D {
	var paths []string
	for _, keys := range slices.Concat(s.paths, also) {
		n := 0
		for n < len(keys) && projects(keys[n]) {
			n++
		}
		if n == 0 {
			return nil
		}
		if keepID && keys[0] == "_id" {
			n = 1
		}
		paths = append(paths, strings.Join(keys[:n], "."))
	}
	slices.SortStableFunc(paths, func(a, b string) int { return len(a) - len(b) })
	var out bson.D
	hasID := false
	for _, path := range paths {
		inside := slices.ContainsFunc(out, func(e bson.E) bool { return path == e.Key || strings.HasPrefix(path, e.Key+".") })
		if inside {
			continue
		}
		out = append(out, bson.E{Key: path, Value: 1})
		hasID = hasID || path == "_id" || strings.HasPrefix(path, "_id.")
	}
	if !hasID && !keepID {
		out = append(out, bson.E{Key: "_id", Value: 0})
	}
	return out
}

// projects reports whether a projection can name the key.
func projects(key string) bool {
	return key != "" && !strings.Contains(key, ".") && !strings.HasPrefix(key, "$") && arrayIndex(key) < 0
}

// passing stages give documents as they got them, so what the schema does not
// look at need not be sent.
var passingStages = []string{"$match", "$sort", "$limit", "$skip", "$sample", "$unwind"}

// passesDocuments reports whether a pipeline gives documents of its input.
func passesDocuments(stages []bson.Raw) bool {
	for _, stage := range stages {
		elements, err := stage.Elements()
		if err != nil || len(elements) != 1 || !slices.Contains(passingStages, elements[0].Key()) {
			return false
		}
	}
	return true
}
