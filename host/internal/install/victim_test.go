//go:build unix

package install

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// envVictim makes this binary an installer: "HOME|KILL|VERB|ARGUMENT". It kills
// itself with SIGKILL before step KILL; 0 is never.
const envVictim = "JCODE_TEST_VICTIM"

func victim() int {
	parts := strings.SplitN(os.Getenv(envVictim), "|", 4)
	kill, _ := strconv.Atoi(parts[1])
	in := installerAt(parts[0])
	steps := 0
	in.Step = func(string) {
		if steps++; steps == kill {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	fmt.Println("ready")
	if err := act(in, parts[0], parts[2], parts[3]); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("steps", steps)
	return 0
}

func act(in *Installer, home, verb, argument string) error {
	ctx := context.Background()
	var err error
	switch verb {
	case "install":
		_, err = in.Install(ctx, Request{Source: argument})
	case "uninstall":
		_, err = in.Uninstall(ctx, argument, home, false)
	case "purge":
		_, err = in.Uninstall(ctx, argument, home, true)
	case "rollback":
		_, _, err = in.Rollback(ctx, argument, 0)
	case "pin":
		_, err = in.Pin(ctx, argument, true)
	case "disable":
		_, err = in.Enable(ctx, argument, false)
	}
	return err
}

// runVictim runs an installer of its own and returns what it printed.
func runVictim(t *testing.T, home string, kill int, verb, argument string) (string, *exec.Cmd) {
	t.Helper()
	cmd := victimCommand(t, home, kill, verb, argument)
	out, _ := cmd.Output()
	return string(out), cmd
}

func victimCommand(t *testing.T, home string, kill int, verb, argument string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d|%s|%s", envVictim, home, kill, verb, argument), "GORACE=atexit_sleep_ms=0")
	return cmd
}

// wantSound demands that the store shows one of the states, that a repair finds
// nothing it cannot mend, and that all is well afterwards.
func wantSound(t *testing.T, in *Installer, what string, states ...map[string]string) {
	t.Helper()
	got := fmt.Sprint(versions(in))
	if !slices.ContainsFunc(states, func(s map[string]string) bool { return fmt.Sprint(s) == got }) {
		t.Fatalf("%s: installed: %s, want one of %v", what, got, states)
	}
	findings, err := in.Check(t.Context(), true)
	if err != nil {
		t.Fatalf("%s: repair: %v", what, err)
	}
	for _, f := range findings {
		if !f.Repaired || !f.Harmless {
			t.Errorf("%s: the repair found %+v", what, f)
		}
	}
	if findings, err = in.Check(t.Context(), false); err != nil || len(findings) > 0 {
		t.Errorf("%s: after the repair: %+v, %v", what, findings, err)
	}
	if after := fmt.Sprint(versions(in)); after != got {
		t.Errorf("%s: the repair changed %s to %s", what, got, after)
	}
	if entries, _ := os.ReadDir(in.Store.staging()); len(entries) > 0 {
		t.Errorf("%s: left in staging: %v", what, entries)
	}
}

// crashHome is a home with acme 1.0.0, then 2.0.0, installed, and sources for more.
func crashHome(t *testing.T) (*Installer, string) {
	t.Helper()
	home := t.TempDir()
	t.Cleanup(func() { _ = removeTree(home) })
	in := installerAt(home)
	install(t, in, folder(t, "acme", "1.0.0"))
	install(t, in, folder(t, "acme", "2.0.0"))
	return in, home
}

// TestKilledAtEveryStep kills a real process at each step of each change.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	old := map[string]string{"acme": "2.0.0"}
	fresh, upgrade := folder(t, "other", "1.0.0"), file(t, "acme.tar.gz", tarball(t, plugin("acme", "3.0.0")...))
	tests := map[string]struct {
		verb, argument string
		after          map[string]string
	}{
		"install":   {"install", fresh, map[string]string{"acme": "2.0.0", "other": "1.0.0"}},
		"upgrade":   {"install", upgrade, map[string]string{"acme": "3.0.0"}},
		"uninstall": {"uninstall", "acme", map[string]string{}},
		"purge":     {"purge", "acme", map[string]string{}},
		"rollback":  {"rollback", "acme", map[string]string{"acme": "1.0.0"}},
		"pin":       {"pin", "acme", old},
		"disable":   {"disable", "acme", old},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, home := crashHome(t)
			out, _ := runVictim(t, home, 0, test.verb, test.argument)
			_, text, ok := strings.Cut(out, "steps ")
			steps, err := strconv.Atoi(strings.TrimSpace(text))
			if !ok || err != nil {
				t.Fatalf("the installer said %q", out)
			}
			for step := 1; step <= steps; step++ {
				in, home := crashHome(t)
				out, cmd := runVictim(t, home, step, test.verb, test.argument)
				if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
					t.Fatalf("step %d: not killed: %v: %s", step, cmd.ProcessState, out)
				}
				wantSound(t, in, fmt.Sprintf("killed before step %d of %d", step, steps), old, test.after)
				// What was cut off can be done again.
				if out, cmd := runVictim(t, home, 0, test.verb, test.argument); !cmd.ProcessState.Success() && fmt.Sprint(versions(in)) != fmt.Sprint(test.after) {
					t.Errorf("step %d: the second try said %q", step, out)
				}
			}
			t.Logf("%d steps", steps)
		})
	}
}

// TestKilledAtRandom kills installers 200 times at any moment. They install one
// version after the other over the same home, as in a life.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	const kills = 200
	in, home := crashHome(t)
	a := file(t, "acme.tar.gz", tarball(t, append(plugin("acme", "3.0.0"), item{name: "data", text: noise(400_000), mode: 0o644})...))
	b := file(t, "acme.tar.gz", tarball(t, append(plugin("acme", "4.0.0"), item{name: "data", text: noise(300_000), mode: 0o644})...))
	states := []map[string]string{{"acme": "2.0.0"}, {"acme": "3.0.0"}, {"acme": "4.0.0"}}
	before, cut, takes := "", 0, time.Duration(0)
	for _, source := range []string{a, b} { // how long one takes here
		_, took := killAfter(t, victimCommand(t, home, 0, "install", source), time.Minute)
		takes = max(takes, took)
	}
	for n := range kills {
		source, next := a, "map[acme:3.0.0]"
		if n%2 == 1 {
			source, next = b, "map[acme:4.0.0]"
		}
		before = fmt.Sprint(versions(in))
		killed, _ := killAfter(t, victimCommand(t, home, 0, "install", source), time.Duration(rand.Int64N(int64(takes))))
		if killed {
			cut++
		}
		if after := fmt.Sprint(versions(in)); after != before && after != next {
			t.Fatalf("kill %d: %s became %s", n, before, after)
		}
		wantSound(t, in, fmt.Sprintf("kill %d", n), states...)
	}
	t.Logf("%d of %d were killed before they had ended", cut, kills)
	if cut < kills/4 {
		t.Errorf("only %d of %d were killed at work", cut, kills)
	}
}

// killAfter kills a process some time after it has begun its work, and reports
// whether it was still there, and how long it was.
func killAfter(t *testing.T, cmd *exec.Cmd, limit time.Duration) (killed bool, took time.Duration) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	_, _ = lines.ReadString('\n') // ready
	began := time.Now()
	timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_, _ = io.Copy(io.Discard, lines)
	_ = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled(), time.Since(began)
}

// TestParallelInstalls: eight processes at once, of the same plugin and of eight.
func TestParallelInstalls(t *testing.T) {
	t.Parallel()
	const count = 8
	same := file(t, "acme.tar.gz", tarball(t, plugin("acme", "3.0.0")...))
	var others []string
	all := map[string]string{"acme": "2.0.0"}
	for i := range count {
		name := fmt.Sprintf("other-%d", i)
		others = append(others, folder(t, name, "1.0.0"))
		all[name] = "1.0.0"
	}
	for name, test := range map[string]struct {
		source func(int) string
		want   map[string]string
	}{
		"the same":      {func(int) string { return same }, map[string]string{"acme": "3.0.0"}},
		"different":     {func(i int) string { return others[i] }, all},
		"two, in turns": {func(i int) string { return others[i%2] }, map[string]string{"acme": "2.0.0", "other-0": "1.0.0", "other-1": "1.0.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, home := crashHome(t)
			var running sync.WaitGroup
			for i := range count {
				cmd := victimCommand(t, home, 0, "install", test.source(i))
				running.Go(func() {
					if out, err := cmd.Output(); err != nil {
						t.Errorf("install %d: %v: %s", i, err, out)
					}
				})
			}
			running.Wait()
			wantSound(t, in, name, test.want)
		})
	}
}

// TestParallelVersions: eight versions of one plugin at once; one of them wins and
// it is whole.
func TestParallelVersions(t *testing.T) {
	t.Parallel()
	in, home := crashHome(t)
	var states []map[string]string
	var running sync.WaitGroup
	for i := range 8 {
		version := fmt.Sprintf("3.%d.0", i)
		states = append(states, map[string]string{"acme": version})
		cmd := victimCommand(t, home, 0, "install", folder(t, "acme", version))
		running.Go(func() {
			if out, err := cmd.Output(); err != nil {
				t.Errorf("install %s: %v: %s", version, err, out)
			}
		})
	}
	running.Wait()
	wantSound(t, in, "eight versions", states...)
}

// TestLeaseKeepsObject: what runs keeps its files through upgrades and purges.
func TestLeaseKeepsObject(t *testing.T) {
	t.Parallel()
	in, home := crashHome(t)
	entries, _, err := in.Store.Entries()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(in.Store.object(entries[0].Tree), "jcode-provider-acme")
	lease := in.Store.Lease(entries[0].Tree)
	if out, cmd := runVictim(t, home, 0, "install", folder(t, "acme", "3.0.0")); !cmd.ProcessState.Success() {
		t.Fatal(out)
	}
	if out, cmd := runVictim(t, home, 0, "purge", "acme"); !cmd.ProcessState.Success() {
		t.Fatal(out)
	}
	if _, err := os.Stat(program); err != nil {
		t.Errorf("what runs has lost its files: %v", err)
	}
	lease.Release()
	if _, err := in.Check(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err == nil {
		t.Error("a purged plugin's files stay when nobody uses them")
	}
}
