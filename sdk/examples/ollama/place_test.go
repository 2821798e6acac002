package ollama

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func TestHostURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"localhost":               "http://localhost:11434",
		"127.0.0.1:8080":          "http://127.0.0.1:8080",
		":8080":                   "http://127.0.0.1:8080",
		"0.0.0.0":                 "http://127.0.0.1:11434",
		"0.0.0.0:8080":            "http://127.0.0.1:8080",
		"[::]:8080":               "http://[::1]:8080",
		"::1":                     "http://[::1]:11434",
		"[::1]":                   "http://[::1]:11434",
		` "localhost:1" `:         "http://localhost:1",
		"http://box":              "http://box:80",
		"https://box":             "https://box:443",
		"https://box:8443/ollama": "https://box:8443/ollama",
	} {
		if got := hostURL(raw); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw             string
		plain           bool
		api, root, host string
		fault           string
	}{
		"bare":             {raw: "http://127.0.0.1:11434/", api: "http://127.0.0.1:11434/v1", root: "http://127.0.0.1:11434", host: "127.0.0.1:11434"},
		"with v1":          {raw: "http://localhost:1/v1", api: "http://localhost:1/v1", root: "http://localhost:1", host: "localhost:1"},
		"with path":        {raw: "https://example.com/openai/v1/chat/completions", api: "https://example.com/openai/v1", root: "https://example.com/openai", host: "example.com"},
		"other path":       {raw: "https://example.com/v1beta/openai/", api: "https://example.com/v1beta/openai", root: "https://example.com/v1beta/openai", host: "example.com"},
		"plain elsewhere":  {raw: "http://192.0.2.1:11434", fault: "plain http to another machine"},
		"plain allowed":    {raw: "HTTP://192.0.2.1:11434", plain: true, api: "http://192.0.2.1:11434/v1", root: "http://192.0.2.1:11434", host: "192.0.2.1:11434"},
		"password":         {raw: "http://me:secret@localhost", fault: "user name or password"},
		"password allowed": {raw: "http://me:secret@box", plain: true, fault: "user name or password"},
		"scheme":           {raw: "ftp://box", fault: `scheme "ftp"`},
		"nothing":          {raw: "http://", fault: "names no host"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, err := parsePlace(test.raw, "X", test.plain)
			if test.fault != "" {
				if sdk.KindOf(err) != sdk.KindConfiguration || !strings.Contains(err.Error(), test.fault) || strings.Contains(err.Error(), "secret") {
					t.Fatalf("%v, want %s", err, test.fault)
				}
				return
			}
			if err != nil || at.api() != test.api || at.root() != test.root || at.Host != test.host {
				t.Errorf("%s %s %s %v", at.api(), at.root(), at.Host, err)
			}
		})
	}
}

func FuzzHostURL(f *testing.F) {
	for _, seed := range []string{"", "localhost", "[::]:1", "https://a/b", `"x":`, "http://%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		at, err := parsePlace(hostURL(raw), hostVariable, true)
		if err != nil {
			return
		}
		if u, err := url.Parse(at.api()); err != nil || u.Host == "" || u.User != nil {
			t.Errorf("%q became %q: %v", raw, at.api(), err)
		}
	})
}
