package replay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Message kinds of the wire protocol.
const (
	opReply = 1    // answers opQuery
	opQuery = 2004 // the first hello of a connection may still come as one
	opMsg   = 2013
)

const (
	headerSize = 16
	maxMessage = 48 << 20
)

// Request is a command that a client sent.
type Request struct {
	Command   string              // the name: find, getMore, insert …
	N         int                 // how many of that name came before
	Body      bson.Raw            // the command itself
	Sequences map[string][][]byte // document sequences beside it, such as insert's "documents", in order

	id      int32
	isQuery bool
	silent  bool // no reply is waited for
}

// readRequest reads one message.
func readRequest(in io.Reader) (*Request, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return nil, err
	}
	size := int(int32(binary.LittleEndian.Uint32(header[:])))
	if size < headerSize || size > maxMessage {
		return nil, fmt.Errorf("replay: a message of %d bytes", size)
	}
	body := make([]byte, size-headerSize)
	if _, err := io.ReadFull(in, body); err != nil {
		return nil, err
	}
	r := &Request{id: int32(binary.LittleEndian.Uint32(header[4:])), Sequences: map[string][][]byte{}}
	var err error
	switch op := binary.LittleEndian.Uint32(header[12:]); op {
	case opMsg:
		err = r.parseMsg(body)
	case opQuery:
		r.isQuery = true
		err = r.parseQuery(body)
	default:
		err = fmt.Errorf("replay: a message of kind %d", op)
	}
	if err != nil {
		return nil, err
	}
	first, err := r.Body.IndexErr(0)
	if err != nil {
		return nil, err
	}
	r.Command = first.Key()
	return r, nil
}

// parseMsg reads the sections of an OP_MSG: one document, and sequences.
func (r *Request) parseMsg(body []byte) error {
	if len(body) < 5 {
		return io.ErrUnexpectedEOF
	}
	const checksumPresent, moreToCome = 1, 2
	flags := binary.LittleEndian.Uint32(body)
	r.silent = flags&moreToCome != 0
	if flags&checksumPresent != 0 {
		body = body[:len(body)-4]
	}
	for rest := body[4:]; len(rest) > 0; {
		kind := rest[0]
		section, err := document(rest[1:]) // a sequence begins with its size too
		if err != nil {
			return err
		}
		rest = rest[1+len(section):]
		if kind == 0 {
			r.Body = bson.Raw(section)
			continue
		}
		name, docs, ok := bytes.Cut(section[4:], []byte{0})
		if !ok {
			return io.ErrUnexpectedEOF
		}
		for len(docs) > 0 {
			doc, err := document(docs)
			if err != nil {
				return err
			}
			r.Sequences[string(name)] = append(r.Sequences[string(name)], doc)
			docs = docs[len(doc):]
		}
	}
	return nil
}

// parseQuery reads an OP_QUERY: flags, a collection's name, two numbers, a
// document.
func (r *Request) parseQuery(body []byte) error {
	if len(body) < 4 {
		return io.ErrUnexpectedEOF
	}
	_, rest, ok := bytes.Cut(body[4:], []byte{0})
	if !ok || len(rest) < 8 {
		return io.ErrUnexpectedEOF
	}
	doc, err := document(rest[8:])
	r.Body = bson.Raw(doc)
	return err
}

// document is the length-prefixed piece that data begins with.
func document(data []byte) ([]byte, error) {
	if len(data) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	if n := int(int32(binary.LittleEndian.Uint32(data))); n >= 5 && n <= len(data) {
		return data[:n], nil
	}
	return nil, errors.New("replay: a section that does not fit its message")
}

// message encodes a reply. Its pieces are written one after the other, so a
// large batch is not copied.
func (r *Request) message(reply net.Buffers) net.Buffers {
	head := make([]byte, headerSize, 64)
	binary.LittleEndian.PutUint32(head[8:], uint32(r.id))
	if r.isQuery {
		binary.LittleEndian.PutUint32(head[12:], opReply)
		head = append(head, make([]byte, 16)...)         // flags, no cursor, from 0
		head = binary.LittleEndian.AppendUint32(head, 1) // one document
	} else {
		binary.LittleEndian.PutUint32(head[12:], opMsg)
		head = append(head, 0, 0, 0, 0, 0) // no flags; a section that is a document
	}
	out := append(net.Buffers{head}, reply...)
	size := 0
	for _, piece := range out {
		size += len(piece)
	}
	binary.LittleEndian.PutUint32(head, uint32(size))
	return out
}

// cursorReply is {cursor: {id, ns, field: array}, ok: 1}.
func cursorReply(id int64, ns, field string, array []byte) net.Buffers {
	cursor := []byte{0, 0, 0, 0}
	cursor = append(cursor, "\x12id\x00"...)
	cursor = binary.LittleEndian.AppendUint64(cursor, uint64(id))
	cursor = append(cursor, "\x02ns\x00"...)
	cursor = binary.LittleEndian.AppendUint32(cursor, uint32(len(ns)+1))
	cursor = append(append(cursor, ns...), 0)
	cursor = append(append(append(cursor, 4), field...), 0)
	binary.LittleEndian.PutUint32(cursor, uint32(len(cursor)+len(array)+1))

	tail := []byte{0} // the cursor's end
	tail = append(tail, "\x10ok\x00\x01\x00\x00\x00\x00"...)
	head := append([]byte{0, 0, 0, 0}, "\x03cursor\x00"...)
	binary.LittleEndian.PutUint32(head, uint32(len(head)+len(cursor)+len(array)+len(tail)))
	return net.Buffers{head, cursor, array, tail}
}

// arrayOf is a BSON array of documents.
func arrayOf(docs [][]byte) []byte {
	out := []byte{0, 0, 0, 0}
	for i, doc := range docs {
		out = append(out, 3)
		out = strconv.AppendInt(out, int64(i), 10)
		out = append(append(out, 0), doc...)
	}
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	return out
}
