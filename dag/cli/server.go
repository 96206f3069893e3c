package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/penstock/penstock/dag"
	"github.com/penstock/penstock/dag/api"
)

// How a server is named, and who asks.
const (
	serverFlag = "-server"
	serverVar  = "PENSTOCK_SERVER"
	authVar    = "PENSTOCK_AUTH"
)

const serverUsage = "the `address` of a server's pages that does the work, such as https://host:8080/prefix (default $" + serverVar +
	"); $" + authVar + " is user:password for it"

// server is another process, of this machine or another one, whose API does the work.
type server struct {
	ctx    context.Context // of the command
	client *api.Client
	listed []api.DAG
}

// takeServer takes the flag -server off a command line and returns its value, "" without one. It may stand
// anywhere: the parameters of a DAG are flags, and which there are is the server's to say. The last one counts, as of any
// flag.
func takeServer(args []string) (address string, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return address, append(rest, args[i:]...), nil
		}
		name, value, has := strings.Cut(args[i], "=")
		if name != serverFlag && name != "-"+serverFlag {
			rest = append(rest, args[i])
			continue
		}
		if !has {
			if i++; i == len(args) {
				return "", nil, errors.New("flag needs an argument: " + serverFlag)
			}
			value = args[i]
		}
		if address = value; address == "" {
			return "", nil, errors.New(serverFlag + " is empty, want an address such as https://host:8080/prefix")
		}
	}
	return address, rest, nil
}

// leadingServer takes the flag off if it stands before the command.
func leadingServer(args []string) (address string, rest []string, err error) {
	if len(args) == 0 || !strings.HasPrefix("-"+strings.TrimLeft(args[0], "-"), serverFlag) {
		return "", args, nil
	}
	if address, rest, err = takeServer(args); err != nil {
		return "", nil, &usageError{text: err.Error()}
	}
	return address, rest, nil
}

// reach asks the server that is named, if one is, for its DAGs. They take the place of the program's own.
func (k *call) reach(ctx context.Context, args []string) (rest []string, err error) {
	address, rest, err := takeServer(args)
	if err != nil {
		return nil, k.usage("%v", err)
	}
	if address == "" {
		address = os.Getenv(serverVar)
	}
	helps := slices.ContainsFunc(rest, func(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" })
	switch {
	case address == "" && k.empty() && !helps:
		return nil, k.usage("this program has no DAGs of its own: %s ADDRESS or the variable %s names a server", serverFlag, serverVar)
	case address == "":
		return rest, nil
	}
	s, err := newServerAt(ctx, address)
	if err == nil {
		s.listed, err = s.client.DAGs(ctx)
	}
	switch {
	case err != nil && helps:
		return rest, nil
	case err != nil:
		return nil, err
	}
	k.server, k.DAGs = s, make([]*dag.DAG, len(s.listed))
	for i, d := range s.listed {
		k.DAGs[i] = dag.New(d.Name)
	}
	return rest, nil
}

func newServerAt(ctx context.Context, address string) (*server, error) {
	c, err := api.NewClient(address)
	if err != nil {
		return nil, err
	}
	if auth := os.Getenv(authVar); auth != "" {
		user, password, ok := strings.Cut(auth, ":")
		if !ok {
			return nil, fmt.Errorf("%s is not user:password", authVar) // and is not printed
		}
		c.SetBasicAuth(user, password)
	}
	return &server{ctx: ctx, client: c}, nil
}
