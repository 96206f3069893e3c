package engine_test

import (
	"testing"

	"github.com/penstock/penstock/dag/dagtest"
	"github.com/penstock/penstock/dag/engine"
)

func TestMemory(t *testing.T) {
	dagtest.Store(t, func(*testing.T) engine.Store { return engine.NewMemory() })
}
