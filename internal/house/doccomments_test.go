package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocComments: every exported name outside the tests has a doc comment. One on a group of constants or variables is
// enough for all in it, and so is a comment at the end of the line.
func TestDocComments(t *testing.T) {
	dir := root(t)
	var missing []string
	checked := 0
	walk(t, func(name string) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, filepath.Join(dir, filepath.FromSlash(name)), nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, ident := range undocumented(file) {
			missing = append(missing, fmt.Sprintf("%s:%d: %s", name, fset.Position(ident.Pos()).Line, ident.Name))
		}
		checked++
	})
	assert.Empty(t, missing, "exported names without a doc comment")
	assert.NotZero(t, checked, "found no Go file")
}

// undocumented lists the exported names that the file declares at the top level and does not explain.
func undocumented(file *ast.File) (names []*ast.Ident) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && receiverExported(d) {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			if d.Doc == nil || d.Tok == token.TYPE && d.Lparen.IsValid() {
				names = append(names, undocumentedSpecs(d)...)
			}
		}
	}
	return names
}

// receiverExported reports whether a function is not a method, or one of an exported type.
func receiverExported(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// undocumentedSpecs lists the exported names of a declaration whose own lines have no comment.
func undocumentedSpecs(d *ast.GenDecl) (names []*ast.Ident) {
	for _, spec := range d.Specs {
		var declared []*ast.Ident
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Doc == nil && s.Comment == nil {
				declared = []*ast.Ident{s.Name}
			}
		case *ast.ValueSpec:
			if s.Doc == nil && s.Comment == nil {
				declared = s.Names
			}
		}
		for _, name := range declared {
			if name.IsExported() {
				names = append(names, name)
			}
		}
	}
	return names
}
