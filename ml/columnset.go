package ml

import "strconv"

// columnSet is what a model keeps of the columns it was fitted on.
type columnSet struct {
	count int
	names []string // nil if they had none
}

func columnsOf(X *Matrix) columnSet { return columnSet{X.cols, X.names} }

// check refuses another number of columns, and other names where both sides have
// some: columns that changed places would be taken for each other.
func (c columnSet) check(X *Matrix) error {
	if err := checkWidth(X, c.count); err != nil || X.names == nil || c.names == nil {
		return err
	}
	for j, name := range c.names {
		if X.names[j] != name {
			return errorf("column %d is %q, the model was fitted on %q", j, X.names[j], name)
		}
	}
	return nil
}

// known returns the names, which are x0, x1, … where there are none.
func (c columnSet) known() []string {
	if c.names != nil {
		return c.names
	}
	names := make([]string, c.count)
	for j := range names {
		names[j] = "x" + strconv.Itoa(j)
	}
	return names
}

// columnError is for a problem that is not one cell's.
func (m *Matrix) columnError(j int, problem string) error {
	if m.names != nil {
		return errorf("column %q: %s", m.names[j], problem)
	}
	return errorf("column %d: %s", j, problem)
}
