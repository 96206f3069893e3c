package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/dag/engine"
)

const logsText = `Prints the log of a task of a run, try by try. With -f it goes on with what is logged
until the task has ended, if a process serves.
`

func logs(ctx context.Context, k *call, args []string) error {
	o := order{Verb: "logs"}
	k.flags.IntVar(&o.Try, "try", 0, "only this try, counted from 1")
	k.flags.BoolVar(&o.Follow, "f", false, "follow the log until the task has ended")
	words, err := k.words(args, 2, 2)
	if err != nil {
		return err
	}
	o.Run, o.Task = words[0], words[1]
	_, err = k.ask(ctx, engine.Inspecting, o, k.say)
	return err
}

// readLog returns the attempts of a task but the first of them, and whether the task had ended before they were read.
type readLog func(ctx context.Context, skip int) (attempts []engine.Attempt, ended bool, err error)

const between = 500 * time.Millisecond // two readings of a log that is followed

// printLog tells the log of an order, again and again if it is followed.
func printLog(ctx context.Context, read readLog, o order, tell func(string)) error {
	p := printer{try: o.Try, tell: tell}
	for {
		attempts, ended, err := read(ctx, p.skip)
		if err != nil {
			return err
		}
		if p.print(attempts); ended || !o.Follow {
			return nil
		}
		if err := sleep(ctx, between); err != nil {
			return err
		}
	}
}

// printer tells of attempts what it has not told yet.
type printer struct {
	try  int // 0 for all
	tell func(string)

	skip int      // attempts before those that follow: they have ended, and were told of
	told []toldOf // of each from there on
	head string   // above what was told last
}

// toldOf is what was told of an attempt.
type toldOf struct {
	bytes   int // of its log
	outcome engine.Outcome
}

// print is given the attempts behind those to skip.
func (p *printer) print(attempts []engine.Attempt) {
	for i := range attempts {
		a := &attempts[i]
		if i == len(p.told) {
			p.told = append(p.told, toldOf{})
		}
		if p.try == 0 || p.try == a.Try {
			p.attempt(a, &p.told[i])
		}
	}
	ended := 0
	for ended < len(attempts) && attempts[ended].Outcome != engine.OutcomeWorking {
		ended++
	}
	p.skip += ended
	p.told = p.told[ended:]
}

// attempt tells what is new: whole lines, unless the attempt has ended.
func (p *printer) attempt(a *engine.Attempt, told *toldOf) {
	text := a.Log[min(told.bytes, len(a.Log)):]
	if a.Outcome == engine.OutcomeWorking {
		text = text[:strings.LastIndexByte(text, '\n')+1]
	}
	if text == "" && told.outcome == a.Outcome {
		return
	}
	if head := headOf(a); told.outcome == "" || head != p.head {
		p.head = head
		p.tell(head)
	}
	if text != "" {
		p.tell(printable(strings.TrimSuffix(text, "\n")))
	}
	told.bytes += len(text)
	told.outcome = a.Outcome
}

func headOf(a *engine.Attempt) string {
	element := ""
	if a.Element >= 0 {
		element = fmt.Sprintf(", element %d", a.Element)
	}
	return fmt.Sprintf("--- try %d%s: %s, %s", a.Try, element, a.Outcome, moment(a.Started))
}

// logOf reads the log of a task in an engine.
func logOf(e *engine.Engine, o order) readLog {
	return func(ctx context.Context, skip int) (attempts []engine.Attempt, ended bool, err error) {
		if o.Follow {
			s, err := e.Outline(ctx, o.Run)
			if err != nil {
				return nil, false, err
			}
			ended = !slices.ContainsFunc(s.Tasks, func(t engine.TaskStatus) bool { return t.ID == o.Task && t.State == "" })
		}
		attempts, err = e.Logs(ctx, o.Run, o.Task)
		return attempts[min(skip, len(attempts)):], ended, err
	}
}

// sleep waits, unless ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
