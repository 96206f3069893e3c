package dag_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The package is meant to fit in a head: types, functions, constants and variables
// count, the methods of a type belong to it.
func TestExportedNames(t *testing.T) {
	pkg := parse(t)
	var names []string
	funcs := func(fs []*doc.Func) (found []string) {
		for _, f := range fs {
			assert.NotEmpty(t, f.Doc, "%s has no comment", f.Name)
			found = append(found, f.Name)
		}
		return found
	}
	values := func(vs []*doc.Value) {
		for _, v := range vs {
			assert.NotEmpty(t, v.Doc, "%v have no comment", v.Names)
			names = append(names, v.Names...)
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	names = append(names, funcs(pkg.Funcs)...)
	for _, typ := range pkg.Types {
		assert.NotEmpty(t, typ.Doc, "%s has no comment", typ.Name)
		names = append(names, typ.Name)
		values(typ.Consts)
		values(typ.Vars)
		names = append(names, funcs(typ.Funcs)...)
		funcs(typ.Methods)
	}
	assert.Greater(t, len(names), 30, "the names must have been found")
	assert.LessOrEqual(t, len(names), 50, "exported names: %v", names)
}

func TestImportsStandardLibraryOnly(t *testing.T) {
	for _, path := range parse(t).Imports {
		first, _, _ := strings.Cut(path, "/")
		ours := strings.HasPrefix(path, "github.com/penstock/penstock/dag/")
		assert.True(t, ours || !strings.Contains(first, "."), "%s is neither below dag nor in the standard library", path)
	}
}

func parse(t *testing.T) *doc.Package {
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, f)
	}
	pkg, err := doc.NewFromFiles(fset, files, "github.com/penstock/penstock/dag")
	require.NoError(t, err)
	return pkg
}
