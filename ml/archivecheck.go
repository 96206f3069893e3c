package ml

import (
	"cmp"
	"fmt"
	"slices"
)

// What the verify methods of models have in common.

func wantLength(name string, got, want int) error {
	if got != want {
		return fmt.Errorf("there are %d of %s, want %d", got, name, want)
	}
	return nil
}

func wantAtLeast(name string, got, least int) error {
	if got < least {
		return fmt.Errorf("%s is %d, want at least %d", name, got, least)
	}
	return nil
}

// wantColumns refuses more columns than any data has, as their number takes no bytes.
func wantColumns(n int) error {
	const most = 1 << 24
	if n < 1 || n > most {
		return fmt.Errorf("there are %d columns, want 1 to %d", n, most)
	}
	return nil
}

func wantNumber(name string, v float64) error {
	if !isFinite(v) {
		return fmt.Errorf("%s is %v, want a finite number", name, v)
	}
	return nil
}

func wantFinite(name string, values []float64) error {
	for i, v := range values {
		if v-v != 0 { // it is infinite or NaN
			return fmt.Errorf("%s[%d] is %v, want a finite number", name, i, v)
		}
	}
	return nil
}

// wantAscending wants each number above the one before.
func wantAscending(name string, values []int) error {
	for i := 1; i < len(values); i++ {
		if values[i] <= values[i-1] {
			return fmt.Errorf("%s[%d] is %d, want a number above %d", name, i, values[i], values[i-1])
		}
	}
	return nil
}

// wantCodes is for the labels of classes. Those of libsvm may be below 0.
func wantCodes(codes []int, least int) error {
	return cmp.Or(wantAtLeast("the number of codes", len(codes), least), wantAscending("codes", codes))
}

// wantPlaces is for numbers from 0 to n−1, in ascending order.
func wantPlaces(name string, values []int, n int) error {
	for i, v := range values {
		if v < 0 || v >= n {
			return fmt.Errorf("%s[%d] is %d, want a number from 0 to %d", name, i, v, n-1)
		}
	}
	return wantAscending(name, values)
}

// wantRows is for a table of rows that all have cols finite numbers.
func wantRows(name string, table [][]float64, rows, cols int) error {
	if err := wantLength(name, len(table), rows); err != nil {
		return err
	}
	for i, row := range table {
		place := fmt.Sprintf("%s[%d]", name, i)
		if err := wantLength(place, len(row), cols); err != nil {
			return err
		}
		if err := wantFinite(place, row); err != nil {
			return err
		}
	}
	return nil
}

// wantKnown is for a label that has to be one of the sorted codes.
func wantKnown(name string, label int, codes []int) error {
	if _, found := slices.BinarySearch(codes, label); !found {
		return fmt.Errorf("%s is %d, which is no code", name, label)
	}
	return nil
}
