package monary

import (
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// gatherer is a vector that stores a run of cells of one BSON type at once,
// which is the second of the two steps of decoding.
type gatherer interface {
	// gather stores the values that are at the spots, all of type t, as the
	// cells of the rows from row on. It returns false, having stored nothing,
	// when a value is not simply present: then the run goes cell by cell
	// through write.
	gather(row int, t bson.Type, from spots) bool
}

// gather stores the located values of a block of n documents from row on. It
// returns the number of the document whose value is malformed, with the fault.
func (c *cells) gather(row int, buf []byte, p *places, n int) (doc int, f *fault) {
	if p.none {
		c.counts[Missing] += int64(n)
		c.setStates(row, n, Missing)
		return 0, nil
	}
	if p.all != 0 {
		return c.store(row, p.all, spots{buf: buf, at: p.at[:n], by: p.by, size: p.size})
	}
	switch t, values := p.only(n); {
	case values == n:
		return c.store(row, t, spots{buf: buf, at: p.own[:n]})
	case t != 0:
		return c.store(row, t, spots{buf: buf, at: p.own[:n], valid: &p.valid})
	}
	for i := 0; i < n; {
		t, j := bson.Type(p.types[i]), i+1
		for j < n && p.types[j] == byte(t) {
			j++
		}
		if t == 0 {
			c.counts[Missing] += int64(j - i)
			c.setStates(row+i, j-i, Missing)
		} else if doc, f := c.store(row+i, t, spots{buf: buf, at: p.own[i:j]}); f != nil {
			return i + doc, f
		}
		i = j
	}
	return 0, nil
}

func (c *cells) store(row int, t bson.Type, from spots) (doc int, f *fault) {
	if g, ok := c.vector.(gatherer); ok && g.gather(row, t, from) {
		values := len(from.at)
		if from.valid != nil {
			values = c.valid.setBits(row, from.valid[:], values)
		} else {
			c.valid.setRange(row, row+values)
		}
		c.counts[Present] += int64(values)
		c.counts[Missing] += int64(len(from.at) - values)
		c.setStates(row, len(from.at), Present)
		if from.valid != nil && c.states != nil {
			for k, at := range from.at {
				if at == 0 {
					c.states[row+k] = Missing
				}
			}
		}
		return 0, nil
	}
	for k, at := range from.at {
		if at == 0 {
			c.counts[Missing]++
			c.setStates(row+k, 1, Missing)
			continue
		}
		val := from.buf[at+from.by:]
		size, f := valueSize(t, val)
		if f == nil {
			f = c.write(row+k, t, at+from.by, val[:size])
		}
		if f != nil {
			return k, f
		}
	}
	return 0, nil
}

// write stores a value, of type t and found at a place in the buffer, as the cell
// of a row.
func (c *cells) write(row int, t bson.Type, at uint32, val []byte) *fault {
	state, f := c.vector.write(row, t, val)
	if c.policy == Coerce && f == nil {
		var did bool
		if state, did, c.scratch = coerceCell(c.vector, c.typ, row, t, val, state, c.scratch); did {
			c.counts[coerced]++
		}
	}
	c.counts[state]++
	c.setStates(row, 1, state)
	if state.hasValue() {
		c.valid.set(row)
	}
	inside := c.offended
	if c.offended = false; f != nil {
		return f
	}
	if (state.offends() || inside) && len(c.rejected) < c.keep {
		c.rejected = append(c.rejected, reject{row, at, t, state})
	}
	switch {
	case c.policy == Fail && state.offends():
		return offence(state, t, val, c.typ)
	case c.policy == DropRow && (state.offends() || inside):
		c.drops = append(c.drops, row)
	}
	return nil
}

// offence is the fault of a value that its column does not take, under Fail.
func offence(state State, t bson.Type, val []byte, column Type) *fault {
	return faultf(0, ErrValue, "%s of %s %.40q in a column of type %s", state, t, makeValue(t, val).String(), column)
}

// setStates notes the state of n rows, if states are kept.
func (c *cells) setStates(row, n int, state State) {
	if c.states == nil {
		return
	}
	for i := range n {
		c.states[row+i] = state
	}
}

// The loads of flat vectors: which BSON types they take without a check, and
// how.

func loadBool(t bson.Type) func([]bool, spots) {
	if t != bson.TypeBoolean {
		return nil
	}
	return func(dst []bool, from spots) {
		for k, at := range from.at {
			dst[k] = from.buf[at+from.by] == 1
		}
	}
}

func loadInt32(t bson.Type) func([]int32, spots) {
	if t != bson.TypeInt32 {
		return nil
	}
	return func(dst []int32, from spots) {
		for k, at := range from.at {
			dst[k] = int32(binary.LittleEndian.Uint32(from.buf[at+from.by:]))
		}
	}
}

func loadInt64(t bson.Type) func([]int64, spots) {
	switch t {
	case bson.TypeInt32:
		return func(dst []int64, from spots) {
			for k, at := range from.at {
				dst[k] = int64(int32(binary.LittleEndian.Uint32(from.buf[at+from.by:])))
			}
		}
	case bson.TypeInt64:
		return loadWords
	}
	return nil
}

func loadDate(t bson.Type) func([]int64, spots) {
	if t != bson.TypeDateTime {
		return nil
	}
	return loadWords
}

func loadWords(dst []int64, from spots) {
	for k, at := range from.at {
		dst[k] = int64(binary.LittleEndian.Uint64(from.buf[at+from.by:]))
	}
}

func loadFloat64(t bson.Type) func([]float64, spots) {
	switch t {
	case bson.TypeDouble:
		return func(dst []float64, from spots) {
			for k, at := range from.at {
				dst[k] = math.Float64frombits(binary.LittleEndian.Uint64(from.buf[at+from.by:]))
			}
		}
	case bson.TypeInt32:
		return func(dst []float64, from spots) {
			for k, at := range from.at {
				dst[k] = float64(int32(binary.LittleEndian.Uint32(from.buf[at+from.by:])))
			}
		}
	}
	return nil
}

func loadObjectID(t bson.Type) func([]bson.ObjectID, spots) {
	if t != bson.TypeObjectID {
		return nil
	}
	return func(dst []bson.ObjectID, from spots) {
		for k, at := range from.at {
			dst[k] = bson.ObjectID(from.buf[at+from.by:][:12])
		}
	}
}
