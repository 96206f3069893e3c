package ml

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// A model is saved as bytes or as JSON. Both have the fields that the method archive of
// its type visits, in that order.
//
// Bytes are little-endian:
//
//	magic        4 bytes "PnsM"
//	version      1 byte
//	length       of the model, in bytes
//	model        its kind, a text of kinds.go; its fields
//	checksum     4 bytes, CRC-32C of all before
//
//	truth        1 byte, 0 or 1
//	whole        zigzag varint: 0, −1, 1, −2, … are 0, 1, 2, 3, …
//	number       8 bytes, a float64
//	text, bytes  length; bytes
//	wholes, numbers, texts, list
//	             how many; one after the other
//	shortNumbers how many; each as appendShort has it
//	object       its fields, without their names
//	choice       the text that stands for it
//
// Lengths are unsigned varints, and so is “how many”. No varint is longer than it need
// be, so that a model has one form.
//
// JSON is an object:
//
//	"format"     "penstock/ml"
//	"version"    1
//	"kind"       a text of kinds.go
//	"model"      an object of the fields
//	"crc32c"     the checksum of the bytes, in hexadecimal
//
// Its numbers are texts, in hexadecimal as C and Go write them, which is exact; NaN
// with other bits than math.NaN has is "NaN(0x…)" with all 64 of them. Text that is no
// UTF-8 is {"base64": "…"}. Whole numbers are numbers. A model inside another one
// is an object of one field: its kind, and an object of its fields.
//
// A change of the form is a new version, and what was version 1 stays readable, see
// testdata/models. A new kind is no change.
const (
	modelMagic   = "PnsM"
	modelFormat  = "penstock/ml"
	modelVersion = 1

	checksumBytes = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes a model in a compact form of its own, which [Load] reads: fitted
// transformers, classifiers, regressors and searches of this package, pipelines of
// them, Matrix, Frame and Classes. Equal models have equal bytes.
//
// It is an error, which says where, if the model holds what cannot be saved: a step of
// a type that is not of this package and was not given to [Register], an SVC with a
// KernelFunc, or a search with a parameter that is no value but a learner or the like;
// what its Model returns can be saved then.
func Save(w io.Writer, model any) error {
	data, err := encodeBinary(model)
	if err == nil {
		_, err = w.Write(data)
	}
	return at("Save", err)
}

// SaveJSON is Save in a form to be looked at: JSON with floats in hexadecimal, several
// times as long. It cannot be edited, as it has a checksum.
func SaveJSON(w io.Writer, model any) error {
	data, err := encodeJSON(model)
	if err == nil {
		_, err = w.Write(append(data, '\n'))
	}
	return at("SaveJSON", err)
}

func encodeBinary(model any) ([]byte, error) { return binaryForm(model, make(map[any][]byte)) }

func binaryForm(model any, custom map[any][]byte) ([]byte, error) {
	w := &binaryWriter{}
	a := &archive{coder: w, custom: custom}
	if err := a.write(model); err != nil {
		return nil, err
	}
	if a.err != nil {
		return nil, a.err
	}
	dst := make([]byte, 0, len(modelMagic)+1+binary.MaxVarintLen64+len(w.out)+checksumBytes)
	dst = append(append(dst, modelMagic...), modelVersion)
	dst = binary.AppendUvarint(dst, uint64(len(w.out)))
	dst = append(dst, w.out...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst, castagnoli)), nil
}

func encodeJSON(model any) ([]byte, error) {
	custom := make(map[any][]byte)
	data, err := binaryForm(model, custom)
	if err != nil {
		return nil, err
	}
	k, err := kinds.of(model)
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{}
	a := &archive{coder: w, custom: custom}
	h := jsonHeader{modelFormat, modelVersion, k.name}
	sum := checksumText(data)
	_ = w.object(func() {
		h.archive(a)
		_ = w.key("model")
		a.visit(k, k.open(model))
		a.text("crc32c", &sum)
	})
	return w.out, a.err
}

// jsonHeader is what stands before a model.
type jsonHeader struct {
	format  string
	version int
	kind    string
}

func (h *jsonHeader) archive(a *archive) {
	a.text("format", &h.format)
	if a.err == nil && h.format != modelFormat {
		a.fail(fmt.Errorf("the format is %.50q, want %q", h.format, modelFormat))
	}
	whole(a, "version", &h.version)
	if a.err == nil && h.version != modelVersion {
		a.fail(wrongVersion(h.version))
	}
	a.text("kind", &h.kind)
}

// checksumText is the checksum at the end of a model's bytes, as JSON has it.
func checksumText(data []byte) string {
	return fmt.Sprintf("%08x", binary.LittleEndian.Uint32(data[len(data)-checksumBytes:]))
}

func wrongVersion(found int) error {
	return fmt.Errorf("it is of version %d, only %d can be read", found, modelVersion)
}
