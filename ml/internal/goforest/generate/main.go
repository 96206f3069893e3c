// Command generate writes forest.go.
package main

import (
	"bytes"
	"context"
	"flag"
	"log"
	"os"

	"github.com/penstock/penstock/ml/internal/goforest"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "forest.go", "the file to write")
	flag.Parse()
	if err := run(context.Background(), *out); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out string) error {
	model, err := goforest.Train(ctx)
	if err != nil {
		return err
	}
	var source bytes.Buffer
	if err := model.WriteGo(&source, "goforest", "Forest"); err != nil {
		return err
	}
	return os.WriteFile(out, source.Bytes(), 0o600)
}
