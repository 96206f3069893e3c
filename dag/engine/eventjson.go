package engine

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Most of a log are attempts that start and succeed. Their JSON is written and read here, without
// reflection; what has more to say goes through encoding/json, and so does whatever is not
// written exactly as it is here.

// appendJSON appends the event as encoding/json does, or returns false if it has more
// than an attempt's numbers and log.
func (e *event) appendJSON(b []byte) ([]byte, bool) {
	switch e.Kind {
	case started, finished, released, checkpoint, logged:
	default:
		return b, false
	}
	if e.Failed || e.Blob != nil {
		return b, false
	}
	b = append(b, `{"kind":"`...)
	b = append(b, e.Kind...)
	b = append(b, `","at":"`...)
	b, err := e.At.AppendText(b)
	if err != nil {
		return b, false
	}
	b = append(b, '"')
	b = appendText(b, `,"task":`, e.Task)
	b = appendNumber(b, `,"elem":`, e.Elem)
	b = appendNumber(b, `,"try":`, e.Try)
	b = appendText(b, `,"size":`, e.Size)
	b = appendText(b, `,"log":`, e.Log)
	return append(b, '}'), true
}

func appendText(b []byte, key, s string) []byte {
	if s == "" {
		return b
	}
	b = append(b, key...)
	if isPlain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	quoted, err := json.Marshal(s)
	if err != nil { // cannot be, of a string
		panic(err)
	}
	return append(b, quoted...)
}

func appendNumber(b []byte, key string, n int32) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, key...), int64(n), 10)
}

// isPlain tells whether encoding/json writes and reads s as it is.
func isPlain[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// scanJSON reads what appendJSON has written, and returns false if it is anything else: e is of no
// use then.
func (e *event) scanJSON(s []byte) bool {
	kind, s, ok := cutText(s, `{"kind":`)
	if !ok {
		return false
	}
	at, s, ok := cutText(s, `,"at":`)
	if !ok || e.At.UnmarshalText(at) != nil {
		return false
	}
	e.Kind = kindOf(kind)
	if task, rest, ok := cutText(s, `,"task":`); ok {
		e.Task, s = string(task), rest
	}
	e.Elem, s = cutNumber(s, `,"elem":`)
	e.Try, s = cutNumber(s, `,"try":`)
	if size, rest, ok := cutText(s, `,"size":`); ok {
		e.Size, s = string(size), rest
	}
	if log, ok := bytes.CutPrefix(s, []byte(`,"log":`)); ok && len(log) > 0 {
		last := len(log) - 1
		return log[last] == '}' && json.Unmarshal(log[:last], &e.Log) == nil
	}
	return string(s) == "}"
}

// kindOf returns a kind without making a string of it, as a rule.
func kindOf(b []byte) string {
	for _, k := range []string{started, finished, released, checkpoint, logged} {
		if string(b) == k {
			return k
		}
	}
	return string(b)
}

// cutText cuts a plain text off that follows a key.
func cutText(s []byte, key string) (text, rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(s, []byte(key))
	if !ok || len(rest) == 0 || rest[0] != '"' {
		return nil, s, false
	}
	text, rest, ok = bytes.Cut(rest[1:], []byte{'"'})
	if !ok || !isPlain(text) {
		return nil, s, false
	}
	return text, rest, true
}

// cutNumber cuts a number off that follows a key, 0 if there is none.
func cutNumber(s []byte, key string) (n int32, rest []byte) {
	rest, ok := bytes.CutPrefix(s, []byte(key))
	if !ok {
		return 0, s
	}
	end := bytes.IndexAny(rest, ",}")
	if end < 0 {
		return 0, s
	}
	v, err := strconv.ParseInt(string(rest[:end]), 10, 32)
	var room [12]byte
	if err != nil || !bytes.Equal(strconv.AppendInt(room[:0], v, 10), rest[:end]) {
		return 0, s // it is not the end that the reader wants to see
	}
	return int32(v), rest[end:]
}
