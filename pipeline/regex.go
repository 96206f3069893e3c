package pipeline

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/monary"
)

// compileRegex translates a pattern of PCRE, as mongod has them, to Go's
// syntax, which has neither look-around nor back-references: those are refused.
func compileRegex(pattern, options string) (*regexp.Regexp, error) {
	key := options + "/" + pattern
	if re, ok := regexes.Load(key); ok {
		return re.(*regexp.Regexp), nil
	}
	flags := ""
	for _, o := range options {
		switch o {
		case 'i', 'm', 's':
			flags += string(o)
		case 'u':
		case 'x':
			pattern = withoutSpace(pattern)
		default:
			return nil, fmt.Errorf("regular expression option %q; i, m, s, u and x are known", o)
		}
	}
	translated := strings.ReplaceAll(pattern, `\Z`, `\z`)
	translated = strings.ReplaceAll(translated, `\h`, `[ \t]`)
	if flags != "" {
		translated = "(?" + flags + ")" + translated
	}
	re, err := regexp.Compile(translated)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q does not run here: %w", pattern, err)
	}
	regexes.Store(key, re)
	return re, nil
}

// regexes keeps what was compiled.
var regexes sync.Map

// withoutSpace drops white space and comments of a pattern with the option x.
func withoutSpace(pattern string) string {
	var out strings.Builder
	class, comment := false, false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case comment:
			comment = c != '\n'
		case c == '\\' && i+1 < len(pattern):
			out.WriteString(pattern[i : i+2])
			i++
		case !class && strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		case !class && c == '#':
			comment = true
		default:
			class = c == '[' || class && c != ']'
			out.WriteByte(c)
		}
	}
	return out.String()
}

// patternOf takes a regular expression, or text that is one, with options.
func patternOf(v, options monary.Value) (*regexp.Regexp, error) {
	pattern, own := "", ""
	if v.Type() == bson.TypeRegex {
		pattern, own = v.Raw().Regex()
	} else {
		var ok bool
		if pattern, ok = textOf(v); !ok {
			return nil, fmt.Errorf("regex is %s; want a regular expression or text", describe(v))
		}
	}
	if !options.IsNull() {
		given, ok := textOf(options)
		if !ok {
			return nil, fmt.Errorf("options is %s; want text", describe(options))
		}
		if own != "" && given != "" {
			return nil, fmt.Errorf("options are both in the regular expression (%q) and beside it (%q)", own, given)
		}
		own += given
	}
	return compileRegex(pattern, own)
}

// searches has the functions of regular expressions.
var searches = map[string]function{
	"$regexMatch": searching(func(re *regexp.Regexp, text string) monary.Value { return monary.BoolValue(re.MatchString(text)) }),
	"$regexFind": searching(func(re *regexp.Regexp, text string) monary.Value {
		at := re.FindStringSubmatchIndex(text)
		if at == nil {
			return monary.NullValue
		}
		return found(text, at)
	}),
	"$regexFindAll": searching(func(re *regexp.Regexp, text string) monary.Value {
		var all []monary.Value
		for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
			if at[0] == len(text) && text != "" {
				break // behind the last character mongod no longer looks
			}
			all = append(all, found(text, at))
		}
		return monary.ArrayValue(all...)
	}),
}

// searching is a function of text and a regular expression. Null text matches
// nothing.
func searching(f func(*regexp.Regexp, string) monary.Value) function {
	none := f(regexp.MustCompile(`[^\x00-\x{10FFFF}]`), "")
	return function{
		params: []param{{name: "input"}, {name: "regex"}, {name: "options", optional: monary.NullValue}},
		check: func(args []expr) error {
			pattern, ok := args[1].(constantExpr)
			options, ok2 := args[2].(constantExpr)
			if !ok || !ok2 || pattern.value.IsNull() {
				return nil
			}
			_, err := patternOf(pattern.value, options.value)
			return err
		},
		call: func(s *scope, a []monary.Value) monary.Value {
			if a[0].IsNull() || a[1].IsNull() {
				return none
			}
			text, ok := textOf(a[0])
			if !ok {
				return s.failf("input is %s; want text", describe(a[0]))
			}
			re, err := patternOf(a[1], a[2])
			if err != nil {
				return s.failf("%w", err)
			}
			return f(re, text)
		},
	}
}

// found is a match as a document: what, at which character, and its groups.
func found(text string, at []int) monary.Value {
	var captures []monary.Value
	for i := 2; i < len(at); i += 2 {
		if at[i] < 0 {
			captures = append(captures, monary.NullValue)
			continue
		}
		captures = append(captures, monary.StringValue(text[at[i]:at[i+1]]))
	}
	return monary.DocumentValue([]string{"match", "idx", "captures"}, []monary.Value{
		monary.StringValue(text[at[0]:at[1]]), monary.Int32Value(int32(utf8.RuneCountInString(text[:at[0]]))), monary.ArrayValue(captures...)})
}
