package house_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A snippet of the README is a fenced block right below a comment that names the Example it is taken from:
//
//	<!-- example: monary/example_test.go Example_name -->  the body of the function
//	<!-- output: monary/example_test.go Example_name -->   what the function prints
var snippet = regexp.MustCompile("(?ms)^<!-- (example|output): (\\S+) (\\S+) -->\n+^```(\\w*)\n(.*?)^```$")

// mark is any comment that means to be a snippet's, well formed or not.
var mark = regexp.MustCompile(`(?m)^\s*<!--\s*(example|output)\b.*$`)

func TestReadmeSnippets(t *testing.T) {
	readme := read(t, "README.md")
	snippets := snippet.FindAllStringSubmatch(readme, -1)
	require.Len(t, snippets, len(mark.FindAllString(readme, -1)), "a comment of the README has no fenced block below it, or not the form that this test reads")

	packages := map[string]bool{}
	for _, s := range snippets {
		kind, file, name, language, text := s[1], s[2], s[3], s[4], s[5]
		t.Run(kind+" "+file+" "+name, func(t *testing.T) {
			body, output, err := example(filepath.Join(root(t), filepath.FromSlash(file)), name)
			require.NoError(t, err)
			if kind == "output" {
				assert.Equal(t, output, text, "the README's text is not the Output of the Example")
				return
			}
			assert.Equal(t, "go", language, "an example is a go block")
			assert.Equal(t, body, text, "the README's code is not that of the Example")
			top, _, _ := strings.Cut(file, "/")
			packages[top] = true
		})
	}
	for _, name := range []string{"monary", "pipeline", "dag", "ml"} {
		assert.True(t, packages[name], "the README shows no Example of %s", name)
	}
}

// outputComment starts the comment at the end of an Example that says what it prints.
var outputComment = regexp.MustCompile(`(?im)^\s*// (unordered )?output:`)

// example returns the body of an Example function, without its Output comment and one level of indentation, and that Output.
func example(file, name string) (body, output string, err error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, source, parser.ParseComments)
	if err != nil {
		return "", "", err
	}
	for _, decl := range tree.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == name {
			body = string(source[fset.Position(f.Body.Lbrace).Offset+1 : fset.Position(f.Body.Rbrace).Offset])
		}
	}
	if body == "" {
		return "", "", fmt.Errorf("%s: no function %s", file, name)
	}
	if at := outputComment.FindStringIndex(body); at != nil {
		body = body[:at[0]]
	}
	for _, e := range doc.Examples(tree) {
		if "Example"+e.Name == name {
			output = e.Output
		}
	}
	return dedent(body), output, nil
}

// dedent takes one tab from each line and the blank lines from both ends.
func dedent(code string) string {
	code = strings.ReplaceAll(strings.TrimRight(code, "\n\t "), "\n\t", "\n")
	return strings.TrimLeft(code, "\n") + "\n"
}
