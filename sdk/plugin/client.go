package plugin

import (
	"context"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// DefaultIdleLimit is how long an answer may be silent, keepalives included,
// before the host gives it up.
const DefaultIdleLimit = 5 * time.Minute

// ClientOption changes a [Client].
type ClientOption func(*Client)

// WithIdleLimit sets how long an answer may be silent; 0 means for ever. The
// check is coarse: it strikes at most a quarter of the limit late.
func WithIdleLimit(limit time.Duration) ClientOption {
	return func(c *Client) { c.idleLimit = limit }
}

// WithHost tells the plugin who calls: the host's version, and capabilities of
// the host that a plugin may make use of.
func WithHost(version string, capabilities ...string) ClientOption {
	return func(c *Client) { c.hostVersion, c.hostCapabilities = version, capabilities }
}

// Client is the provider in another process. It behaves like the provider
// itself, with one addition: any method may fail with a [*TransportError].
// A caller's ctx that is done gives an error of kind sdk.KindCancelled that
// wraps ctx.Err(), whatever the plugin says. It is safe for concurrent use.
type Client struct {
	conn             grpc.ClientConnInterface
	rpc              pb.ProviderServiceClient
	idleLimit        time.Duration
	hostVersion      string
	hostCapabilities []string
	sent             kept[sentHistory]
}

var _ sdk.Provider = (*Client)(nil)

// NewClient returns the provider at the other end of conn. conn stays the
// caller's, who closes it. What it sends with Generate is encoded by the codec that it
// names in its call options; it need not be a proto.Message.
func NewClient(conn grpc.ClientConnInterface, options ...ClientOption) *Client {
	c := &Client{conn: conn, rpc: pb.NewProviderServiceClient(conn), idleLimit: DefaultIdleLimit}
	for _, option := range options {
		option(c)
	}
	return c
}

// callOptions lift gRPC's own limit of 4 MiB, and name the codec, whoever dialed.
func callOptions() []grpc.CallOption {
	return []grpc.CallOption{
		grpc.ForceCodecV2(newCodec()),
		grpc.MaxCallRecvMsgSize(MaxMessageBytes), grpc.MaxCallSendMsgSize(MaxMessageBytes),
	}
}

// Info asks the plugin what it is.
func (c *Client) Info(ctx context.Context) (sdk.Info, error) {
	out, err := c.rpc.GetInfo(ctx, &pb.GetInfoRequest{
		HostVersion: clean(c.hostVersion), HostCapabilities: cleanAll(c.hostCapabilities),
	}, callOptions()...)
	if err != nil {
		return sdk.Info{}, errorFromStatus(ctx, "info", err)
	}
	return infoFromProto(out), nil
}

// Configure hands over the configuration.
func (c *Client) Configure(ctx context.Context, config sdk.Config) error {
	in, err := configToProto(config)
	if err != nil {
		return err
	}
	_, err = c.rpc.Configure(ctx, in, callOptions()...)
	return errorFromStatus(ctx, "configure", err)
}

// ConfigureProbing is Configure, and has the plugin try to open paths for reading
// first. A plugin that knows nothing of that returns no answers.
func (c *Client) ConfigureProbing(ctx context.Context, config sdk.Config, paths []string) ([]Probe, error) {
	in, err := configToProto(config)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if utf8.ValidString(path) { // another one cannot be sent, and need not be looked at
			in.ProbePaths = append(in.ProbePaths, path)
		}
	}
	out, err := c.rpc.Configure(ctx, in, callOptions()...)
	if err != nil {
		return nil, errorFromStatus(ctx, "configure", err)
	}
	return probesFromProto(out.GetProbe()), nil
}

// AuthStatus asks for the state of the credentials.
func (c *Client) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	out, err := c.rpc.AuthStatus(ctx, &pb.AuthStatusRequest{Probe: probe}, callOptions()...)
	if err != nil {
		return sdk.AuthStatus{}, errorFromStatus(ctx, "auth status", err)
	}
	return authFromProto(out), nil
}

// Logout removes what Login stored.
func (c *Client) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	out, err := c.rpc.Logout(ctx, &pb.LogoutRequest{}, callOptions()...)
	if err != nil {
		return nil, errorFromStatus(ctx, "logout", err)
	}
	return removedFromProto(out), nil
}

// ListModels returns the account's models.
func (c *Client) ListModels(ctx context.Context) ([]sdk.Model, error) {
	out, err := c.rpc.ListModels(ctx, &pb.ListModelsRequest{}, callOptions()...)
	if err != nil {
		return nil, errorFromStatus(ctx, "list models", err)
	}
	return modelsFromProto(out), nil
}

// Diagnose runs the plugin's checks.
func (c *Client) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	out, err := c.rpc.Diagnose(ctx, &pb.DiagnoseRequest{}, callOptions()...)
	if err != nil {
		return nil, errorFromStatus(ctx, "diagnose", err)
	}
	return checksFromProto(out), nil
}

// Drain ends what the plugin still runs.
func (c *Client) Drain(ctx context.Context) error {
	_, err := c.rpc.Drain(ctx, &pb.DrainRequest{}, callOptions()...)
	return errorFromStatus(ctx, "drain", err)
}

// Conn is the connection, for calls of the protocol that this package has no
// method for. It stays the caller's of [NewClient].
func (c *Client) Conn() grpc.ClientConnInterface { return c.conn }
