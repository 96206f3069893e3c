package ml

import (
	"cmp"
	"errors"
	"fmt"
)

func (m *PipelineModel) archive(a *archive) {
	if a.reading {
		m.transformers = &transformChain{}
	}
	models(a, "steps", &m.transformers.models)
	model(a, "classifier", &m.classifier)
}

func (m *PipelineModel) verify() error {
	if m.transformers == nil || m.classifier == nil {
		return errors.New("there is no classifier")
	}
	return m.transformers.checkModels()
}

func (m *PipelineModel) rebuild() {
	n := len(m.transformers.models)
	m.transformers.setPlaces(n + 1)
	m.place = stepPlace(n, n+1)
}

func (m *RegressorPipelineModel) archive(a *archive) {
	if a.reading {
		m.transformers = &transformChain{}
	}
	models(a, "steps", &m.transformers.models)
	model(a, "regressor", &m.regressor)
}

func (m *RegressorPipelineModel) verify() error {
	if m.transformers == nil || m.regressor == nil {
		return errors.New("there is no regressor")
	}
	return m.transformers.checkModels()
}

func (m *RegressorPipelineModel) rebuild() {
	n := len(m.transformers.models)
	m.transformers.setPlaces(n + 1)
	m.place = stepPlace(n, n+1)
}

func (c *transformChain) archive(a *archive) { models(a, "steps", &c.models) }

func (c *transformChain) verify() error {
	return cmp.Or(wantAtLeast("the number of steps", len(c.models), 1), c.checkModels())
}

func (c *transformChain) rebuild() { c.setPlaces(len(c.models)) }

func (c *transformChain) checkModels() error {
	for i, m := range c.models {
		switch m.(type) {
		case TransformerModel, FrameTransformerModel, FrameMapperModel:
		default:
			return fmt.Errorf("step %d is a %T, which transforms nothing", i, m)
		}
	}
	return nil
}

// setPlaces names the steps of a pipeline of n steps.
func (c *transformChain) setPlaces(n int) {
	c.places = nil
	for i := range c.models {
		c.places = append(c.places, stepPlace(i, n))
	}
}

func (m *ColumnTransformerModel) archive(a *archive) {
	objects(a, "parts", &m.parts, func(p *fittedPart) {
		model(a, "model", &p.model)
		a.texts("columns", &p.columns)
	})
}

func (m *ColumnTransformerModel) verify() error {
	for i, p := range m.parts {
		if p.model == nil {
			return fmt.Errorf("part %d has no model", i)
		}
	}
	return wantAtLeast("the number of parts", len(m.parts), 1)
}

func (m *ColumnTransformerModel) rebuild() {
	n := len(m.parts)
	if _, ok := m.parts[n-1].model.(asIs); ok {
		n--
	}
	for i := range m.parts {
		m.parts[i].place = partPlace(i, n)
	}
}

func (o *onNumbers) archive(a *archive) { model(a, "model", &o.model) }

func (o *onNumbers) verify() error {
	if o.model == nil {
		return errors.New("there is no model")
	}
	return nil
}

func (t *toNumbers) archive(a *archive) { model(a, "model", &t.model) }

func (t *toNumbers) verify() error {
	if t.model == nil {
		return errors.New("there is no model")
	}
	return nil
}

func (*asIs) archive(*archive) {}

func (*asIs) verify() error { return nil }
