package plugin_test

import (
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// connect serves what register puts on a server and returns a connection to it,
// both in this process.
func connect(tb testing.TB, register func(*grpc.Server), options ...grpc.ServerOption) (*grpc.ClientConn, *grpc.Server) {
	tb.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(append(options,
		grpc.MaxRecvMsgSize(plugin.MaxMessageBytes), grpc.MaxSendMsgSize(plugin.MaxMessageBytes))...)
	register(server)
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///plugin",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
	})
	return conn, server
}

// remote is provider at the far end of a connection.
func remote(tb testing.TB, provider sdk.Provider, options ...plugin.ServerOption) *plugin.Client {
	tb.Helper()
	conn, _ := connect(tb, func(s *grpc.Server) { plugin.RegisterServer(s, provider, options...) })
	return plugin.NewClient(conn)
}

// rogue is a plugin that speaks the protocol by itself, to break it.
type rogue struct {
	pb.UnimplementedProviderServiceServer
	generate func(grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]) error
	login    func(grpc.BidiStreamingServer[pb.LoginRequest, pb.LoginResponse]) error
}

func (r *rogue) Generate(stream grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	return r.generate(stream)
}

func (r *rogue) Login(stream grpc.BidiStreamingServer[pb.LoginRequest, pb.LoginResponse]) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	return r.login(stream)
}

func remoteRogue(tb testing.TB, r *rogue, options ...plugin.ClientOption) *plugin.Client {
	tb.Helper()
	conn, _ := connect(tb, func(s *grpc.Server) { pb.RegisterProviderServiceServer(s, r) })
	return plugin.NewClient(conn, options...)
}

func textEvent(text string) *pb.GenerateResponse {
	return &pb.GenerateResponse{Event: &pb.GenerateResponse_TextDelta{TextDelta: &pb.TextDelta{Text: text}}}
}

func finishEvent() *pb.GenerateResponse {
	return &pb.GenerateResponse{Event: &pb.GenerateResponse_Finish{Finish: &pb.Finish{StopReason: "end_turn"}}}
}
