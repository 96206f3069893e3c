package ml

import (
	"cmp"
	"fmt"
)

// archive has the matrix column by column, so that there are bytes for each of them,
// even if it has no rows.
func (m *Matrix) archive(a *archive) {
	var columns [][]float64
	if !a.reading {
		for j := range m.cols {
			columns = append(columns, m.Col(j))
		}
	}
	whole(a, "rows", &m.rows)
	a.rows("columns", &columns)
	a.texts("names", &m.names)
	if !a.reading {
		return
	}
	m.cols = len(columns)
	for j, column := range columns {
		if err := wantLength(fmt.Sprintf("columns[%d]", j), len(column), m.rows); err != nil {
			a.fail(err)
			return
		}
		m.data = append(m.data, column...)
	}
}

// archiveMatrix is for a part of a model.
func archiveMatrix(a *archive, name string, m **Matrix) {
	if a.reading {
		*m = &Matrix{}
	}
	a.object(name, func() { (*m).archive(a) })
}

func (m *Matrix) verify() error {
	err := wantAtLeast("rows", m.rows, 0)
	if len(m.names) > 0 {
		err = cmp.Or(err, wantLength("names", len(m.names), m.cols))
	}
	return err
}

func (f *Frame) archive(a *archive) {
	whole(a, "rows", &f.rows)
	objects(a, "columns", &f.columns, func(c *FrameColumn) { c.archive(a) })
}

func (c *FrameColumn) archive(a *archive) {
	a.text("name", &c.name)
	a.truth("text", &c.isText)
	if !c.isText {
		a.numbers("numbers", &c.numbers)
		return
	}
	a.texts("texts", &c.texts)
	var absent []int // rows
	for i, is := range c.absent {
		if is {
			absent = append(absent, i)
		}
	}
	wholes(a, "absent", &absent)
	if a.reading && a.err == nil && len(absent) > 0 {
		if err := c.setAbsent(absent); err != nil {
			a.fail(err)
		}
	}
}

func (c *FrameColumn) setAbsent(rows []int) error {
	if err := wantPlaces("absent", rows, len(c.texts)); err != nil {
		return err
	}
	c.absent = make([]bool, len(c.texts))
	for _, i := range rows {
		c.absent[i] = true
	}
	return nil
}

func (f *Frame) verify() error {
	if err := wantAtLeast("rows", f.rows, 0); err != nil {
		return err
	}
	for j, c := range f.columns {
		if err := wantLength(fmt.Sprintf("columns[%d]", j), c.length(), f.rows); err != nil {
			return err
		}
	}
	return nil
}

func (c *Classes) archive(a *archive) { a.texts("classes", (*[]string)(c)) }

func (c *Classes) verify() error {
	seen := make(map[string]bool, len(*c))
	for _, class := range *c {
		if seen[class] {
			return fmt.Errorf("two classes are %q", class)
		}
		seen[class] = true
	}
	return nil
}
