package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/internal/graph"
)

// call is a command line while it is read.
type call struct {
	*App
	*command
	flags  *flag.FlagSet
	dag    *dag.DAG
	params dag.Params // those that were given
	logger *slog.Logger
	server *server // nil: this process does the work, or one beside it
	remote bool    // the order was carried out by another process
}

func newCall(a *App, c *command) *call {
	k := &call{App: a, command: c, flags: flag.NewFlagSet(c.name, flag.ContinueOnError), params: dag.Params{}}
	k.flags.SetOutput(io.Discard) // errors are printed once, at the end
	if c.away {
		k.flags.String(serverFlag[1:], "", serverUsage) // for the help: reach has taken it off
	}
	return k
}

// parse reads the command line of a command about one DAG: flags and arguments in any
// order, but flags that are the DAG's parameters behind its name. It returns the arguments
// behind the name. If only one DAG is known its name may be left out.
func (k *call) parse(args []string, withParams bool) (rest []string, err error) {
	if withParams {
		k.flags.Func("p", "`name=value`: a parameter, for all that have no flag of their own; may be repeated", k.setParam)
	}
	if len(k.DAGs) == 1 {
		if err := k.know(k.DAGs[0], withParams); err != nil {
			return nil, err
		}
	}
	first := true
	for {
		word, more, err := k.next(args)
		if err != nil {
			return nil, err
		}
		if word == "" {
			break
		}
		args = more
		if first {
			first = false
			if d := k.named(word); d != nil {
				if err := k.know(d, withParams); err != nil {
					return nil, err
				}
				continue
			}
			if k.dag == nil {
				return nil, k.usage("there is no DAG %q, but %s", word, k.dagNames())
			}
		}
		rest = append(rest, word)
	}
	if k.dag == nil {
		return nil, k.usage("the name of a DAG is missing: one of %s", k.dagNames())
	}
	return rest, nil
}

// parseNone reads the command line of a command that takes no arguments.
func (k *call) parseNone(args []string) error {
	word, _, err := k.next(args)
	if err == nil && word != "" {
		err = k.usage("unexpected argument %q", word)
	}
	return err
}

// next reads flags up to the next argument and returns that, "" if there is none, and what
// follows.
func (k *call) next(args []string) (word string, rest []string, err error) {
	switch err := k.flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		k.explain()
		return "", nil, err
	case err != nil:
		return "", nil, k.usage("%v", err)
	case k.flags.NArg() == 0:
		return "", nil, nil
	case k.flags.Arg(0) == "":
		return "", nil, k.usage("an argument is empty")
	}
	return k.flags.Arg(0), k.flags.Args()[1:], nil
}

// none refuses arguments that are left over.
func (k *call) none(rest []string) error {
	if len(rest) > 0 {
		return k.usage("unexpected argument %q", rest[0])
	}
	return nil
}

func (k *call) named(name string) *dag.DAG {
	i := slices.IndexFunc(k.DAGs, func(d *dag.DAG) bool { return d.Name() == name })
	if i < 0 {
		return nil
	}
	return k.DAGs[i]
}

func (k *call) dagNames() string {
	names := make([]string, len(k.DAGs))
	for i, d := range k.DAGs {
		names[i] = d.Name()
	}
	return strings.Join(names, ", ")
}

// know notes the DAG that the command is about and makes flags of its parameters.
func (k *call) know(d *dag.DAG, withParams bool) (err error) {
	if k.dag != nil {
		return nil
	}
	if k.server != nil {
		if d, err = k.server.dag(d.Name()); err != nil {
			return err
		}
	}
	k.dag = d
	if !withParams {
		return nil
	}
	for name, value := range d.Params() {
		if k.flags.Lookup(name) == nil && !strings.HasPrefix(name, "-") && !strings.Contains(name, "=") {
			k.flags.Var(&paramFlag{k, name, value}, name, k.paramUsage(name, value))
		}
	}
	return nil
}

func (k *call) paramUsage(name string, value any) string {
	text := k.ParamUsage[name]
	if text == "" {
		text = "parameter of " + k.dag.Name()
	}
	if _, isBool := value.(bool); !isBool && !strings.Contains(text, "`") {
		text += fmt.Sprintf(" (`%T`)", value)
	}
	return text
}

// setParam reads name=value.
func (k *call) setParam(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return fmt.Errorf("want name=value")
	}
	k.params[name] = value
	return nil
}

// paramFlag is a parameter as a flag. It is checked at once, so that an error names it; its text is the
// default that the help shows.
type paramFlag struct {
	call  *call
	name  string
	value any // the default
}

func (p *paramFlag) String() string {
	if p == nil || p.value == nil {
		return ""
	}
	return p.call.shown(p.name, p.value)
}

// Set reads the value as one of the declared type.
func (p *paramFlag) Set(text string) error {
	v, err := graph.Params{p.name: p.value}.With(graph.Params{p.name: text})
	if err == nil {
		p.call.params[p.name] = v[p.name]
	}
	return err
}

// IsBoolFlag lets -name stand for -name=true.
func (p *paramFlag) IsBoolFlag() bool {
	_, ok := p.value.(bool)
	return ok
}

// usage returns a mistake in the command line.
func (k *call) usage(format string, args ...any) error {
	return &usageError{k.name + ": " + fmt.Sprintf(format, args...), fmt.Sprintf("%s %s -h explains the command", k.Name, k.name)}
}

// explain prints the help of the command.
func (k *call) explain() {
	fmt.Fprintf(k.Stdout, "Usage: %s %s\n\n%s", k.Name, strings.TrimSpace(k.name+" "+k.args+" [flags]"), k.long)
	some := false
	k.flags.VisitAll(func(*flag.Flag) { some = true })
	if some {
		fmt.Fprint(k.Stdout, "\nFlags:\n")
		var b strings.Builder // of parameters: the words of a server
		k.flags.SetOutput(&b)
		k.flags.PrintDefaults()
		fmt.Fprint(k.Stdout, printable(b.String()))
	}
}
