//go:build unix

package tool

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestBashOutput(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, command, want string }{
		{"text", "echo hello", "hello\n"},
		{"both streams keep their order", "echo a; echo b >&2; echo c", "a\nb\nc\n"},
		{"nothing", "true", "(no output)"},
		{"exit status", "echo x; exit 2", "x\n[exit 2 · 0."},
		{"exit status without output", "exit 1", "(no output)\n[exit 1 · 0."},
		{"not found", "no-such-program-x", "[exit 127 · 0."},
		{"hint", "no-such-program-x", "command not found: check"},
		{"signal", "kill -SEGV $$", "[killed by SIGSEGV"},
		{"signal of a child", "bash -c 'kill -KILL $$'; exit $?", "[exit 137, SIGKILL"},
		{"colours", `printf '\033[31mred\033[0m\n'`, "red\n"},
		{"progress bar", `printf '10%%\r50%%\r100%%\ndone\n'`, "100%\ndone\n"},
		{"crlf", `printf 'a\r\nb\r\n'`, "a\nb\n"},
		{"no utf-8", `printf 'a\377b\n'`, "a\uFFFDb\n"},
		{"control", `printf 'a\001b\n'`, `a\x01b` + "\n"},
		{"no input", "cat; echo end", "end\n"},
		{"variables", "echo $JCODE $JCODE_SESSION_ID $PAGER $GIT_TERMINAL_PROMPT $TERM", "1 s1 cat 0 dumb\n"},
		{"working directory", "cd / ; pwd", "/\n"},
		{"long command", "echo " + strings.Repeat("x", 200_000) + " | wc -c", "200001\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			text := f.ok("bash", args{"command": test.command})
			if !strings.HasPrefix(text, test.want) {
				wantContains(t, text, test.want)
			}
		})
	}
}

func TestBashEachCallIsFresh(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("sub/x", "")
	f.ok("bash", args{"command": "cd sub; export X=1"})
	wantContains(t, f.ok("bash", args{"command": `echo "$PWD $X."`}), f.dir+" .")
	wantContains(t, f.ok("bash", args{"command": "ls", "workdir": "sub"}), "x\n")
	f.fails(CodeNotFound, "bash", args{"command": "ls", "workdir": "nope"})
	f.fails(CodeInvalidInput, "bash", args{"command": " \n"})
}

func TestBashHidesSecrets(t *testing.T) {
	t.Parallel()
	environ := []string{
		"PATH=" + os.Getenv("PATH"), "VENDOR_API_KEY=secret-1", "GITHUB_TOKEN=secret-2", "my_secret=secret-3",
		"DECLARED=secret-4", "KEPT_TOKEN=kept", "BASH_ENV=/dev/null", "PLAIN=plain", "PASSWORD=secret-5",
	}
	f := newFixture(t, func(c *Config) {
		c.Environment = ShellEnvironment(environ, []string{"DECLARED"}, []string{"KEPT_TOKEN"})
	})
	text := f.ok("bash", args{"command": "env"})
	wantContains(t, text, "KEPT_TOKEN=kept", "PLAIN=plain")
	if strings.Contains(text, "secret-") || strings.Contains(text, "BASH_ENV") {
		t.Errorf("a secret is in the environment:\n%s", text)
	}
}

func TestBashBackgroundChildDoesNotHold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	started := time.Now()
	text := f.ok("bash", args{"command": "sleep 999 & echo ok"})
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	wantContains(t, text, "ok\n", "still running in the background: pid ")
	pid, _, _ := strings.Cut(strings.SplitAfter(text, "pid ")[1], ";")
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	ended := f.Close(t.Context())
	if len(ended) != 1 || ended[0].ID != "" || ended[0].PID != n {
		t.Errorf("closed %+v, want the process %d", ended, n)
	}
	waitGone(t, n)
}

// The end of one huge line is shown even if a short line follows it.
func TestBashShowsTheEndOfAHugeLine(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	text := f.ok("bash", args{"command": "head -c 3000000 /dev/zero | tr '\\0' a; echo END-OF-LINE; echo last"})
	wantContains(t, text, "aaaEND-OF-LINE\nlast\n")
	if len(text) < 25_000 || len(text) > 31_000 {
		t.Errorf("%d characters", len(text))
	}
}

func TestBashCutsLongOutput(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	result := f.run("bash", args{"command": "seq 20000"})
	text := result.Text()
	if len(text) > 31_000 || !strings.HasPrefix(text, "1\n2\n") || !strings.HasSuffix(text, "\n20000\n") {
		t.Errorf("%d characters: %.20q … %q", len(text), text, text[len(text)-20:])
	}
	wantContains(t, text, "20000 lines, 108894 bytes in all", result.FullOutputPath)
	if !result.Truncated || result.OutputBytes != 108894 {
		t.Errorf("truncated %v, %d bytes", result.Truncated, result.OutputBytes)
	}
	if data, err := os.ReadFile(result.FullOutputPath); err != nil || len(data) != 108894 {
		t.Errorf("spool has %d bytes, %v", len(data), err)
	}
	for line := range strings.Lines(text) {
		if _, err := strconv.Atoi(strings.TrimSpace(line)); err != nil && !strings.Contains(line, "cut:") {
			t.Errorf("a line was cut: %q", line)
		}
	}
}

func TestBashRemovesWhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.ok("bash", args{"command": "echo x"})
	entries, err := os.ReadDir(filepath.Join(filepath.Dir(f.dir), "spool"))
	if err != nil || len(entries) != 0 {
		t.Errorf("left in the spool: %v, %v", entries, err)
	}
}

func TestBashHugeOutput(t *testing.T) {
	f := newFixture(t)
	before := peakMemory(t)
	result := f.run("bash", args{"command": "seq 5000000"})
	wantContains(t, result.Text(), "5000000 lines, 38888896 bytes in all", "\n5000000\n")
	if info, err := os.Stat(result.FullOutputPath); err != nil || info.Size() != 38888896 {
		t.Errorf("spool: %v, %v", info, err)
	}
	grown := peakMemory(t) - before
	t.Logf("39 MB of output: peak memory grew by %d KB", grown)
	if grown > 40<<10 && !raceEnabled {
		t.Errorf("peak memory grew by %d KB", grown)
	}
}

func TestBashOutputLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.OutputLimitBytes = 4 << 20 })
	result := f.run("bash", args{"command": "yes"})
	if !result.IsError || result.Code != CodeTooLarge {
		t.Fatalf("code %q: %.200s", result.Code, result.Text())
	}
	wantContains(t, result.Text(), "wrote more than the limit")
	if info, err := os.Stat(result.FullOutputPath); err != nil || info.Size() > 4<<20 {
		t.Errorf("spool: %v, %v", info.Size(), err)
	}
}

func TestBashOutputLimitInBackground(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.OutputLimitBytes = 1 << 20 })
	f.ok("bash", args{"command": "(sleep 0.3; exec yes) & echo started"})
	poll(t, func() bool { return len(f.bench.jobs.takeFinished()) == 0 && len(f.bench.jobs.running) == 0 })
}

func TestBashTimeoutGoesToTheBackground(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	result := f.run("bash", args{"command": "echo first; sleep 1; echo second", "timeout": "100"})
	if result.IsError || result.JobID != "job-1" || result.PID == 0 {
		t.Fatalf("%+v", result)
	}
	wantContains(t, result.Text(), "first\n", "goes on in the background as job-1", result.FullOutputPath, "pid "+strconv.Itoa(result.PID), "jcode job wait job-1", "jcode job kill job-1")
	poll(t, func() bool {
		return strings.Contains(f.ok("bash", args{"command": "true"}), "[background job-1 ended: exit 0")
	})
	wantContains(t, f.ok("read", args{"file_path": result.FullOutputPath}), "first\n", "second\n")
	if ended := f.Close(t.Context()); len(ended) != 0 {
		t.Errorf("still running: %+v", ended)
	}
}

func TestBashRunInBackground(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	result := f.run("bash", args{"command": "echo log; sleep 300", "run_in_background": "true"})
	if result.IsError || result.JobID != "job-1" {
		t.Fatalf("%+v", result)
	}
	poll(t, func() bool {
		data, err := os.ReadFile(result.FullOutputPath)
		return err == nil && string(data) == "log\n"
	})
	ended := f.Close(t.Context())
	if len(ended) != 1 || ended[0].ID != "job-1" || ended[0].LogPath != result.FullOutputPath {
		t.Errorf("%+v", ended)
	}
	waitGone(t, result.PID)
}

func TestBashKillOnTimeout(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.KillOnTimeout = true })
	text := f.fails(CodeTimeout, "bash", args{"command": "echo $$; sleep 300", "timeout": 100})
	wantContains(t, text, "ran longer than 0.1 s")
	pid, _, _ := strings.Cut(text, "\n")
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	waitGone(t, n)
}

// A child in a session of its own that ignores SIGTERM and holds the output
// dies with the call.
func TestBashCancelEndsEverything(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux finds every descendant")
	}
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan Result)
	go func() {
		done <- f.runIn(ctx, "bash", args{"command": `echo working; setsid bash -c 'trap "" TERM; echo $$ > pid; while :; do sleep 1; done' & wait`})
	}()
	var pid int
	poll(t, func() bool {
		data, _ := os.ReadFile(f.path("pid"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(data)))
		return pid > 0
	})
	cancelled := time.Now()
	cancel()
	result := <-done
	took := time.Since(cancelled)
	t.Logf("cancel to everything gone: %s", took)
	if result.Code != CodeCancelled || took > 2500*time.Millisecond {
		t.Errorf("code %q after %s", result.Code, took)
	}
	wantContains(t, result.Text(), "cancelled by user", "working")
	if syscall.Kill(pid, 0) == nil {
		t.Errorf("process %d is alive", pid)
	}
}

func TestBashProgress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var got []Progress
	call := Call{ID: "p", Name: "bash", Input: []byte(`{"command":"printf 'one\n\\033[1mtwo\\033[0m'; sleep 0.8"}`), Progress: func(p Progress) { got = append(got, p) }}
	f.Run(t.Context(), call)
	if len(got) == 0 || len(got) > 4 || got[0].LastLine != "two" || got[0].Bytes != 15 {
		t.Errorf("%+v", got)
	}
}

func TestBashReadOnly(t *testing.T) {
	t.Parallel()
	tool, _ := newFixture(t).Lookup("bash")
	for command, want := range map[string]bool{
		"ls -la | head -3": true, "git status && git diff": true, "cat x > y": false, "rm x": false, "cat x 2>/dev/null": true,
		"find . -name x": true, "find . -delete": false, "go test ./...": false, "$X": false, "echo $(rm x)": false,
	} {
		if got := tool.ReadOnly([]byte(fmt.Sprintf(`{"command":%q}`, command))); got != want {
			t.Errorf("ReadOnly(%q) = %v", command, got)
		}
	}
}

func TestBashDenied(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) {
		c.Authorizer = refuse(func(a Access) string {
			if a.Operation == OperationExecute {
				return "no commands: " + a.Command
			}
			return ""
		})
	})
	wantContains(t, f.fails(CodeDenied, "bash", args{"command": "ls"}), "denied: no commands: ls")
}

func TestBashWithoutShell(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.Shell = "/no/such/shell" })
	wantContains(t, f.fails(CodeFailed, "bash", args{"command": "ls"}), "JCODE_SHELL")
	f = newFixture(t, func(c *Config) { c.Shell = "sh" })
	wantContains(t, f.ok("bash", args{"command": "echo $0"}), "sh")
}

// poll waits for a condition, for at most ten seconds.
func poll(t testing.TB, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in time")
		}
		runtime.Gosched()
	}
}

func waitGone(t testing.TB, pid int) {
	t.Helper()
	poll(t, func() bool { return syscall.Kill(pid, 0) != nil })
}

// peakMemory is the most memory that this process ever had, in KB.
func peakMemory(t testing.TB) int64 {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return usage.Maxrss
}

func BenchmarkBashTrue(b *testing.B) {
	f := newFixture(b)
	input := []byte(`{"command":"true"}`)
	for b.Loop() {
		if result := f.Run(b.Context(), Call{ID: "b", Name: "bash", Input: input}); result.IsError {
			b.Fatal(result.Text())
		}
	}
}

// A job is over when its shell is, as its state says; what it left running is told,
// still watched, and ended with the run like what any command left.
func TestBashJobLeavesProcesses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux finds every descendant")
	}
	f := newFixture(t)
	result := f.run("bash", args{"command": "sleep 300 & echo $! > pid; exit 3", "run_in_background": "true"})
	text := f.untilEnded(result)
	pid := pidIn(t, f.path("pid"))
	wantContains(t, text, fmt.Sprintf("[background job-1 left running: pid %d; its output goes to ", pid))
	ended := f.Close(t.Context())
	if len(ended) != 1 || ended[0].ID != "" || ended[0].PID != pid || ended[0].LogPath != result.FullOutputPath {
		t.Errorf("%+v", ended)
	}
	waitGone(t, pid)
}

// The limit of output holds for what a job left running, too.
func TestBashJobLeavesTooMuch(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.OutputLimitBytes = 1 << 20 })
	f.untilEnded(f.run("bash", args{"command": "(until test -e go; do sleep 0.02; done; exec yes) & echo $! > pid", "run_in_background": "true"}))
	f.ok("bash", args{"command": "touch go"})
	waitGone(t, pidIn(t, f.path("pid")))
}

// untilEnded is the result that says that job-1 has ended: that of its call, or a later
// one.
func (f *fixture) untilEnded(result Result) string {
	text := result.Text()
	poll(f.t, func() bool {
		if strings.Contains(text, "[background job-1 ended") {
			return true
		}
		text = f.ok("bash", args{"command": "true"})
		return false
	})
	return text
}

func pidIn(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
