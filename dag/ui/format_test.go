package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/penstock/penstock/dag/ui"
)

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 999 * time.Microsecond: "< 1 ms", 850 * time.Millisecond: "850 ms", 12*time.Second + 390*time.Millisecond: "12.3 s",
		59*time.Second + 999*time.Millisecond: "59.9 s", 4*time.Minute + 5*time.Second: "4 min 5 s", 3*time.Hour + 20*time.Minute: "3 h 20 min",
		73 * time.Hour: "3 d 1 h", -5 * time.Second: "–5.0 s",
	} {
		assert.Equal(t, want, ui.Took(d))
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 3333: "3,333", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		assert.Equal(t, want, ui.Number(n))
	}
}

func TestHanded(t *testing.T) {
	for _, c := range []struct{ kind, size, want string }{
		{"*monary.Table", "3333x21", "*monary.Table 3,333×21"},
		{"[]int", "12", "[]int 12"},
		{"float64", "", "float64"},
		{"struct {}", "", ""},
	} {
		assert.Equal(t, c.want, ui.Handed(c.kind, c.size))
	}
}

func TestCut(t *testing.T) {
	assert.Equal(t, "short", ui.Cut(5, "short"))
	assert.Equal(t, "ex…01", ui.Cut(5, "extract_01"))
	assert.Equal(t, "Gr…ße", ui.Cut(5, "Größße"), "characters count, not bytes")
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"Text", "Grüße, 世界\n\tx", "Grüße, 世界\n\tx"},
		{"Colour", "\x1b[1;31mred\x1b[0m", "red"},
		{"Title", "\x1b]0;owned\x07x", "x"},
		{"Link", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "here"},
		{"Bell", "a\x07b", "a␇b"},
		{"NUL", "a\x00b", "a␀b"},
		{"Delete", "a\x7fb", "a\uFFFDb"},
		{"Windows", "a\r\nb", "a\nb"},
		{"Invalid", "a\xff\xfeb", "a\uFFFDb"},
		{"Direction", "a\u202egpj.exe", "a\uFFFDgpj.exe"},
		{"HalfASequence", "a\x1b[", "a␛["},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, ui.Clean(c.text)) })
	}
}

func TestReadLine(t *testing.T) {
	for _, c := range []struct{ name, line, time, level, text string }{
		{"Slog", "time=2026-01-02T03:04:05.678+01:00 level=WARN msg=\"slow page\" try=1\n", "02:04:05.678", "WARN", "slow page try=1"},
		{"OneWord", "time=2026-01-02T03:04:05Z level=INFO msg=read rows=3", "03:04:05.000", "INFO", "read rows=3"},
		{"SeveralLines", `level=ERROR msg="a\nb" x=1`, "", "ERROR", "a⏎ b x=1"},
		{"Other", "plain text", "", "", "plain text"},
		{"BadTime", "time=now level=INFO msg=x", "", "", "time=now level=INFO msg=x"},
		{"BadQuote", `msg="a`, "", "", `"a`},
		{"Empty", "", "", "", ""},
		{"Long", strings.Repeat("x", 5000), "", "", strings.Repeat("x", 2000) + "… (5,000 bytes in all)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, level, text := ui.ReadLine(c.line)
			assert.Equal(t, []string{c.time, c.level, c.text}, []string{at, level, text})
		})
	}
}

func TestSteps(t *testing.T) {
	for _, span := range []time.Duration{time.Millisecond, 7 * time.Millisecond, time.Second, 61 * time.Second, 3 * time.Hour, 400 * 24 * time.Hour, 30 * 365 * 24 * time.Hour} {
		steps := ui.Steps(span)
		assert.Zero(t, steps[0])
		assert.LessOrEqual(t, len(steps), 9, span)
		assert.GreaterOrEqual(t, len(steps), 2, span)
		assert.LessOrEqual(t, steps[len(steps)-1], span)
	}
}

func TestRound(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 20 * time.Millisecond: "20 ms", time.Second: "1 s", 90 * time.Second: "90 s", 20 * time.Minute: "20 min", 2 * time.Hour: "2 h", 32 * 24 * time.Hour: "32 d",
		1500 * time.Microsecond: "1 ms",
	} {
		assert.Equal(t, want, ui.Round(d))
	}
}

func TestFromTo(t *testing.T) {
	for _, c := range []struct{ first, last, want string }{
		{"region3.sum_000", "region3.sum_010", "region3.sum_000 … 010"},
		{"load_9", "load_12", "load_9 … 12"},
		{"v2load1", "v2load7", "v2load1 … 7"},
		{"shop.alpha", "shop.azure", "shop.alpha … azure"},
		{"é1", "è2", "é1 … è2"},
		{"ab", "a", "ab … a"},
		{"a", "ab", "a … ab"},
		{"x.", "x.y", "x. … y"},
		{"x.y", "x.", "x.y … x."},
		{"12", "13", "12 … 13"},
	} {
		assert.Equal(t, c.want, ui.FromTo(c.first, c.last))
	}
}
