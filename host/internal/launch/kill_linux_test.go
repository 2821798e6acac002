package launch

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// hostProcess starts this binary as a host of p and returns what it printed: the
// plugin's process and the text of its answer.
func hostProcess(t *testing.T, p discover.Plugin, home, verb string) (host *exec.Cmd, plugin, child int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	host = exec.CommandContext(t.Context(), self)
	host.Env = append(os.Environ(), hostRole+"="+home, "LAUNCH_TEST_NAME="+p.Name, "LAUNCH_TEST_PATH="+p.Path,
		"LAUNCH_TEST_SOURCE="+string(p.Source), "LAUNCH_TEST_VERB="+verb)
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Process.Kill(); _ = host.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := fmt.Sscanf(line, "ready %d %d", &plugin, &child); n == 0 {
		t.Fatalf("host says %q", line)
	}
	return host, plugin, child
}

func running(pid int) bool {
	if pid == 0 {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// TestHostIsKilled: SIGKILL for the host, and nothing is left within a second: not
// the plugin, not a grandchild in a session of its own, no socket folder.
func TestHostIsKilled(t *testing.T) {
	t.Parallel()
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	tests := map[string]struct {
		plugin discover.Plugin
		verb   string
	}{
		"guarded, with a grandchild": {testPlugin(t, "parent"), "spawn"},
		"bundled":                    {bundled(testPlugin(t, "single")), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var slowest time.Duration
			for range rounds {
				home := testHome(t)
				host, plugin, child := hostProcess(t, test.plugin, home, test.verb)
				if (child != 0) != (test.verb != "") {
					t.Fatalf("plugin %d, child %d", plugin, child)
				}
				killed := time.Now()
				_ = host.Process.Kill()
				eventually(t, 10*time.Second, "plugin and grandchild are gone", func() bool { return !running(plugin) && !running(child) })
				slowest = max(slowest, time.Since(killed))
				noFolders(t, home)
			}
			t.Logf("slowest of %d: %v", rounds, slowest)
		})
	}
}

// TestHostAndPluginAreKilled: the plugin cannot do anything for its child any more.
func TestHostAndPluginAreKilled(t *testing.T) {
	t.Parallel()
	home := testHome(t)
	host, plugin, child := hostProcess(t, testPlugin(t, "parent"), home, "spawn")
	_ = syscall.Kill(plugin, syscall.SIGKILL)
	_ = host.Process.Kill()
	eventually(t, 10*time.Second, "the grandchild is gone", func() bool { return !running(child) })
	noFolders(t, home)
}

// TestHostIsKilledWhileStarting: the folder of the few milliseconds before the
// connection stands goes with the guardian, or with the next start.
func TestHostIsKilledWhileStarting(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := testPlugin(t, "hangs")
	host := exec.CommandContext(t.Context(), self)
	host.Env = append(os.Environ(), hostRole+"="+o.Home, "LAUNCH_TEST_NAME="+p.Name, "LAUNCH_TEST_PATH="+p.Path, "LAUNCH_TEST_SOURCE=bundled")
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the start has begun", func() bool { return len(processesOf(p.Path)) > 0 })
	_ = host.Process.Kill()
	_ = host.Wait()
	eventually(t, 10*time.Second, "the plugin is gone", func() bool { return len(processesOf(p.Path)) == 0 })
	launched(t, testPlugin(t, "next"), o)
	noFolders(t, o.Home)
}

// processesOf returns the processes whose first argument is path.
func processesOf(path string) []string {
	var found []string
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		cmdline, err := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		if first, _, _ := strings.Cut(string(cmdline), "\x00"); err == nil && first == path {
			found = append(found, entry.Name())
		}
	}
	return found
}

// TestPluginLeavesAChild: what a crashed plugin leaves is ended with it.
func TestPluginLeavesAChild(t *testing.T) {
	t.Parallel()
	s := supervised(t, "parent", nil)
	p, _ := provided(t, s)
	stream := newCollector()
	if _, err := p.Generate(t.Context(), request("spawn"), stream); err != nil {
		t.Fatal(err)
	}
	var child int
	if _, err := fmt.Sscan(stream.text, &child); err != nil {
		t.Fatal(err)
	}
	_, _ = p.Generate(t.Context(), request("die"), newCollector())
	if e := s.Crash(t.Context()); e == nil || !strings.Contains(e.Detail, "killed by signal") {
		t.Errorf("crash: %v", e)
	}
	provided(t, s) // the next process
	if running(child) {
		t.Error("the child lives on")
	}
}

// TestLifelineIsOurs: no child of the host inherits the write end.
func TestLifelineIsOurs(t *testing.T) {
	t.Parallel()
	process := launched(t, bundled(testPlugin(t, "alone")), testOptions(t))
	other := exec.CommandContext(t.Context(), "sleep", "300")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	lifeline := linkOf(os.Getpid(), fmt.Sprint(process.attempt.lifeline.Fd()))
	for _, fd := range filesOf(t, other.Process.Pid) {
		if linkOf(other.Process.Pid, fd) == lifeline {
			t.Errorf("another child holds the lifeline %s", lifeline)
		}
	}
	pid := process.Facts().PID
	if linkOf(pid, "0") != lifeline {
		t.Errorf("standard input is %s, the lifeline %s", linkOf(pid, "0"), lifeline)
	}
	for _, fd := range filesOf(t, pid) {
		if target := linkOf(pid, fd); strings.Contains(target, discover.Prefix) {
			t.Errorf("the plugin holds its own program open: %s", target)
		}
	}
}

func filesOf(t *testing.T, pid int) []string {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	var fds []string
	for _, entry := range entries {
		fds = append(fds, entry.Name())
	}
	return fds
}

func linkOf(pid int, fd string) string {
	target, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd))
	return target
}

// TestVerifiedBytesRun: the file is replaced between the check and the execution.
func TestVerifiedBytesRun(t *testing.T) {
	t.Parallel()
	p := bundled(testPlugin(t, "good"))
	p.LockedSHA256 = digestOf(t, p.Path)
	o := testOptions(t)
	a, err := newAttempt(p, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Path, []byte("#!/bin/sh\necho evil\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	process, err := a.start(t.Context(), a.clientConfig(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stop(t.Context())
	if f := process.Facts(); !f.ByDescriptor || !f.Verified {
		t.Errorf("facts %+v", f)
	}
}

// TestProcessName: what is executed through a descriptor still has a name.
func TestProcessName(t *testing.T) {
	t.Parallel()
	process := launched(t, testPlugin(t, "named"), testOptions(t))
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", process.Facts().PID))
	if err != nil || !strings.HasPrefix(string(comm), discover.Prefix) || !process.Facts().ByDescriptor {
		t.Errorf("name %q, %v", comm, err)
	}
}

// TestNoExecMount needs a file system where nothing may be executed.
func TestNoExecMount(t *testing.T) {
	t.Parallel()
	folder := noExecFolder(t)
	p := testPlugin(t, "stuck")
	data, err := os.ReadFile(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	p.Path = folder + "/" + discover.Prefix + "stuck"
	if err := os.WriteFile(p.Path, data, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), p, testOptions(t))
	var e *Error
	if !errors.As(err, &e) || e.Reason != ReasonNoExecMount {
		t.Errorf("error %v", err)
	}
}

func noExecFolder(t *testing.T) string {
	t.Helper()
	mounts, _ := os.ReadFile("/proc/mounts")
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.Contains(fields[3], "noexec") || !strings.HasPrefix(fields[3], "rw") {
			continue
		}
		if folder, err := os.MkdirTemp(fields[1], "jcode-test"); err == nil { //nolint:usetesting // it must lie on that file system
			t.Cleanup(func() { _ = os.RemoveAll(folder) })
			return folder
		}
	}
	t.Skip("no file system is mounted without execution")
	return ""
}
