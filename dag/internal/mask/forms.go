package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// leastLine is how long a line of a secret of several lines is that is looked for by itself: a brace or
// the end of a key says nothing, and is found in much that is no secret.
const leastLine = 8

// forms returns how a secret may be written: as it is, in a URL, in JSON, in HTML, in Go's quotes, in hex, in base64 with
// anything around it (a user's name, say), and its lines one by one, which is how a program prints it.
func forms(secret string) []string {
	seen := map[string]bool{}
	var all []string
	for _, text := range append(lines(secret), secret) {
		for _, f := range written(text) {
			if len(f) >= Least && !seen[f] {
				seen[f] = true
				all = append(all, f)
			}
		}
	}
	return all
}

// lines returns the lines of a text that has several, without those that begin or end a PEM block.
func lines(s string) (all []string) {
	if !strings.Contains(s, "\n") {
		return nil
	}
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if len(line) >= leastLine && !strings.HasPrefix(line, "-----") {
			all = append(all, line)
		}
	}
	return all
}

var escaped = regexp.MustCompile(`%[0-9A-F]{2}`)

func written(s string) []string {
	all := []string{s}
	user := strings.TrimPrefix(url.UserPassword("", s).String(), ":")
	for _, f := range []string{url.QueryEscape(s), url.PathEscape(s), user} {
		all = append(all, f, escaped.ReplaceAllStringFunc(f, strings.ToLower))
	}
	all = append(all, inQuotes(strconv.Quote(s)), inQuotes(strconv.QuoteToASCII(s)), inJSON(s, true), inJSON(s, false), html.EscapeString(s))
	all = append(all, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))))
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			all = append(all, inBase64(e, s, before))
		}
	}
	return all
}

func inQuotes(quoted string) string { return quoted[1 : len(quoted)-1] }

func inJSON(s string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if err := e.Encode(s); err != nil { // cannot be, of a string
		return s
	}
	return inQuotes(strings.TrimSuffix(b.String(), "\n"))
}

// inBase64 returns the characters that stand for nothing but s when there are so many bytes before it, and
// any behind.
func inBase64(e *base64.Encoding, s string, before int) string {
	text := e.EncodeToString([]byte("\x00\x00"[:before] + s))
	first := (before*8 + 5) / 6
	last := (before + len(s)) * 8 / 6
	return text[first:last]
}
