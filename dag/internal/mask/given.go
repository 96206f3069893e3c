package mask

import (
	"net/url"
	"strings"
)

// given adds where a text gives a secret away by what is around it.
func given(s string, spans []span) []span {
	if strings.Contains(s, "://") {
		spans = inURIs(s, spans)
	}
	if strings.ContainsAny(s, "=:") {
		spans = named(s, spans)
	}
	if strings.Contains(s, "uthorization") || strings.Contains(s, "UTHORIZATION") {
		spans = authorized(s, spans)
	}
	return spans
}

// Within returns the secrets that a text gives away, such as the password of a URI, as they stand there and,
// if they are escaped, as they are meant.
func Within(s string) (secrets []string) {
	for _, sp := range (*Masker)(nil).spans(s) {
		secret := s[sp.from:sp.to]
		secrets = append(secrets, secret)
		if plain, err := url.PathUnescape(secret); err == nil && plain != secret {
			secrets = append(secrets, plain)
		}
	}
	return secrets
}

// inURIs adds the passwords of URIs; of http and https, where no password is, what stands for the user too,
// which is a token then.
func inURIs(s string, spans []span) []span {
	end, last := 0, 0 // of the word that is looked at: where it ends, and its last @
	for at := 0; ; {
		i := strings.Index(s[at:], "://")
		if i < 0 {
			return spans
		}
		scheme := s[:at+i]
		at += i + 3
		if at >= end { // a word may have very many
			end = at + endOf(s[at:], "\"'`<>")
			last = at + strings.LastIndexByte(s[at:end], '@')
		}
		if last < at {
			at = end
			continue
		}
		user, ok := userOf(s[at:end], last-at)
		if !ok {
			continue
		}
		if k := strings.IndexByte(user, ':'); k >= 0 && k+1 < len(user) {
			spans = append(spans, span{at + k + 1, at + len(user)})
		} else if k < 0 && (strings.HasSuffix(scheme, "http") || strings.HasSuffix(scheme, "https")) {
			spans = append(spans, span{at, at + len(user)})
		}
	}
}

// userOf returns what is before the @ of an address without its scheme, whose last @ is known. A password may
// have signs in it that should have been escaped; but what looks like a port is no password.
func userOf(s string, last int) (user string, ok bool) {
	host := s
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		host = s[:i]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		return host[:i], i > 0
	}
	_, port, ok := strings.Cut(host, ":")
	if !ok || strings.Trim(port, "0123456789") == "" || strings.HasPrefix(host, "[") {
		return "", false
	}
	return s[:last], last > 0
}

// named adds the values of names: name=value, name:value and "name": "value", as URLs, command lines, logs,
// JSON and Go's maps and structs have them. A colon and a space make a sentence, not a value.
func named(s string, spans []span) []span {
	for i := 0; i < len(s); i++ {
		if s[i] != '=' && s[i] != ':' {
			continue
		}
		name, quoted := nameBefore(s[:i])
		if name == "" || !Sensitive(name) {
			continue
		}
		from := i + 1
		if quoted {
			from += len(s[from:]) - len(strings.TrimLeft(s[from:], " \t\n\r"))
		}
		if to := from + valueAt(s[from:], quoted); to > from {
			from += len(opening(s[from:to]))
			spans = append(spans, span{from, to})
			i = to - 1
		}
	}
	return spans
}

// nameBefore returns the name that ends a text, and whether it stood in quotes.
func nameBefore(s string) (name string, quoted bool) {
	if n := len(s); n > 0 && (s[n-1] == '"' || s[n-1] == '\'') {
		s, quoted = strings.TrimSuffix(s[:n-1], `\`), true
	}
	from := len(s)
	for from > 0 && len(s)-from < 64 && isName(s[from-1]) {
		from--
	}
	return s[from:], quoted
}

func isName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.'
}

// valueAt returns how long the value is that begins a text, with the quote before it and without the one
// behind it. What an operator of a programming language or a list begins with is none.
func valueAt(s string, inJSON bool) int {
	if q := opening(s); q != "" {
		rest := s[len(q):]
		for i := 0; i < len(rest); i++ {
			if strings.HasPrefix(rest[i:], q) {
				return nonzero(len(q), i)
			}
			if rest[i] == '\\' && q[0] != '\\' {
				i++
			}
		}
		return nonzero(len(q), endOf(rest, ""))
	}
	switch {
	case s == "" || strings.IndexByte("=>/{[", s[0]) >= 0:
		return 0
	case inJSON:
		if end := strings.IndexAny(s, ",}] \t\n\r"); end >= 0 {
			return end
		}
		return len(s)
	}
	return endOf(s, "&;\"'`<>")
}

// nonzero is the length of a value with its quote, 0 if it is empty.
func nonzero(quote, n int) int {
	if n == 0 {
		return 0
	}
	return quote + n
}

// opening returns the quote that begins a text, one with a backslash if the text is itself quoted.
func opening(s string) string {
	for _, q := range []string{`"`, `'`, "`", `\"`} {
		if strings.HasPrefix(s, q) {
			return q
		}
	}
	return ""
}

// endOf returns where a text has a space or one of some signs, or is itself quoted and ends or has a line
// end there.
func endOf(s, signs string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || strings.IndexByte(signs, c) >= 0:
			return i
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`nrt"`, s[i+1]) >= 0:
			return i
		}
	}
	return len(s)
}

// schemes are those of an Authorization header, in lower case.
var schemes = []string{"basic ", "bearer ", "token ", "digest ", "negotiate "}

// authorized adds the credentials of Authorization headers.
func authorized(s string, spans []span) []span {
	const name = "authorization"
	lower := asciiLower(s)
	for at := 0; ; {
		i := strings.Index(lower[at:], name)
		if i < 0 {
			return spans
		}
		at += i + len(name)
		rest := strings.TrimLeft(lower[at:], ": =\t\"'[\\")
		if !strings.ContainsAny(lower[at:len(lower)-len(rest)], ":=") {
			continue // it is a word in a sentence
		}
		for _, scheme := range schemes {
			if !strings.HasPrefix(rest, scheme) {
				continue
			}
			from := len(s) - len(rest) + len(scheme)
			end := endOf(s[from:], "\"'`<>]}")
			if scheme == "digest " { // a list with spaces and quotes
				end = len(s[from:]) - len(strings.TrimLeftFunc(s[from:], func(r rune) bool { return r != '\n' && r != ']' }))
			}
			if end > 0 {
				spans = append(spans, span{from, from + end})
				at = from + end
			}
			break
		}
	}
}

// asciiLower lowers letters and keeps every byte in its place, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
