package monary

import (
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// gatherer is a vector that stores a run of cells of one BSON type at once,
// which is the second of the two steps of decoding.
type gatherer interface {
	// gather stores the values found[k], all of type t, as the cells of rows row+k. It
	// returns false, having stored nothing, when a cell is not simply present:
	// then the run goes cell by cell through write.
	gather(row int, t bson.Type, buf []byte, found []located) bool
}

// gather stores the located values of a block from row on, run by run. It
// returns the number of the document whose value is malformed, with the fault.
func (c *cells) gather(row int, buf []byte, found []located) (doc int, f *fault) {
	for i := 0; i < len(found); {
		t, j := found[i].typ(), i+1
		for j < len(found) && found[j].typ() == t {
			j++
		}
		if t == 0 {
			c.counts[Missing] += int64(j - i)
		} else if doc, f := c.store(row+i, t, buf, found[i:j]); f != nil {
			return i + doc, f
		}
		i = j
	}
	return 0, nil
}

func (c *cells) store(row int, t bson.Type, buf []byte, found []located) (doc int, f *fault) {
	if g, ok := c.vector.(gatherer); ok && g.gather(row, t, buf, found) {
		c.valid.setRange(row, row+len(found))
		c.counts[Present] += int64(len(found))
		return 0, nil
	}
	for k, v := range found {
		val := buf[v.at():]
		size, f := valueSize(t, val)
		if f == nil {
			var state State
			state, f = c.vector.write(row+k, t, val[:size])
			c.counts[state]++
			if state.hasValue() {
				c.valid.set(row + k)
			}
			if f == nil && state.offends() {
				f = c.offence(row+k, t, val[:size], state)
			}
		}
		if f != nil {
			return k, f
		}
	}
	return 0, nil
}

// offence applies the policy to a value that got the state.
func (c *cells) offence(row int, t bson.Type, val []byte, state State) *fault {
	switch c.policy {
	case Fail:
		return faultf(0, ErrValue, "%s of %s %.40q in a column of type %s", state, t, makeValue(t, val).String(), c.typ)
	case DropRow:
		c.drops = append(c.drops, row)
	}
	return nil
}

// The loads of flat vectors: which BSON types they take without a check, and
// how.

func loadBool(t bson.Type) func([]bool, []byte, []located) {
	if t != bson.TypeBoolean {
		return nil
	}
	return func(dst []bool, buf []byte, found []located) {
		for k, f := range found {
			dst[k] = buf[f.at()] == 1
		}
	}
}

func loadInt32(t bson.Type) func([]int32, []byte, []located) {
	if t != bson.TypeInt32 {
		return nil
	}
	return func(dst []int32, buf []byte, found []located) {
		for k, f := range found {
			dst[k] = int32(binary.LittleEndian.Uint32(buf[f.at():]))
		}
	}
}

func loadInt64(t bson.Type) func([]int64, []byte, []located) {
	switch t {
	case bson.TypeInt32:
		return func(dst []int64, buf []byte, found []located) {
			for k, f := range found {
				dst[k] = int64(int32(binary.LittleEndian.Uint32(buf[f.at():])))
			}
		}
	case bson.TypeInt64:
		return loadWords
	}
	return nil
}

func loadDate(t bson.Type) func([]int64, []byte, []located) {
	if t != bson.TypeDateTime {
		return nil
	}
	return loadWords
}

func loadWords(dst []int64, buf []byte, found []located) {
	for k, f := range found {
		dst[k] = int64(binary.LittleEndian.Uint64(buf[f.at():]))
	}
}

func loadFloat64(t bson.Type) func([]float64, []byte, []located) {
	switch t {
	case bson.TypeDouble:
		return func(dst []float64, buf []byte, found []located) {
			for k, f := range found {
				dst[k] = math.Float64frombits(binary.LittleEndian.Uint64(buf[f.at():]))
			}
		}
	case bson.TypeInt32:
		return func(dst []float64, buf []byte, found []located) {
			for k, f := range found {
				dst[k] = float64(int32(binary.LittleEndian.Uint32(buf[f.at():])))
			}
		}
	}
	return nil
}

func loadObjectID(t bson.Type) func([]bson.ObjectID, []byte, []located) {
	if t != bson.TypeObjectID {
		return nil
	}
	return func(dst []bson.ObjectID, buf []byte, found []located) {
		for k, f := range found {
			dst[k] = bson.ObjectID(buf[f.at() : f.at()+12])
		}
	}
}
