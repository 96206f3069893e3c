package ml

// What can be saved implements the interfaces of encoding and encoding/json: the
// Marshal methods give the bytes of Save and SaveJSON, the Unmarshal methods do
// what Load does and leave a model alone if that is an error. Classes, YesNo and
// Function are JSON as they are.

// MarshalBinary returns what [Save] writes.
func (m *Matrix) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *Matrix) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *Matrix) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *Matrix) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (f *Frame) MarshalBinary() ([]byte, error) { return marshalBinary(f) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (f *Frame) UnmarshalBinary(data []byte) error { return unmarshal(f, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (f *Frame) MarshalJSON() ([]byte, error) { return marshalJSON(f) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (f *Frame) UnmarshalJSON(text []byte) error { return unmarshal(f, text) }

// MarshalBinary returns what [Save] writes.
func (c Classes) MarshalBinary() ([]byte, error) { return marshalBinary(c) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (c *Classes) UnmarshalBinary(data []byte) error { return unmarshal(c, data) }

// MarshalBinary returns what [Save] writes.
func (m *StandardScalerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *StandardScalerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *StandardScalerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *StandardScalerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *OneHotEncoderModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *OneHotEncoderModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *OneHotEncoderModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *OneHotEncoderModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *OrdinalEncoderModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *OrdinalEncoderModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *OrdinalEncoderModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *OrdinalEncoderModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (e YesNo) MarshalBinary() ([]byte, error) { return marshalBinary(e) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (e *YesNo) UnmarshalBinary(data []byte) error { return unmarshal(e, data) }

// MarshalBinary returns what [Save] writes.
func (m *ColumnTransformerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *ColumnTransformerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *ColumnTransformerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *ColumnTransformerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *SVCModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *SVCModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *SVCModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *SVCModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *ForestModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *ForestModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *ForestModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *ForestModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *PipelineModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *PipelineModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *PipelineModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *PipelineModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (c *transformChain) MarshalBinary() ([]byte, error) { return marshalBinary(c) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (c *transformChain) UnmarshalBinary(data []byte) error { return unmarshal(c, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (c *transformChain) MarshalJSON() ([]byte, error) { return marshalJSON(c) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (c *transformChain) UnmarshalJSON(text []byte) error { return unmarshal(c, text) }

// MarshalBinary returns what [Save] writes.
func (m *SearchModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *SearchModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *SearchModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *SearchModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *MinMaxScalerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *MinMaxScalerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *MinMaxScalerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *MinMaxScalerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *MaxAbsScalerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *MaxAbsScalerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *MaxAbsScalerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *MaxAbsScalerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *RobustScalerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *RobustScalerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *RobustScalerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *RobustScalerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *NormalizerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *NormalizerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *NormalizerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *NormalizerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *SpatialSignModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *SpatialSignModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *SpatialSignModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *SpatialSignModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *SimpleImputerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *SimpleImputerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *SimpleImputerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *SimpleImputerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *VarianceThresholdModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *VarianceThresholdModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *VarianceThresholdModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *VarianceThresholdModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *NearZeroVarianceModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *NearZeroVarianceModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *NearZeroVarianceModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *NearZeroVarianceModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *CorrelationFilterModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *CorrelationFilterModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *CorrelationFilterModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *CorrelationFilterModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *PolynomialFeaturesModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *PolynomialFeaturesModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *PolynomialFeaturesModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *PolynomialFeaturesModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *LogisticRegressionModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *LogisticRegressionModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *LogisticRegressionModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *LogisticRegressionModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *KNeighborsModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *KNeighborsModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *KNeighborsModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *KNeighborsModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *PLSRegressionModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *PLSRegressionModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *PLSRegressionModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *PLSRegressionModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *RegressorPipelineModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *RegressorPipelineModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *RegressorPipelineModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *RegressorPipelineModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *RegressorSearchModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *RegressorSearchModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *RegressorSearchModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *RegressorSearchModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *PCAModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *PCAModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *PCAModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *PCAModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *TreeModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *TreeModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *TreeModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *TreeModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *PowerTransformerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *PowerTransformerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *PowerTransformerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *PowerTransformerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *QuantileTransformerModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *QuantileTransformerModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *QuantileTransformerModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *QuantileTransformerModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (f Function) MarshalBinary() ([]byte, error) { return marshalBinary(f) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (f *Function) UnmarshalBinary(data []byte) error { return unmarshal(f, data) }

// MarshalBinary returns what [Save] writes.
func (m *LinearModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *LinearModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *LinearModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *LinearModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *KNeighborsRegressorModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *KNeighborsRegressorModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *KNeighborsRegressorModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *KNeighborsRegressorModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *GaussianNBModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *GaussianNBModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *GaussianNBModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *GaussianNBModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *DummyClassifierModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *DummyClassifierModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *DummyClassifierModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *DummyClassifierModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *DummyRegressorModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *DummyRegressorModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *DummyRegressorModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *DummyRegressorModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *SVRModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *SVRModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *SVRModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *SVRModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *LinearSVCModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *LinearSVCModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *LinearSVCModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *LinearSVCModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *CalibratedClassifierModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *CalibratedClassifierModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *CalibratedClassifierModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *CalibratedClassifierModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *IsotonicRegressionModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *IsotonicRegressionModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *IsotonicRegressionModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *IsotonicRegressionModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *OneClassSVMModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *OneClassSVMModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *OneClassSVMModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *OneClassSVMModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *ForestRegressorModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *ForestRegressorModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *ForestRegressorModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *ForestRegressorModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *TreeRegressorModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *TreeRegressorModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *TreeRegressorModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *TreeRegressorModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *HistGradientBoostingModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *HistGradientBoostingModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *HistGradientBoostingModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *HistGradientBoostingModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *HistGradientBoostingRegressorModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *HistGradientBoostingRegressorModel) UnmarshalBinary(data []byte) error {
	return unmarshal(m, data)
}

// MarshalJSON returns what [SaveJSON] writes.
func (m *HistGradientBoostingRegressorModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *HistGradientBoostingRegressorModel) UnmarshalJSON(text []byte) error {
	return unmarshal(m, text)
}

// MarshalBinary returns what [Save] writes.
func (m *GradientBoostingModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *GradientBoostingModel) UnmarshalBinary(data []byte) error { return unmarshal(m, data) }

// MarshalJSON returns what [SaveJSON] writes.
func (m *GradientBoostingModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *GradientBoostingModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }

// MarshalBinary returns what [Save] writes.
func (m *GradientBoostingRegressorModel) MarshalBinary() ([]byte, error) { return marshalBinary(m) }

// UnmarshalBinary reads what MarshalBinary returned, see [Load].
func (m *GradientBoostingRegressorModel) UnmarshalBinary(data []byte) error {
	return unmarshal(m, data)
}

// MarshalJSON returns what [SaveJSON] writes.
func (m *GradientBoostingRegressorModel) MarshalJSON() ([]byte, error) { return marshalJSON(m) }

// UnmarshalJSON reads what MarshalJSON returned, see [Load].
func (m *GradientBoostingRegressorModel) UnmarshalJSON(text []byte) error { return unmarshal(m, text) }
