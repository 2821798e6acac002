package guard_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/jcode-go/jcode/sdk/guard"
)

// What a guard costs beside a plain start of the same program, from the call to
// nothing being left.
func BenchmarkTrue(b *testing.B) {
	path, err := exec.LookPath("true")
	if err != nil {
		b.Skip(err)
	}
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command(path).Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reused", func(b *testing.B) {
		runTrue(b, path)
		for b.Loop() {
			runTrue(b, path)
		}
	})
	b.Run("cold", func(b *testing.B) {
		for range b.N { // not b.Loop: its timer must stop for the killing
			b.StopTimer()
			killIdle(b)
			b.StartTimer()
			runTrue(b, path)
		}
	})
	b.Run("prepared", func(b *testing.B) {
		for range b.N { // not b.Loop: its timer must stop for the preparing
			b.StopTimer()
			killIdle(b)
			if err := guard.Prepare(); err != nil {
				b.Fatal(err)
			}
			settled(b, guard.IdlePid())
			b.StartTimer()
			runTrue(b, path)
		}
	})
}

func runTrue(b *testing.B, path string) {
	tree, err := guard.Start(b.Context(), guard.Command{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	if exit, err := tree.Wait(b.Context()); err != nil || !exit.Success() {
		b.Fatal(exit, err)
	}
	if err := tree.WaitGone(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// killIdle has the next command start without a guardian that waits.
func killIdle(b *testing.B) {
	pid := guard.IdlePid()
	if pid == 0 {
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		b.Fatal(err)
	}
	for guard.IdlePid() == pid {
		runtime.Gosched()
	}
}

// settled waits until the guardian has started up, which is when it has its name.
func settled(b *testing.B, pid int) {
	for {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil {
			b.Fatal(err)
		}
		if strings.TrimSpace(string(comm)) == "jcode-guard" && state(pid) == 'S' {
			return
		}
	}
}

// What a waiting guardian holds.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		tree, err := guard.Start(b.Context(), guard.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "sleep 0.3"}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := exec.Command("sleep", "0.2").Output(); err != nil {
			b.Fatal(err)
		}
		rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", tree.GuardianPid()))
		if err != nil {
			b.Skip(err)
		}
		for line := range strings.Lines(string(rollup)) {
			var name string
			var kb float64
			if n, _ := fmt.Sscan(line, &name, &kb); n == 2 && (name == "Pss:" || name == "Rss:" || name == "Private_Dirty:") {
				b.ReportMetric(kb, strings.TrimSuffix(name, ":")+"-KB")
			}
		}
		if err := tree.Kill(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
