//go:build unix

package launch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// byHand starts a plugin as somebody with a debugger does, and returns its row and
// what ends it.
func byHand(t *testing.T) (discover.Plugin, *exec.Cmd, func()) {
	t.Helper()
	row := testPlugin(t, "acme")
	file := filepath.Join(t.TempDir(), "attach.json")
	command := exec.CommandContext(t.Context(), row.Path, "debug")
	command.Env = append(os.Environ(), sdkplugin.EnvAttachFile+"="+file)
	lifeline, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		_ = lifeline.Close()
		_ = command.Wait()
	}
	t.Cleanup(end)
	eventually(t, time.Minute, "the plugin waits", func() bool { _, err := os.Stat(file); return err == nil })
	rows := discover.List(discover.Options{
		Overrides: []discover.Override{{Name: "acme", Path: discover.AttachPrefix + file}}, HostProtocols: Protocols(),
	})
	if len(rows) != 1 || rows[0].Status != discover.StatusOK || rows[0].Trust != discover.TrustAttached {
		t.Fatalf("rows %+v", rows)
	}
	return rows[0], command, end
}

// TestAttachedPluginMayStopAtABreakpoint: neither the start limit nor that of the
// first call counts, and the host ends nothing.
func TestAttachedPluginMayStopAtABreakpoint(t *testing.T) {
	t.Parallel()
	row, command, end := byHand(t)
	if err := command.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	options := testOptions(t)
	options.StartTimeout = 10 * time.Millisecond
	type result struct {
		process *Process
		err     error
	}
	started := make(chan result, 1)
	go func() {
		process, err := Start(t.Context(), row, options)
		started <- result{process, err}
	}()
	select {
	case r := <-started:
		t.Fatalf("the start did not wait: %+v", r)
	case <-time.After(infoTimeout + 200*time.Millisecond):
	}
	if err := command.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r := <-started
	if r.err != nil {
		t.Fatal(r.err)
	}
	facts := r.process.Facts()
	if !facts.Attached || facts.PID != command.Process.Pid || facts.Verified || facts.Transport != TransportAttached {
		t.Errorf("facts %+v", facts)
	}
	if text, err := ask(t, r.process, "hello"); err != nil {
		t.Errorf("%q, %v", text, err)
	}
	r.process.Stop(t.Context())
	again, err := Start(t.Context(), row, options)
	if err != nil {
		t.Fatalf("a second host: %v", err)
	}
	if !again.Alive() {
		t.Error("the plugin ended with the host before")
	}
	end()
	eventually(t, time.Minute, "the end is seen", func() bool { return !again.Alive() })
	again.Stop(t.Context())
	var own *Error
	if _, err := Start(t.Context(), row, options); !errors.As(err, &own) || own.Reason != ReasonTransport || !strings.Contains(own.Remedy, "debug") {
		t.Errorf("attaching to nobody: %v", err)
	}
}

// TestAttachNeedsTheToken: who only knows the socket gets nothing.
func TestAttachNeedsTheToken(t *testing.T) {
	t.Parallel()
	row, _, _ := byHand(t)
	data, err := os.ReadFile(row.AttachFile())
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(row.AttachFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	_, after, _ := strings.Cut(string(data), `"token":"`)
	token, _, _ := strings.Cut(after, `"`)
	forged := filepath.Join(t.TempDir(), "attach.json")
	if err := os.WriteFile(forged, []byte(strings.Replace(string(data), token, sdkplugin.NewToken(), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	row.Path = discover.AttachPrefix + forged
	var own *Error
	if _, err := Start(t.Context(), row, testOptions(t)); !errors.As(err, &own) || !strings.Contains(own.Detail, "not the plugin") {
		t.Errorf("attached with a wrong token: %v", err)
	}
}
