package conformance

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/internal/spawn"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// session is one provider of one case.
type session struct {
	provider sdk.Provider
	// conn is the connection, except in process.
	conn grpc.ClientConnInterface
	// answering counts the Generate and Login calls that the far side still works on;
	// only over gRPC.
	answering *atomic.Int64
	// process, home, marker and what was written; only as a binary.
	process                 *spawn.Process
	home, work, marker      string
	sockets                 int // network sockets of the process before it answered
	stdout, stderr, printed *buffer
}

// open makes a provider and configures it.
func (c *check) open() *session {
	s := c.openBare()
	c.configure(s)
	return s
}

func (c *check) configure(s *session) {
	if err := s.provider.Configure(c.ctx, c.configOf(s)); err != nil {
		c.fatalf("configure: %v%s", err, s.lastWords())
	}
}

// configOf is the configuration, with the session's marker in the environment of
// the vendor's program.
func (c *check) configOf(s *session) sdk.Config {
	config := c.config()
	if s.marker == "" {
		return config
	}
	switch {
	case config.ChildEnvironment != nil:
		config.ChildEnvironment = append(slices.Clip(config.ChildEnvironment), s.marker)
	case len(c.subject.Programs) > 0 || c.runsProgram():
		config.ChildEnvironment = c.environment(s)
		for name, value := range config.Variables {
			config.ChildEnvironment = append(config.ChildEnvironment, name+"="+value.Reveal())
		}
	}
	return config
}

// openBare makes a provider that is not configured.
func (c *check) openBare() *session {
	switch c.mode {
	case OverGRPC:
		return c.overGRPC()
	case Binary:
		return c.binary()
	case InProcess:
	}
	return &session{provider: c.subject.New()}
}

func (c *check) overGRPC() *session {
	s := &session{answering: &atomic.Int64{}}
	options := append([]grpc.ServerOption{
		grpc.MaxRecvMsgSize(plugin.MaxMessageBytes), grpc.MaxSendMsgSize(plugin.MaxMessageBytes),
		grpc.ChainStreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			s.answering.Add(1)
			defer s.answering.Add(-1)
			return handler(srv, stream)
		}),
	}, c.subject.ServerOptions...)
	server := grpc.NewServer(options...)
	plugin.RegisterServer(server, c.subject.New())
	listener := bufconn.Listen(1 << 20)
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///plugin",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		c.fatalf("connect: %v", err)
	}
	c.cleanups = append(c.cleanups, func() {
		_ = conn.Close()
		server.Stop()
	})
	s.conn, s.provider = conn, plugin.NewClient(conn)
	return s
}

// markerName marks what belongs to a case: the plugin, and the program that it runs.
// Hosts let it through, because it looks like a locale.
const markerName = "LC_CONFORMANCE"

func (c *check) binary() *session { return c.program(c.foreign()) }

// program starts the program, over AutoMTLS or with a token.
func (c *check) program(mtls bool) *session {
	s := &session{stdout: &buffer{}, stderr: &buffer{}, printed: &buffer{}}
	c.folders(s)
	sockets, err := os.MkdirTemp("", "c") // a short path
	if err != nil {
		c.fatalf("make folder: %v", err)
	}
	c.cleanups = append(c.cleanups, func() { _ = os.RemoveAll(sockets) })
	s.process, err = spawn.Start(spawn.Options{
		Path: c.path(), SocketDir: sockets, Env: c.environment(s), Dir: s.work, AutoMTLS: mtls,
		Stdout: s.stdout, Stderr: s.stderr, Printed: s.printed,
	})
	if err != nil {
		c.fatalf("%v%s", err, s.lastWords())
	}
	c.cleanups = append(c.cleanups, func() {
		s.process.Kill()
		endAll(s)
	})
	s.provider, s.conn = s.process.Client, s.process.Client.Conn()
	return s
}

// folders gives the session a home, a folder to run in, and its marker.
func (c *check) folders(s *session) {
	s.home, s.work, s.marker = filepath.Join(c.dir, "user"), filepath.Join(c.dir, "run"), markerName+"="+plugin.NewToken()
	for _, folder := range []string{s.home, s.work} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			c.fatalf("make folder: %v", err)
		}
	}
}

// runsProgram reports whether the manifest says that the plugin runs its vendor's
// program, so that a host gives it an environment for that.
func (c *check) runsProgram() bool {
	manifest, found := c.manifestText()
	return found && topLevel(manifest, "kind") == "cli"
}

func (c *check) path() string {
	path, err := filepath.Abs(c.subject.Path)
	if err != nil {
		c.fatalf("find program: %v", err)
	}
	return path
}

// foreign reports whether the program was built without the Go SDK, so that a host
// protects the connection with AutoMTLS.
func (c *check) foreign() bool {
	if c.subject.AutoMTLS {
		return true
	}
	info, err := buildinfo.ReadFile(c.subject.Path)
	if err != nil {
		return true
	}
	isSDK := func(m *debug.Module) bool { return m.Path == sdkModule }
	return !isSDK(&info.Main) && !slices.ContainsFunc(info.Deps, isSDK)
}

const sdkModule = "github.com/jcode-go/jcode/sdk"

// environment is what a host lets through, and the marker.
func (c *check) environment(s *session) []string {
	path := strings.Join(append(slices.Clip(c.subject.Programs), os.Getenv("PATH")), string(filepath.ListSeparator))
	env := []string{
		"PATH=" + path, "HOME=" + s.home, "LANG=C.UTF-8", "TMPDIR=" + os.TempDir(),
		"JCODE_HOME=" + filepath.Join(c.dir, "home"), s.marker,
	}
	for _, name := range []string{"SYSTEMROOT", "PATHEXT", "COMSPEC", "TEMP", "TMP"} { // of Windows
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return append(env, c.subject.Env...)
}

// lastWords is the end of what the program wrote on standard error, for a message.
func (s *session) lastWords() string {
	text := strings.TrimSpace(s.stderr.String())
	if text == "" {
		return ""
	}
	return fmt.Sprintf("; its standard error ends %q", text[max(0, len(text)-300):])
}

// buffer is safe for concurrent use.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is all so far; nil has none.
func (b *buffer) String() string {
	if b == nil {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// recorder is a host's stream that keeps the events.
type recorder struct {
	mu     sync.Mutex
	events []sdk.Event
	over   bool
	late   int
	// each is called for every event that counts.
	each func(sdk.Event)
}

// Emit keeps one event.
func (r *recorder) Emit(event sdk.Event) error {
	if r.keep(event) && r.each != nil {
		r.each(event)
	}
	return nil
}

func (r *recorder) keep(event sdk.Event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		r.late++
		return false
	}
	r.events = append(r.events, event)
	return true
}

// Ask denies.
func (*recorder) Ask(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{Message: "nobody to ask"}, nil
}

// Interrupted never happens.
func (*recorder) Interrupted() <-chan struct{} { return nil }

// text is what the events say, as the host would keep it.
func (r *recorder) text() string {
	var accumulator sdk.Accumulator
	for _, event := range r.events {
		_ = accumulator.Add(event) // another case looks at the order
	}
	return accumulator.TextString()
}

// generate runs one call to its end.
func (c *check) generate(s *session, request *sdk.Request) (*recorder, sdk.Result, error) {
	stream := &recorder{}
	result, err := stream.call(c.ctx, s, request)
	return stream, result, err
}

// call runs one call into r. What comes after its end counts as late.
func (r *recorder) call(ctx context.Context, s *session, request *sdk.Request) (sdk.Result, error) {
	result, err := s.provider.Generate(ctx, request, r)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	return result, err
}

// mustGenerate fails the case on an error.
func (c *check) mustGenerate(s *session, request *sdk.Request) (*recorder, sdk.Result) {
	stream, result, err := c.generate(s, request)
	if err != nil {
		c.fatalf("generate: %v", err)
	}
	return stream, result
}

// eventually waits until done holds, and reports whether it did in time.
func eventually(limit time.Duration, done func() bool) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			return done()
		}
	}
	return true
}
