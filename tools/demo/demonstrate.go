package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

const (
	prompt  = "A test in this project fails. Find out why, mend the code, and show that the tests pass."
	demoKey = "demonstration-key"
)

// jcodeError is jcode's own failure, with its exit code.
type jcodeError struct{ code int }

func (e *jcodeError) Error() string {
	return fmt.Sprintf("jcode ended with exit code %d", e.code)
}

// demonstrate runs the whole demonstration and tells about it on out.
func demonstrate(ctx context.Context, jcode, source string, out io.Writer) error {
	scratch, err := os.MkdirTemp("", "jcode-demo-")
	if err != nil {
		return err
	}
	project, home := filepath.Join(scratch, "project"), filepath.Join(scratch, "home")
	if err := prepare(ctx, filepath.Join(source, "testdata", "sample"), project, home); err != nil {
		return err
	}
	fmt.Fprintf(out, "This is a demonstration: a stand-in plays the model, on this machine only.\n"+
		"Your keys and your files are not used. The project is a scratch copy: %s\n", project)

	say(out, "before: go test ./...")
	if err := goTest(ctx, project, out); err == nil {
		return errors.New("the sample's tests pass before anything was mended: there is nothing to show")
	}

	url, stop, err := startStandin(ctx, filepath.Join(source, "scenario.json"))
	if err != nil {
		return err
	}
	defer stop()
	say(out, "jcode run %q", prompt)
	if err := runJcode(ctx, jcode, project, home, url); err != nil {
		return err
	}
	return verify(ctx, project, home, out)
}

// prepare copies the sample and makes it a repository, so that the change shows
// as a diff and the project has a root of its own.
func prepare(ctx context.Context, sample, project, home string) error {
	if err := os.CopyFS(project, os.DirFS(sample)); err != nil {
		return fmt.Errorf("copy the sample: %w", err)
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"init", "-q"},
		{"add", "-A"},
		{"-c", "user.name=demo", "-c", "user.email=demo@localhost", "commit", "-q", "-m", "sample"},
	} {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = project
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, text)
		}
	}
	return nil
}

func say(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, "\n── "+format+"\n", args...)
}

func goTest(ctx context.Context, project string, out io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", "test", "./...")
	cmd.Dir, cmd.Stdout, cmd.Stderr = project, out, out
	cmd.Env = append(os.Environ(), "GOWORK=off")
	return cmd.Run()
}

func startStandin(ctx context.Context, scenarioFile string) (url string, stop func(), err error) {
	scenario, err := messages.Load(scenarioFile)
	if err != nil {
		return "", nil, err
	}
	handler, err := messages.New(messages.Options{Scenario: scenario, APIKey: demoKey})
	if err != nil {
		return "", nil, err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// runJcode runs the main job as a user would, in the user's terminal, with an
// environment that holds none of the user's settings.
func runJcode(ctx context.Context, jcode, project, home, url string) error {
	path, err := filepath.Abs(jcode)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "run", "-v", "--", prompt)
	cmd.Dir, cmd.Stdout, cmd.Stderr = project, os.Stdout, os.Stderr
	cmd.Env = demoEnvironment(ctx, home, url)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &jcodeError{code: exit.ExitCode()}
	}
	return err
}

// demoEnvironment keeps what a Go toolchain and a terminal need.
func demoEnvironment(ctx context.Context, home, url string) []string {
	env := []string{
		"HOME=" + home,
		"JCODE_HOME=" + filepath.Join(home, ".jcode"),
		"JCODE_USE_DIRECT_API=1",
		"ANTHROPIC_API_KEY=" + demoKey,
		"ANTHROPIC_BASE_URL=" + url,
		"GOWORK=off",
	}
	for _, name := range []string{"PATH", "TERM", "LANG", "NO_COLOR", "COLORTERM", "TMPDIR", "SystemRoot", "USERPROFILE"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOTOOLCHAIN", "GOFLAGS"} {
		if value, err := exec.CommandContext(ctx, "go", "env", name).Output(); err == nil {
			env = append(env, name+"="+strings.TrimSpace(string(value)))
		}
	}
	return env
}
