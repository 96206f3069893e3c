// Command generate writes the sample data of the parent directory: the same
// bytes, before compression, on every machine.
//
// All values come from integer arithmetic on a seeded generator. A number with
// decimals is kept as a scaled integer and becomes a double at the very end, as
// the nearest one to its decimal text.
//
// Usage, from the root of the module (without -out it writes to testdata):
//
//	go run ./testdata/generate [-out dir]
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/testdata"
)

// sample is one file to write.
type sample struct {
	name     string // without ".gz"; the name that stands in SHA256SUMS
	compress bool
	data     []byte
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("generate: ")
	home := filepath.Dir(testdata.Path("testdata.go"))
	out := flag.String("out", home, "existing `directory` to write to")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q; only -out dir is allowed", flag.Arg(0))
	}
	if err := generate(*out); err != nil {
		log.Fatal(err)
	}
}

// generate writes all sample files and SHA256SUMS, the sums of their
// uncompressed bytes, to dir.
func generate(dir string) error {
	subscribers := churnCustomers()
	samples := []sample{
		{name: "zips.bson", compress: true, data: zipsBSON()},
		{name: "logs.bson", compress: true, data: logsBSON()},
		{name: "churn.csv", data: churnCSV(subscribers)},
		{name: "churn.bson", compress: true, data: churnBSON(subscribers)},
	}
	var sums bytes.Buffer
	for _, s := range samples {
		if err := s.write(dir); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(s.data), s.name)
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), sums.Bytes(), 0o644)
}

func (s sample) write(dir string) error {
	path, data := filepath.Join(dir, s.name), s.data
	if s.compress {
		packed, err := gzipped(data)
		if err != nil {
			return err
		}
		path, data = path+".gz", packed
	}
	return os.WriteFile(path, data, 0o644)
}

// gzipped leaves name and time out of the header: equal content gives equal
// bytes for one version of Go.
func gzipped(data []byte) ([]byte, error) {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zw.Write(data); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
