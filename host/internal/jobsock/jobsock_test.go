package jobsock

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listen serves in a folder whose path is short enough.
func listen(t *testing.T, handler Handler) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "js") //nolint:usetesting // its path would be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	server, err := Listen(context.WithoutCancel(t.Context()), path, handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return path
}

func TestCall(t *testing.T) {
	t.Parallel()
	path := listen(t, func(_ context.Context, r Request) Response {
		return Response{Jobs: []Job{{ID: r.ID, Command: string(r.Op)}}}
	})
	answer, err := Call(t.Context(), path, Request{Op: Wait, ID: "job-1"})
	if err != nil || len(answer.Jobs) != 1 || answer.Jobs[0].ID != "job-1" || answer.Jobs[0].Command != "wait" {
		t.Errorf("%+v, %v", answer, err)
	}
	if _, err := Call(t.Context(), path+"x", Request{Op: List}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no socket: %v", err)
	}
}

// A request that is no request is answered, and what never ends is cut off.
func TestNonsense(t *testing.T) {
	t.Parallel()
	path := listen(t, func(context.Context, Request) Response { return Response{} })
	for _, text := range []string{"hello\n", "{\"op\":\n", "[]\n"} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, "not a request") {
			t.Errorf("%q: %q, %v", text, line, err)
		}
		_ = conn.Close()
	}
}

// Whoever asks and goes away ends the handler's context; so does Close.
func TestHandlerEnds(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 2)
	path := listen(t, func(ctx context.Context, _ Request) Response {
		<-ctx.Done()
		ended <- struct{}{}
		return Response{}
	})
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() { _, err := Call(ctx, path, Request{Op: Wait}); asked <- err }()
	cancel()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(`{"op":"wait"}` + "\n")); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	<-ended
}
