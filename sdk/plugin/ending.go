package plugin

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
)

// ending is the one way out of a plugin process, whatever the cause.
type ending struct {
	provider sdk.Provider
	log      *slog.Logger
	once     sync.Once
	exit     func(code int)

	mu     sync.Mutex // guards what follows
	server *server
	grpc   *grpc.Server
}

func newEnding(provider sdk.Provider, log *slog.Logger) *ending {
	return &ending{provider: provider, log: log, server: newServer(provider, WithLogger(log)), exit: os.Exit} //nolint:forbidigo // the process ends here, whoever called main
}

func (e *ending) setServer(s *grpc.Server) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.grpc = s
}

// watch waits for the causes in goroutines. It is called once, when the server
// is registered.
func (e *ending) watch(s *server) {
	e.serves(s)
	if isLifeline(os.Stdin) {
		go func() {
			// The host writes nothing; an error is as good an end as EOF.
			_, _ = io.Copy(io.Discard, os.Stdin)
			e.now("the host is gone")
		}()
	}
}

// serves is watch without the lifeline.
func (e *ending) serves(s *server) {
	e.mu.Lock()
	e.server = s
	e.mu.Unlock()
	e.watchSignals()
}

// isLifeline tells a pipe or a socket from a terminal, a file or the null
// device, which somebody gives who knows of no lifeline.
func isLifeline(stdin *os.File) bool {
	info, err := stdin.Stat()
	return err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}

func (e *ending) watchSignals() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, endSignals...)
	// A host that died leaves broken pipes: writing the log must not kill us
	// before the children are dead.
	if len(brokenPipe) > 0 {
		signal.Notify(make(chan os.Signal, 1), brokenPipe...)
	}
	go func() {
		<-end
		e.now("signal")
	}()
}

// now ends the process and does not return. Further calls wait for the first.
func (e *ending) now(cause string) {
	e.once.Do(func() {
		hard := time.AfterFunc(hardLimit, func() { e.exit(exitError) })
		e.log.Debug("plugin ends", "cause", cause)
		s := e.cancelCalls()
		e.drain(s)
		killChildren()
		e.stopServer()
		hard.Stop()
		e.exit(exitDone)
	})
	select {}
}

func (e *ending) cancelCalls() *server {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server.cancelAll()
	return e.server
}

// drain gives the cancelled calls and the provider's Drain the same time.
func (e *ending) drain(s *server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.recovered(ctx, "drain", e.provider.Drain); err != nil {
			e.log.Warn("drain plugin", "error", err.Error())
		}
		s.awaitCalls()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// stopServer closes the listener, which removes its socket.
func (e *ending) stopServer() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.grpc != nil {
		e.grpc.Stop()
	}
}
