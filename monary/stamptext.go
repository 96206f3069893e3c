package monary

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The cells whose size differs from row to row.

// textCell writes text. Columns that were read are UTF-8; those that a program
// made may not be.
func textCell(typ bson.Type, at func(row int) []byte, ascii bool, column string, s *stamper) cell {
	return cell{add: func(dst []byte, row int) ([]byte, bson.Type) {
		b := at(row)
		if !ascii {
			if f := checkText(b, 0); f != nil {
				s.bad(column, f.err)
			}
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)+1))
		return append(append(dst, b...), 0), typ
	}}
}

func (t *text) stamped(column string, s *stamper) cell {
	if t.typ == bson.TypeRegex {
		return cell{add: func(dst []byte, row int) ([]byte, bson.Type) { return appendRegex(dst, t.at(row)), t.typ }}
	}
	checked := t.words != nil || isASCII(t.used()) // words are UTF-8
	return textCell(t.typ, t.at, checked, column, s)
}

// appendRegex appends the value of the text /pattern/options.
func appendRegex(dst, text []byte) []byte {
	end := bytes.LastIndexByte(text, '/')
	dst = append(append(dst, text[1:end]...), 0)
	return append(append(dst, text[end+1:]...), 0)
}

func (f *fixed) stamped(column string, s *stamper) cell {
	return textCell(bson.TypeString, f.at, isASCII(f.cells), column, s)
}

// stamped writes binaries, documents and arrays.
func (f *blobForm) stamped(at func(row int) []byte, tags []byte) cell {
	if f == bsonForm {
		return cell{add: func(dst []byte, row int) ([]byte, bson.Type) { return append(dst, at(row)...), bson.Type(tags[row]) }}
	}
	return cell{add: func(dst []byte, row int) ([]byte, bson.Type) {
		return appendBinary(dst, at(row), tags[row]), bson.TypeBinary
	}}
}

// appendBinary appends a binary's value; the old subtype 2 holds its length once
// more.
func appendBinary(dst, data []byte, subtype byte) []byte {
	n := uint32(len(data))
	if subtype == bson.TypeBinaryBinaryOld {
		dst = append(binary.LittleEndian.AppendUint32(dst, n+4), subtype)
		return append(binary.LittleEndian.AppendUint32(dst, n), data...)
	}
	return append(append(binary.LittleEndian.AppendUint32(dst, n), subtype), data...)
}

// stamped writes arrays. An array has no holes: what has no value is null.
func (l *list) stamped(without nulls, s *stamper) cell {
	items := newCell(l.child, without, s)
	present := l.child.valid
	if m, ok := l.child.vector.(*mixed); ok {
		present = m.written()
	}
	return cell{add: func(dst []byte, row int) ([]byte, bson.Type) {
		start, from := len(dst), int(l.offsets[row])
		dst = append(dst, 0, 0, 0, 0)
		for i := from; i < int(l.offsets[row+1]); i++ {
			at := len(dst)
			if dst = appendIndexed(dst, bson.TypeNull, i-from); present.get(i) {
				var typ bson.Type
				dst, typ = items.append(dst, i)
				dst[at] = byte(typ)
			}
		}
		dst = append(dst, 0)
		binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
		return dst, bson.TypeArray
	}}
}

// stamped writes documents, by a stamp of their own.
func (r *record) stamped(without nulls, s *stamper) cell {
	b := &branch{column: -1}
	for i, key := range r.keys {
		b.inside = append(b.inside, &branch{key: key, column: i})
	}
	doc := &inner{stamps: b.stamps(&Table{columns: r.fields}, without, s)}
	return cell{add: func(dst []byte, row int) ([]byte, bson.Type) { return doc.stamp(dst, row), bson.TypeEmbeddedDocument }}
}

// stamped writes values as they are. Those of a program are checked.
func (m *mixed) stamped(column string, s *stamper) cell {
	return cell{add: func(dst []byte, row int) ([]byte, bson.Type) {
		v, at := m.value(row), len(dst)
		dst = v.appendBytes(dst)
		if inArena(v.typ) {
			if f := checkDeep(v.typ, dst[at:], 0); f != nil {
				s.bad(column, f.err)
			}
		}
		return dst, v.typ
	}}
}

// written are the rows that have a value, null among them: here, the documents'
// own is known.
func (m *mixed) written() bitmap {
	bits := newBitmap(len(m.types))
	for row, t := range m.types {
		if t != 0 {
			bits.set(row)
		}
	}
	return bits
}
