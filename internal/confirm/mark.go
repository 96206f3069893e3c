package confirm

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

var (
	sourceOf = regexp.MustCompile(`"source": "(?:[^"\\]|\\.)*"`)
	marksOf  = regexp.MustCompile(`, "confirmed": \[[^\]]*\]`)
)

// Mark writes into a family's file which of its scripts a server has confirmed, and that it has not confirmed the others. Each
// script is a line of the file; nothing else of it changes.
func Mark(f Family, server string, confirmed func(Script) bool) error {
	text, err := os.ReadFile(f.Path)
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		var s Script
		if !strings.HasPrefix(line, "{") {
			continue
		}
		if err := json.Unmarshal([]byte(strings.TrimSuffix(line, ",")), &s); err != nil {
			return fmt.Errorf("confirm: %s: line %d: %w", f.Path, i+1, err)
		}
		servers := slices.DeleteFunc(slices.Clone(s.Confirmed), func(name string) bool { return name == server })
		if confirmed(s) {
			servers = append(servers, server)
		}
		lines[i] = marked(line, servers)
	}
	return os.WriteFile(f.Path, []byte(strings.Join(lines, "\n")), 0o644)
}

// marked puts the servers behind the source of a script's line.
func marked(line string, servers []string) string {
	line = marksOf.ReplaceAllString(line, "")
	if len(servers) == 0 {
		return line
	}
	slices.Sort(servers)
	at := sourceOf.FindStringIndex(line)[1]
	return fmt.Sprintf(`%s, "confirmed": ["%s"]%s`, line[:at], strings.Join(servers, `", "`), line[at:])
}

// Table is a table in Markdown: of each family how many rules there are, and how many of them each server has confirmed.
func Table(families []Family) string {
	var servers []string
	for _, f := range families {
		for _, s := range f.Scripts {
			servers = append(servers, s.Confirmed...)
		}
	}
	slices.Sort(servers)
	servers = slices.Compact(servers)
	out := strings.Builder{}
	row := func(cells ...string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row(append([]string{"rules of", "scripts"}, servers...)...)
	row(slices.Repeat([]string{"---"}, 2+len(servers))...)
	all := Family{Name: "all"}
	for _, f := range families {
		row(counts(f, servers)...)
		all.Scripts = append(all.Scripts, f.Scripts...)
	}
	row(counts(all, servers)...)
	return out.String()
}

func counts(f Family, servers []string) []string {
	cells := []string{f.Name, fmt.Sprint(len(f.Scripts))}
	for _, server := range servers {
		n := 0
		for _, s := range f.Scripts {
			if slices.Contains(s.Confirmed, server) {
				n++
			}
		}
		cells = append(cells, fmt.Sprint(n))
	}
	return cells
}
