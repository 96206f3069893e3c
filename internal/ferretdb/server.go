package ferretdb

import (
	"context"
	"log/slog"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// Start starts an empty server for one test and returns its connection string, such as "mongodb://127.0.0.1:39411/".
// The server listens on a free port of the loopback address only, keeps its data in a temporary directory of the test, logs
// nothing and reports to nobody. It is stopped by t.Cleanup, after the cleanups that the test registers later: a client
// that is closed in one of those is gone by then. A server that cannot be started fails the test.
func Start(t testing.TB) (uri string) {
	t.Helper()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/",
	})
	if err != nil {
		t.Fatalf("ferretdb: starting a server: %v", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("ferretdb: stopping the server: %v", err)
		}
	})
	return server.MongoDBURI() // waits until Run listens
}
