package monary

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ErrNoMetadata is what [Dump.Metadata] gives for a dump without any.
var ErrNoMetadata = errors.New("the dump has no metadata")

// OpenDumps opens all that mongodump has written in one go: a folder with a
// folder for each database, such a database's folder, or an archive. The dumps
// are in the order of their namespaces. A folder's files keep their names:
// orders.bson beside orders.metadata.json, each also with .gz.
func OpenDumps(path string) ([]*Dump, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	var dumps []*Dump
	if info.IsDir() {
		dumps, err = openFolder(path)
	} else {
		dumps, err = openArchived(path)
	}
	slices.SortFunc(dumps, func(a, b *Dump) int { return strings.Compare(a.namespace, b.namespace) })
	return dumps, err
}

// OpenNamespace opens one of the dumps that [OpenDumps] finds, by its namespace:
// database, dot and collection.
func OpenNamespace(path, namespace string) (*Dump, error) {
	dumps, err := OpenDumps(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, d := range dumps {
		if d.namespace == namespace {
			return d, nil
		}
		names = append(names, d.namespace)
	}
	return nil, fmt.Errorf("monary: %s has no %q; it has %s", path, namespace, strings.Join(names, ", "))
}

// openFolder finds the collections in a dump's folder or a database's.
func openFolder(path string) ([]*Dump, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	var dumps []*Dump
	for _, e := range entries {
		name := filepath.Join(path, e.Name())
		if e.IsDir() {
			inner, err := os.ReadDir(name)
			if err != nil {
				return nil, fmt.Errorf("monary: %w", err)
			}
			for _, f := range inner {
				dumps = appendDumped(dumps, e.Name(), filepath.Join(name, f.Name()))
			}
			continue
		}
		dumps = appendDumped(dumps, filepath.Base(filepath.Clean(path)), name)
	}
	if len(dumps) == 0 {
		return nil, fmt.Errorf("monary: %s has no .bson file in it, nor in a folder of a database", path)
	}
	return dumps, nil
}

// appendDumped adds the file if it holds a collection's documents.
func appendDumped(dumps []*Dump, database, path string) []*Dump {
	base, compressed := strings.CutSuffix(filepath.Base(path), ".gz")
	collection, ok := strings.CutSuffix(base, ".bson")
	if !ok {
		return dumps
	}
	if plain, err := url.PathUnescape(collection); err == nil {
		collection = plain // mongodump escapes what file names cannot have
	}
	return append(dumps, &Dump{path: path, format: "bson", compressed: compressed, namespace: database + "." + collection})
}

// openArchived finds the collections in an archive.
func openArchived(path string) ([]*Dump, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("monary: %w", err)
	}
	defer file.Close()
	in, compressed, err := unzipped(file)
	if err != nil {
		return nil, fmt.Errorf("monary: %s: %w", path, err)
	}
	_, collections, err := openArchive(in)
	if err != nil {
		return nil, fmt.Errorf("monary: %s: %w", path, err)
	}
	var dumps []*Dump
	for _, c := range collections {
		if name := c.namespace(); name != "" {
			dumps = append(dumps, &Dump{path: path, format: "bson", compressed: compressed, archived: true, namespace: name, metadata: c.Metadata})
		}
	}
	if len(dumps) == 0 {
		return nil, fmt.Errorf("monary: %s: the archive has no collection", path)
	}
	return dumps, nil
}

// isArchive reports whether a file begins as an archive does, compressed or not.
func isArchive(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	in, _, err := unzipped(file)
	if err != nil {
		return false
	}
	var magic [4]byte
	_, err = io.ReadFull(in, magic[:])
	return err == nil && binary.LittleEndian.Uint32(magic[:]) == archiveMagic
}

// unzipped reads a file that may be compressed, which its first bytes tell.
func unzipped(file io.Reader) (in io.Reader, compressed bool, err error) {
	buffered := bufio.NewReader(file)
	if first, _ := buffered.Peek(2); !bytes.Equal(first, []byte{0x1f, 0x8b}) {
		return buffered, false, nil
	}
	in, err = gzip.NewReader(buffered)
	return in, true, err
}

// Namespace is the database, a dot and the collection of a dump that [OpenDumps]
// has found; empty for one of [OpenDump], whose file says nothing of it.
func (d *Dump) Namespace() string { return d.namespace }

// Metadata is what mongodump has noted of the collection: its options, indexes
// and uuid, read from .metadata.json beside the file or from the archive. Without
// any it is [ErrNoMetadata].
func (d *Dump) Metadata() (bson.Raw, error) {
	text := []byte(d.metadata)
	if !d.archived {
		base := strings.TrimSuffix(strings.TrimSuffix(d.path, ".gz"), ".bson")
		file, err := os.Open(base + ".metadata.json")
		if errors.Is(err, os.ErrNotExist) {
			file, err = os.Open(base + ".metadata.json.gz")
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("monary: %s: %w", d.path, ErrNoMetadata)
		}
		if err != nil {
			return nil, fmt.Errorf("monary: %w", err)
		}
		defer file.Close()
		in, _, err := unzipped(file)
		if err == nil {
			text, err = io.ReadAll(io.LimitReader(in, maxDocument))
		}
		if err != nil {
			return nil, fmt.Errorf("monary: %s: %w", file.Name(), err)
		}
	}
	if len(text) == 0 {
		return nil, fmt.Errorf("monary: %s: %w", d.path, ErrNoMetadata)
	}
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON(text, false, &doc); err != nil {
		return nil, fmt.Errorf("monary: %s: the metadata: %w", d.path, err)
	}
	return doc, nil
}
