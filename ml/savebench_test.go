package ml_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// gobForest is what the encoders of the standard library can see of a forest. It lacks
// the checks and the checksum.
type gobForest struct {
	Codes []int
	Trees []*ml.Tree
}

func savedForest(b *testing.B) (*ml.ForestModel, gobForest) {
	X, y := rings(1, 2000, 17)
	m := fitted(ml.NewRandomForest().Fit(b.Context(), X, y))(b)
	return m, gobForest{m.Codes, m.Trees}
}

func BenchmarkSave(b *testing.B) {
	m, plain := savedForest(b)
	for _, impl := range []struct {
		name string
		save func(w io.Writer) error
	}{
		{"penstock", func(w io.Writer) error { return ml.Save(w, m) }},
		{"gob", func(w io.Writer) error { return gob.NewEncoder(w).Encode(plain) }},
		{"penstock-json", func(w io.Writer) error { return ml.SaveJSON(w, m) }},
		{"json", func(w io.Writer) error { return json.NewEncoder(w).Encode(plain) }},
	} {
		b.Run("model=forest/trees=100/impl="+impl.name, func(b *testing.B) {
			var out bytes.Buffer
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				if err := impl.save(&out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(out.Len()), "bytes")
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	m, plain := savedForest(b)
	var gobbed bytes.Buffer
	require.NoError(b, gob.NewEncoder(&gobbed).Encode(plain))
	text, err := json.Marshal(plain)
	require.NoError(b, err)
	load := func(r io.Reader) error { _, err := ml.Load(r); return err }
	for _, impl := range []struct {
		name string
		data []byte
		load func(r io.Reader) error
	}{
		{"penstock", saved(b, m), load},
		{"gob", gobbed.Bytes(), func(r io.Reader) error { return gob.NewDecoder(r).Decode(&gobForest{}) }},
		{"penstock-json", savedJSON(b, m), load},
		{"json", text, func(r io.Reader) error { return json.NewDecoder(r).Decode(&gobForest{}) }},
	} {
		b.Run("model=forest/trees=100/impl="+impl.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := impl.load(bytes.NewReader(impl.data)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(impl.data)), "bytes")
		})
	}
}
