package ml

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// WriteLibSVM writes the model in the text format of libsvm's svm-train, with
// numbers to their last digit, for svm-predict and other programs that read it.
// Classes are written as their labels, and a model of NuSVC as c_svc, which predicts the same. A
// kernel of one's own cannot be written.
func (m *SVCModel) WriteLibSVM(w io.Writer) error {
	out := &bytes.Buffer{}
	if err := m.writeLibSVMKernel(out, "c_svc"); err != nil {
		return at("WriteLibSVM", err)
	}
	sign := 1.0
	if len(m.Codes) == 2 {
		sign = -1 // see orient
	}
	fmt.Fprintf(out, "nr_class %d\ntotal_sv %d\nrho", len(m.Codes), len(m.Support))
	for _, v := range m.Intercept {
		fmt.Fprintf(out, " %s", libsvmNumber(-sign*v))
	}
	fmt.Fprintf(out, "\nlabel%s\n", spaced(m.Codes))
	if len(m.ProbA) > 0 {
		fmt.Fprintf(out, "probA%s\nprobB%s\n", libsvmNumbers(m.ProbA), libsvmNumbers(m.ProbB))
	}
	fmt.Fprintf(out, "nr_sv%s\nSV\n", spaced(m.NumSupport))
	for i := range m.Support {
		for _, coef := range m.DualCoef {
			fmt.Fprintf(out, "%s ", libsvmNumber(sign*coef[i]))
		}
		m.writeLibSVMVector(out, i, m.Support)
	}
	_, err := w.Write(out.Bytes())
	return at("WriteLibSVM", err)
}

// writeLibSVMKernel writes the first lines, which are those about the kernel.
func (v *supportVectors) writeLibSVMKernel(out *bytes.Buffer, svmType string) error {
	if v.kernel.custom != nil {
		return errorf("the format knows no kernel that is a Go function")
	}
	k := v.kernel.kind
	fmt.Fprintf(out, "svm_type %s\nkernel_type %s\n", svmType, libsvmKernels[k])
	if k == KernelPoly {
		fmt.Fprintf(out, "degree %d\n", v.kernel.degree)
	}
	if k == KernelRBF || k == KernelPoly || k == KernelSigmoid {
		fmt.Fprintf(out, "gamma %s\n", libsvmNumber(v.kernel.gamma))
	}
	if k == KernelPoly || k == KernelSigmoid {
		fmt.Fprintf(out, "coef0 %s\n", libsvmNumber(v.kernel.coef0))
	}
	return nil
}

// writeLibSVMVector writes support vector i behind its coefficients. rows are the numbers of
// all of them among the training rows.
func (v *supportVectors) writeLibSVMVector(out *bytes.Buffer, i int, rows []int) {
	if v.kernel.kind == KernelPrecomputed {
		fmt.Fprintf(out, "0:%d ", rows[i]+1) // from 1
	} else {
		for f, x := range v.samples[i] {
			if x != 0 {
				fmt.Fprintf(out, "%d:%s ", f+1, libsvmNumber(x))
			}
		}
	}
	out.WriteByte('\n')
}

var libsvmKernels = [...]string{"rbf", "linear", "polynomial", "sigmoid", "precomputed"}

func libsvmNumber(v float64) string { return strconv.FormatFloat(v, 'g', 17, 64) }

func libsvmNumbers(values []float64) string {
	var out strings.Builder
	for _, v := range values {
		out.WriteString(" " + libsvmNumber(v))
	}
	return out.String()
}

func spaced(numbers []int) string {
	var out strings.Builder
	for _, n := range numbers {
		fmt.Fprintf(&out, " %d", n)
	}
	return out.String()
}

// sortClasses puts the classes in the order of their labels. svm-train has them in
// the order in which they appear.
func (m *SVCModel) sortClasses() {
	k := len(m.Codes)
	order := upTo(0, k) // the old place of each class
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(m.Codes[a], m.Codes[b]) })
	starts := make([]int, k+1)
	for c, n := range m.NumSupport {
		starts[c+1] = starts[c] + n
	}
	old := *m
	m.Codes, m.NumSupport = takeFrom(old.Codes, order), takeFrom(old.NumSupport, order)
	m.Support, m.samples = nil, nil
	m.DualCoef, m.Intercept = make([][]float64, k-1), make([]float64, len(old.Intercept))
	m.ProbA, m.ProbB = slices.Clone(old.ProbA), slices.Clone(old.ProbB)
	for c, from := range order {
		m.Support = append(m.Support, old.Support[starts[from]:starts[from+1]]...)
		m.samples = append(m.samples, old.samples[starts[from]:starts[from+1]]...)
		for d, other := range order {
			if d == c {
				continue
			}
			// The first class of a pair is the positive one.
			sign := 1.0
			if (c < d) != (from < other) {
				sign = -1
			}
			for _, v := range old.DualCoef[rowAgainst(from, other)][starts[from]:starts[from+1]] {
				m.DualCoef[rowAgainst(c, d)] = append(m.DualCoef[rowAgainst(c, d)], sign*v)
			}
			if c > d {
				continue
			}
			pair, was := pairIndex(c, d, k), pairIndex(min(from, other), max(from, other), k)
			m.Intercept[pair] = sign * old.Intercept[was]
			if len(old.ProbA) > 0 { // A is multiplied by values, which change their sign with the probability
				m.ProbA[pair], m.ProbB[pair] = old.ProbA[was], sign*old.ProbB[was]
			}
		}
	}
}

// rowAgainst is the row of DualCoef that a class has its weights against another in.
func rowAgainst(class, other int) int {
	if other < class {
		return other
	}
	return other - 1
}
