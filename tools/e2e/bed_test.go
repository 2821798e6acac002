//go:build unix

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/providertest/standincli"
	"github.com/jcode-go/jcode/tools/standin/messages"
)

// binDir is bin/ of the build under test: JCODE_TEST_BIN, or one built here.
var binDir string

// scratch are folders that outlive one test.
var scratch []string

func TestMain(m *testing.M) {
	standincli.Main()
	code := withBinaries(m.Run)
	for _, dir := range scratch {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func withBinaries(run func() int) int {
	if binDir = os.Getenv("JCODE_TEST_BIN"); binDir != "" {
		return run()
	}
	dir, err := os.MkdirTemp("", "jcode-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	build := exec.Command("make", "-C", "../..", "build", "BIN="+dir)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return 1
	}
	binDir = dir
	return run()
}

const apiKey = "e2e-secret-key-0123456789"

// bed is one test's surroundings: a home, a project, a server.
type bed struct {
	t             *testing.T
	home, project string
	server        *messages.Server
	url           string
	env           []string
}

// newBed starts a stand-in that plays scenario; nil echoes and obeys its magic
// words.
func newBed(t *testing.T, scenario *messages.Scenario) *bed {
	t.Helper()
	server, err := messages.New(messages.Options{Scenario: scenario, APIKey: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.CloseClientConnections)
	t.Cleanup(listening.Close)
	b := &bed{t: t, home: t.TempDir(), project: t.TempDir(), server: server, url: listening.URL}
	b.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "JCODE_HOME=" + filepath.Join(b.home, ".jcode"),
		"JCODE_USE_DIRECT_API=1", "ANTHROPIC_API_KEY=" + apiKey, "ANTHROPIC_BASE_URL=" + b.url,
		"TMPDIR=" + os.TempDir(), "JCODE_PROVIDER=claude", // else all of them are started, to be asked
	}
	b.logged(func() []string { return []string{apiKey} })
	return b
}

// result is how a run ended.
type result struct {
	stdout, stderr string
	code           int
	took           time.Duration
}

// command prepares jcode; the caller may change it before it runs.
func (b *bed) command(args ...string) *exec.Cmd {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	b.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(binDir, "jcode"), args...)
	cmd.Dir, cmd.Env = b.project, b.env
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// jcode runs jcode to its end with an empty standard input.
func (b *bed) jcode(args ...string) result {
	b.t.Helper()
	return b.finish(b.command(args...))
}

func (b *bed) finish(cmd *exec.Cmd) result {
	b.t.Helper()
	r, _ := b.finishWatched(cmd)
	return r
}

// finishWatched also tells the most memory that jcode itself had, in kB. What
// wait4 tells is no use: it counts the process that forked, too.
func (b *bed) finishWatched(cmd *exec.Cmd) (r result, peak int64) {
	b.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			peak = max(peak, highWater(cmd.Process.Pid))
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	err := cmd.Wait()
	close(ended)
	<-watched
	r = result{stdout: stdout.String(), stderr: stderr.String(), took: time.Since(began)}
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit):
		r.code = exit.ExitCode()
	default:
		b.t.Fatalf("run jcode %v: %v\nstderr: %s", cmd.Args[1:], err, r.stderr)
	}
	if strings.Contains(r.stdout+r.stderr, apiKey) {
		b.t.Errorf("the key appears in the output of %v", cmd.Args[1:])
	}
	return r, peak
}

// highWater reads the peak of a process's resident memory in kB; 0 when it is
// gone or the system does not tell.
func highWater(pid int) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib
		}
	}
	return 0
}

// want fails the test unless the run ended with code and its stderr holds all
// of the texts.
func (r result) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", r.code, code, clip(r.stdout), clip(r.stderr))
	}
	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("stderr does not say %q:\n%s", text, clip(r.stderr))
		}
	}
}

func clip(s string) string {
	if len(s) > 4000 {
		return s[:2000] + " … " + s[len(s)-2000:]
	}
	return s
}

// write makes a file in the project.
func (b *bed) write(name, content string) string {
	b.t.Helper()
	path := filepath.Join(b.project, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// Short forms for scenarios.
func text(s string) messages.Block { return messages.Block{Type: messages.Text, Text: s} }

func call(tool, input string) messages.Block {
	return messages.Block{Type: messages.ToolUse, Name: tool, Input: []byte(input)}
}

func reply(blocks ...messages.Block) *messages.Reply { return &messages.Reply{Blocks: blocks} }

// turns answers the n-th turn with the n-th reply, whatever the prompt.
func turns(replies ...*messages.Reply) *messages.Scenario {
	s := &messages.Scenario{Name: "turns"}
	for i, r := range replies {
		s.Steps = append(s.Steps, messages.Step{
			Name: fmt.Sprintf("turn %d", i+1), When: messages.When{Turn: i + 1}, Reply: r,
		})
	}
	return s
}

// bash is a scenario of one command and a closing text.
func bash(command string) *messages.Scenario {
	input := fmt.Sprintf("{%q:%q}", "command", command)
	return turns(reply(call("bash", input)), reply(text("finished")))
}
