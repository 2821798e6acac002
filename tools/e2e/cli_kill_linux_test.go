package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// toolRunner stands for a provider's program: it answers something, and runs a tool
// in a session of its own that heeds no signal, as the real one does. Itself, it
// heeds none either.
const toolRunner = `#!/bin/bash
trap '' INT TERM HUP
read -r prompt
echo '{"type":"system","subtype":"init","session_id":"s1","model":"claude-opus-4-5-20251101","permissionMode":"bypassPermissions","claude_code_version":"2.1.197"}'
echo '{"type":"assistant","message":{"id":"m1","model":"claude-opus-4-5-20251101","content":[{"type":"text","text":"a tool runs"}]},"parent_tool_use_id":null}'
setsid bash -c 'trap "" TERM HUP INT; echo $$ > started; while :; do sleep 1; done' &
wait
`

// Whoever is killed, nothing is left of a provider's program and of what it started
// in a session of its own.
func TestKillLeavesNothingOfAProvidersProgram(t *testing.T) {
	t.Parallel()
	for name, victims := range map[string]struct{ jcode, plugin bool }{
		"jcode": {jcode: true}, "the plugin": {plugin: true}, "both": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, toolRunner)
			for i := range 5 {
				b.killInTool(fmt.Sprintf("E2E_MARK=cli-%d-%s", i, b.home), victims.jcode, victims.plugin)
			}
		})
	}
}

func (b *bed) killInTool(mark string, jcode, plugin bool) {
	b.t.Helper()
	_ = os.Remove(filepath.Join(b.project, "started"))
	cmd := b.command("--provider", "claude", "run", "hold on")
	cmd.Env = append(b.env, mark)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.await("started")
	plugins := slices.DeleteFunc(pluginsBelow(cmd.Process.Pid), isGuardian)
	if len(plugins) != 1 {
		b.t.Errorf("plugin processes: %v", plugins)
	}
	if jcode {
		_ = cmd.Process.Kill()
	}
	if plugin {
		for _, pid := range plugins {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	b.soonGone(mark)
	_ = cmd.Wait()
}

// isGuardian tells a plugin from its own guardian, which is the same program.
func isGuardian(pid int) bool {
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && strings.Contains(string(cmdline), "__jcode_guard")
}
