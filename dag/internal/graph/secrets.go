package graph

import (
	"strings"

	"github.com/penstock/penstock/dag/internal/mask"
)

// Secrets returns the values that are not to be shown: those of parameters that are named as secrets, and
// what others give away, such as the password of a URI.
func (p Params) Secrets() (secrets []string) {
	for name, v := range p {
		switch text := Text(v); {
		case mask.Sensitive(name):
			secrets = append(secrets, text)
		case strings.ContainsAny(text, "=:"):
			secrets = append(secrets, mask.Within(text)...)
		}
	}
	return secrets
}

// Masked returns the parameters as they may be shown: those without secrets as they are, others as text.
func (p Params) Masked(m *mask.Masker) Params {
	masked := make(Params, len(p))
	for name, v := range p {
		masked[name] = v
		text := Text(v)
		if shown := MaskedText(m, name, text); shown != text {
			masked[name] = shown
		}
	}
	return masked
}

// MaskedText returns the text of a parameter as it may be shown. An empty one is no secret.
func MaskedText(m *mask.Masker, name, text string) string {
	if text != "" && mask.Sensitive(name) {
		return mask.Hidden
	}
	return m.Text(text)
}

// isMasked tells whether a value that was given is what is shown in place of another one: what was read from
// a page or an API must not come back as a value.
func isMasked(name string, declared, v any) bool {
	text, ok := v.(string)
	if !ok || !strings.Contains(text, mask.Hidden) {
		return false
	}
	if declared != nil && v == declared {
		return false
	}
	return MaskedText(nil, name, strings.ReplaceAll(text, mask.Hidden, "secret")) == text
}
