package plugin

import (
	"google.golang.org/grpc"
)

// Sizes of gRPC's buffers. They are smaller than its defaults because a text
// turn is small, and the windows larger because a conversation with pictures
// must cross in a few round trips.
const (
	bufferBytes     = 16 << 10
	streamWindow    = 1 << 20
	handshakeBudget = 2 * proofLimit
)

// DialOptions are what a host dials a plugin with. token is what it put into
// [EnvToken]; empty leaves the credentials to the caller, for AutoMTLS.
func DialOptions(token string) []grpc.DialOption {
	options := []grpc.DialOption{
		grpc.WithReadBufferSize(bufferBytes),
		grpc.WithWriteBufferSize(bufferBytes),
		grpc.WithInitialWindowSize(streamWindow),
		grpc.WithInitialConnWindowSize(streamWindow),
		grpc.WithDefaultCallOptions(callOptions()...),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithIdleTimeout(0),
		grpc.WithNoProxy(),
	}
	if token != "" {
		options = append(options, grpc.WithTransportCredentials(HostCredentials(token)))
	}
	return options
}

// serverOptions are the plugin's side of DialOptions.
func serverOptions(token string, hostPID int) []grpc.ServerOption {
	options := []grpc.ServerOption{
		grpc.ReadBufferSize(bufferBytes),
		grpc.WriteBufferSize(bufferBytes),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(streamWindow),
		grpc.MaxRecvMsgSize(MaxMessageBytes),
		grpc.MaxSendMsgSize(MaxMessageBytes),
		grpc.ConnectionTimeout(handshakeBudget),
		grpc.ForceServerCodecV2(newCodec()),
	}
	if token != "" {
		options = append(options, grpc.Creds(pluginCredentials(token, hostPID)))
	}
	return options
}
