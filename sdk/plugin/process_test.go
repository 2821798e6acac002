//go:build unix

package plugin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/internal/spawn"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// noRaceSleep keeps a program under the race detector from sleeping a second
// before it ends.
const noRaceSleep = "GORACE=atexit_sleep_ms=0"

// running is a plugin process of a test.
type running struct{ *spawn.Process }

// start starts this test binary as a plugin.
func start(tb testing.TB, options spawn.Options) running {
	tb.Helper()
	dir, err := os.MkdirTemp("", "s") //nolint:usetesting // a test's own folder makes too long a path
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	options.Path, options.Args, options.SocketDir = os.Args[0], []string{"-test.run=^$"}, dir
	options.Env = []string{"PATH=" + os.Getenv("PATH"), "JCODE_PLUGIN_SOMETHING=1", noRaceSleep}
	process, err := spawn.Start(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(process.Kill)
	return running{process}
}

// say sends a prompt and returns what was answered until then, or the error.
func (r running) say(t *testing.T, text string) (string, error) {
	t.Helper()
	stream := &collector{}
	_, err := r.Client.Generate(t.Context(), ask(text), stream)
	return stream.text(), err
}

// begin sends a prompt that is answered without an end, and returns the first
// words. The channel gets the error of the end.
func (r running) begin(t *testing.T, text string) (string, <-chan error) {
	t.Helper()
	first, end := make(chan string, 1), make(chan error, 1)
	go func() {
		_, err := r.Client.Generate(t.Context(), ask(text), &collector{emit: func(event sdk.Event) error {
			if delta, ok := event.(sdk.TextDelta); ok {
				first <- delta.Text
			}
			return nil
		}})
		end <- err
	}()
	select {
	case words := <-first:
		return words, end
	case err := <-end:
		t.Fatalf("%s: %v", text, err)
	}
	return "", nil
}

// gone waits for the process's end.
func (r running) gone(t *testing.T) {
	t.Helper()
	select {
	case <-r.Exited():
	case <-time.After(10 * time.Second):
		t.Fatal("the plugin lives on")
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	for name, autoMTLS := range map[string]bool{"token": false, "AutoMTLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, spawn.Options{AutoMTLS: autoMTLS})
			info, err := p.Client.Info(t.Context())
			if err != nil || info.Name != "fake" || info.SDKVersion == "" {
				t.Fatalf("info %+v, %v", info, err)
			}
			if text, err := p.say(t, "5"); err != nil || strings.Count(text, "delta") != 5 {
				t.Fatal(text, err)
			}
			environ, err := p.say(t, "environ")
			if err != nil {
				t.Fatal(err)
			}
			names := strings.Split(environ, "\n")
			slices.Sort(names)
			if want := []string{noRaceSleep, "PATH=" + os.Getenv("PATH")}; !slices.Equal(names, want) {
				t.Errorf("a child would see %q", names)
			}
			p.Kill()
			if code := p.ExitCode(); code != 0 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// TestEnds are the ways in which a plugin ends by itself. Children are dead
// then, running calls fail with a TransportError and the socket is gone.
func TestEnds(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("looks for children in /proc")
	}
	end := map[string]func(running) error{
		"lifeline": func(r running) error { return r.CutLifeline() },
		"SIGTERM":  func(r running) error { return r.Signal(syscall.SIGTERM) },
	}
	for name, cause := range end {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &bytes.Buffer{}
			p := start(t, spawn.Options{Stderr: log})
			marker := "PLUGIN_TEST_CHILD=" + plugin.NewToken()
			_, failed := p.begin(t, "child "+marker)
			if err := cause(p); err != nil {
				t.Fatal(err)
			}
			p.gone(t)
			var lost *plugin.TransportError
			if err := <-failed; !errors.As(err, &lost) {
				t.Errorf("the running call: %T %v", err, err)
			}
			for tries := 0; marked(marker) > 0; tries++ { // a killed one takes a moment to die
				if tries == 1000 {
					t.Fatalf("%d children live on", marked(marker))
				}
				<-time.After(10 * time.Millisecond)
			}
			if code := p.ExitCode(); code != 0 {
				t.Errorf("exit %d", code)
			}
			if !strings.Contains(log.String(), "call cancelled") || !strings.Contains(log.String(), "drain") {
				t.Errorf("the call was not cancelled, or Drain not called: %s", log)
			}
			if _, err := os.Stat(p.Socket); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the socket is left: %v", err)
			}
		})
	}
}

// TestHardEnd ends a plugin whose call and whose Drain hang.
func TestHardEnd(t *testing.T) {
	t.Parallel()
	p := start(t, spawn.Options{})
	p.begin(t, "hang")
	_ = p.CutLifeline()
	p.gone(t)
}

func TestCrash(t *testing.T) {
	t.Parallel()
	p := start(t, spawn.Options{})
	_, err := p.say(t, "crash")
	var lost *plugin.TransportError
	if !errors.As(err, &lost) {
		t.Errorf("%T %v", err, err)
	}
	if _, err := p.Client.Info(t.Context()); !errors.As(err, &lost) {
		t.Errorf("the next call: %T %v", err, err)
	}
}

// TestNoise: what a provider prints never reaches the handshake or blocks it,
// and its log comes out of the real standard error as JSON.
func TestNoise(t *testing.T) {
	t.Parallel()
	log := &bytes.Buffer{}
	p := start(t, spawn.Options{Stderr: log})
	if _, err := p.say(t, "noise 0123456789012345678901234567890123456789"); err != nil {
		t.Fatal(err)
	}
	p.Kill()
	for line := range strings.Lines(log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if entry["@message"] == "a log line" && entry["@level"] == "info" && entry["key"] == "value" && entry["@timestamp"] != nil {
			return
		}
	}
	t.Errorf("no log line in %s", log)
}

// TestByHand runs the program without a host.
func TestByHand(t *testing.T) {
	t.Parallel()
	cookie := plugin.Handshake().MagicCookieKey + "=" + plugin.Handshake().MagicCookieValue
	tests := map[string]struct {
		args []string
		env  []string
		code int
		want string
	}{
		"nothing":         {nil, nil, 2, "not meant to be run by hand"},
		"unknown verb":    {[]string{"serve"}, nil, 2, "not meant to be run by hand"},
		"version":         {[]string{"--version"}, nil, 0, "fake 1.2.3 (sdk "},
		"describe":        {[]string{"describe"}, nil, 0, `"name": "fake"`},
		"no protection":   {nil, []string{cookie}, 2, "unprotected socket"},
		"broken token":    {nil, []string{cookie, plugin.EnvToken + "=abc"}, 2, "64 hex digits"},
		"no host process": {nil, []string{cookie, plugin.EnvToken + "=" + plugin.NewToken()}, 2, plugin.EnvHostPID},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.run=^$"}, test.args...)...)
			cmd.Env = append(test.env, "PLUGIN_TEST_MAIN=1")
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.want) {
				t.Errorf("exit %d: %s", code, out)
			}
		})
	}
}
