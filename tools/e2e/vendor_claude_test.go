//go:build linux

package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// vendorVersion is the one whose output the recorded runs show.
const vendorVersion = "2.1.197"

// vendorToken is that of the login in jcode's own file. The stand-in accepts it and
// nothing else, least of all the stray API key in the environment.
const vendorToken = "sk-ant-oat01-end-to-end-0123456789"

// nobody is the user that the program runs as: it refuses its default permission
// mode to root.
const nobody = 65534

// The real claude from npm, driven by jcode as a user other than root, with a
// stand-in for the vendor's server and no other network: text, a tool, a second
// run that goes on, questions before a tool, and Ctrl-C.
func TestVendorClaude(t *testing.T) {
	if os.Getenv("JCODE_VENDOR_CLAUDE") == "" {
		t.Skip("set JCODE_VENDOR_CLAUDE=1, or run make vendor-claude")
	}
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root can become another user and leave the network")
	}
	b := newVendorBed(t)

	t.Log(b.runAs("--provider", "claude", "doctor").stdout)

	first := b.runAs("--provider", "claude", "run", "say hello")
	first.want(t, 0, "permission mode bypassPermissions", "ANTHROPIC_API_KEY is set and not given to claude")
	if got := strings.TrimSpace(first.stdout); got != "hello from the stand-in" {
		t.Errorf("stdout %q", got)
	}

	tool := b.runAs("--provider", "claude", "run", "run the tool")
	tool.want(t, 0)
	if made, err := os.ReadFile(filepath.Join(b.project, "made.txt")); err != nil || string(made) != "once\n" {
		t.Errorf("the tool did not run exactly once: %q, %v", made, err)
	}
	if !strings.Contains(tool.stdout, "the tool has run") {
		t.Errorf("stdout %q", tool.stdout)
	}

	b.server.Reset()
	b.runAs("--provider", "claude", "run", "-c", "and now").want(t, 0)
	if !b.sent("run the tool") || !b.sent("and now") {
		t.Error("the second run did not go on with the conversation of the first")
	}

	b.asked()
	b.interrupted()
}

// asked has the program ask before its tool runs: the policy of the mode answers.
func (b *bed) asked() {
	made := filepath.Join(b.project, "made.txt")
	for mode, allowed := range map[string]bool{"auto": true, "read-only": false} {
		_ = os.Remove(made)
		b.runAs("--provider", "claude", "run", "--permission-mode", mode, "run the tool").want(b.t, 0)
		if _, err := os.Stat(made); (err == nil) != allowed {
			b.t.Errorf("mode %s: %v", mode, err)
		}
	}
}

// interrupted presses Ctrl-C while a tool of the program runs that has left its
// process group.
func (b *bed) interrupted() {
	mark := "E2E_MARK=vendor-" + filepath.Base(b.home)
	cmd := b.asNobody(b.command("--provider", "claude", "run", "hold on"))
	cmd.Env = append(cmd.Env, mark)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.await("started")
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		b.t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		b.t.Errorf("exit code %d\n%s", code, stderr.String())
	}
	noSurvivors(b.t, mark, 10*time.Second)
	b.t.Logf("nothing left %s after Ctrl-C", time.Since(began).Round(time.Millisecond))
}

func vendorScenario() *messages.Scenario {
	return &messages.Scenario{Name: "vendor", Steps: []messages.Step{
		{Name: "tool", When: messages.When{User: "run the tool", Turn: 1}, Reply: reply(call("Bash", `{"command":"echo once >> made.txt"}`))},
		{Name: "after the tool", When: messages.When{User: "run the tool", Turn: 2}, Reply: reply(text("the tool has run"))},
		{Name: "hold", When: messages.When{User: "hold on", Turn: 1}, Reply: reply(call("Bash", `{"command":"setsid sleep 1000 & touch started; sleep 1000"}`))},
		{Name: "anything", Reply: reply(text("hello from the stand-in"))},
	}}
}

// newVendorBed installs the program, then leaves the network but for this
// machine, and starts the stand-in there.
func newVendorBed(t *testing.T) *bed {
	t.Helper()
	root, err := os.MkdirTemp("", "jcode-vendor-") //nolint:usetesting // nobody could look into the folder of t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	program := installClaude(t, filepath.Join(root, "npm"))
	isolate(t)
	server, err := messages.New(messages.Options{Scenario: vendorScenario(), Lenient: true, APIKey: vendorToken})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	t.Cleanup(listening.CloseClientConnections)
	b := &bed{t: t, home: filepath.Join(root, "home"), project: filepath.Join(root, "project"), server: server, url: listening.URL}
	for _, dir := range []string{filepath.Join(b.home, ".jcode"), b.project} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	login := fmt.Sprintf(`{"anthropic":{"type":"oauth","access":%q,"refresh":"unused","expires":%d}}`, vendorToken, time.Now().Add(time.Hour).UnixMilli())
	if err := os.WriteFile(filepath.Join(b.home, ".jcode", "auth.json"), []byte(login), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, "bin"), os.DirFS(binDir)); err != nil { // ours is for root alone
		t.Fatal(err)
	}
	b.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "TMPDIR=" + b.home, "JCODE_CLAUDE_CLI_PATH=" + program,
		"ANTHROPIC_API_KEY=" + apiKey, "ANTHROPIC_BASE_URL=" + b.url,
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		if err == nil {
			err = os.Lchown(path, nobody, nobody)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// installClaude gets the program from npm, or takes the one that the user names.
func installClaude(t *testing.T, dir string) string {
	t.Helper()
	if path := os.Getenv("JCODE_VENDOR_CLAUDE_PATH"); path != "" {
		return path
	}
	return installFromNPM(t, dir, "@anthropic-ai/claude-code", "claude", versionOf("JCODE_VENDOR_CLAUDE_VERSION", vendorVersion))
}

// asNobody lets a command run as another user, from the copy of the build that it
// may read.
func (b *bed) asNobody(cmd *exec.Cmd) *exec.Cmd {
	cmd.Path = filepath.Join(filepath.Dir(b.home), "bin", "jcode")
	cmd.Args[0] = cmd.Path
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

func (b *bed) runAs(args ...string) result {
	b.t.Helper()
	r := b.finish(b.asNobody(b.command(args...)))
	if strings.Contains(r.stdout+r.stderr, vendorToken) {
		b.t.Errorf("the token appears in the output of %v", args)
	}
	return r
}

// sent reports whether a request to the stand-in held text.
func (b *bed) sent(text string) bool {
	for _, record := range b.server.Requests() {
		if bytes.Contains(record.Body, []byte(text)) {
			return true
		}
	}
	return false
}
