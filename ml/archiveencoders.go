package ml

import (
	"errors"
	"fmt"
	"math"
)

var (
	unknownNames = []string{"error", "ignore"}
	missingNames = []string{"category", "zeros", "error"}
	dropNames    = []string{"none", "first", "ifBinary"}
)

func (m *OneHotEncoderModel) archive(a *archive) {
	choice(a, "drop", &m.params.Drop, dropNames...)
	choice(a, "unknown", &m.params.Unknown, unknownNames...)
	choice(a, "missing", &m.params.Missing, missingNames...)
	pointers(a, "columns", &m.fitted, func(k *categories) { k.archive(a) })
}

func (m *OneHotEncoderModel) verify() error {
	if err := checkCategories(m.fitted, m.params.Missing); err != nil {
		return err
	}
	// A long name of a column is repeated in those of all its dummies.
	stored, made := 0, 0
	for _, k := range m.fitted {
		stored += len(k.name)
		for _, label := range k.labels {
			stored += len(label) + 1
			made += len(k.name) + 1 + len(label)
		}
	}
	if made > 1<<16+1000*stored {
		return fmt.Errorf("the names of the dummies take %d bytes, made of %d", made, stored)
	}
	return nil
}

func (m *OrdinalEncoderModel) archive(a *archive) {
	choice(a, "unknown", &m.params.Unknown, unknownNames...)
	choice(a, "missing", &m.params.Missing, missingNames...)
	pointers(a, "columns", &m.fitted, func(k *categories) { k.archive(a) })
}

func (m *OrdinalEncoderModel) verify() error { return checkCategories(m.fitted, m.params.Missing) }

func (e *YesNo) archive(a *archive) {
	a.texts("yes", &e.Yes)
	a.texts("no", &e.No)
	a.truth("othersNo", &e.OthersNo)
}

func (e *YesNo) verify() error { return e.check() }

func (k *categories) archive(a *archive) {
	a.text("name", &k.name)
	a.truth("text", &k.isText)
	column, missing := k.stored()
	if k.isText {
		a.texts("values", &column.texts)
	} else {
		a.numbers("values", &column.numbers)
	}
	a.truth("missing", &missing)
	if a.reading && a.err == nil {
		if err := k.restore(column, missing); err != nil {
			a.fail(err)
		}
	}
}

// stored returns the values as Fit has met them, which matters for −0: its label
// has the sign. missing is whether absent cells are a category, which is the last one.
func (k *categories) stored() (column FrameColumn, missing bool) {
	for i, v := range k.values {
		switch {
		case v.missing:
			missing = true
		case k.isText:
			column.texts = append(column.texts, v.text)
		case k.labels[i] == "-0.0":
			column.numbers = append(column.numbers, math.Copysign(0, -1))
		default:
			column.numbers = append(column.numbers, v.number)
		}
	}
	return column, missing
}

// restore is the inverse of stored.
func (k *categories) restore(column FrameColumn, missing bool) error {
	k.code = make(map[category]int)
	column.isText = k.isText
	for i := range column.length() {
		if column.isMissing(i) {
			return fmt.Errorf("values[%d] is NaN", i)
		}
		k.add(column, i)
	}
	if missing {
		k.add(absentCell(k.isText), 0)
	}
	return nil
}

// absentCell is a column of one.
func absentCell(isText bool) FrameColumn {
	if isText {
		return Texts("", []string{""}, true)
	}
	return Numbers("", []float64{math.NaN()})
}

// checkCategories wants the values of each column ascending, one that stands for
// absent cells being the last.
func checkCategories(fitted []*categories, missing Missing) error {
	if len(fitted) == 0 {
		return errors.New("there are no columns")
	}
	for j, k := range fitted {
		for i, v := range k.values {
			if i > 0 && compareCategories(k.values[i-1], v) >= 0 {
				return fmt.Errorf("values[%d] of column %d is not above the one before", i, j)
			}
			if v.missing && missing != MissingCategory {
				return fmt.Errorf("column %d has a category for absent cells, which the parameters exclude", j)
			}
		}
	}
	return nil
}
