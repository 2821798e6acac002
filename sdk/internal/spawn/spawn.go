// Package spawn starts a plugin program as a host does, with as little as
// possible around it. It serves the tests of the SDK: jcode itself has a launcher
// of its own, which verifies, confines and restarts.
package spawn

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/jcode-go/jcode/sdk/plugin"
)

// Options say what to start.
type Options struct {
	// Path is the program, Args what follows its name.
	Path string
	Args []string
	// Env is the whole environment, less what the handshake adds.
	Env []string
	// SocketDir is where the socket goes. It must be short.
	SocketDir string
	// Stdout and Stderr get what the process writes there, the handshake line
	// included; may be nil.
	Stdout, Stderr io.Writer
	// Printed gets what the provider prints once it serves, which go-plugin
	// carries over the connection; may be nil.
	Printed io.Writer
	// Dir is where it runs; empty is where this process does.
	Dir string
	// AutoMTLS protects the connection by certificates instead of a token.
	AutoMTLS bool
}

// Process is a running plugin.
type Process struct {
	// Client calls the provider.
	Client *plugin.Client
	// Socket is the path of the plugin's socket.
	Socket string

	host     *goplugin.Client
	conn     io.Closer
	cmd      *exec.Cmd
	lifeline *os.File
	outputs  []io.Closer // the read ends of its standard output and error
	exited   chan struct{}
}

// Start runs the program, shakes hands and connects.
func Start(o Options) (*Process, error) {
	p := &Process{exited: make(chan struct{})}
	config := &goplugin.ClientConfig{
		HandshakeConfig: plugin.Handshake(), VersionedPlugins: plugin.Plugins(&plugin.GRPCPlugin{}),
		SkipHostEnv: true, AutoMTLS: o.AutoMTLS, Logger: hclog.NewNullLogger(),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: o.SocketDir},
		SyncStdout:       orDiscard(o.Printed), SyncStderr: orDiscard(o.Printed),
	}
	token := ""
	if !o.AutoMTLS {
		token = plugin.NewToken()
	}
	config.GRPCDialOptions = plugin.DialOptions(token)
	config.RunnerFunc = func(_ hclog.Logger, prepared *exec.Cmd, _ string) (runner.Runner, error) {
		return p.prepare(o, prepared.Env, token)
	}
	p.host = goplugin.NewClient(config)
	if err := p.dispense(); err != nil {
		p.Kill()
		return nil, fmt.Errorf("start %s: %w", o.Path, err)
	}
	return p, nil
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

func (p *Process) dispense() error {
	protocol, err := p.host.Client()
	if err != nil {
		return err
	}
	raw, err := protocol.Dispense(plugin.Name)
	if err != nil {
		return err
	}
	client, ok := raw.(*plugin.Client)
	if !ok {
		return fmt.Errorf("dispensed a %T", raw)
	}
	p.Client, p.Socket = client, p.host.ReattachConfig().Addr.String()
	p.conn, _ = client.Conn().(io.Closer)
	return nil
}

// prepare makes the command and its pipes.
func (p *Process) prepare(o Options, handshake []string, token string) (*process, error) {
	p.cmd = exec.Command(o.Path, o.Args...) //nolint:noctx // go-plugin ends what the test names
	p.cmd.Env = append(append([]string{}, o.Env...), handshake...)
	if token != "" {
		p.cmd.Env = append(p.cmd.Env, plugin.EnvToken+"="+token, plugin.EnvHostPID+"="+strconv.Itoa(os.Getpid()))
	}
	p.cmd.Dir = o.Dir
	OwnSession(p.cmd)
	var pipes [3][2]*os.File // read and write ends
	for i := range pipes {
		var err error
		if pipes[i][0], pipes[i][1], err = os.Pipe(); err != nil {
			return nil, err
		}
	}
	stdin, stdout, stderr := pipes[0], pipes[1], pipes[2]
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin[0], stdout[1], stderr[1]
	p.lifeline, p.outputs = stdin[1], []io.Closer{stdout[0], stderr[0]}
	return &process{
		p: p, theirs: []io.Closer{stdin[0], stdout[1], stderr[1]},
		stdout: tee{io.TeeReader(stdout[0], orDiscard(o.Stdout)), stdout[0]},
		stderr: stderr[0], log: orDiscard(o.Stderr),
	}, nil
}

// Abandon does to the plugin what the sudden death of its host does: everything
// that the host held open is closed at once.
func (p *Process) Abandon() {
	_ = p.lifeline.Close()
	if p.conn != nil {
		_ = p.conn.Close()
	}
	for _, output := range p.outputs {
		_ = output.Close()
	}
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// CutLifeline closes the host's end of the plugin's standard input, as the death
// of a host does.
func (p *Process) CutLifeline() error { return p.lifeline.Close() }

// Signal sends a signal to the plugin alone.
func (p *Process) Signal(signal os.Signal) error { return p.cmd.Process.Signal(signal) }

// Exited is closed when the plugin has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// ExitCode is the plugin's, once it has ended.
func (p *Process) ExitCode() int { return p.cmd.ProcessState.ExitCode() }

// Kill ends the plugin in go-plugin's way: asked first, then killed. What it left
// in its session is killed as well.
func (p *Process) Kill() {
	p.host.Kill()
	if p.lifeline != nil {
		_ = p.lifeline.Close()
	}
	if p.cmd != nil && p.cmd.Process != nil {
		KillSession(p.PID())
	}
}

// process is go-plugin's view of the command.
type process struct {
	p      *Process
	theirs []io.Closer // closed here once the command has them
	stdout io.ReadCloser
	stderr io.ReadCloser
	log    io.Writer
	copied chan struct{} // closed when nothing more goes to log
	waited sync.Once
	result error
}

var _ runner.Runner = (*process)(nil)

// Start starts the command.
func (r *process) Start(context.Context) error {
	err := r.p.cmd.Start()
	for _, end := range r.theirs {
		_ = end.Close()
	}
	if err != nil {
		close(r.p.exited)
		return err
	}
	r.copied = make(chan struct{})
	go func() { defer close(r.copied); _, _ = io.Copy(r.log, r.stderr) }() // ends with the pipe
	return nil
}

// logTime is how long the log of an ended plugin is read on: a child of it may hold
// the pipe open.
const logTime = 100 * time.Millisecond

// Wait waits for its end, and for that of its log.
func (r *process) Wait(context.Context) error {
	r.waited.Do(func() {
		r.result = r.p.cmd.Wait()
		select {
		case <-r.copied:
		case <-time.After(logTime):
			_ = r.stderr.Close()
			<-r.copied
		}
		close(r.p.exited)
	})
	return r.result
}

// Kill kills it.
func (r *process) Kill(context.Context) error {
	if r.p.cmd.Process != nil {
		_ = r.p.cmd.Process.Kill() // gone already
	}
	return nil
}

// Stdout is where the handshake comes from.
func (r *process) Stdout() io.ReadCloser { return r.stdout }

// Stderr is empty: go-plugin's parser of log lines panics on odd ones.
func (r *process) Stderr() io.ReadCloser { return io.NopCloser(eof{}) }

// Name is the program.
func (r *process) Name() string { return r.p.cmd.Path }

// ID is the process id.
func (r *process) ID() string { return strconv.Itoa(r.p.PID()) }

// Diagnose has nothing to add.
func (r *process) Diagnose(context.Context) string { return "" }

// PluginToHost changes nothing.
func (r *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin changes nothing.
func (r *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// tee is a reader whose reads are noted elsewhere.
type tee struct {
	io.Reader
	io.Closer
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }
