package plugin

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/pagetrim"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// ServerOption changes how a provider is served. Programs need none; tests do.
type ServerOption func(*server)

// WithKeepalive sets after how much silence a running answer sends a
// keepalive event. The default is 15 s.
func WithKeepalive(interval time.Duration) ServerOption {
	return func(s *server) { s.keepalive = interval }
}

// WithLogger sets where panics go, with their stack. The default is
// slog.Default.
func WithLogger(logger *slog.Logger) ServerOption {
	return func(s *server) { s.log = logger }
}

// RegisterServer puts provider on a gRPC server as ProviderService. [Main] does
// it for a program; tests use it with a connection of their own.
func RegisterServer(registrar grpc.ServiceRegistrar, provider sdk.Provider, options ...ServerOption) {
	pb.RegisterProviderServiceServer(registrar, newServer(provider, options...))
}

const defaultKeepalive = 15 * time.Second

// server translates calls of the protocol into calls of a provider.
type server struct {
	pb.UnimplementedProviderServiceServer
	provider  sdk.Provider
	keepalive time.Duration
	log       *slog.Logger

	stop     chan struct{} // closed when the process is about to end
	stopOnce sync.Once
	running  sync.RWMutex // held for reading by every call that runs

	received kept[receivedHistory]
}

func newServer(provider sdk.Provider, options ...ServerOption) *server {
	s := &server{
		provider: provider, keepalive: defaultKeepalive, log: slog.Default(),
		stop: make(chan struct{}),
	}
	for _, option := range options {
		option(s)
	}
	return s
}

// cancelAll ends every running call, and every later one at its start.
func (s *server) cancelAll() { s.stopOnce.Do(func() { close(s.stop) }) }

// awaitCalls returns when no call runs any more. Later ones wait for ever: it is
// for the end of the process.
func (s *server) awaitCalls() { s.running.Lock() }

// call runs one method of the provider: it ties ctx to the end of the process,
// recovers a panic and turns the error into a status.
func (s *server) call(ctx context.Context, op string, run func(ctx context.Context) error) error {
	s.running.RLock()
	defer s.running.RUnlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finished := make(chan struct{})
	defer close(finished)
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-finished:
		}
	}()
	err := s.recovered(ctx, op, run)
	if err != nil && s.stopping() {
		return errStopping
	}
	return errorToStatus(err)
}

func (s *server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// recovered keeps the stack out of the error: it holds values from memory.
func (s *server) recovered(ctx context.Context, op string, run func(ctx context.Context) error) (err error) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		s.log.Error("plugin panic", "op", op, "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
		err = &sdk.Error{Kind: sdk.KindInternal, Op: op, Message: fmt.Sprintf("plugin panic: %v", value)}
	}()
	return run(ctx)
}

// GetInfo serves Provider.Info.
func (s *server) GetInfo(ctx context.Context, _ *pb.GetInfoRequest) (out *pb.GetInfoResponse, err error) {
	err = s.call(ctx, "info", func(ctx context.Context) error {
		info, err := describe(ctx, s.provider)
		out = infoToProto(info)
		return err
	})
	return out, err
}

// Configure serves Provider.Configure.
func (s *server) Configure(ctx context.Context, in *pb.ConfigureRequest) (*pb.ConfigureResponse, error) {
	found := probe(in.GetProbePaths())
	err := s.call(ctx, "configure", func(ctx context.Context) error {
		return s.provider.Configure(ctx, configFromProto(in))
	})
	if err == nil {
		pagetrim.Settle(pagetrim.Soon)
	}
	return &pb.ConfigureResponse{Probe: probesToProto(found)}, err
}

// AuthStatus serves Provider.AuthStatus.
func (s *server) AuthStatus(ctx context.Context, in *pb.AuthStatusRequest) (out *pb.AuthStatusResponse, err error) {
	err = s.call(ctx, "auth status", func(ctx context.Context) error {
		auth, err := s.provider.AuthStatus(ctx, in.GetProbe())
		out = authToProto(auth)
		return err
	})
	return out, err
}

// Logout serves Provider.Logout.
func (s *server) Logout(ctx context.Context, _ *pb.LogoutRequest) (out *pb.LogoutResponse, err error) {
	err = s.call(ctx, "logout", func(ctx context.Context) error {
		removed, err := s.provider.Logout(ctx)
		out = removedToProto(removed)
		return err
	})
	return out, err
}

// ListModels serves Provider.ListModels.
func (s *server) ListModels(ctx context.Context, _ *pb.ListModelsRequest) (out *pb.ListModelsResponse, err error) {
	err = s.call(ctx, "list models", func(ctx context.Context) error {
		models, err := s.provider.ListModels(ctx)
		out = modelsToProto(models)
		return err
	})
	return out, err
}

// Diagnose serves Provider.Diagnose.
func (s *server) Diagnose(ctx context.Context, _ *pb.DiagnoseRequest) (out *pb.DiagnoseResponse, err error) {
	err = s.call(ctx, "diagnose", func(ctx context.Context) error {
		checks, err := s.provider.Diagnose(ctx)
		out = checksToProto(checks)
		return err
	})
	return out, err
}

// Drain serves Provider.Drain.
func (s *server) Drain(ctx context.Context, _ *pb.DrainRequest) (*pb.DrainResponse, error) {
	return &pb.DrainResponse{}, s.call(ctx, "drain", s.provider.Drain)
}

// refusal is the answer to a host that breaks the protocol.
func refusal(op, message string) error {
	return errorToStatus(&sdk.Error{Kind: sdk.KindInvalidRequest, Op: op, Message: message})
}

// streamEnd explains why no first message came.
func streamEnd(op string, err error) error {
	if err == io.EOF { //nolint:errorlint // gRPC returns it bare
		return refusal(op, "the host ended the stream without a request")
	}
	return status.Error(codes.Canceled, err.Error())
}
