package claude

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

func TestKeychainItem(t *testing.T) {
	t.Parallel()
	for dir, service := range map[string]string{
		"":                           "Claude Code-credentials",
		"/Users/ada/.claude-work":    "Claude Code-credentials-6a5b8464",
		"/Users/andr\u00e9/.claude":  "Claude Code-credentials-f96a76fe",
		"/Users/andre\u0301/.claude": "Claude Code-credentials-f96a76fe", // as the Finder writes it
	} {
		item := keychainItemOf(dir, "ada")
		if got := strings.Join(item.arguments(), "|"); got != "find-generic-password|-s|"+service+"|-a|ada|-w" {
			t.Errorf("%q: %s", dir, got)
		}
	}
	if name, err := userOf([]string{"USER=ada"}); name != "ada" || err != nil {
		t.Error(name, err)
	}
	if name, err := userOf(nil); name == "" || err != nil {
		t.Error("without the variable:", name, err)
	}
}

// security prints what is not plain ASCII in hexadecimal.
func TestKeychainText(t *testing.T) {
	t.Parallel()
	const secret = `{"claudeAiOauth":{"accessToken":"a"},"name":"é"}`
	for _, output := range []string{secret + "\n", hex.EncodeToString([]byte(secret)) + "\n"} {
		if got := keychainText(output); got != secret {
			t.Errorf("%q of %q", got, output)
		}
	}
	for _, other := range []string{"", "ab", "sk-ant-oat01-abc"} {
		if got := keychainText(other + "\n"); got != other {
			t.Errorf("%q of %q", got, other)
		}
	}
}

func TestLoginWithKeychain(t *testing.T) {
	t.Parallel()
	future := time.Now().Add(time.Hour).UnixMilli()
	login := func(access string, expires int64) string {
		return strings.Replace(claudeFile(access, expires), "{", `{"mcpOAuth":{},`, 1)
	}
	for name, tt := range map[string]struct {
		output string
		code   int
		kind   sdk.Kind
		want   string // of the message
	}{
		"a login":   {login("sk-ant-oat01-mac", future), 0, 0, ""},
		"in hex":    {hex.EncodeToString([]byte(login("sk-ant-oat01-mac", future))) + "\n", 0, 0, ""},
		"none":      {"", keychainNotFound, sdk.KindUnauthenticated, `"Claude Code-credentials" of ada`},
		"refused":   {"", keychainCancelled, sdk.KindPermissionDenied, "not opened"},
		"password":  {"", keychainNoPassword, sdk.KindPermissionDenied, "not opened"},
		"locked":    {"", keychainLocked, sdk.KindPermissionDenied, "locked"},
		"late":      {"", -1, sdk.KindPermissionDenied, "did not answer"},
		"odd":       {"", 7, sdk.KindPermissionDenied, "status 7"},
		"expired":   {login("sk-ant-oat01-mac", 1), 0, sdk.KindUnauthenticated, "expired"},
		"blanked":   {login("", 0), 0, sdk.KindUnauthenticated, "logged out"},
		"not ours":  {`{"mcpOAuth":{}}`, 0, sdk.KindUnauthenticated, "has no login"},
		"not JSON":  {`{"claude`, 0, sdk.KindUnauthenticated, "neither a token nor JSON"},
		"elsewhere": {"", -2, sdk.KindConfiguration, "only macOS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, dir := ownedProvider(t, newTokenServer(t, "", goodTokens), nil)
			p.config.ChildEnvironment = []string{"USER=ada"}
			p.keychain = func(_ context.Context, item keychainItem) (string, error) {
				switch tt.code {
				case 0:
					return tt.output, nil
				case -2:
					return "", errNoKeychain
				}
				return "", item.fault(tt.code)
			}
			_, err := p.Login(t.Context(), sdk.LoginRequest{Method: methodKeychain, Headless: true}, &person{})
			stored, _ := os.ReadFile(filepath.Join(dir, ownPath))
			if tt.want != "" {
				if sdk.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.want) || sdk.AsError(err).Remedy == "" || len(stored) > 0 {
					t.Errorf("%v, stored %s", err, stored)
				}
				return
			}
			var file struct{ Anthropic map[string]any }
			if err != nil || json.Unmarshal(stored, &file) != nil || file.Anthropic["access"] != "sk-ant-oat01-mac" {
				t.Fatalf("%v, stored %s", err, stored)
			}
			if _, ok := file.Anthropic["refresh"]; ok {
				t.Error("the refresh token is Claude Code's, and was taken")
			}
		})
	}
}
