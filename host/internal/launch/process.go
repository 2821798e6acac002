package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// Process is a running plugin. Stop it. It is safe for concurrent use.
type Process struct {
	attempt  *attempt
	client   *goplugin.Client
	conn     *grpc.ClientConn
	remote   *sdkplugin.Client
	provider *watched
	facts    Facts

	report   crashReport
	stopOnce sync.Once
	stopped  chan struct{} // closed when nothing is left
	stopping chan struct{} // closed when the end is wanted
}

// Start starts a plugin and returns when it has answered and is configured. The
// error is an [*Error], or that of ctx when the caller gave up.
func Start(ctx context.Context, p discover.Plugin, o Options) (*Process, error) {
	if p.Attached() {
		return startAttached(ctx, p, o)
	}
	a, err := newAttempt(p, o)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, o.startTimeout(), errStartTimeout)
	defer cancel()
	process, err := a.start(limited, a.clientConfig(limited))
	if err == nil {
		return process, nil
	}
	a.discard()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("start plugin %s: %w", p.Name, ctx.Err())
	}
	return nil, a.explain(limited, err)
}

var errStartTimeout = errors.New("start limit reached")

func (a *attempt) start(ctx context.Context, config *goplugin.ClientConfig) (*Process, error) {
	a.step("prepare")
	client, conn, err := a.connect(ctx, config)
	if err != nil {
		return nil, err
	}
	a.step("connect")
	remote := sdkplugin.NewClient(conn, sdkplugin.WithHost(a.options.HostVersion))
	process := &Process{
		attempt: a, client: client, conn: conn, remote: remote, provider: &watched{provider: remote},
		stopped: make(chan struct{}), stopping: make(chan struct{}),
	}
	if err := process.introduce(ctx); err != nil {
		a.discard()
		client.Kill()
		return nil, err
	}
	return process, nil
}

// connect runs go-plugin's start, which knows no context, so that ctx ends it.
func (a *attempt) connect(ctx context.Context, config *goplugin.ClientConfig) (*goplugin.Client, *grpc.ClientConn, error) {
	client := goplugin.NewClient(config)
	type result struct {
		conn *grpc.ClientConn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		conn, err := dispense(client)
		done <- result{conn, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			a.discard()
			client.Kill()
		}
		return client, r.conn, r.err
	case <-ctx.Done():
	}
	a.abort()
	select {
	case <-done:
		client.Kill()
	case <-time.After(abandonAfter):
	}
	return nil, nil, context.Cause(ctx)
}

func dispense(client *goplugin.Client) (*grpc.ClientConn, error) {
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := protocol.Dispense(sdkplugin.Name)
	if err != nil {
		return nil, err
	}
	conn, ok := raw.(*grpc.ClientConn)
	if !ok {
		return nil, fmt.Errorf("go-plugin dispensed a %T", raw)
	}
	return conn, nil
}

// introduce asks the plugin who it is, removes the traces of the start, and
// configures it.
func (p *Process) introduce(ctx context.Context) error {
	a := p.attempt
	if _, err := p.info(ctx); err != nil {
		return err
	}
	a.step("introduce")
	a.unlinkSocket()
	a.folder.remove()
	sandbox, err := a.configure(ctx, p.remote)
	if err != nil {
		return err
	}
	info, err := p.info(ctx) // what it can do may depend on its configuration
	if err != nil {
		return err
	}
	a.step("configure")
	p.facts = a.facts(info)
	p.facts.Sandbox = sandbox
	Sweep(a.options.Home, a.options.Environ)
	return nil
}

// info asks the plugin who it is, and checks that it is the right one.
func (p *Process) info(ctx context.Context) (sdk.Info, error) {
	a := p.attempt
	limited, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	info, err := p.provider.Info(limited)
	if err != nil {
		return info, &connectError{err: err}
	}
	if info.Name != a.plugin.Name {
		return info, &Error{
			Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonWrongName,
			Detail: fmt.Sprintf("%q", cut(printable(info.Name), maxQuote)),
			Remedy: "rename the program to " + discover.Prefix + printable(info.Name),
		}
	}
	return info, nil
}

// connectError marks a failure of the first call.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

// unlinkSocket removes the socket, wherever the plugin has put it: the connection
// stands, and nobody else shall try.
func (a *attempt) unlinkSocket() {
	if a.handshake.network != "unix" {
		return
	}
	if info, err := os.Lstat(a.handshake.address); err == nil && info.Mode()&os.ModeSocket != 0 {
		_ = os.Remove(a.handshake.address)
	}
}

func (a *attempt) configure(ctx context.Context, remote *sdkplugin.Client) (Sandbox, error) {
	found, err := remote.ConfigureProbing(ctx, sdk.Config{
		HostVersion: a.options.HostVersion, WorkingDir: a.options.WorkingDir, HomeDir: a.options.Home,
		StateDir: a.stateFolder(), CacheDir: a.cacheFolder(),
		Variables: a.variables, ChildEnvironment: a.childEnv, Settings: a.options.Settings,
	}, a.probePaths())
	var lost *sdkplugin.TransportError
	switch {
	case err == nil:
		return a.judge(found), nil
	case errors.As(err, &lost):
		return Sandbox{}, &connectError{err: err}
	case sdk.KindOf(err) == sdk.KindCancelled:
		return Sandbox{}, err
	}
	return Sandbox{}, &Error{
		Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonConfigure,
		Detail: a.redact.Text(printable(err.Error())), Remedy: sdk.AsError(err).Remedy, Err: err,
	}
}

func (a *attempt) facts(info sdk.Info) Facts {
	version := info.Version
	if version == "" {
		version = a.plugin.Version
	}
	f := Facts{
		Name: a.plugin.Name, Version: strings.TrimSpace(printable(version)), Path: a.plugin.Path, Source: a.plugin.Source,
		Protocol: a.handshake.protocol, PID: a.program.pid(), Verified: a.plugin.LockedSHA256 != "",
		ByDescriptor: a.byDescriptor, Guarded: guarded(a.plugin), Transport: a.transport, Info: info, Steps: a.steps,
	}
	if !a.options.SkipHash || f.Verified {
		<-a.binary.hashed // long done, or nearly
		f.SHA256, f.Remembered = a.binary.digest, a.binary.remembered
	}
	a.closeBinary()
	return f
}

// Provider is the running provider. Its methods fail with a
// [*sdkplugin.TransportError] once the process is gone.
func (p *Process) Provider() sdk.Provider { return p.provider }

// Facts returns what is known of the process.
func (p *Process) Facts() Facts { return p.facts }

// Alive reports whether the process runs and its connection stands.
func (p *Process) Alive() bool {
	select {
	case <-p.attempt.exited:
		return false
	case <-p.stopping:
		return false
	default:
		return !p.provider.lost.Load() && p.conn.GetState() == connectivity.Ready
	}
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.attempt.exited }
