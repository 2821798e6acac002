//go:build unix

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWritingAPlugin types the commands of docs/writing-a-plugin.md in their order,
// in a clean home, and compares what appears with what the page shows.
func TestWritingAPlugin(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"make", "bash", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	page, err := os.ReadFile("../../docs/writing-a-plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	// This project's own folder, by its real path: what is compiled there already
	// counts for the new module, too.
	text := strings.NewReplacer("127.0.0.1:8099", address, "~/src/jcode", root).Replace(string(page))
	reader := newReader(t, address)
	steps := 0
	for _, s := range stepsOf(text) {
		steps++
		if s.second {
			reader.beside(s)
		} else {
			reader.types(s)
		}
	}
	if steps < 15 {
		t.Errorf("the page has %d commands: the test looks for the wrong marks", steps)
	}
}

// step is one command of the page and what it shows.
type step struct {
	command string
	shows   []string
	second  bool // in a second terminal
}

// stepsOf reads the blocks that are marked console.
func stepsOf(page string) []step {
	var steps []step
	inside, second := false, false
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		command, typed := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = !inside && strings.HasPrefix(line, "```console")
			second = strings.HasSuffix(line, "second terminal")
		case inside && typed:
			steps = append(steps, step{command: command, second: second})
		case inside && len(steps) > 0:
			last := &steps[len(steps)-1]
			last.shows = append(last.shows, line)
		}
	}
	return steps
}

// pattern is what the step shows: "…" is anything within a line, or, alone in one,
// any number of lines.
func (s step) pattern() *regexp.Regexp {
	text := "^"
	for _, line := range s.shows {
		if line == "…" {
			text += `(.*\n)*?`
			continue
		}
		line = regexp.QuoteMeta(strings.TrimRight(line, " "))
		line = strings.ReplaceAll(line, "…", ".*")
		text += regexp.MustCompile(`[ \t]+`).ReplaceAllString(line, `[ \t]+`) + `[ \t]*\n`
	}
	return regexp.MustCompile(text + "$")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// pageReader is somebody who follows the page.
type pageReader struct {
	t      *testing.T
	env    []string
	shell  io.Writer
	screen *bufio.Reader
	folder string // where the shell is
}

const prompted = "<<<the prompt is back:"

func newReader(t *testing.T, address string) *pageReader {
	t.Helper()
	home := t.TempDir()
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", home).Run() })
	work := filepath.Join(home, "work")
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.Abs(binDir)
	if err != nil {
		t.Fatal(err)
	}
	r := &pageReader{t: t, folder: work}
	r.env = []string{
		"PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(),
		"ADDRESS=" + address, "ACME_BASE_URL=http://" + address,
		// The caches of whoever runs the test; nothing is downloaded.
		"GOCACHE=" + goEnv(t, "GOCACHE"), "GOMODCACHE=" + goEnv(t, "GOMODCACHE"), "GOPROXY=off", "GOTOOLCHAIN=local",
	}
	shell := exec.CommandContext(t.Context(), "bash", "--norc")
	shell.Dir, shell.Env = work, r.env
	in, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	shell.Stderr = shell.Stdout
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = shell.Wait()
	})
	r.shell, r.screen = in, bufio.NewReader(out)
	return r
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// types has the shell run a command and waits for its prompt.
func (r *pageReader) types(s step) {
	r.t.Helper()
	begin := time.Now()
	// The command reads nothing of what is typed next.
	if _, err := fmt.Fprintf(r.shell, "{ %s\n} </dev/null; echo '%s' $? $PWD\n", s.command, prompted); err != nil {
		r.t.Fatal(err)
	}
	var shown strings.Builder
	for {
		line, err := r.screen.ReadString('\n')
		if err != nil {
			r.t.Fatalf("%s: %v\n%s", s.command, err, shown.String())
		}
		if end, ok := strings.CutPrefix(line, prompted+" "); ok {
			code, folder, _ := strings.Cut(strings.TrimSpace(end), " ")
			r.folder = folder
			r.t.Logf("%s: %v", s.command, time.Since(begin).Round(time.Millisecond))
			if code != "0" {
				r.t.Fatalf("%s: exit %s\n%s", s.command, code, shown.String())
			}
			break
		}
		shown.WriteString(line)
	}
	if !s.pattern().MatchString(shown.String()) {
		r.t.Fatalf("$ %s\nshows\n%s\nthe page says\n%s", s.command, shown.String(), strings.Join(s.shows, "\n"))
	}
}

// beside runs a command in a second terminal until the test ends, and waits for what
// it shows.
func (r *pageReader) beside(s step) {
	r.t.Helper()
	command := exec.CommandContext(r.t.Context(), "bash", "-c", s.command)
	command.Dir, command.Env = r.folder, r.env
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := command.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !s.pattern().MatchString(line) {
		r.t.Fatalf("$ %s\nshows\n%s\nthe page says\n%s\n%v", s.command, line, strings.Join(s.shows, "\n"), err)
	}
}
