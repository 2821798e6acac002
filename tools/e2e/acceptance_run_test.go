//go:build unix

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// An open, silent standard input does not hang a run.
func silentStdinIsLeft(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	cmd := b.command("run", "--stdin-grace", "300ms", "hi")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close(); _ = write.Close() }()
	cmd.Stdin = read
	r := b.finish(cmd)
	r.want(t, 0, "warning", "standard input")
	if r.stdout != "echo: hi\n" {
		t.Errorf("stdout %q", r.stdout)
	}
	if limit := 13 * time.Second; r.took > limit {
		t.Errorf("took %s", r.took)
	}
}

// Standard input and the prompt both reach the provider.
func pipedContextReachesProvider(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	cmd := b.command("run", "what", "is", "this")
	cmd.Stdin = strings.NewReader("the context")
	r := b.finish(cmd)
	r.want(t, 0)
	for _, want := range []string{"what is this", "the context", "<stdin>"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("the provider did not get %q: %s", want, r.stdout)
		}
	}
}

// One retry-after is waited for; an endless one ends with 5.
func rateLimitIsRetriedThenGivenUp(t *testing.T) {
	t.Parallel()
	limited := func(times int) *messages.Scenario {
		return &messages.Scenario{Steps: []messages.Step{
			{Name: "limited", Times: times, HTTP: &messages.HTTPError{Status: 429}, Headers: map[string]string{"retry-after": "1"}},
			{Name: "text", Reply: reply(text("after the wait"))},
		}}
	}
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		b := newBed(t, limited(1))
		r := b.jcode("run", "-o", "stream-json", "hi")
		r.want(t, 0)
		events := parse(t, r.stdout)
		if n := count(events, "system", "api_retry"); n != 1 {
			t.Errorf("%d api_retry events, want 1", n)
		}
		if last := events[len(events)-1]; last["result"] != "after the wait" {
			t.Errorf("result %v", last["result"])
		}
	})
	t.Run("for ever", func(t *testing.T) {
		t.Parallel()
		b := newBed(t, limited(0))
		r := b.jcode("run", "-o", "stream-json", "hi")
		r.want(t, 5)
		checkStream(t, r)
	})
}

// SIGTERM in a long command: a result line, 143, and no process left.
func terminateInTool(t *testing.T) {
	t.Parallel()
	b := newBed(t, bash("touch started; sleep 300"))
	b.env = append(b.env, "E2E_MARK=term-"+filepath.Base(b.home))
	cmd := b.command("run", "-o", "stream-json", "sleep")
	done := make(chan result, 1)
	go func() { done <- b.finish(cmd) }()
	b.await("started")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r := <-done
	r.want(t, 143)
	checkStream(t, r)
	noSurvivors(t, "E2E_MARK=term-"+filepath.Base(b.home), 2500*time.Millisecond)
}

// A reader that goes away ends the run with 141, silently, and the session is whole.
func readerGoesAway(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	cmd := b.command("run", "-o", "stream-json", "--include-partial-messages", "@text 5000x50")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 141 {
		t.Errorf("exit code %d, want 141", code)
	}
	if strings.Contains(stderr.String(), "panic") || strings.Contains(stderr.String(), "broken pipe") {
		t.Errorf("stderr: %s", stderr.String())
	}
	if r := b.jcode("sessions", "list", "--json"); r.code != 0 || !json.Valid([]byte(r.stdout)) {
		t.Errorf("sessions after it: %d %s %s", r.code, r.stdout, r.stderr)
	}
}

// A slow reader gets every line of a large stream: it takes 1 KB a second until the
// writer has long been standing still, and then what a slow terminal takes.
func slowReaderGetsAll(t *testing.T) {
	t.Parallel()
	const deltas, length = 20000, 100
	b := newBed(t, nil)
	cmd := b.command("run", "-o", "stream-json", "--include-partial-messages", fmt.Sprintf("@text %dx%d", deltas, length))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for reads := 0; ; reads++ {
		// The pipe holds 64 KiB, so a reader that takes its time stops the writer
		// again and again.
		size, pause := 64<<10, 5*time.Millisecond
		if reads < 3 {
			size, pause = 1<<10, time.Second
		}
		chunk := make([]byte, size)
		n, err := out.Read(chunk)
		all.Write(chunk[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(pause)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	checkStream(t, result{stdout: all.String()})
	if n := strings.Count(all.String(), `"text_delta"`); n < deltas || all.Len() < 5<<20 {
		t.Errorf("%d deltas and %d bytes arrived, want %d and 5 MB", n, all.Len(), deltas)
	}
}

// A command with much output: all of it is in a file, little of it in memory.
func muchOutputStaysInAFile(t *testing.T) {
	t.Parallel()
	b := newBed(t, bash("seq 5000000"))
	cmd := b.command("run", "-o", "stream-json", "count")
	r, peak := b.finishWatched(cmd)
	r.want(t, 0)
	if peak > 60<<10 {
		t.Errorf("jcode took %d kB", peak)
	}
	path := find(t, parse(t, r.stdout), "full_output_path")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := 38888896; len(content) < want || !strings.HasSuffix(strings.TrimSpace(string(content)), "5000000") {
		t.Errorf("the file has %d bytes, want %d", len(content), want)
	}
}

// Endless output is stopped at the cap.
func endlessOutputIsStopped(t *testing.T) {
	t.Parallel()
	b := newBed(t, bash("yes"))
	r := b.jcode("run", "-o", "stream-json", "go on")
	r.want(t, 0)
	if !strings.Contains(r.stdout, "it wrote more than the limit") {
		t.Errorf("the model was not told of the cap: %s", clip(r.stdout))
	}
}

// A background child does not hold the command up.
func backgroundChildDoesNotHold(t *testing.T) {
	t.Parallel()
	b := newBed(t, bash("sleep 999 & echo ok"))
	mark := "E2E_MARK=background-" + filepath.Base(b.home)
	b.env = append(b.env, mark)
	r := b.jcode("run", "go")
	r.want(t, 0)
	if r.took > 10*time.Second {
		t.Errorf("took %s", r.took)
	}
	noSurvivors(t, mark, 10*time.Second)
}

// An edit keeps CRLF, byte-order mark, mode and symbolic link.
func editKeepsEverythingElse(t *testing.T) {
	t.Parallel()
	b := newBed(t, turns(
		reply(call("read", `{"file_path":"link.txt"}`)),
		reply(call("edit", `{"file_path":"link.txt","old_string":"two\nthree","new_string":"2\n3"}`)),
		reply(text("edited")),
	))
	target := b.write("real.txt", "\ufeffone\r\ntwo\r\nthree\r\n")
	if err := os.Chmod(target, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(b.project, "link.txt")
	if err := os.Symlink("real.txt", link); err != nil {
		t.Fatal(err)
	}
	b.jcode("run", "edit it").want(t, 0)
	content, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\ufeffone\r\n2\r\n3\r\n"; string(content) != want {
		t.Errorf("content %q, want %q", content, want)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v %v", info.Mode(), err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
}

// A file changed between read and write is reported stale and left alone.
func changedFileIsStale(t *testing.T) {
	t.Parallel()
	b := newBed(t, turns(
		reply(call("read", `{"file_path":"a.txt"}`)),
		reply(call("bash", `{"command":"echo other > a.txt"}`)),
		reply(call("write", `{"file_path":"a.txt","content":"mine\n"}`)),
		reply(text("done")),
	))
	path := b.write("a.txt", "first\n")
	r := b.jcode("run", "-o", "stream-json", "write it")
	r.want(t, 0)
	if !strings.Contains(r.stdout, `"stale"`) {
		t.Errorf("no stale result: %s", clip(r.stdout))
	}
	if content, _ := os.ReadFile(path); string(content) != "other\n" {
		t.Errorf("content %q", content)
	}
}

// Without credentials and terminal: 4 at once, and no question. Another process may
// be in the way once, so the quickest of three counts, and the limit is loose.
func noCredentials(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	b.env = slices.DeleteFunc(b.env, func(entry string) bool {
		return strings.HasPrefix(entry, "ANTHROPIC_API_KEY=") || strings.HasPrefix(entry, "JCODE_PROVIDER=")
	})
	quickest := time.Hour
	for range 3 {
		r := b.jcode("run", "hi")
		r.want(t, 4, "try: jcode login --provider claude")
		if r.stdout != "" || strings.Contains(r.stderr, "?") {
			t.Errorf("it asked: %s%s", r.stdout, r.stderr)
		}
		quickest = min(quickest, r.took)
	}
	if limit := time.Second; quickest > limit {
		t.Errorf("took %s, want about 100 ms", quickest)
	}
}

// A configuration that cannot be read ends with 3 and names file, line and column.
func invalidConfig(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	b.file(".jcode/config.toml", "provider = \"claude\"\nmax_turns = \"many\"\n")
	r := b.jcode("run", "-o", "json", "hi")
	r.want(t, 3, filepath.Join(b.home, ".jcode", "config.toml")+":2:13: max_turns", "  try: ")
	if last := parse(t, r.stdout); len(last) != 1 || last[0]["exit_code"] != 3.0 {
		t.Errorf("%s", r.stdout)
	}
	if n := len(b.server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// A project that brings a plugin along is refused until the folder is trusted, and
// its program does not run.
func untrustedProjectPlugin(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	b.write(".git/HEAD", "ref: refs/heads/main\n")
	b.write("evil.sh", "#!/bin/sh\ntouch "+filepath.Join(b.home, "ran")+"\n")
	if err := os.Chmod(filepath.Join(b.project, "evil.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	config := b.write(".jcode/config.toml", "[plugins]\nevil = \"./evil.sh\"\n")
	r := b.jcode("run", "--provider", "evil", "hi")
	r.want(t, 3, config+":2:", "plugins.evil", "this folder is not trusted", "  try: ")
	if _, err := os.Stat(filepath.Join(b.home, "ran")); err == nil {
		t.Error("the project's program ran")
	}
}

// The shell sees no provider key, no token.
func shellSeesNoKeys(t *testing.T) {
	t.Parallel()
	b := newBed(t, bash("env"))
	b.env = append(b.env, "GITHUB_TOKEN=ghp_secretsecret", "MY_SECRET=hush", "DEPLOY_KEY=kkk", "HARMLESS=seen")
	r := b.jcode("run", "-o", "stream-json", "show it")
	r.want(t, 0)
	for _, secret := range []string{apiKey, "ghp_secretsecret", "hush", "DEPLOY_KEY"} {
		if strings.Contains(r.stdout, secret) {
			t.Errorf("the shell saw %q", secret)
		}
	}
	if !strings.Contains(r.stdout, "HARMLESS=seen") {
		t.Error("the shell lost a harmless variable")
	}
}

// An unknown session is an error and makes no new one.
func unknownSession(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	b.jcode("run", "-r", "no-such-session", "hi").want(t, 2, "no-such-session")
	r := b.jcode("sessions", "list", "--json")
	r.want(t, 0)
	if strings.Contains(r.stdout, `"id"`) {
		t.Errorf("a session was made: %s", r.stdout)
	}
}

// A plugin that dies in mid-stream, for good: 8, and a result.
func pluginDiesMidStream(t *testing.T) {
	t.Parallel()
	slow := messages.Block{Type: messages.Text, Text: "drop ", Repeat: 600, DelayMS: 20}
	b := newBed(t, &messages.Scenario{Steps: []messages.Step{{Name: "slow", Reply: reply(slow)}}})
	cmd := b.command("run", "-o", "stream-json", "--include-partial-messages", "hi")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	lines := bufio.NewReader(out)
	kills := 0
	for {
		line, err := lines.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			break
		}
		if strings.Contains(line, `"text_delta"`) && kills < 10 && killPlugin(cmd.Process.Pid) {
			kills++
		}
	}
	_ = cmd.Wait()
	r := result{stdout: all.String(), code: cmd.ProcessState.ExitCode()}
	r.want(t, 8)
	checkStream(t, r)
	if kills < 2 {
		t.Errorf("killed %d times only", kills)
	}
}
