package ml_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ml"
)

// bodyOf returns what lies between the length and the checksum of saved bytes.
func bodyOf(data []byte) []byte {
	start := 6
	for data[start-1] >= 0x80 { // a length of several bytes
		start++
	}
	return data[start : len(data)-4]
}

// FuzzLoad takes the data as JSON if it begins with a brace, else as what is between the
// length and the checksum of the binary form.
func FuzzLoad(f *testing.F) {
	for _, c := range savedModels(f) {
		for _, seed := range [][]byte{bodyOf(saved(f, c.model)), savedJSON(f, c.model)} {
			if len(seed) < 3000 { // larger ones have nothing else in them, and slow it down
				f.Add(seed)
			}
		}
	}
	check := whatLoads(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = ml.Load(bytes.NewReader(data))
		if len(data) > 0 && data[0] == '{' {
			check(t, checksummed(data))
		} else {
			check(t, framed(data))
		}
	})
}

// Some bytes of each model are changed in some ways.
func TestLoadOfAlmostModels(t *testing.T) {
	check := whatLoads(t)
	for _, c := range savedModels(t) {
		body := bodyOf(saved(t, c.model))
		every := 1 + len(body)/5
		if testing.Short() {
			every *= 3
		}
		t.Run(c.name, func(t *testing.T) {
			for i := 0; i < len(body); i += every {
				was := body[i]
				for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff, was - 1, was + 1, was ^ 0x80} {
					body[i] = b
					check(t, framed(body))
				}
				body[i] = was
			}
		})
	}
}

// whatLoads returns a test of data: it is refused, or is a model like any other, which
// answers and can be saved again. Neither takes much memory.
func whatLoads(t testing.TB) func(*testing.T, []byte) {
	data := []ml.Data{people(t), people(t).Take(nil)}
	cells := []float64{0, 1, -1.5, 2, 1e300, -1e300, nan, 7, 5e-324, 4.5, 6, 3}
	for cols := range 5 {
		data = append(data, fitted(ml.NewMatrix(3, cols, cells[:3*cols]))(t))
		data = append(data, fitted(ml.NewMatrix(2, cols, cells[2:2+2*cols]))(t))
	}
	return func(t *testing.T, input []byte) {
		t.Helper()
		var model any
		var err error
		taken := allocated(func() { model, err = ml.Load(bytes.NewReader(input)) })
		// A byte may be an element of a list, and a support vector of one number takes a
		// panel of 16.
		require.Less(t, taken, uint64(1<<20+2000*len(input)), "bytes allocated for %d", len(input))
		if err != nil {
			require.ErrorIs(t, err, ml.ErrModelData)
			return
		}
		written := saved(t, model)
		if input[0] != '{' {
			require.Equal(t, input, written)
		}
		again := loaded(t, savedJSON(t, model))
		require.Equal(t, written, saved(t, again))
		if _, isData := model.(ml.Data); isData {
			return
		}
		for _, d := range data {
			require.Equal(t, answersOf(t.Context(), model, d), answersOf(t.Context(), again, d))
		}
	}
}

var (
	checksumField = regexp.MustCompile(`("crc32c": )"[0-9a-f]*"`)
	checksumError = regexp.MustCompile(`that of the fields is (".*")`)
)

// checksummed puts the right checksum into JSON if nothing else is wrong with it.
func checksummed(text []byte) []byte {
	_, err := ml.Load(bytes.NewReader(text))
	if err == nil {
		return text
	}
	sum := checksumError.FindStringSubmatch(err.Error())
	if sum == nil {
		return text
	}
	return checksumField.ReplaceAll(text, []byte("${1}"+sum[1]))
}
