package plugin

import (
	"context"
	"errors"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// GRPCPlugin is the provider in go-plugin's terms, for both sides: a plugin sets
// Provider, a host only ClientOptions. What a host dispenses under [Name] is a
// [*Client].
type GRPCPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	// Provider is what the plugin serves; nil on the host's side.
	Provider sdk.Provider
	// ServerOptions go to the server.
	ServerOptions []ServerOption
	// ClientOptions go to the client.
	ClientOptions []ClientOption

	// ready, when set, is called with the server once it is registered.
	ready func(*server)
}

var _ goplugin.GRPCPlugin = (*GRPCPlugin)(nil)

// Plugins is the versioned plugin set of this SDK, for a host's or a plugin's
// configuration of go-plugin.
func Plugins(p *GRPCPlugin) map[int]goplugin.PluginSet {
	return map[int]goplugin.PluginSet{ProtocolVersion: {Name: p}}
}

// GRPCServer puts the provider on s. go-plugin calls it.
func (p *GRPCPlugin) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	if p.Provider == nil {
		return errors.New("serve plugin: no provider")
	}
	srv := newServer(p.Provider, p.ServerOptions...)
	pb.RegisterProviderServiceServer(s, srv)
	if p.ready != nil {
		p.ready(srv)
	}
	return nil
}

// GRPCClient returns the [*Client] on conn. go-plugin calls it.
func (p *GRPCPlugin) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return NewClient(conn, p.ClientOptions...), nil
}
