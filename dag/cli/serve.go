package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

const serveText = `Runs what the schedules ask for until it is interrupted, and goes on with what was
interrupted before. Commands that are given meanwhile, in another terminal, are
carried out by this process: they find it by a socket beside the store's file.

A browser sees it at -addr: graphs, logs and history of the runs, with buttons to
trigger, clear, cancel and backfill. Unless another address is given only programs
on this machine can reach it. A browser has to ask for an address or this machine's
name; -host allows other names, that of a proxy, say.
`

// The default addresses are ones that other machines cannot reach.
const (
	defaultAddr = "127.0.0.1:8080"
	anyPort     = "127.0.0.1:0"
)

func serve(ctx context.Context, k *call, args []string) (err error) {
	addr := k.flags.String("addr", "", "where the pages are, `host:port`, or none for no pages (default "+defaultAddr+" or, if that is taken, another port)")
	var names []string
	k.flags.Func("host", "`name` under which browsers may ask for the pages; may be repeated", func(name string) error {
		names = append(names, name)
		return nil
	})
	readOnly := k.flags.Bool("read-only", false, "pages only show, and change nothing")
	if err := k.parseNone(args); err != nil {
		return err
	}
	if k.Open == nil {
		fmt.Fprintf(k.Stderr, "%s: there is no store (cli.App.Open): runs are forgotten at the end\n", k.Name)
	}
	listener, err := listenAt(*addr)
	if err != nil {
		return err
	}
	if listener != nil {
		defer listener.Close()
	}
	logger := slog.New(slog.NewTextHandler(k.Stderr, nil))
	h, err := k.open(ctx, engine.Serving, logger)
	if err != nil {
		return err
	}
	fmt.Fprintf(k.Stderr, "%s: serving %d DAGs; Ctrl-C ends it\n", k.Name, len(k.DAGs))
	var server *http.Server
	if listener != nil {
		opts := append([]ui.Option{ui.ParamUsage(k.ParamUsage)}, k.UI...)
		if *readOnly {
			opts = append(opts, ui.ReadOnly())
		}
		server = newServer(k.guard(ui.Handler(h.engine, "", opts...), listener.Addr(), names), logger)
		go func() { _ = server.Serve(listener) }() // ends by Close
		fmt.Fprintf(k.Stderr, "%s: pages at http://%s/\n", k.Name, listener.Addr())
	}
	<-ctx.Done()
	if server != nil {
		err = server.Close()
	}
	return errors.Join(err, h.close(ctx))
}

// listenAt returns where the pages are to be, nil for none. If the default address is taken, and nobody has
// asked for it, any port does: what schedules ask for is to run all the same.
func listenAt(addr string) (net.Listener, error) {
	if addr == "none" {
		return nil, nil
	}
	l, err := net.Listen("tcp", cmp.Or(addr, defaultAddr))
	if err != nil && addr == "" {
		l, err = net.Listen("tcp", anyPort)
	}
	if err != nil {
		return nil, fmt.Errorf("pages: %w; -addr host:port picks another address, -addr none shows no pages", err)
	}
	return l, nil
}

// newServer returns a server that bounds what a client may send and how long it may take.
func newServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// guard puts the caller's guard before the pages. Without one, they are shown only under names that are
// this machine's, or were given: a page of another site cannot have its own name lead here (DNS rebinding)
// and then read or press buttons as one of ours. It would be of the same origin, which is all that
// CrossOriginProtection asks, and a browser inside a network reaches what its owner thinks nobody can.
func (k *call) guard(pages http.Handler, addr net.Addr, names []string) http.Handler {
	if k.Guard != nil {
		return k.Guard(pages)
	}
	tcp, ok := addr.(*net.TCPAddr)
	local := ok && tcp.IP.IsLoopback()
	if !local {
		fmt.Fprintf(k.Stderr, "%s: whoever can reach %s can run tasks; -read-only only shows, cli.App.Guard asks who it is\n", k.Name, addr)
		if machine, err := os.Hostname(); err == nil {
			names = append(names, machine)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isHere(r.Host, local, names) {
			http.Error(w, fmt.Sprintf("These pages are not at %q; serve -host would allow the name.", r.Host), http.StatusMisdirectedRequest)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// isHere tells whether a Host is an address, for local pages one of this machine alone, or one of the names. No
// other site can have an address for its name.
func isHere(host string, local bool, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(host, ".")
	for _, name := range append([]string{"localhost"}, names...) {
		if strings.EqualFold(host, name) {
			return true
		}
	}
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	ip := net.ParseIP(host)
	return ip != nil && (!local || ip.IsLoopback())
}
