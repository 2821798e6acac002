//go:build unix

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newCLIBed is one whose provider runs a program, which plays script.
func newCLIBed(t *testing.T, script string) *bed {
	t.Helper()
	b := newBed(t, nil)
	program := b.write("bin/claude", script)
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	b.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "JCODE_HOME=" + filepath.Join(b.home, ".jcode"),
		"ANTHROPIC_BASE_URL=" + b.url, "JCODE_CLAUDE_CLI_PATH=" + program, "TMPDIR=" + os.TempDir(),
		"IS_SANDBOX=1", // these tests may run as root
	}
	return b
}

// teller stands for a provider's program that tells its credential wherever it can.
const teller = `#!/bin/sh
read -r prompt
t=$CLAUDE_CODE_OAUTH_TOKEN
[ -n "$t" ] && touch given
echo "$t"
echo "$t" >&2
echo '{"type":"system","subtype":"init","session_id":"s1","model":"claude-opus-4-5-20251101","permissionMode":"bypassPermissions","claude_code_version":"2.1.197"}'
echo '{"type":"system","subtype":"api_retry","attempt":1,"error_status":500,"error":"'"$t"'"}'
echo '{"type":"assistant","message":{"id":"m1","model":"claude-opus-4-5-20251101","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"env '"$t"'"}}]},"parent_tool_use_id":null}'
echo '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"TOKEN='"$t"'"}]},"parent_tool_use_id":null}'
echo '{"type":"result","subtype":"'"$END"'","is_error":false,"result":"'"$t"'","errors":["'"$t"'"],"session_id":"s1"}'
`

// A login that a provider's program is given shows up in nothing that jcode writes
// at the most talkative level, whatever the program prints.
func TestNoTokenOfAProvidersProgram(t *testing.T) {
	t.Parallel()
	const token = "sk-ant-oat01-end-to-end-9876543210"
	b := newCLIBed(t, teller)
	login := b.write(".jcode/auth.json", fmt.Sprintf(`{"anthropic":{"type":"oauth","access":%q,"refresh":"r","expires":%d}}`, token, time.Now().Add(time.Hour).UnixMilli()))
	if err := os.Chmod(login, 0o600); err != nil {
		t.Fatal(err)
	}
	b.env = append(b.env, "JCODE_HOME="+filepath.Dir(login))
	for end, code := range map[string]int{"success": 0, "error_during_execution": 1} {
		for _, output := range []string{"text", "json", "stream-json"} {
			cmd := b.command("--log-level", "trace", "--provider", "claude", "run", "-o", output, "go")
			cmd.Env = append(cmd.Env, "END="+end)
			r := b.finish(cmd)
			r.want(t, code)
			if strings.Contains(r.stdout+r.stderr, token) {
				t.Errorf("the token shows up in the output: %s %s", clip(r.stdout), clip(r.stderr))
			}
		}
	}
	if _, err := os.Stat(filepath.Join(b.project, "given")); err != nil {
		t.Error("the program was given no token:", err)
	}
	files := 0
	err := filepath.WalkDir(filepath.Dir(login), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path == login {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), token) {
			t.Errorf("the token shows up in %s", path)
		}
		return err
	})
	if err != nil || files < 2 { // a session and a log
		t.Errorf("%d files, %v", files, err)
	}
}
