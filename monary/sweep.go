package monary

// sweeper locates the wanted values of a block's documents side by side, as
// long as they keep to a layout: stretch after stretch, each in loops over all
// documents. Such a loop has no branches, and what it compares with is at hand,
// which makes it several times faster than walking document by document. What
// does not fit is walked: a sweep never decides anything that a walk would not.
type sweeper struct {
	layout layout
	spent  bool              // the layout is for no other block
	odd    [blockRows]uint64 // not 0 for a document that does not fit
	last   []*offsets        // terminators of the levels in progress, the documents' own first
	stamp  int64             // number of the layout
	pause  int               // blocks to let pass, since few documents fitted
	age    int               // blocks since a layout was made
	wait   int               // blocks until another may be made
}

// Blocks that pass before the next layout is made: more each time, and many
// when layouts are of no use.
const (
	pauseBlocks = 32
	maxWait     = 1024
)

// block sweeps over the documents that end at ends[1:]. It returns which fit,
// the ones whose number is 0, and how many do.
func (s *sweeper) block(buf []byte, ends []uint32, plan *node, top *level) (odd []uint64, fit int) {
	docs := len(ends) - 1
	odd = s.odd[:docs]
	if s.spent {
		s.layout, s.spent = nil, false
	}
	if s.pause > 0 {
		s.pause--
	} else if s.layout == nil && docs >= samples && top.likely != nil {
		if s.layout = compile(buf, ends, plan, top, &s.stamp); s.layout == nil {
			s.pause = pauseBlocks
		}
	}
	if s.layout == nil {
		for i := range odd {
			odd[i] = 1
		}
		return odd, 0
	}
	clear(odd)
	s.sweep(buf, ends)
	for _, o := range odd {
		if o == 0 {
			fit++
		}
	}
	s.age++
	switch {
	case fit < docs/2:
		s.spent, s.pause = true, pauseBlocks
	case fit < docs-docs/8 && s.age > s.wait:
		s.spent, s.age, s.wait = true, 0, min(2*s.wait+1, maxWait)
	}
	return odd, fit
}

// sweep finds where each document has each stretch. Positions of a document
// that does not fit are meaningless, but inside the buffer.
func (s *sweeper) sweep(buf []byte, ends []uint32) {
	docs := len(ends) - 1
	at, last := s.layout[0].at[:docs], s.terminators(0)[:docs]
	for i := range at {
		at[i], last[i] = ends[i]+4, ends[i+1]-1
	}
	near := int(ends[docs])+s.layout.reach() > len(buf) // the buffer's end
	for k, st := range s.layout {
		if near {
			s.confine(len(buf)-int(st.size)-8, st.at[:docs])
			if len(buf) < int(st.size)+8 {
				return
			}
		}
		s.compare(buf, st, docs)
		if st.next == stepEnd {
			return
		}
		s.step(buf, st, s.layout[k+1].at[:docs])
	}
}

// confine drops the documents that are beyond a limit, from where a stretch and
// a length behind it can be read.
func (s *sweeper) confine(limit int, at []uint32) {
	for i, pos := range at {
		if int(pos) > limit {
			at[i], s.odd[i] = 0, 1
		}
	}
}

// compare compares the documents with the stretch.
func (s *sweeper) compare(buf []byte, st *stretch, docs int) {
	at, odd := st.at[:docs], s.odd[:docs]
	for _, w := range st.windows {
		for i, pos := range at {
			odd[i] |= (load64(buf, pos+w.by[0])&w.mask[0] ^ w.word[0]) | (load64(buf, pos+w.by[1])&w.mask[1] ^ w.word[1])
		}
	}
	for _, l := range st.leaves {
		last := s.terminators(l.depth)[:docs]
		for i, pos := range at {
			odd[i] |= uint64(pos + l.by ^ last[i])
		}
	}
}

// step finds where the next stretch begins.
func (s *sweeper) step(buf []byte, st *stretch, next []uint32) {
	docs := len(next)
	at, odd, last := st.at[:docs], s.odd[:docs], s.terminators(st.depth)[:docs]
	switch st.next {
	case stepText:
		for i, pos := range at {
			pos += st.size
			size := load64(buf, pos) & 0xffffffff
			end := uint64(pos) + 4 + size
			stop := min(end, uint64(last[i]))
			odd[i] |= end ^ stop | uint64(buf[max(stop, 1)-1]) | zero(size)
			next[i] = uint32(stop)
		}
	case stepEnter:
		outer := s.terminators(st.depth - 1)[:docs]
		for i, pos := range at {
			pos += st.size
			end := uint64(pos) + load64(buf, pos)&0xffffffff // one less than minDocument does not end where it should
			stop := min(end, uint64(outer[i]))
			odd[i] |= end ^ stop | uint64(buf[max(stop, 1)-1])
			last[i] = uint32(stop) - 1
			next[i] = pos + 4
		}
	case stepRest:
		for i, pos := range at {
			next[i] = max(pos+st.size, last[i])
		}
	default:
		for i, pos := range at {
			pos += st.size
			size, f := valueSize(st.typ, buf[min(pos, last[i]):last[i]])
			if f != nil {
				odd[i] = 1
			}
			next[i] = pos + uint32(size)
		}
	}
}

// zero is 1 if n is 0 and 0 otherwise.
func zero(n uint64) uint64 {
	if n == 0 {
		return 1
	}
	return 0
}

// place notes where the documents that fitted have what is wanted.
func (s *sweeper) place(odd []uint64, fit int) {
	for _, st := range s.layout {
		for _, w := range st.wanted {
			if fit == len(odd) {
				w.in.setAll(&w, &st.at)
				continue
			}
			for i, o := range odd {
				if o == 0 {
					w.in.set(i, st.at[i]+w.by, w.typ)
				}
			}
		}
	}
}

// terminators returns where the documents' levels of a depth end.
func (s *sweeper) terminators(depth int) *offsets {
	for len(s.last) <= depth {
		s.last = append(s.last, new(offsets))
	}
	return s.last[depth]
}
