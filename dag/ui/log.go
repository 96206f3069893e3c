package ui

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	linesSize = 1000 // lines of a log on a page
	maxLine   = 2000 // bytes of a line that are shown
)

// logView is a page of a log, or of those of its lines that are looked for.
type logView struct {
	Lines []logLine
	Pager pager
	Total int    // lines of the log
	Find  string // what the lines have that are shown, "" if it does not matter
	Level string // the least level that they have, "" if that does not
	End   string // the address of the end of the log
	Full  string // that of the whole log
}

// logLine is a line of a log, taken apart where it is one of slog's.
type logLine struct {
	N                 int
	Time, Level, Text string
	Link              string // to where it stands in the log, of a line that was looked for
}

// levels are those of slog, the least first.
var levels = map[string]int{"DEBUG": 0, "INFO": 1, "WARN": 2, "ERROR": 3}

// viewLog returns the page of a log that is asked for, the last unless it is another: what is new stands at the end.
func (q *request) viewLog(text string) logView {
	text = strings.TrimSuffix(text, "\n")
	v := logView{Find: q.get("find"), Level: q.get("level"), End: q.again("task", "line", "", "find", "", "level", "") + "#log-end"}
	if _, known := levels[v.Level]; !known {
		v.Level = ""
	}
	if text == "" {
		return v
	}
	v.Total = strings.Count(text, "\n") + 1
	if v.Find != "" || v.Level != "" {
		q.find(&v, text)
		return v
	}
	v.Pager = q.linesPager(v.Total)
	n := 0
	for line := range strings.Lines(text) {
		if n++; n >= v.Pager.From && n <= v.Pager.To {
			v.Lines = append(v.Lines, readLine(n, line))
		}
	}
	return v
}

// find adds the lines that are looked for.
func (q *request) find(v *logView, text string) {
	var found []logLine
	n := 0
	for line := range strings.Lines(text) {
		n++
		l := readLine(n, line)
		if levels[l.Level] < levels[v.Level] || !strings.Contains(strings.ToLower(l.Level+" "+l.Text), strings.ToLower(v.Find)) {
			continue
		}
		found = append(found, l)
	}
	v.Pager = q.linesPager(len(found))
	if len(found) > 0 {
		v.Lines = found[v.Pager.From-1 : v.Pager.To]
	}
	for i := range v.Lines {
		l := &v.Lines[i]
		l.Link = q.again("task", "find", "", "level", "", "line", strconv.Itoa((l.N-1)/linesSize)) + "#L" + strconv.Itoa(l.N)
	}
}

// linesPager returns the pager of lines, at the last page unless another is asked for.
func (q *request) linesPager(total int) pager {
	last := max(0, (total-1)/linesSize)
	page := last
	if q.get("line") != "" {
		page = min(q.number("line", 0), last)
	}
	p := pager{From: page*linesSize + 1, To: min(total, (page+1)*linesSize), Total: total}
	if page > 0 {
		p.Prev = q.again("task", "line", strconv.Itoa(page-1))
	}
	if page+1 == last {
		p.Next = q.again("task", "line", "")
	} else if page < last {
		p.Next = q.again("task", "line", strconv.Itoa(page+1))
	}
	return p
}

// readLine takes a line of slog.TextHandler apart.
func readLine(n int, line string) logLine {
	line = strings.TrimSuffix(line, "\n")
	l := logLine{N: n}
	if rest, ok := strings.CutPrefix(line, "time="); ok {
		at, after, _ := strings.Cut(rest, " ")
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
			l.Time, line = t.UTC().Format("15:04:05.000"), after
		}
	}
	if rest, ok := strings.CutPrefix(line, "level="); ok {
		l.Level, line, _ = strings.Cut(rest, " ")
	}
	if rest, ok := strings.CutPrefix(line, "msg="); ok {
		line = message(rest)
	}
	if len(line) > maxLine {
		line = fmt.Sprintf("%s… (%s bytes in all)", strings.ToValidUTF8(line[:maxLine], ""), number(len(line)))
	}
	l.Text = clean(line)
	return l
}

// message takes the quotes off a message that begins a line.
func message(rest string) string {
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return rest
	}
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return rest
	}
	return strings.ReplaceAll(text, "\n", "⏎ ") + rest[len(quoted):]
}

// download sends the whole log of an attempt as a file.
func (s *site) download(w http.ResponseWriter, q *request) {
	d, err := q.dag()
	if err == nil && dagOf(q.get("run")) != d.Name() {
		err = orNotFound(errors.New("there is no such run"))
	}
	if err != nil {
		s.fail(w, q.Request, err)
		return
	}
	attempts, err := q.engine.Logs(q.Context(), q.get("run"), q.get("task"))
	n := q.number("attempt", 0)
	if err == nil && n >= len(attempts) {
		err = fmt.Errorf("there is no attempt %d", n)
	}
	if err != nil {
		s.fail(w, q.Request, orNotFound(err))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="log.txt"`)
	_, _ = w.Write([]byte(attempts[n].Log)) // a client that is gone
}
