package ml

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"reflect"
	"strings"
)

// ErrModelData is what [Load] finds wrong with its input, to be tested with errors.Is.
var ErrModelData = errors.New("bad model data")

// Load reads to the end of r what [Save] or [SaveJSON] has written and returns it as the
// type that was saved, such as *SVCModel. The model answers as the one that was saved,
// to the last bit.
//
// What is cut off, damaged, followed by something else, of an unknown kind or of another
// version is refused, and so is what is no possible model, even if its checksum is right.
// The memory it takes is bounded by the length of the input.
func Load(r io.Reader) (any, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, at("Load", err)
	}
	return decode(data)
}

// LoadAs is Load for one type of model, or for one interface. It is an error that says
// what there is if that is something else.
func LoadAs[T any](r io.Reader) (T, error) {
	model, err := Load(r)
	if err != nil {
		var none T
		return none, err
	}
	return as[T](model)
}

func as[T any](model any) (T, error) {
	m, ok := model.(T)
	if !ok {
		return m, errorf("Load: the data holds %T, %v was asked for", model, reflect.TypeFor[T]())
	}
	return m, nil
}

func decode(data []byte) (any, error) {
	read := decodeBinary
	if text := bytes.TrimLeft(data, jsonSpace); len(text) > 0 && text[0] == '{' {
		read = decodeJSON
	}
	model, err := read(data)
	if err != nil {
		return nil, at("Load", fmt.Errorf("%w: %w", ErrModelData, err))
	}
	return model, nil
}

func decodeBinary(data []byte) (any, error) {
	body, err := openFrame(data)
	if err != nil {
		return nil, err
	}
	r := &binaryReader{body}
	a := &archive{coder: r, reading: true, custom: make(map[any][]byte)}
	model, err := a.read()
	switch {
	case err != nil:
		return nil, err
	case a.err != nil:
		return nil, a.err
	case len(r.data) > 0:
		return nil, fmt.Errorf("%d bytes are left over behind the fields of the model", len(r.data))
	}
	return model, nil
}

// openFrame returns what lies between the head and the checksum.
func openFrame(data []byte) (body []byte, err error) {
	head, rest := data[:min(len(data), len(modelMagic))], data[min(len(data), len(modelMagic)):]
	switch {
	case len(data) == 0:
		return nil, errors.New("it is empty")
	case string(head) != modelMagic[:len(head)]:
		return nil, fmt.Errorf("it begins with %q, a model with %q or, as JSON, with {", head, modelMagic)
	case len(rest) == 0:
		return nil, fmt.Errorf("it is cut off after %d bytes", len(data))
	case rest[0] != modelVersion:
		return nil, wrongVersion(int(rest[0]))
	}
	length, body, err := cutVarint(rest[1:])
	if err != nil {
		return nil, fmt.Errorf("its length: %w", err)
	}
	switch n := uint64(len(body)); {
	case n < checksumBytes || n-checksumBytes < length:
		return nil, fmt.Errorf("it is cut off: the head promises %d bytes and a checksum of %d, there are %d", length, checksumBytes, n)
	case n-checksumBytes > length:
		return nil, fmt.Errorf("%d bytes are left over behind the model", n-checksumBytes-length)
	}
	end := len(data) - checksumBytes
	want, found := binary.LittleEndian.Uint32(data[end:]), crc32.Checksum(data[:end], castagnoli)
	if want != found {
		return nil, fmt.Errorf("its checksum is %08x, want %08x: it is damaged", found, want)
	}
	return body[:length], nil
}

func decodeJSON(data []byte) (any, error) {
	if err := checkJSON(data); err != nil {
		return nil, err
	}
	r := &jsonReader{value: strings.Trim(string(data), jsonSpace)}
	a := &archive{coder: r, reading: true, custom: make(map[any][]byte)}
	var model any
	var sum string
	err := r.object(func() {
		var h jsonHeader
		h.archive(a)
		model = r.model(a, h.kind)
		a.text("crc32c", &sum)
	})
	if a.err != nil {
		return nil, a.err
	}
	if err != nil {
		return nil, err
	}
	written, err := binaryForm(model, a.custom)
	if err != nil {
		return nil, err
	}
	if found := checksumText(written); found != sum {
		return nil, fmt.Errorf("crc32c is %.20q, that of the fields is %q: they have been changed", sum, found)
	}
	return model, nil
}

// checkJSON makes sure that there is one JSON value and nothing else.
func checkJSON(data []byte) error {
	if json.Valid(data) {
		return nil
	}
	var value json.RawMessage
	return json.Unmarshal(data, &value)
}

// model reads the field of the model itself.
func (r *jsonReader) model(a *archive, name string) (model any) {
	if a.err != nil {
		return nil
	}
	k, err := kinds.named(name)
	if err == nil {
		err = r.key("model")
	}
	if err != nil {
		a.fail(err)
		return nil
	}
	x := k.create()
	a.visit(k, x)
	return k.model(x)
}

// marshal and unmarshal are for the methods of encoding and encoding/json.

func marshalBinary(model any) ([]byte, error) {
	data, err := encodeBinary(model)
	return data, at("Save", err)
}

func marshalJSON(model any) ([]byte, error) {
	data, err := encodeJSON(model)
	return data, at("SaveJSON", err)
}

// unmarshal sets *model to what data holds. After an error it is as it was.
func unmarshal[T any](model *T, data []byte) error {
	read, err := decode(data)
	if err != nil {
		return err
	}
	if value, ok := read.(T); ok {
		*model = value
		return nil
	}
	p, err := as[*T](read)
	if err == nil {
		*model = *p
	}
	return err
}
