package mask_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/dag/internal/mask"
)

func TestNames(t *testing.T) {
	for _, name := range []string{
		"password", "DB_PASSWORD", "dbPassword", "passwd", "passphrase", "client_secret", "SecretKey", "api_key", "apikey", "API-KEY", "Authorization",
		"access_token", "token", "csrfToken", "private_key", "keyfile_dict", "aws_secret_access_key", "credentials", "service_account", "db_pwd", "X-Amz-Signature",
	} {
		assert.True(t, mask.Sensitive(name), name)
	}
	for _, name := range []string{"", "pass", "key", "user", "max_tokens", "tokens", "tokenizer", "PWD", "OLDPWD", "state", "compass", "author", "monkey", "keyword"} {
		assert.False(t, mask.Sensitive(name), name)
	}
}

// Values are found however they are written.
func TestValues(t *testing.T) {
	const secret = `p@ss/w"rd +ü<1>`
	m := mask.New(secret, "abcdef", "defghi", "short1", "tiny", " \n", "one\ntwo of several\r\n-----END PRIVATE KEY-----\n")
	js, err := json.Marshal(map[string]string{"x": secret})
	require.NoError(t, err)
	for _, c := range []struct{ name, text, want string }{
		{"Plain", "it is " + secret + ".", "it is ***."},
		{"Twice", secret + secret, "***"},
		{"QueryEscaped", "/?x=" + url.QueryEscape(secret) + "&y=1", "/?x=***&y=1"},
		{"LowerCase", "/?x=" + strings.ToLower(url.QueryEscape(secret)) + "&y=1", "/?x=***&y=1"},
		{"PathEscaped", "/" + url.PathEscape(secret) + "/z", "/***/z"},
		{"Quoted", fmt.Sprintf("%q", secret), `"***"`},
		{"QuotedASCII", fmt.Sprintf("%+q", secret), `"***"`},
		{"JSON", string(js), `{"x":"***"}`},
		{"JSONWithoutHTML", `{"x":"p@ss/w\"rd +ü<1>"}`, `{"x":"***"}`},
		{"HTML", "<p>p@ss/w&#34;rd +ü&lt;1&gt;</p>", "<p>***</p>"},
		{"Hex", fmt.Sprintf("%x %X", secret, secret), "*** ***"},
		{"Overlapping", "x abcdefghi y", "x *** y"},
		{"Inside", "xabcdefx", "x***x"},
		{"AtTheEnd", "xx abcdef", "xx ***"},
		{"TooShort", "tiny", "tiny"},
		{"OneLineOfSeveral", "out: two of several", "out: ***"},
		{"AllLines", "one\ntwo of several\r\n-----END PRIVATE KEY-----", "***"},
		{"AShortLineOfSeveral", "one -----END PRIVATE KEY-----", "one -----END PRIVATE KEY-----"},
		{"None", "nothing of it", "nothing of it"},
		{"Empty", "", ""},
		{"Less", "abc", "abc"},
	} {
		assert.Equal(t, c.want, m.Text(c.text), c.name)
		assert.Equal(t, c.want, m.Text(m.Text(c.text)), "%s, twice", c.name)
	}
}

// In base64 a secret looks different depending on what is before it.
func TestBase64(t *testing.T) {
	m := mask.New("hunter2!")
	for _, before := range []string{"", "u:", "us:", "use:", "user:"} {
		for _, behind := range []string{"", "x", "xy", "xyz"} {
			for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
				masked := m.Text("got " + e.EncodeToString([]byte(before+"hunter2!"+behind)))
				assert.Contains(t, masked, mask.Hidden, before+behind)
				decoded, _ := e.DecodeString(strings.ReplaceAll(strings.TrimPrefix(masked, "got "), mask.Hidden, ""))
				assert.NotContains(t, string(decoded), "unter")
			}
		}
	}
}

// Some places say by themselves that what is there is a secret.
func TestGiven(t *testing.T) {
	var m *mask.Masker
	header := http.Header{"Authorization": {"Basic dXNlcjpwYXNz"}, "Accept": {"*/*"}}
	for _, c := range []struct{ name, text, want string }{
		{"Mongo", "dial mongodb://ana:hunter2@db:27017/x?authSource=admin failed", "dial mongodb://ana:***@db:27017/x?authSource=admin failed"},
		{"SRV", "mongodb+srv://ana:hunter2@db", "mongodb+srv://ana:***@db"},
		{"Two", "https://a:b@x https://c:d@y", "https://a:***@x https://c:***@y"},
		{"At", "postgres://ana:p@ss@db/x", "postgres://ana:***@db/x"},
		{"Slash", "postgres://ana:p/ss@db/x", "postgres://ana:***@db/x"},
		{"TokenAsUser", "https://ghp_abc@github.com/x", "https://***@github.com/x"},
		{"UserOnly", "mongodb://ana@db ssh://git@host/x", "mongodb://ana@db ssh://git@host/x"},
		{"Port", "http://host:80/a@b", "http://host:80/a@b"},
		{"IPv6", "http://[::1]:80/a@b", "http://[::1]:80/a@b"},
		{"NoUser", "http://:@host http://@host", "http://:@host http://@host"},
		{"InQuotes", `parse "http://a:b@x": bad`, `parse "http://a:***@x": bad`},
		{"Query", "GET /x?user=ana&password=hunter2&n=1", "GET /x?user=ana&password=***&n=1"},
		{"Assignment", "DB_PASSWORD=hunter2 run --token=abc", "DB_PASSWORD=*** run --token=***"},
		{"DSN", "host=db password='two words' user=ana", "host=db password='***' user=ana"},
		{"JSON", `{"user":"ana","password":"hun\"ter2","n":1}`, `{"user":"ana","password":"***","n":1}`},
		{"JSONWithSpaces", `{"api_key" : 1, "secret": "x y"}`, `{"api_key" : 1, "secret": "***"}`},
		{"JSONNumber", `{"secret_pin":1234,"n":1}`, `{"secret_pin":***,"n":1}`},
		{"JSONInQuotes", `body "{\"password\":\"hunter2\",\"n\":1}"`, `body "{\"password\":\"***\",\"n\":1}"`},
		{"GoMap", fmt.Sprint(map[string]string{"password": "hunter2"}), "map[password:***"},
		{"Struct", fmt.Sprintf("%+v", struct{ User, Password string }{"ana", "hunter2"}), "{User:ana Password:***"},
		{"Header", fmt.Sprint(header), "map[Accept:[*/*] Authorization:[Basic ***]]"},
		{"HeaderLine", "authorization: Bearer abc.def-ghi\nnext", "authorization: Bearer ***\nnext"},
		{"Digest", `Authorization: Digest username="ana", response="abc"`, "Authorization: Digest ***"},
		{"Sentence", "token: unexpected EOF; password must be longer", "token: unexpected EOF; password must be longer"},
		{"SentenceToo", "authorization basic as ever", "authorization basic as ever"},
		{"Code", "token := lex(); if token == x || secret => y", "token := lex(); if token == x || secret => y"},
		{"NothingBehind", "password= ; token=", "password= ; token="},
		{"EmptyInQuotes", `password="" secret=''`, `password="" secret=''`},
		{"Open", `password="abc`, `password="***`},
		{"Counted", "max_tokens=300", "max_tokens=300"},
	} {
		assert.Equal(t, c.want, m.Text(c.text), c.name)
		assert.Equal(t, c.want, m.Text(m.Text(c.text)), "%s, twice", c.name)
	}
	assert.Equal(t, []string{"p%40ss", "p@ss", "abc"}, mask.Within("mongodb://u:p%40ss@h/?token=abc"))
}

// Whatever stands around it, a known value is not left in a text, and no cut goes through it.
func TestNothingIsLeft(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	bits := []string{"a", "b", "ab", " ", "\n", "=", ":", "\"", "'", "\\", "://", "@", "/", "password", "token", "Authorization: Basic ", "***", "é", "\xff", "{", "]", "&"}
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(bits[r.IntN(len(bits))])
		}
		return b.String()
	}
	for range 5_000 {
		var secrets []string
		for range r.IntN(4) {
			if s := strings.TrimSpace(text(4 + r.IntN(6))); len(s) >= mask.Least && !strings.ContainsRune(s, '*') {
				secrets = append(secrets, s)
			}
		}
		m := mask.New(secrets...)
		in := text(r.IntN(20))
		for _, s := range secrets {
			in += s + text(r.IntN(3))
		}
		out := m.Text(in)
		for _, s := range secrets {
			require.NotContains(t, out, s, "%q of %q", in, secrets)
		}
		at := r.IntN(len(in) + 1)
		cut := m.Cut(in, at)
		for _, s := range secrets {
			for from := 0; ; from++ {
				i := strings.Index(in[from:], s)
				if i < 0 {
					break
				}
				from += i
				require.False(t, from < cut && cut < from+len(s), "%q of %q cut at %d", in, secrets, cut)
			}
		}
	}
}

// Cut leaves secrets whole.
func TestCut(t *testing.T) {
	m := mask.New("hunter2")
	for at, want := range map[int]int{0: 0, 2: 2, 3: 3, 4: 3, 9: 3, 10: 10, 11: 11, 99: 13} {
		assert.Equal(t, want, m.Cut("at hunter2 xy", at), at)
	}
	assert.Equal(t, 7, m.Cut("hunter2 xy", 3), "or the first part would be empty")
}

// Hostile lines take no longer than others of their length; in the square of it these would take hours.
func TestLongLines(t *testing.T) {
	m := mask.New("aaaaaaaa", "hunter2")
	for _, bit := range []string{
		"://", "://a:b", "://a:@", "@://a:b", "http://a:b@", "password=", "password='", "password=\"", `password=\"`, "password=\\", `"password":`, `"password":\"`,
		"=", ":", "\"", "a", "aaaaaaab", "hunter", "authorization:", "authorization: basic", "Authorization: Digest ", "Authorization:[", "token", "\\", "é", "\xff",
	} {
		text := strings.Repeat(bit, 1<<20/len(bit))
		assert.NotContains(t, m.Text(text), "aaaaaaaa", bit)
		m.Cut(text, 1<<19)
	}
}

func TestWith(t *testing.T) {
	root := mask.New("global1")
	run := root.With("ofarun1")
	assert.Equal(t, "*** ***", run.Text("global1 ofarun1"))
	assert.Equal(t, "*** ofarun1", root.Text("global1 ofarun1"))
	assert.Equal(t, 1, run.Add("later1", "abc", ""), "one is too short")
	assert.Equal(t, "*** ofarun1", root.Text("later1 ofarun1"), "what is added is known to all")
	assert.Same(t, root, root.With())
}

// The oldest of very many values are forgotten: not those of New, nor those that are told again.
func TestManyValues(t *testing.T) {
	m := mask.New("configured")
	m.Add("thefirst", "toldagain", "configured")
	for i := range 50_000 {
		m.Add(fmt.Sprintf("secret-%d", i))
		if i%1000 == 0 {
			m.Add("toldagain")
		}
	}
	assert.Equal(t, "*** thefirst ***", m.Text("configured thefirst toldagain"))
	assert.Equal(t, "secret-29990 *** ***", m.Text("secret-29990 secret-40000 secret-49999"))
}

func TestError(t *testing.T) {
	m := mask.New("hunter2")
	err := fmt.Errorf("open hunter2: %w", fs.ErrNotExist)
	masked := m.Error(err)
	require.EqualError(t, masked, "open ***: file does not exist")
	require.ErrorIs(t, masked, fs.ErrNotExist)
	plain := errors.New("plain")
	assert.Same(t, plain, m.Error(plain))
	assert.NoError(t, m.Error(nil))
}

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.StringValue("from hunter2") }

type panics struct{}

func (panics) String() string { panic("no") }

// Records lose their secrets before any handler sees them.
func TestHandler(t *testing.T) {
	type inner struct{ Data []byte }
	m := mask.New("hunter2", "123456")
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
		want string
	}{
		{"Message", func(l *slog.Logger) { l.Info("is hunter2", "n", 1) }, `{"msg":"is ***","n":1}`},
		{"Plain", func(l *slog.Logger) { l.Info("is", "n", 1, "at", true) }, `{"msg":"is","n":1,"at":true}`},
		{"Value", func(l *slog.Logger) { l.Info("is", "v", "a hunter2") }, `{"msg":"is","v":"a ***"}`},
		{"Key", func(l *slog.Logger) { l.Info("is", "db_password", "x", "n", 2) }, `{"msg":"is","db_password":"***","n":2}`},
		{"Number", func(l *slog.Logger) { l.Info("is", "pin", 123456) }, `{"msg":"is","pin":"***"}`},
		{"Error", func(l *slog.Logger) { l.Info("is", "e", errors.New("bad hunter2")) }, `{"msg":"is","e":"bad ***"}`},
		{"Bytes", func(l *slog.Logger) { l.Info("is", "b", []byte("hunter2")) }, `{"msg":"is","b":"***"}`},
		{"Valuer", func(l *slog.Logger) { l.Info("is", "v", valuer{}) }, `{"msg":"is","v":"from ***"}`},
		{"Behind", func(l *slog.Logger) { l.Info("is", "p", &inner{[]byte("hunter2 is it")}) }, `{"msg":"is","p":"{\"Data\":\"***iBpcyBpdA==\"}"}`},
		{"With", func(l *slog.Logger) { l.With("token", "x", "v", "hunter2").Info("is") }, `{"msg":"is","token":"***","v":"***"}`},
		{"Group", func(l *slog.Logger) { l.Info("is", slog.Group("g", "a", "hunter2", "n", 1)) }, `{"msg":"is","g":{"a":"***","n":1}}`},
		{"GroupByName", func(l *slog.Logger) { l.Info("is", slog.Group("credentials", "a", 1)) }, `{"msg":"is","credentials":{"a":"***"}}`},
		{"WithGroup", func(l *slog.Logger) { l.WithGroup("secrets").Info("is", "a", 1) }, `{"msg":"is","secrets":{"a":"***"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			drop := func(groups []string, a slog.Attr) slog.Attr {
				if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
					return slog.Attr{}
				}
				return a
			}
			c.log(slog.New(m.Handler(slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: drop}), true)))
			assert.Equal(t, c.want+"\n", b.String())
		})
	}
	var b bytes.Buffer
	slog.New(m.Handler(slog.NewTextHandler(&b, nil), true)).Info("survives", "v", panics{})
	assert.Contains(t, b.String(), "survives")
}

// BenchmarkText measures a line of a log without secrets in it.
func BenchmarkText(b *testing.B) {
	line := strings.Repeat("loaded 3333 rows of state MA from the dump; ", 5)
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("secret number %d", i))
	}
	for _, c := range []struct {
		name string
		m    *mask.Masker
	}{{"secrets=0", mask.New()}, {"secrets=1", mask.New("hunter2!")}, {"secrets=1000", mask.New(many...)}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if len(c.m.Text(line)) != len(line) {
					b.Fatal("it has none")
				}
			}
		})
	}
}
