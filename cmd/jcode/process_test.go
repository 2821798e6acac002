//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limit is how long a process may take before a test gives up. It is far more
// than any of them needs.
const limit = 30 * time.Second

// running is a jcode process with the fake plugin.
type running struct {
	*exec.Cmd
	home           string
	stdout, stderr bytes.Buffer
	done           chan error
}

// prepare makes a jcode command with a home of its own. Nothing is started.
func prepareJcode(t *testing.T, args ...string) *running {
	t.Helper()
	work := t.TempDir()
	program, err := exec.LookPath("jcode-provider-fake")
	if err != nil {
		t.Fatal(err)
	}
	if err := installFake(filepath.Join(work, "plugins"), program); err != nil {
		t.Fatal(err)
	}
	r := &running{Cmd: exec.Command("jcode", args...), home: filepath.Join(work, "home"), done: make(chan error, 1)}
	r.Dir = work
	r.Env = append(os.Environ(),
		"HOME="+work, "JCODE_HOME="+r.home, "JCODE_PLUGIN_PATH="+filepath.Join(work, "plugins"), "JCODE_PROVIDER=fake", "JCODE_SYSTEM_CONFIG=", "GORACE="+noExitSleep)
	r.Stdout, r.Stderr = &r.stdout, &r.stderr
	return r
}

func (r *running) start(t *testing.T) {
	t.Helper()
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Process.Kill() })
	go func() { r.done <- r.Wait() }()
}

// end waits for the process and returns its exit code.
func (r *running) end(t *testing.T) int {
	t.Helper()
	select {
	case err := <-r.done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return r.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("still running after %s; stderr so far: %s", limit, "see above")
		return 0
	}
}

// wait polls until what returns true.
func wait(t *testing.T, what string, ready func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !ready() {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen within %s", what, limit)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A pipe that nobody writes to and nobody closes must not hang a run.
func TestOpenSilentPipe(t *testing.T) {
	t.Parallel()
	in, silent := testPipe(t)
	r := prepareJcode(t, "run", "--stdin-grace", "200ms", "-o", "stream-json", "say", "hello")
	r.Stdin = in
	r.start(t)
	if code := r.end(t); code != 0 {
		t.Fatalf("exit %d: %s", code, &r.stderr)
	}
	_ = silent.Close()
	lines := checkStream(t, r.stdout.Bytes())
	if code := lines[1]["code"]; code != "stdin_silent" && lines[2]["code"] != "stdin_silent" {
		t.Errorf("no warning: %s", &r.stdout)
	}
}

func TestLateInputIsReported(t *testing.T) {
	t.Parallel()
	in, late := testPipe(t)
	r := prepareJcode(t, "run", "--stdin-grace", "50ms", "tool", "bash", `{"command":"until test -e go; do sleep 0.05; done"}`)
	r.Stdin = in
	stderr, err := r.syncBuffer()
	if err != nil {
		t.Fatal(err)
	}
	r.start(t)
	wait(t, "the first warning", func() bool { return strings.Contains(stderr(), "nothing came on standard input") })
	_, _ = io.WriteString(late, "too late\n")
	wait(t, "the second warning", func() bool { return strings.Contains(stderr(), "arrived too late") })
	if err := os.WriteFile(filepath.Join(r.Dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := r.end(t); code != 0 {
		t.Errorf("exit %d: %s", code, stderr())
	}
}

// syncBuffer makes stderr a file that can be read while it is written.
func (r *running) syncBuffer() (func() string, error) {
	path := filepath.Join(r.Dir, "stderr.txt")
	file, err := os.Create(path)
	r.Stderr = file
	return func() string { data, _ := os.ReadFile(path); return string(data) }, err
}

func TestSignals(t *testing.T) {
	t.Parallel()
	for signal, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			r := prepareJcode(t, "run", "-o", "stream-json", "tool", "bash", `{"command":"echo $$ > pid; exec sleep 300"}`)
			r.start(t)
			pid := 0
			wait(t, "the command", func() bool {
				data, _ := os.ReadFile(filepath.Join(r.Dir, "pid"))
				_, err := fmt.Sscan(string(data), &pid)
				return err == nil
			})
			_ = r.Process.Signal(signal)
			if got := r.end(t); got != code {
				t.Errorf("exit %d, want %d: %s", got, code, &r.stderr)
			}
			lines := checkStream(t, r.stdout.Bytes())
			if last := lines[len(lines)-1]; last["subtype"] != "cancelled" || last["exit_code"] != float64(code) {
				t.Errorf("result %v", last)
			}
			wait(t, "the end of the command", func() bool { return syscall.Kill(pid, 0) != nil })
		})
	}
}

// A second signal ends jcode at once, even when nothing else does: here stdout
// is full and nobody reads it.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	out, full := testPipe(t)
	r := prepareJcode(t, "run", "many", "20000")
	r.Stdout = full
	r.start(t)
	_ = full.Close()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = r.Process.Signal(syscall.SIGINT)
	ended := make(chan int, 1)
	go func() { ended <- r.end(t) }()
	deadline := time.After(limit)
	for {
		select {
		case code := <-ended:
			if code != 130 {
				t.Errorf("exit %d", code)
			}
			return
		case <-time.After(200 * time.Millisecond):
			_ = r.Process.Signal(syscall.SIGINT)
		case <-deadline:
			t.Fatal("does not end")
		}
	}
}

// nohup, and shells for what they put in the background, mean it.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	t.Parallel()
	r := prepareJcode(t)
	r.Path, _ = exec.LookPath("sh")
	r.Args = []string{"sh", "-c", `trap '' HUP INT; exec jcode run tool bash '{"command":"touch begun; until test -e go; do sleep 0.05; done"}'`}
	r.start(t)
	wait(t, "the command", func() bool { return fileExists(filepath.Join(r.Dir, "begun")) })
	_ = r.Process.Signal(syscall.SIGHUP)
	_ = r.Process.Signal(syscall.SIGINT)
	if err := os.WriteFile(filepath.Join(r.Dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := r.end(t); code != 0 {
		t.Errorf("exit %d: %s", code, &r.stderr)
	}
}

// `jcode run … | head -1`: quiet, the right code, and the session is whole.
func TestReaderGone(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "stream-json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			out, w := testPipe(t)
			r := prepareJcode(t, "run", "-o", format, "--", "many", "20000")
			r.Args = append(r.Args[:4:4], append([]string{}, "--", "many", "20000")...)
			if format == "stream-json" {
				r.Args = append(r.Args[:4:4], "--include-partial-messages", "--", "many", "20000")
			}
			r.Stdout = w
			r.start(t)
			_ = w.Close()
			if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			_ = out.Close()
			if code := r.end(t); code != exitReaderGone || r.stderr.Len() > 0 {
				t.Errorf("exit %d, stderr %q", code, &r.stderr)
			}
			list := exec.Command("jcode", "sessions", "list", "--json")
			list.Env, list.Dir = r.Env, r.Dir
			data, err := list.Output()
			if err != nil || !bytes.Contains(data, []byte(`"title": "many 20000"`)) || !bytes.Contains(data, []byte(`"problem": null`)) {
				t.Errorf("session: %v %s", err, data)
			}
		})
	}
}

// A reader that is slow gets everything: nothing is dropped at the end.
func TestSlowReaderGetsEverything(t *testing.T) {
	t.Parallel()
	out, w := testPipe(t)
	r := prepareJcode(t, "run", "-o", "stream-json", "--include-partial-messages", "many", "3000")
	r.Stdout = w
	r.start(t)
	_ = w.Close()
	var got bytes.Buffer
	buffer := make([]byte, 4096)
	for i := 0; ; i++ {
		n, err := out.Read(buffer)
		got.Write(buffer[:n])
		if err != nil {
			break
		}
		if i%20 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if code := r.end(t); code != 0 {
		t.Fatalf("exit %d: %s", code, &r.stderr)
	}
	deltas := 0
	for _, line := range checkStream(t, got.Bytes()) {
		if event, ok := line["event"].(map[string]any); ok && event["type"] == "content_block_delta" {
			deltas++
		}
	}
	if deltas != 3000 {
		t.Errorf("%d deltas of 3000", deltas)
	}
}

// No other verb touches stdin, so loops over its lines are safe.
func TestOtherVerbsLeaveStdinAlone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"plugins", "list"}, {"sessions", "list"}, {"config", "list"}, {"models"}} {
		r := prepareJcode(t, args...)
		path := filepath.Join(r.Dir, "in")
		if err := os.WriteFile(path, []byte("line"), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r.Stdin = file
		r.start(t)
		r.end(t)
		if at, _ := file.Seek(0, io.SeekCurrent); at != 0 {
			t.Errorf("%v read %d bytes", args, at)
		}
		_ = file.Close()
	}
}

// A closed stdin is no reason to fail.
func TestClosedStdin(t *testing.T) {
	t.Parallel()
	r := prepareJcode(t)
	r.Path, _ = exec.LookPath("sh")
	r.Args = []string{"sh", "-c", "exec jcode run say hello <&-"}
	r.start(t)
	if code := r.end(t); code != 0 || r.stdout.String() != "hello\n" {
		t.Errorf("exit %d, %q, %s", code, &r.stdout, &r.stderr)
	}
}
