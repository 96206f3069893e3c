package monary

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc64"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The framing of mongodump --archive: a magic number, a prelude of documents
// (one about the archive, one for each collection) and a terminator; then blocks,
// each a header document, documents of the header's collection, and a
// terminator. Collections may take turns. A header that says EOF is the last of
// its collection and has the checksum of all its documents.
const (
	archiveMagic      = 0x8199e26d
	archiveTerminator = 0xffffffff
)

var archiveTable = crc64.MakeTable(crc64.ECMA)

// archived is what the prelude says of a collection.
type archived struct {
	Database   string `bson:"db"`
	Collection string `bson:"collection"`
	Metadata   string `bson:"metadata"`
	Type       string `bson:"type"`
}

// namespace is where the archive has the collection's documents; empty for a
// view, which has none. Those of a time series are in its buckets.
func (a archived) namespace() string {
	switch a.Type {
	case "view":
		return ""
	case "timeseries":
		return a.Database + ".system.buckets." + a.Collection
	}
	return a.Database + "." + a.Collection
}

// archive reads the documents of one collection from an archive.
type archive struct {
	in      *bufio.Reader
	at      int64 // bytes read
	want    string
	current string // of the block in progress, empty between blocks
	sum     hash.Hash64
	item    []byte // the newest document
	rest    []byte // of a wanted one, not handed out
}

// openArchive reads the prelude.
func openArchive(r io.Reader) (*archive, []archived, error) {
	a := &archive{in: bufio.NewReaderSize(r, chunkBytes), sum: crc64.New(archiveTable)}
	var magic [4]byte
	n, err := io.ReadFull(a.in, magic[:])
	if err != nil || binary.LittleEndian.Uint32(magic[:]) != archiveMagic {
		return nil, nil, fmt.Errorf("monary: not an archive: it begins with %x, not with %x", magic[:n], binary.LittleEndian.AppendUint32(nil, archiveMagic))
	}
	a.at = 4
	var collections []archived
	for i := 0; ; i++ {
		more, err := a.next()
		if err != nil {
			return nil, nil, a.fault("in the prelude", err)
		}
		if !more {
			return a, collections, nil
		}
		if i == 0 {
			continue // about the archive itself
		}
		var c archived
		if err := a.decode(&c); err != nil {
			return nil, nil, a.fault("in the prelude", err)
		}
		collections = append(collections, c)
	}
}

// next reads the next document into item; false means that there is a
// terminator instead. Memory grows with the bytes that arrive.
func (a *archive) next() (bool, error) {
	var head [4]byte
	n, err := io.ReadFull(a.in, head[:])
	a.at += int64(n)
	if err != nil {
		return false, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == archiveTerminator {
		return false, nil
	}
	if size < minDocument || size > maxDocument {
		return false, fmt.Errorf("%w: document length %d, allowed are %d to %d", ErrLength, int32(size), minDocument, maxDocument)
	}
	buf := bytes.NewBuffer(append(a.item[:0], head[:]...))
	copied, err := io.CopyN(buf, a.in, int64(size)-4)
	a.at += copied
	a.item = buf.Bytes()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && a.item[size-1] != 0 {
		err = fmt.Errorf("%w: document of %d bytes does not end with NUL", ErrElement, size)
	}
	return true, err
}

// decode decodes the item. The driver takes a document to be sound: on a length below zero it
// goes back, and round and round.
func (a *archive) decode(v any) error {
	if f := checkDeep(bson.TypeEmbeddedDocument, a.item, 0); f != nil {
		return f.err
	}
	return bson.Unmarshal(a.item, v)
}

func (a *archive) fault(where string, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("monary: archive, byte %d, %s: %w", a.at, where, err)
}

// Read hands out the wanted collection's documents, back to back.
func (a *archive) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.current == "" {
			done, err := a.header()
			if err != nil {
				return 0, err
			}
			if done {
				return 0, io.EOF
			}
		}
		more, err := a.next()
		if err != nil {
			return 0, a.fault("in "+a.current, err)
		}
		switch {
		case !more:
			a.current = ""
		case a.current == a.want:
			a.sum.Write(a.item)
			a.rest = a.item
		}
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// header reads a block's header; done means that the wanted collection is
// complete.
func (a *archive) header() (done bool, err error) {
	more, err := a.next()
	if err != nil {
		return false, a.fault("before the end of "+a.want, err)
	}
	if !more {
		return false, a.fault("between blocks", errors.New("a terminator in the place of a header"))
	}
	var head struct {
		Database   string `bson:"db"`
		Collection string `bson:"collection"`
		EOF        bool   `bson:"EOF"`
		CRC        int64  `bson:"CRC"`
	}
	if err := a.decode(&head); err != nil {
		return false, a.fault("in a header", err)
	}
	if head.Collection == "" {
		return false, a.fault("in a header", errors.New("it names no collection"))
	}
	a.current = head.Database + "." + head.Collection
	if !head.EOF || a.current != a.want {
		return false, nil
	}
	if sum := int64(a.sum.Sum64()); sum != head.CRC {
		return false, a.fault("at the end of "+a.want, fmt.Errorf("the checksum of its documents is %016x, not %016x", uint64(sum), uint64(head.CRC)))
	}
	return true, nil
}
