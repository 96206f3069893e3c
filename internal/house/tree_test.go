package house_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/penstock/penstock"

// root returns the directory of the root module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module "+module+"\n") {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, parent, dir, "no go.mod of %s above the working directory", module)
		dir = parent
	}
}

// read returns the text of a file of the root module; name is relative to the root and has slashes.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}

// goCommand runs the go command in the root and returns what it prints to standard output.
func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = root(t)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %s:\n%s", strings.Join(args, " "), &stderr)
	return string(out)
}

// walk calls visit with every file of the root module, by its path relative to the root with slashes. It leaves out nested
// modules, whose import paths it returns, and directories that the go command ignores, but not testdata.
func walk(t *testing.T, visit func(name string)) (nested []string) {
	t.Helper()
	dir := root(t)
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if !entry.IsDir() {
			visit(name)
			return nil
		}
		if strings.HasPrefix(entry.Name(), ".") || name == "out" {
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
			nested = append(nested, module+"/"+name)
			return fs.SkipDir
		}
		return nil
	}))
	return nested
}
