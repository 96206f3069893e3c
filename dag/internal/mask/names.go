package mask

import "strings"

// words are what the name of a secret contains, in lower case and without what divides words. Most are
// those of Airflow's DEFAULT_SENSITIVE_FIELDS.
var words = []string{
	"password", "passwd", "passphrase", "secret", "authorization", "apikey", "accesskey", "privatekey", "keyfile", "credential", "serviceaccount",
	"amzsignature", "googsignature",
}

// Sensitive tells by the name of a parameter, an attribute or a field whether its value is a secret:
// "DB_PASSWORD", "apiKey", "access-token", whatever the case and what divides the words. Tokens that are
// counted are none ("max_tokens"), and PWD is where a shell is.
func Sensitive(name string) bool {
	if len(name) < Least {
		return false
	}
	var room [64]byte
	plain := room[:0]
	for i := range len(name) {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			plain = append(plain, c+'a'-'A')
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			plain = append(plain, c)
		}
	}
	s := string(plain)
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	for rest := s; ; {
		_, after, ok := strings.Cut(rest, "token")
		if !ok {
			break
		}
		if !strings.HasPrefix(after, "s") && !strings.HasPrefix(after, "iz") {
			return true
		}
		rest = after
	}
	return strings.HasSuffix(s, "pwd") && s != "oldpwd"
}
