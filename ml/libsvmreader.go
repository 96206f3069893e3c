package ml

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ReadLibSVM reads a model that svm-train or WriteLibSVM wrote, for two classes or
// more (svm_type c_svc or nu_svc). The format leaves out zeros and does not say how
// many columns there are; 0 for columns stands for as many as the support vectors
// need. What else it does not say is empty in the model (Objective, Iterations) or
// −1 (Support, unless the kernel is precomputed). Errors name the line.
//
// Of classes with equal votes Predict takes the lowest label, as for all models; svm-predict
// takes the one that came first in the data that svm-train had.
func ReadLibSVM(r io.Reader, columns int) (*SVCModel, error) {
	m, err := readLibSVM(r, columns, "c_svc", "nu_svc")
	if err != nil {
		return nil, at("ReadLibSVM", err)
	}
	m.sortClasses()
	m.orient()
	m.pack()
	return m, nil
}

// readLibSVM reads a model of one of some types. Errors name the line.
func readLibSVM(r io.Reader, columns int, types ...string) (*SVCModel, error) {
	p := &libsvmReader{lines: bufio.NewScanner(r), columns: columns, types: types, values: types[0] != "c_svc"}
	p.lines.Buffer(nil, math.MaxInt32)
	m, err := p.read()
	if err != nil {
		return nil, at(fmt.Sprintf("line %d", p.line), err)
	}
	return m, nil
}

// libsvmReader is one readLibSVM under way.
type libsvmReader struct {
	types   []string // that are wanted
	lines   *bufio.Scanner
	line    int
	columns int // 0 as long as they are not known
	m       SVCModel
	values  bool // of one machine, without classes
	classes int
	total   int
	rho     []float64
	sparse  [][]libsvmCell // the support vectors
}

// libsvmCell is "index:value"; indices count from 1.
type libsvmCell struct {
	index int
	value float64
}

func (p *libsvmReader) read() (*SVCModel, error) {
	p.m.kernel.degree = 3
	for p.next() {
		name, rest, _ := strings.Cut(strings.TrimSpace(p.lines.Text()), " ")
		if name == "SV" {
			if err := p.checkHeader(); err != nil {
				return nil, err
			}
			return p.vectors()
		}
		if err := p.header(name, strings.Fields(rest)); err != nil {
			return nil, err
		}
	}
	if err := p.lines.Err(); err != nil {
		return nil, err
	}
	return nil, errorf("the text ends before the line SV")
}

func (p *libsvmReader) next() bool {
	p.line++
	return p.lines.Scan()
}

func (p *libsvmReader) header(name string, words []string) error {
	one := ""
	if len(words) > 0 {
		one = words[0]
	}
	var err error
	switch name {
	case "svm_type":
		if !slices.Contains(p.types, one) {
			return errorf("svm_type is %q, %s can be read", one, strings.Join(p.types, " and "))
		}
	case "kernel_type":
		kind := slices.Index(libsvmKernels[:], one)
		if kind < 0 {
			return errorf("kernel_type is %q, known are %q", one, libsvmKernels)
		}
		p.m.kernel.kind = Kernel(kind)
	case "degree":
		p.m.kernel.degree, err = strconv.Atoi(one)
	case "gamma":
		p.m.kernel.gamma, err = finiteNumber(one)
	case "coef0":
		p.m.kernel.coef0, err = finiteNumber(one)
	case "nr_class":
		p.classes, err = strconv.Atoi(one)
	case "total_sv":
		p.total, err = strconv.Atoi(one)
	case "rho":
		p.rho, err = parseAll(words, finiteNumber)
	case "label":
		p.m.Codes, err = parseAll(words, strconv.Atoi)
	case "nr_sv":
		p.m.NumSupport, err = parseAll(words, strconv.Atoi)
	case "probA":
		p.m.ProbA, err = parseAll(words, finiteNumber)
	case "probB":
		p.m.ProbB, err = parseAll(words, finiteNumber)
	case "prob_density_marks": // which svm-predict -b 1 uses for one class
	default:
		return errorf("%q is no part of the format", name)
	}
	return at(name, err)
}

func parseAll[T any](words []string, parse func(string) (T, error)) ([]T, error) {
	out := make([]T, len(words))
	for i, word := range words {
		var err error
		if out[i], err = parse(word); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func finiteNumber(word string) (float64, error) {
	v, err := strconv.ParseFloat(word, 64)
	if err == nil && !isFinite(v) {
		err = errorf("%q, only finite numbers are allowed", word)
	}
	return v, err
}

func (p *libsvmReader) checkHeader() error {
	if p.values {
		return p.checkValueHeader()
	}
	k, sum := p.classes, 0
	for _, n := range p.m.NumSupport {
		if n < 0 {
			return errorf("nr_sv has %d", n)
		}
		sum += n
	}
	switch {
	case k < 2:
		return errorf("nr_class is %d, must be >= 2", k)
	case len(p.m.Codes) != k || len(p.m.NumSupport) != k || len(p.rho) != k*(k-1)/2:
		return errorf("%d classes need %d labels, %d numbers of support vectors and %d rho, there are %d, %d and %d",
			k, k, k, k*(k-1)/2, len(p.m.Codes), len(p.m.NumSupport), len(p.rho))
	case (p.m.ProbA != nil || p.m.ProbB != nil) && (len(p.m.ProbA) != len(p.rho) || len(p.m.ProbB) != len(p.rho)):
		return errorf("there are %d probA and %d probB for %d rho", len(p.m.ProbA), len(p.m.ProbB), len(p.rho))
	case sum != p.total:
		return errorf("nr_sv sums to %d, total_sv is %d", sum, p.total)
	case p.m.kernel.degree < 0:
		return errorf("degree is %d, must be >= 0", p.m.kernel.degree)
	}
	for i, code := range p.m.Codes {
		if slices.Contains(p.m.Codes[:i], code) {
			return errorf("label %d is there twice", code)
		}
	}
	return nil
}

func (p *libsvmReader) vectors() (*SVCModel, error) {
	p.m.DualCoef = make([][]float64, p.classes-1)
	for range p.total {
		if !p.next() {
			return nil, cmp.Or(p.lines.Err(), errorf("the text ends before all %d support vectors", p.total))
		}
		if err := p.vector(strings.Fields(p.lines.Text())); err != nil {
			return nil, err
		}
	}
	for p.next() {
		if strings.TrimSpace(p.lines.Text()) != "" {
			return nil, errorf("more text behind %d support vectors", p.total)
		}
	}
	if err := p.lines.Err(); err != nil {
		return nil, err
	}
	return p.finish()
}

func (p *libsvmReader) vector(words []string) error {
	if len(words) < p.classes-1 {
		return errorf("%d words, a support vector begins with %d coefficients", len(words), p.classes-1)
	}
	for r := range p.m.DualCoef {
		v, err := finiteNumber(words[r])
		if err != nil {
			return err
		}
		p.m.DualCoef[r] = append(p.m.DualCoef[r], v)
	}
	var cells []libsvmCell
	for _, word := range words[p.classes-1:] {
		left, right, ok := strings.Cut(word, ":")
		index, err := strconv.Atoi(left)
		value, err2 := finiteNumber(right)
		if !ok || err != nil || err2 != nil {
			return errorf("%q is no index:value", word)
		}
		if err := p.checkIndex(index, value, cells); err != nil {
			return err
		}
		cells = append(cells, libsvmCell{index, value})
	}
	if p.m.kernel.kind == KernelPrecomputed && len(cells) == 0 {
		return errorf("no 0:row, which tells the row of a precomputed kernel")
	}
	p.sparse = append(p.sparse, cells)
	return nil
}

func (p *libsvmReader) checkIndex(index int, value float64, before []libsvmCell) error {
	if p.m.kernel.kind == KernelPrecomputed {
		if index != 0 && len(before) == 0 || index == 0 && (value != math.Trunc(value) || value < 1 || value > math.MaxInt32) {
			return errorf("%d:%v, a precomputed kernel needs 0:row with a row from 1", index, value)
		}
		return nil
	}
	const most = 1 << 24 // a column more than any data has, before memory is taken for them
	switch {
	case index < 1 || index > most:
		return errorf("index %d, must be from 1 to %d", index, most)
	case len(before) > 0 && index <= before[len(before)-1].index:
		return errorf("index %d behind %d, they must rise", index, before[len(before)-1].index)
	case p.columns > 0 && index > p.columns:
		return errorf("index %d, there are %d columns", index, p.columns)
	}
	return nil
}

// checkValueHeader is for one machine; nr_class is 2 then, too.
func (p *libsvmReader) checkValueHeader() error {
	switch {
	case p.classes != 2 || len(p.rho) != 1:
		return errorf("nr_class is %d with %d rho, must be 2 and 1", p.classes, len(p.rho))
	case len(p.m.Codes) > 0 || len(p.m.NumSupport) > 0:
		return errorf("label and nr_sv are for classes")
	case p.total < 0:
		return errorf("total_sv is %d", p.total)
	case p.m.kernel.degree < 0:
		return errorf("degree is %d, must be >= 0", p.m.kernel.degree)
	}
	return nil
}

// finish lays out the vectors.
func (p *libsvmReader) finish() (*SVCModel, error) {
	m := &p.m
	m.Converged, m.Gamma, m.columns.count = true, m.kernel.gamma, p.columns
	for _, rho := range p.rho {
		m.Intercept = append(m.Intercept, -rho)
	}
	m.Support = make([]int, p.total)
	m.samples = make([][]float64, p.total)
	for i, cells := range p.sparse {
		m.Support[i] = -1
		if m.kernel.kind == KernelPrecomputed {
			m.Support[i] = int(cells[0].value) - 1
			m.columns.count = max(m.columns.count, m.Support[i]+1)
		} else if n := len(cells); n > 0 {
			m.columns.count = max(m.columns.count, cells[n-1].index)
		}
	}
	if err := p.checkSize(); err != nil {
		return nil, err
	}
	if m.kernel.kind != KernelPrecomputed {
		for i, cells := range p.sparse {
			m.samples[i] = make([]float64, m.columns.count)
			for _, c := range cells {
				m.samples[i][c.index-1] = c.value
			}
		}
	}
	return m, nil
}

// checkSize refuses a few cells that claim to be in a matrix beyond all memory.
func (p *libsvmReader) checkSize() error {
	const most = 1 << 28
	switch k := p.m.kernel.kind; {
	case p.columns > 0 && p.m.columns.count > p.columns:
		return errorf("a support vector is row %d of the training data, there are %d columns", p.m.columns.count, p.columns)
	case p.m.columns.count == 0:
		return errorf("no support vector has a value, say how many columns there are")
	case k != KernelPrecomputed && p.total > most/p.m.columns.count:
		return errorf("%d support vectors of %d columns are more than %d cells", p.total, p.m.columns.count, most)
	}
	return nil
}
