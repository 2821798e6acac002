package shellout_test

import (
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	secrets := []sdk.Secret{sdk.NewSecret("pass"), sdk.NewSecret("passphrase"), sdk.NewSecret("a"), {}}
	tests := []struct{ name, text, want string }{
		{"empty", "", ""},
		{"nothing", "Error: file author.go:12 has no token", "Error: file author.go:12 has no token"},
		{"given, the longest first", "my passphrase, a pass", "my [redacted], a [redacted]"},
		{"github", "ghp_0123456789abcdefghijABCDEFGHIJ012345 github_pat_11ABCDEFG0123456789_abc gho_0123456789abcdefghij.", "[redacted] [redacted] [redacted]"},
		{"keys", "key_0123456789abcdef0123456789abcdef sk-ant-oat01-abcdefghijklmnop AIzaSyA0123456789abcdefghij", "[redacted] [redacted] [redacted]"},
		{"bearer", "Authorization: Bearer abc.def-ghi_jkl", "Authorization: Bearer [redacted]"},
		{"web token", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sflKxw_RJSM and left", "got [redacted] and left"},
		{"login", "Visit https://a.example/cb?code=4%2F0AX&state=xyz#x now", "Visit https://a.example/cb?code=[redacted]&state=[redacted] now"},
		{"user of a url", "proxy http://me:hush@proxy.example:80/", "proxy http://me:[redacted]@proxy.example:80/"},
		{"json", `{"access_token": "0123456789", "n": 1}`, `{"access_token": "[redacted]", "n": 1}`},
		{"assignment", "CURSOR_API_KEY=abcdefghij rest", "CURSOR_API_KEY=[redacted] rest"},
		{"twice", "token=[redacted]", "token=[redacted]"},
		{"words that look alike", "keyboard sketch tokens ↑ 12.3k • ↓ 200", "keyboard sketch tokens ↑ 12.3k • ↓ 200"},
		{"an id", "session 0b0f1a9e-2b0c-4c51-9d0d-5b8b6b1f7a57", "session 0b0f1a9e-2b0c-4c51-9d0d-5b8b6b1f7a57"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shellout.Redact(tt.text, secrets...); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func BenchmarkRedact(b *testing.B) {
	text := strings.Repeat("noise of a program that says what it does, at 12:30:01\n", 1200)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_ = shellout.Redact(text)
	}
}
