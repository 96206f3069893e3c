package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/penstock/penstock/dag/engine"
	"github.com/penstock/penstock/dag/ui"
)

const serveText = `Runs what the schedules ask for until it is interrupted, and goes on with what was
interrupted before. Commands that are given meanwhile, in another terminal, are
carried out by this process: they find it by a socket beside the store's file.

A browser sees it at -addr: graphs, logs and history of the runs, with buttons to
trigger, clear, cancel and backfill. Unless another address is given only programs
on this machine can reach it.
`

// The default addresses are ones that other machines cannot reach.
const (
	defaultAddr = "127.0.0.1:8080"
	anyPort     = "127.0.0.1:0"
)

func serve(ctx context.Context, k *call, args []string) (err error) {
	addr := k.flags.String("addr", "", "where the pages are, `host:port`, or none for no pages (default "+defaultAddr+" or, if that is taken, another port)")
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
		server = newServer(k.guard(ui.Handler(h.engine, "", opts...), listener.Addr()), logger)
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

// guard puts the caller's guard before the pages. Without one, pages that are for this machine are
// shown only under its own names: a page of another site cannot have its name lead here (DNS rebinding)
// and then read or press buttons as one of ours.
func (k *call) guard(pages http.Handler, addr net.Addr) http.Handler {
	if k.Guard != nil {
		return k.Guard(pages)
	}
	if tcp, ok := addr.(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		fmt.Fprintf(k.Stderr, "%s: whoever can reach %s can run tasks; -read-only only shows, cli.App.Guard asks who it is\n", k.Name, addr)
		return pages
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r.Host) {
			http.Error(w, fmt.Sprintf("These pages are not at %q.", r.Host), http.StatusMisdirectedRequest)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// isLocal tells whether a Host is a name of this machine.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
