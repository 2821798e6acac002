package plugin

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/attach"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// EnvAttachFile names the file that `jcode-provider-x debug` writes. With it the
// plugin also ends when its standard input does: `jcode plugins dev --debug` holds the
// other end. Without it the plugin chooses a place and tells it.
const EnvAttachFile = "JCODE_PLUGIN_ATTACH_FILE"

// debuggee is a plugin that runs by itself, for hosts to attach to: one after the
// other or at the same time, each of which configures it.
type debuggee struct {
	provider sdk.Provider
	folder   string // holds the socket; removed at the end
	file     string // the attachment
	ours     bool   // the file's place was not given
}

// serveDebug waits for hosts until a signal ends it. It returns only an error.
func serveDebug(provider sdk.Provider, file string, stdout io.Writer) error {
	folder, err := os.MkdirTemp("", "jcode-debug-")
	if err != nil {
		return fmt.Errorf("make folder for socket: %w", err)
	}
	d := debuggee{provider: provider, folder: folder, file: file, ours: file == ""}
	if d.ours {
		d.file = filepath.Join(folder, "attach.json")
	}
	defer func() { _ = os.RemoveAll(folder) }()
	return d.serve(stdout)
}

func (d debuggee) serve(stdout io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", filepath.Join(d.folder, "socket"))
	if err != nil {
		return fmt.Errorf("listen for jcode: %w", err)
	}
	defer func() { _ = listener.Close() }()
	a, err := d.attachment(listener.Addr().String())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	slog.SetDefault(log)
	// Whoever may read the file may connect, whatever process it is.
	server := grpc.NewServer(serverOptions(a.Token.Reveal(), anyProcess)...)
	served := newServer(d.provider, WithLogger(log))
	pb.RegisterProviderServiceServer(server, served)
	d.watch(served, server, log)
	if err := attach.Write(d.file, a); err != nil {
		return fmt.Errorf("tell where jcode finds this plugin: %w", err)
	}
	_, _ = fmt.Fprintf(stdout, waiting, a.Name, a.PID, d.file)
	if err := server.Serve(listener); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	select {} // the server was stopped: the process is about to end
}

const waiting = `%[1]s waits for jcode (process %[2]d; Ctrl-C ends it). In another terminal:

  jcode run --plugin %[1]s=attach:%[3]s --provider %[1]s "Say hello"

or, for all commands of a shell:

  export JCODE_PLUGIN_ATTACH=%[1]s=%[3]s
`

// watch ends the process at a signal and, with a given file, at the end of standard
// input.
func (d debuggee) watch(s *server, g *grpc.Server, log *slog.Logger) {
	end := newEnding(d.provider, log)
	end.setServer(g)
	exit := end.exit
	end.exit = func(code int) {
		_ = os.Remove(d.file)
		_ = os.RemoveAll(d.folder)
		exit(code)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		end.now("interrupt")
	}()
	if d.ours {
		end.serves(s)
		return
	}
	end.watch(s)
}

func (d debuggee) attachment(socket string) (attach.Attachment, error) {
	info, err := describe(context.Background(), d.provider)
	if err != nil {
		return attach.Attachment{}, fmt.Errorf("describe plugin: %w", err)
	}
	program, err := os.Executable()
	if err != nil {
		return attach.Attachment{}, fmt.Errorf("find own program: %w", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return attach.Attachment{}, fmt.Errorf("find working folder: %w", err)
	}
	return attach.Attachment{
		Name: info.Name, Version: info.Version, SDKVersion: info.SDKVersion, Protocol: []int{ProtocolVersion},
		PID: os.Getpid(), Socket: socket, Token: sdk.NewSecret(NewToken()), Program: program, Dir: dir,
	}, nil
}
