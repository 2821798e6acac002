package redact

import (
	"slices"
	"strings"
	"testing"
)

func TestLooks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"private key":    {"a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nb", "a\n-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----\nb"},
		"cut off key":    {"-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN PRIVATE KEY-----[redacted]"},
		"cloud key":      {"id AKIAIOSFODNN7EXAMPLE.", "id [redacted]."},
		"forge":          {"ghp_abcdefghijklmnopqrstuvwxyz0123", "[redacted]"},
		"header":         {`-H "Authorization: Token abcdef0123"`, `-H "Authorization: Token [redacted]"`},
		"header, bearer": {"authorization=Bearer abcdefghij", "authorization=Bearer [redacted]"},
		"cookie":         {"Set-Cookie: id=abc; Path=/\nnext", "Set-Cookie: [redacted]\nnext"},
		"short variable": {"export DB_PASSWORD=abc PORT=80", "export DB_PASSWORD=[redacted] PORT=80"},
		"quoted":         {`API_KEY="a b c"; X_PAT='d e'`, `API_KEY="[redacted]"; X_PAT='[redacted]'`},
		"twice":          {"MY_TOKEN=sk-abcdefghijklmnopqrstuvwx", "MY_TOKEN=[redacted]"},
		"code":           {"monkey=1; keyboard = x; primary_key=True; TOKENS=5", "monkey=1; keyboard = x; primary_key=True; TOKENS=5"},
		"address":        {"https://example.com:443/@me and user@host", "https://example.com:443/@me and user@host"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (Redactor{}).Text(test.in); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestFound(t *testing.T) {
	t.Parallel()
	got := Found(`API_KEY="a b c" and Bearer abcdefghij`)
	if !slices.Contains(got, "a b c") || !slices.Contains(got, "abcdefghij") {
		t.Errorf("%q", got)
	}
}

// A known value never comes through.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"Authorization: Bearer abc.def-ghi", `API_KEY="x" token=[redacted]!`, "://a:b@c", "-----BEGIN PRIVATE KEY-----\nx"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once := New([]string{"correct-horse"}).Text(in)
		if strings.Contains(once, "correct-horse") {
			t.Errorf("%q became %q", in, once)
		}
	})
}
