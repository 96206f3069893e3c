package ml

import (
	"bytes"
	"fmt"
	"io"
)

// WriteLibSVM writes the model in the text format of libsvm's svm-train, as that of SVCModel
// does; that of NuSVR as epsilon_svr.
func (m *SVRModel) WriteLibSVM(w io.Writer) error {
	return m.writeLibSVMValues(w, "epsilon_svr", m.Support, m.DualCoef, m.Intercept)
}

// WriteLibSVM writes the model in the text format of libsvm's svm-train, as that of SVCModel
// does. svm-predict says 1 for rows inside and -1 for others.
func (m *OneClassSVMModel) WriteLibSVM(w io.Writer) error {
	return m.writeLibSVMValues(w, "one_class", m.Support, m.DualCoef, m.Intercept)
}

func (v *supportVectors) writeLibSVMValues(w io.Writer, svmType string, rows []int, coef []float64, intercept float64) error {
	out := &bytes.Buffer{}
	if err := v.writeLibSVMKernel(out, svmType); err != nil {
		return at("WriteLibSVM", err)
	}
	fmt.Fprintf(out, "nr_class 2\ntotal_sv %d\nrho %s\nSV\n", len(coef), libsvmNumber(-intercept))
	for i, c := range coef {
		fmt.Fprintf(out, "%s ", libsvmNumber(c))
		v.writeLibSVMVector(out, i, rows)
	}
	_, err := w.Write(out.Bytes())
	return at("WriteLibSVM", err)
}

// ReadLibSVMRegressor is ReadLibSVM for a model that predicts numbers (svm_type epsilon_svr
// or nu_svr). What the format does not say is 0 in it (Objective, Iterations).
func ReadLibSVMRegressor(r io.Reader, columns int) (*SVRModel, error) {
	got, err := readLibSVM(r, columns, "epsilon_svr", "nu_svr")
	if err != nil {
		return nil, at("ReadLibSVMRegressor", err)
	}
	m := &SVRModel{
		Support: got.Support, DualCoef: got.DualCoef[0], Intercept: got.Intercept[0], Converged: true, Gamma: got.Gamma,
		supportVectors: got.supportVectors,
	}
	m.pack()
	return m, nil
}

// ReadLibSVMOneClass is ReadLibSVM for a model that tells rows inside from those outside
// (svm_type one_class). What the format does not say is 0 in it (Objective, Iterations).
func ReadLibSVMOneClass(r io.Reader, columns int) (*OneClassSVMModel, error) {
	got, err := readLibSVM(r, columns, "one_class")
	if err != nil {
		return nil, at("ReadLibSVMOneClass", err)
	}
	m := &OneClassSVMModel{
		Support: got.Support, DualCoef: got.DualCoef[0], Intercept: got.Intercept[0], Converged: true, Gamma: got.Gamma,
		supportVectors: got.supportVectors,
	}
	m.pack()
	return m, nil
}
