package conformance

import (
	"context"
	"net"
	"os"
	"path/filepath"
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
	// answering counts the Generate calls that the far side still works on;
	// only over gRPC.
	answering *atomic.Int64
	// process, home, marker and what was written; only as a binary.
	process                 *spawn.Process
	home, marker            string
	stdout, stderr, printed *buffer
}

// open makes a provider and configures it.
func (c *check) open() *session {
	s := c.openBare()
	config := c.config()
	if s.marker != "" && config.ChildEnvironment != nil { // of the vendor's program
		config.ChildEnvironment = append(slices.Clip(config.ChildEnvironment), s.marker)
	}
	if err := s.provider.Configure(c.ctx, config); err != nil {
		c.fatalf("configure: %v", err)
	}
	return s
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
		grpc.ChainStreamInterceptor(func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			if strings.HasSuffix(info.FullMethod, "/Generate") {
				s.answering.Add(1)
				defer s.answering.Add(-1)
			}
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
// It has no prefix that a plugin would keep from that program.
const markerName = "CONFORMANCE_MARKER"

func (c *check) binary() *session {
	s := &session{
		home: filepath.Join(c.dir, "user"), marker: markerName + "=" + plugin.NewToken(),
		stdout: &buffer{}, stderr: &buffer{}, printed: &buffer{},
	}
	sockets, err := os.MkdirTemp("", "c") // a short path
	if err != nil {
		c.fatalf("make folder: %v", err)
	}
	c.cleanups = append(c.cleanups, func() { _ = os.RemoveAll(sockets) })
	if err := os.MkdirAll(s.home, 0o700); err != nil {
		c.fatalf("make folder: %v", err)
	}
	s.process, err = spawn.Start(spawn.Options{
		Path: c.subject.Path, SocketDir: sockets, Env: c.environment(s),
		Stdout: s.stdout, Stderr: s.stderr, Printed: s.printed,
	})
	if err != nil {
		c.fatalf("%v; it wrote %q", err, s.stderr.String())
	}
	c.cleanups = append(c.cleanups, s.process.Kill)
	s.provider, s.conn = s.process.Client, s.process.Client.Conn()
	return s
}

// environment is as small as a host's.
func (c *check) environment(s *session) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "LANG=C.UTF-8", "TMPDIR=" + os.TempDir(), s.marker,
	}
	return append(env, c.subject.Env...)
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
