//go:build linux

package e2e

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/github"
	"github.com/jcode-go/jcode/tools/standin/messages"
)

// copilotVersion is the one whose output the recorded runs show.
const copilotVersion = "1.0.102"

// The real copilot from npm, driven by jcode, with stand-ins for its servers and no
// other network: a model of the user's own, then a login at GitHub.
func TestVendorCopilot(t *testing.T) {
	if os.Getenv("JCODE_VENDOR_COPILOT") == "" {
		t.Skip("set JCODE_VENDOR_COPILOT=1, or run make vendor-copilot")
	}
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root can leave the network")
	}
	program := installCopilot(t, t.TempDir())
	isolate(t)
	path := "PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH")
	t.Run("own model", func(t *testing.T) { ownModel(t, path) })
	t.Run("login", func(t *testing.T) { githubLogin(t, path) })
}

// installCopilot gets the program from npm, or takes the one that the user names.
// Its first start unpacks itself.
func installCopilot(t *testing.T, dir string) string {
	t.Helper()
	path := os.Getenv("JCODE_VENDOR_COPILOT_PATH")
	if path == "" {
		for _, needed := range []string{"npm", "node"} {
			if _, err := exec.LookPath(needed); err != nil {
				t.Skipf("SKIPPED: %s is not installed", needed)
			}
		}
		version := copilotVersion
		if named := os.Getenv("JCODE_VENDOR_COPILOT_VERSION"); named != "" {
			version = named
		}
		install := exec.CommandContext(t.Context(), "npm", "install", "--no-fund", "--no-audit", "--prefix", dir, "@github/copilot@"+version)
		if out, err := install.CombinedOutput(); err != nil {
			t.Skipf("SKIPPED: npm cannot install copilot: %v\n%s", err, out)
		}
		path = filepath.Join(dir, "node_modules", ".bin", "copilot")
	}
	out, err := exec.CommandContext(t.Context(), path, "--version").CombinedOutput()
	if err != nil {
		t.Skipf("SKIPPED: the installed copilot does not run here: %v\n%s", err, out)
	}
	t.Logf("%s", bytes.TrimSpace(out))
	return path
}

func copilotScenario() *messages.Scenario {
	cut := messages.Block{Type: messages.Cut, Abort: true}
	return &messages.Scenario{Name: "copilot", Steps: []messages.Step{
		{Name: "tool", When: messages.When{User: "run the tool", Turn: 1}, Reply: reply(text("Let me look."), call("bash", `{"command":"echo once >> made.txt","description":"x"}`))},
		{Name: "after the tool", When: messages.When{User: "run the tool", Turn: 2}, Reply: reply(text("the tool has run"))},
		{Name: "hold", When: messages.When{User: "hold on", Turn: 1}, Reply: reply(call("bash", `{"command":"setsid sleep 1000 & touch started; sleep 1000","description":"x","initial_wait":600}`))},
		{Name: "cut once", Times: 1, When: messages.When{User: "cut off"}, Reply: reply(text("PARTIAL one two "), cut)},
		{Name: "401", When: messages.When{User: "who am I"}, HTTP: &messages.HTTPError{Status: 401}},
		{Name: "429", When: messages.When{User: "too fast"}, HTTP: &messages.HTTPError{Status: 429}, Headers: map[string]string{"retry-after": "1"}},
		{Name: "anything", Reply: reply(text("hello from the stand-in"))},
	}}
}

// ownModel has the program ask a model of the user's own, on this machine.
func ownModel(t *testing.T, path string) {
	server, err := messages.New(messages.Options{Scenario: copilotScenario(), Lenient: true, APIKey: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	t.Cleanup(listening.CloseClientConnections)
	b := &bed{t: t, home: t.TempDir(), project: t.TempDir(), server: server, url: listening.URL}
	b.env = []string{
		path, "HOME=" + b.home, "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8", "COPILOT_AUTO_UPDATE=false", "COPILOT_OFFLINE=true",
		"COPILOT_PROVIDER_BASE_URL=" + b.url, "COPILOT_PROVIDER_TYPE=anthropic", "COPILOT_PROVIDER_API_KEY=" + apiKey,
	}
	run := func(prompt string, more ...string) result {
		b.t.Helper()
		return b.jcode(append([]string{"--provider", "copilot", "run", prompt}, more...)...)
	}

	t.Log(b.jcode("--provider", "copilot", "doctor").stdout)
	first := run("say hello")
	first.want(t, 0, "experimental")
	if first.stdout != "hello from the stand-in\n" {
		t.Errorf("stdout %q", first.stdout)
	}

	tool := run("run the tool")
	tool.want(t, 0)
	if made, err := os.ReadFile(filepath.Join(b.project, "made.txt")); err != nil || string(made) != "once\n" {
		t.Errorf("the tool did not run exactly once: %q, %v", made, err)
	}
	if !strings.Contains(tool.stdout, "the tool has run") {
		t.Errorf("stdout %q", tool.stdout)
	}

	server.Reset()
	run("and now", "-c").want(t, 0)
	if !b.sent("run the tool") || !b.sent("and now") || b.sent(`[tool_use`) {
		t.Error("the second run did not go on with the conversation of the first")
	}

	forbidden := run("run the tool", "--permission-mode", "read-only")
	forbidden.want(t, 0)
	if made, err := os.ReadFile(filepath.Join(b.project, "made.txt")); err != nil || string(made) != "once\n" {
		t.Errorf("read-only let it write: %q, %v", made, err)
	}

	cut := run("cut off", "-o", "json")
	cut.want(t, 0)
	if !strings.Contains(cut.stdout, "hello from the stand-in") || strings.Contains(cut.stdout, "PARTIAL") {
		t.Errorf("after a cut stream: %s", cut.stdout)
	}
	run("who am I").want(t, 4, "try: ")
	run("too fast").want(t, 5)
	b.interruptedIn("copilot")
}

// interruptedIn presses Ctrl-C while a tool of the program runs that has left its
// session.
func (b *bed) interruptedIn(provider string) {
	b.t.Helper()
	mark := "E2E_MARK=vendor-" + filepath.Base(filepath.Dir(b.home)) + filepath.Base(b.home)
	cmd := b.command("--provider", provider, "run", "hold on")
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

// githubLogin logs in with a device code, in a terminal, at a stand-in for GitHub,
// and then asks.
func githubLogin(t *testing.T, path string) {
	server := github.New(github.Options{Pending: 2, Model: "claude-sonnet-4.5", Answer: "hello from GitHub's stand-in"})
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	t.Cleanup(listening.CloseClientConnections)
	b := newTmux(t, t.TempDir(), []string{
		"PATH=" + binDir + ":" + strings.TrimPrefix(path, "PATH="), "COPILOT_AUTO_UPDATE=false", "JCODE_COPILOT_MODEL=claude-sonnet-4.5",
	})
	b.tmux("resize-window", "-x", "160", "-y", "40")

	b.starts("jcode auth status --provider copilot --probe")
	b.sees("copilot is not logged in")
	b.ended()
	b.starts("jcode --provider copilot run hi")
	b.sees("try: jcode login --provider copilot")
	b.sees("status-4")
	b.ended()

	b.starts("jcode config set plugin.copilot.login_host " + listening.URL + " && jcode login --provider copilot --no-browser")
	b.sees("copilot login --device-code --host " + listening.URL + " takes the place of the usual command")
	b.sees("enter code " + github.UserCode)
	b.sees("Store token in plaintext config file? (y/N)")
	b.types("y")
	b.sees("Signed in successfully as " + github.Login)
	b.sees("logged in to copilot")
	b.sees("status-0")
	b.ended()
	b.works()

	b.starts("jcode auth status --provider copilot")
	b.sees(": ok")
	b.ended()
	b.starts("jcode --provider copilot run hi")
	b.sees("hello from GitHub's stand-in")
	b.ended()
	b.starts("jcode --provider copilot --model nonesuch run hi")
	b.sees("jcode models --provider copilot lists them")
	b.sees("status-2")
	b.ended()

	b.starts("jcode login --provider copilot --no-browser")
	b.sees("Waiting for authorization")
	b.tmux("send-keys", "C-c", "C-c", "C-c") // it does not listen to one
	b.sees("status-130")
	b.ended()
	b.works()
	b.tmux("send-keys", "C-d")
	noSurvivors(t, b.mark, 20*time.Second)
	t.Logf("asked of GitHub: %v", server.Seen())
}
