//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A subagent that was at work when jcode was killed can be gone on with.
func TestKilledSubagentIsResumed(t *testing.T) {
	t.Parallel()
	killed := prepareJcode(t, "run", "tool", "task", `{"description":"d","prompt":"tool bash {\"command\":\"touch started; sleep 300\"}"}`)
	killed.start(t)
	wait(t, "the subagent's command", func() bool {
		_, err := os.Stat(filepath.Join(killed.Dir, "started"))
		return err == nil
	})
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed.end(t)
	resume := func(args ...string) *running {
		again := prepareJcode(t, append([]string{"run", "-c"}, args...)...)
		again.Dir, again.Env = killed.Dir, killed.Env
		again.start(t)
		if code := again.end(t); code != 0 {
			t.Fatalf("exit %d: %s", code, &again.stderr)
		}
		return again
	}
	resume("say", "something") // takes up what the run itself left open
	shown := prepareJcode(t, "sessions", "show")
	shown.Dir, shown.Env = killed.Dir, killed.Env
	shown.start(t)
	if shown.end(t); !strings.Contains(shown.stdout.String(), "go on with session_id task-1\n") {
		t.Errorf("the run was not told which subagent it was: %s", shown.stdout.String())
	}
	again := resume("tool", "task", `{"description":"d","prompt":"count","session_id":"task-1"}`)
	// The subagent sees that its command was cut off; the fake repeats what it sees.
	if got := again.stdout.String(); !strings.Contains(got, "tool said: tool said: not run to its end") || !strings.Contains(got, "session_id: task-1; type: general; turns: 1;") {
		t.Errorf("stdout %s", got)
	}
	if !strings.Contains(again.stderr.String(), "session task-1: 1 tool calls had no result") {
		t.Errorf("stderr %s", &again.stderr)
	}
}
