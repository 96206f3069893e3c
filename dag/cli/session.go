package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/penstock/penstock/dag/engine"
)

// host is an engine in this process.
type host struct {
	engine *engine.Engine
	store  engine.Store
	socket *listener // nil if there is none
}

// open opens the store and an engine on it that knows all DAGs. The error has a method
// LockedPath if the store is that of another process.
func (a *App) open(ctx context.Context, mode engine.Mode, logger *slog.Logger) (h *host, err error) {
	h = &host{}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close(ctx))
		}
	}()
	store := engine.Store(engine.NewMemory())
	if a.Open != nil {
		if store, err = a.Open(); err != nil { // the store may then be a nil pointer
			return h, err
		}
	}
	h.store = store
	cfg := a.Engine
	cfg.Store, cfg.Mode = store, mode
	if logger != nil {
		cfg.Logger = logger
	}
	if cfg.Owner == "" {
		cfg.Owner = a.Name
	}
	if h.engine, err = engine.Open(ctx, cfg); err != nil {
		return h, err
	}
	for _, d := range a.DAGs {
		if err := h.engine.Register(ctx, d, a.Schedules[d.Name()]...); err != nil {
			return h, err
		}
	}
	if s, ok := h.store.(interface{ Path() string }); ok {
		h.socket, err = listen(socketPath(s.Path()), h.engine)
	}
	return h, err
}

// closing is how long tasks are waited for that do not heed their context.
const closing = 30 * time.Second

func (h *host) close(ctx context.Context) error {
	var errs []error
	if h.socket != nil {
		errs = append(errs, h.socket.close())
	}
	if h.engine != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
		errs = append(errs, h.engine.Close(ctx))
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}

// ask has an order carried out: by the process that has the store, or else here.
func (k *call) ask(ctx context.Context, mode engine.Mode, o order, tell func(string)) (a answer, err error) {
	if k.server != nil {
		k.remote = true
		return k.server.carryOut(ctx, o, tell)
	}
	if k.Open == nil && mode == engine.Inspecting {
		return a, errors.New("this program keeps nothing: it has no store (cli.App.Open)")
	}
	o.Actor = actor()
	h, err := k.open(ctx, mode, k.logger)
	var locked interface{ LockedPath() string }
	if errors.As(err, &locked) {
		a, remote := send(ctx, socketPath(locked.LockedPath()), o, tell)
		if errors.Is(remote, errNobody) {
			return a, fmt.Errorf("%w; %w", err, remote)
		}
		k.remote = true
		return a, remote
	}
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	o.Wait = o.Wait || mode != engine.Inspecting     // or nobody would go on with it
	o.Follow = o.Follow && mode != engine.Inspecting // there is nobody who writes
	return carryOut(ctx, h.engine, o, tell)
}
