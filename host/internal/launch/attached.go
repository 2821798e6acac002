package launch

import (
	"context"
	"errors"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk/attach"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// TransportAttached is the socket of a plugin that somebody else started: peer
// credentials of the same user, and a token from a file that only this user can read.
const TransportAttached Transport = "attached"

// startAttached connects to a plugin that runs already. It may sit at a breakpoint, at
// this moment too: nothing here has a limit, and nothing ends the process. ctx ends
// the waiting.
func startAttached(ctx context.Context, p discover.Plugin, o Options) (*Process, error) {
	fail := func(err error) (*Process, error) {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("attach to plugin %s: %w", p.Name, ctx.Err())
		}
		return nil, &Error{
			Plugin: p.Name, Path: p.Path, Reason: ReasonTransport, Detail: printable(err.Error()), Err: err,
			Remedy: "start it again: " + discover.Prefix + p.Name + " debug",
		}
	}
	found, err := attach.Read(p.AttachFile())
	if err != nil {
		return fail(err)
	}
	a := &attempt{plugin: p, options: o, transport: TransportAttached, exited: make(chan struct{})}
	a.grant()
	if err := a.makeFolders(); err != nil {
		return fail(err)
	}
	conn, err := dial(ctx, found)
	if err != nil {
		return fail(err)
	}
	remote := sdkplugin.NewClient(conn, sdkplugin.WithHost(o.HostVersion), sdkplugin.WithIdleLimit(0))
	process := &Process{
		attempt: a, conn: conn, remote: remote, provider: &watched{provider: remote},
		stopped: make(chan struct{}), stopping: make(chan struct{}),
	}
	if err := process.greet(ctx, found); err != nil {
		process.detach()
		return fail(err)
	}
	return process, nil
}

// greet configures the plugin, which may have been configured by another host before.
func (p *Process) greet(ctx context.Context, found attach.Attachment) error {
	sandbox, err := p.attempt.configure(ctx, p.remote)
	if err != nil {
		return err
	}
	info, err := p.provider.Info(ctx)
	if err != nil {
		return err
	}
	row := p.attempt.plugin
	p.facts = Facts{
		Name: row.Name, Version: printable(info.Version), Path: row.Path, Source: row.Source, Protocol: sdkplugin.ProtocolVersion,
		PID: found.PID, Transport: TransportAttached, Sandbox: sandbox, Info: info, Attached: true,
	}
	return nil
}

// dial returns when the connection stands. gRPC tries again by itself and does not say
// why; so before each try the proof is made once by hand.
func dial(ctx context.Context, found attach.Attachment) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("unix:"+found.Socket, sdkplugin.DialOptions(found.Token.Reveal())...)
	if err != nil {
		return nil, err
	}
	for {
		if err := prove(ctx, found); err != nil {
			_ = conn.Close()
			return nil, err
		}
		conn.Connect()
		state := conn.GetState()
		if state == connectivity.Ready {
			return conn, nil
		}
		if !conn.WaitForStateChange(ctx, state) {
			_ = conn.Close()
			return nil, ctx.Err()
		}
	}
}

// prove makes sure that the plugin is at the socket and knows the token. One that is
// stopped answers when it goes on.
func prove(ctx context.Context, found attach.Attachment) error {
	for {
		err := proveOnce(ctx, found)
		var late net.Error
		if err == nil || ctx.Err() != nil || !errors.As(err, &late) || !late.Timeout() {
			return err
		}
	}
}

func proveOnce(ctx context.Context, found attach.Attachment) error {
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "unix", found.Socket)
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	_, _, err = sdkplugin.HostCredentials(found.Token.Reveal()).ClientHandshake(ctx, "", raw)
	return err
}

// detach leaves the plugin as it is. What it does for this host ends with the
// connection.
func (p *Process) detach() {
	_ = p.conn.Close()
	select {
	case <-p.attempt.exited:
	default:
		close(p.attempt.exited)
	}
}

// lost says that an attached plugin is gone, which is somebody else's doing.
func (a *attempt) lost() *Error {
	return &Error{
		Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonCrashed, Detail: "the process that was attached to has ended",
		Remedy: "start it again: " + discover.Prefix + a.plugin.Name + " debug",
	}
}
