package monary

import (
	"fmt"
	"time"
)

// Times returns a date column as times in a zone; a nil zone is UTC. Rows
// without a value hold the zero time.
func Times(t *Table, name string, zone *time.Location) ([]time.Time, error) {
	s, err := t.find(name)
	if err != nil {
		return nil, err
	}
	if s.Type().Kind != KindDate {
		return nil, fmt.Errorf("monary: column %q is %s, not date", name, s.Type())
	}
	if zone == nil {
		zone = time.UTC
	}
	return s.times(zone), nil
}

// times are a date column's values.
func (s *Series) times(zone *time.Location) []time.Time {
	times := make([]time.Time, s.rows)
	for row, ms := range s.vector.(*flat[int64]).values {
		if s.valid.get(row) {
			times[row] = time.UnixMilli(ms).In(zone)
		}
	}
	return times
}
