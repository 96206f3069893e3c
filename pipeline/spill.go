package pipeline

import (
	"bufio"
	"errors"
	"fmt"
	"os"
)

// errStopped says that no more is wanted.
var errStopped = errors.New("stopped")

// spill is a folder of files with what did not fit into memory, where temporary files go ($TMPDIR).
// It is made with the first file.
type spill struct {
	env   *env
	dir   string
	files []*os.File
}

// spilling is the output of a stage that may put rows on disk. What it has put there is gone when the
// loop over the output ends, however that is.
func spilling(e *env, work func(disk *spill, yield func(*batch) error) error) batches {
	return func(yield func(*batch, error) bool) {
		err := withSpill(e, func(disk *spill) error {
			return work(disk, func(b *batch) error {
				if !yield(b, nil) {
					return errStopped
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// withSpill removes the folder behind work, also when that panics.
func withSpill(e *env, work func(disk *spill) error) (err error) {
	disk := &spill{env: e}
	defer func() { err = errors.Join(err, disk.close()) }()
	return work(disk)
}

func (s *spill) close() error {
	for _, f := range s.files {
		_ = f.Close() // those that have been written to their end are closed
	}
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}

// open makes a file.
func (s *spill) open() (*os.File, error) {
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "penstock-spill-")
		if err != nil {
			return nil, onDisk(err)
		}
		s.dir = dir
	}
	f, err := os.CreateTemp(s.dir, "")
	if err != nil {
		return nil, onDisk(err)
	}
	s.files = append(s.files, f)
	return f, nil
}

// create makes a file of batches.
func (s *spill) create() (*spillFile, error) {
	file, err := s.open()
	if err != nil {
		return nil, err
	}
	share := s.env.limits.share(4 * mergedRuns)
	return &spillFile{ctx: s.env.ctx, file: file, share: share, out: bufio.NewWriterSize(file, int(min(share, 1<<16)))}, nil
}

// onDisk says what an error of a file is about.
func onDisk(err error) error {
	if err != nil {
		return fmt.Errorf("spilling to disk: %w", err)
	}
	return nil
}

// store is rows that are read more than once: in memory, or in a file if they do not fit.
type store struct {
	disk  *spill
	kept  []*batch
	bytes int64
	file  *spillFile
}

func (s *store) add(b *batch) error {
	s.bytes += b.size()
	limits := s.disk.env.limits
	switch {
	case s.file != nil:
		return s.file.write(b)
	case limits.spills(s.bytes):
		return s.move(b)
	case limits.exceeded(s.bytes):
		s.kept = nil // and go on, to say how much was needed
	default:
		s.kept = append(s.kept, b)
	}
	return nil
}

// move writes what is kept to a file, and one more batch.
func (s *store) move(b *batch) (err error) {
	if s.file, err = s.disk.create(); err != nil {
		return err
	}
	for _, b := range append(s.kept, b) {
		if err := s.file.write(b); err != nil {
			return err
		}
	}
	s.kept = nil
	return nil
}

// batches are the rows; an error if they were too large.
func (s *store) batches() (batches, error) {
	if s.file != nil {
		return s.file.batches(), nil
	}
	if l := s.disk.env.limits; l.exceeded(s.bytes) {
		return nil, l.errorOf(s.bytes)
	}
	return from(s.kept), nil
}
