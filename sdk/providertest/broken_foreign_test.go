package providertest_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/jcode-go/jcode/sdk/plugin"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

// lonely are programs without the SDK's main, like those in other languages. They
// break more rules than one, so only their case is
// evaluated.
var lonely = map[string]program{
	"keepalive": {mtls: true, main: func() { foreign(plugin.WithKeepalive(time.Hour)) }},
	"health":    {mtls: true, main: func() { foreign(nil, grpc.UnaryInterceptor(sick)) }},
	"strangers": {main: foreignOpen},
}

// foreign serves as a program does that has go-plugin alone.
func foreign(option plugin.ServerOption, options ...grpc.ServerOption) {
	p := &plugin.GRPCPlugin{Provider: &scripted.Provider{}}
	if option != nil {
		p.ServerOptions = []plugin.ServerOption{option}
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: plugin.Handshake(), VersionedPlugins: plugin.Plugins(p),
		GRPCServer: func(given []grpc.ServerOption) *grpc.Server { return grpc.NewServer(append(given, options...)...) },
	})
}

// sick knows no health.
func sick(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if info.FullMethod == "/grpc.health.v1.Health/Check" {
		return nil, status.Error(codes.Unimplemented, "what?")
	}
	return handler(ctx, request)
}

// foreignOpen proves itself to a host with a token, and answers everybody else as
// well.
func foreignOpen() {
	foreign(nil, grpc.Creds(openCredentials{token: os.Getenv(plugin.EnvToken)}))
}

type openCredentials struct{ token string }

func (openCredentials) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "open"}
}
func (o openCredentials) Clone() credentials.TransportCredentials { return o }
func (openCredentials) OverrideServerName(string) error           { return nil }
func (openCredentials) ClientHandshake(context.Context, string, net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("this is no client")
}

// ServerHandshake is the plugin's side of docs/plugin-protocol.md, "Protection of the
// connection", for those who begin it.
func (o openCredentials) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	const magic = "JCODEP1\n"
	begin := make([]byte, len(magic))
	if _, err := io.ReadFull(raw, begin); err != nil {
		return nil, nil, err
	}
	if string(begin) != magic {
		return prefixed{raw, io.MultiReader(bytes.NewReader(begin), raw)}, openInfo{}, nil
	}
	host, own, proof := make([]byte, 32), make([]byte, 32), make([]byte, 32)
	if _, err := io.ReadFull(raw, host); err != nil {
		return nil, nil, err
	}
	key, _ := hex.DecodeString(o.token)
	mac := hmac.New(sha256.New, key)
	mac.Write(append(append([]byte("plugin"), host...), own...))
	if _, err := raw.Write(append(own, mac.Sum(nil)...)); err != nil {
		return nil, nil, err
	}
	_, err := io.ReadFull(raw, proof)
	return raw, openInfo{}, err
}

type openInfo struct{}

func (openInfo) AuthType() string { return "open" }

// prefixed is a connection of which a part has been read already.
type prefixed struct {
	net.Conn
	all io.Reader
}

func (p prefixed) Read(b []byte) (int, error) { return p.all.Read(b) }
