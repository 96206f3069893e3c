package house_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImportTree holds the arrows of DESIGN.md: what the packages depend on, directly or not, tests aside.
func TestImportTree(t *testing.T) {
	for _, c := range []struct {
		pattern, why string
		ours         []string // the top-level directories of ours that it may depend on
		standard     bool     // nothing but these and the standard library
		must         string   // a package that it has to depend on
		never        string   // a module that it must not depend on
	}{
		{pattern: "./dag", why: "a program that only runs tasks downloads nothing", ours: []string{"dag"}, standard: true},
		{pattern: "./dag/...", why: "tasks are functions, whatever they compute", ours: []string{"dag", "internal"}},
		{pattern: "./ml", why: "a program that learns draws no pictures", ours: []string{"ml", "internal"}, never: "gonum.org/v1/plot"},
		{pattern: "./ml/...", why: "learning needs numbers, not a database or a scheduler", ours: []string{"ml", "internal"}},
		{pattern: "./monary/...", why: "columns stand below everything that uses them", ours: []string{"monary", "internal"}},
		{pattern: "./pipeline/...", why: "stages work on monary's columns", ours: []string{"pipeline", "monary", "internal"}, must: "monary"},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			deps := dependencies(t, c.pattern)
			for _, dep := range deps {
				path, isOurs := strings.CutPrefix(dep, module+"/")
				top, _, _ := strings.Cut(path, "/")
				allowed := isOurs && slices.Contains(c.ours, top) || !isOurs && !c.standard
				assert.False(t, c.never != "" && strings.HasPrefix(dep+"/", c.never+"/"), "depends on %s (%s)", dep, c.why)
				assert.True(t, allowed, "depends on %s; allowed of ours: %v, standard library only: %t (%s)", dep, c.ours, c.standard, c.why)
			}
			if c.must != "" {
				assert.Contains(t, deps, module+"/"+c.must, c.why)
			}
		})
	}
}

// TestNoNestedImports: whoever imports the root module must not have to download what only a nested one needs.
func TestNoNestedImports(t *testing.T) {
	nested := walk(t, func(string) {})
	require.NotEmpty(t, nested, "the FerretDB tests are a nested module")
	for _, dep := range dependencies(t, "./...") {
		for _, path := range nested {
			assert.False(t, dep == path || strings.HasPrefix(dep, path+"/"), "%s is in the nested module %s", dep, path)
		}
	}
	require.NotEmpty(t, dependencies(t, "./examples/..."), "the examples are packages of the root module")
}

// dependencies lists the packages that match the pattern and all they depend on, the standard library aside.
func dependencies(t *testing.T, pattern string) []string {
	t.Helper()
	deps := strings.Fields(goCommand(t, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", pattern))
	require.NotEmpty(t, deps, "no package matches %s", pattern)
	return deps
}
