package launch

import (
	"context"
	"io"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// connector dispenses the bare connection: the supervisor watches its state.
type connector struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (connector) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error { return nil }

func (connector) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// dialOptions are gRPC's for the connection to a plugin. The socket is removed once
// the connection stands: one that was closed because it was idle could not be made
// again.
func (a *attempt) dialOptions() []grpc.DialOption {
	return append(sdkplugin.DialOptions(a.token), grpc.WithIdleTimeout(0), grpc.WithNoProxy())
}

// clientConfig is go-plugin's for one start. ctx ends the start.
func (a *attempt) clientConfig(ctx context.Context) *goplugin.ClientConfig {
	sets := map[int]goplugin.PluginSet{}
	for _, version := range Protocols() {
		sets[version] = goplugin.PluginSet{sdkplugin.Name: connector{}}
	}
	return &goplugin.ClientConfig{
		HandshakeConfig:  sdkplugin.Handshake(),
		VersionedPlugins: sets,
		RunnerFunc:       a.runnerFunc(ctx),
		SkipHostEnv:      true,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         a.transport == TransportMTLS,
		GRPCDialOptions:  a.dialOptions(),
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: a.folder.path},
		Logger:           hclog.NewNullLogger(),
		Stderr:           io.Discard,
		SyncStdout:       &syncedWriter{attempt: a},
		SyncStderr:       &syncedWriter{attempt: a},
		// Ours strikes first; this one only must not strike before it.
		StartTimeout: 2 * a.options.startTimeout(),
	}
}
