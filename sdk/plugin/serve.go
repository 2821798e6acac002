package plugin

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
)

// Main is the main function of a plugin program: it serves provider until the
// host is gone or ends it, and does not return. Call it first in main.
//
//	jcode-provider-x             serve a host; by hand: say what this is, exit 2
//	jcode-provider-x --version   print name and version
//	jcode-provider-x describe    print what GetInfo tells, as JSON
//	jcode-provider-x debug       wait for hosts to attach: for debuggers
//
// Before the first call of the provider it takes go-plugin's and its own
// variables out of the environment, makes slog.Default write JSON lines to the
// real standard error, for the host's log, and starts to watch standard input:
// when the host's end of that pipe closes, every running call is cancelled,
// Drain gets 500 ms, children are killed and the process ends, within 900 ms in
// any case. SIGTERM does the same. Both exit with status 0.
//
// Standard output belongs to the handshake. What the provider prints there or
// on standard error afterwards goes to the host's log, never to the user.
func Main(provider sdk.Provider) {
	guard.Main()
	os.Exit(run(provider, os.Args, os.Stdout, os.Stderr)) //nolint:forbidigo // it is the main of every plugin
}

// Exit codes of a plugin program.
const (
	exitDone  = 0
	exitError = 1
	exitUsage = 2
)

// run is Main with its surroundings as arguments. It returns the exit code.
func run(provider sdk.Provider, args []string, stdout, stderr io.Writer) int {
	if len(args) == 2 {
		switch args[1] {
		case "--version", "-version", "version":
			return tell(provider, stdout, stderr, writeVersion)
		case "describe", "--describe":
			return tell(provider, stdout, stderr, writeDescription)
		case "debug":
			return byDebugger(provider, stdout, stderr)
		}
	}
	handshake := Handshake()
	get := os.Getenv //nolint:forbidigo // what the host says before there is a configuration
	if get(handshake.MagicCookieKey) != handshake.MagicCookieValue || len(args) > 1 {
		_, _ = fmt.Fprintf(stderr, byHand, filepath.Base(args[0]))
		return exitUsage
	}
	launch, err := readLaunch(get, os.Unsetenv)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", filepath.Base(args[0]), err)
		return exitUsage
	}
	serve(provider, launch)
	return exitDone
}

// byDebugger serves hosts that attach, until a signal ends the process.
func byDebugger(provider sdk.Provider, stdout, stderr io.Writer) int {
	err := serveDebug(provider, os.Getenv(EnvAttachFile), stdout) //nolint:forbidigo // as below, from who starts it
	_, _ = fmt.Fprintf(stderr, "wait for jcode: %v\n", err)
	return exitError
}

const byHand = `%[1]s is a provider plugin of jcode. It is not meant to be run by hand:
jcode starts it and talks to it.

  try: jcode run --plugin NAME=/path/to/%[1]s "Say hello"
       %[1]s --version
       %[1]s describe
       %[1]s debug
`

// tell prints something that the provider's Info says.
func tell(provider sdk.Provider, stdout, stderr io.Writer, write func(io.Writer, sdk.Info) error) int {
	info, err := describe(context.Background(), provider)
	if err == nil {
		err = write(stdout, info)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "describe plugin: %v\n", err)
		return exitError
	}
	return exitDone
}

func writeVersion(w io.Writer, info sdk.Info) error {
	_, err := fmt.Fprintf(w, "%s %s (sdk %s, protocol %d)\n", info.Name, info.Version, info.SDKVersion, ProtocolVersion)
	return err
}

// serve speaks go-plugin's protocol until the host stops the server.
func serve(provider sdk.Provider, launch launch) {
	log := newLog(os.Stderr, launch.level)
	slog.SetDefault(log)
	end := newEnding(provider, log)
	p := &GRPCPlugin{
		Provider: provider, ServerOptions: []ServerOption{WithLogger(log)},
		ready: func(s *server) {
			end.watch(s)
			forgetHandshake()
		},
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  Handshake(),
		VersionedPlugins: Plugins(p),
		Logger: hclog.New(&hclog.LoggerOptions{
			Level: hclogLevel(launch.level), Output: os.Stderr, JSONFormat: true,
		}),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			s := grpc.NewServer(append(options, serverOptions(launch.token, launch.hostPID)...)...)
			end.setServer(s)
			return s
		},
	})
	end.now("the host stopped the plugin")
}

// Limits of the end, from its first cause.
const (
	drainLimit = 500 * time.Millisecond
	hardLimit  = 900 * time.Millisecond
)
