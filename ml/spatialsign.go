package ml

import "context"

// SpatialSign puts every row on the sphere around the mean: columns are centred
// and scaled, then every row is divided by its length, so that only the direction
// in which it lies is left and far values count no more than others. A row at the
// mean stays there.
//
// The projection is that of Serneels, De Nolf and Van Espen (2006), as in R's caret,
// whose users centre and scale before it. It makes no sense without, so here it is
// included; behind a StandardScaler it changes nothing but rounding. NaN and infinite
// values are errors.
type SpatialSign struct {
	WithMean bool // subtract the mean first
	WithStd  bool // divide by the standard deviation first
}

var _ Transformer = SpatialSign{}

// NewSpatialSign returns a transformer that centres and scales.
func NewSpatialSign() SpatialSign { return SpatialSign{WithMean: true, WithStd: true} }

// Fit measures the columns of X, as StandardScaler does.
func (s SpatialSign) Fit(ctx context.Context, X *Matrix) (*SpatialSignModel, error) {
	if err := checkFinite(X); err != nil {
		return nil, at("SpatialSign", err)
	}
	scaler, err := StandardScaler(s).fit(ctx, nil, X, nil)
	if err != nil {
		return nil, at("SpatialSign", err)
	}
	return &SpatialSignModel{scaler}, nil
}

// FitTransformer is Fit.
func (s SpatialSign) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := s.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// SpatialSignModel is a fitted SpatialSign. Its field is to be read only.
type SpatialSignModel struct {
	Scaler *StandardScalerModel // what comes before the projection
}

var _ TransformerModel = (*SpatialSignModel)(nil)

// Transform returns the rows of X on the unit sphere. Only finite numbers are
// allowed.
func (m *SpatialSignModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.Scaler.transform(X)
	if err == nil {
		err = normalizeRows(out, out, NormL2)
	}
	if err != nil {
		return nil, at("SpatialSign", err)
	}
	return out, nil
}
