package claude

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

func configured(t *testing.T, variables map[string]string) *Provider {
	t.Helper()
	p := New("1.2.3")
	p.home = t.TempDir
	config := sdk.Config{Variables: sdk.Variables{}}
	for name, value := range variables {
		config.Variables[name] = sdk.NewSecret(value)
	}
	if err := p.Configure(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSettings(t *testing.T) {
	t.Parallel()
	direct := func(more ...string) map[string]string {
		out := map[string]string{directVariable: "1"}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	for _, tt := range []struct {
		name      string
		variables map[string]string
		kind      sdk.Kind
		remedy    string
		status    sdk.AuthState
		source    string
	}{
		{"no key", direct(), sdk.KindUnauthenticated, "jcode login --provider claude", sdk.AuthMissing, ""},
		{"empty key", direct(keyVariable, "", tokenVariable, " "), sdk.KindUnauthenticated, "", sdk.AuthMissing, ""},
		{"broken key", direct(keyVariable, "sk\nx"), sdk.KindConfiguration, "copy", "", ""},
		{"plain http", direct(keyVariable, testKey, baseVariable, "http://example.com"), sdk.KindConfiguration, "ANTHROPIC_BASE_URL", "", ""},
		{"no URL", direct(keyVariable, testKey, baseVariable, "http://[::1"), sdk.KindConfiguration, "ANTHROPIC_BASE_URL", "", ""},
		{"key", direct(keyVariable, testKey, tokenVariable, "t"), 0, "", sdk.AuthOK, keyVariable},
		{"token", direct(tokenVariable, "t"), 0, "", sdk.AuthOK, tokenVariable},
		{"true", map[string]string{directVariable: "TRUE", keyVariable: testKey}, 0, "", sdk.AuthOK, keyVariable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := configured(t, tt.variables)
			status, err := p.AuthStatus(t.Context(), false)
			if (err != nil) != (tt.kind == sdk.KindConfiguration) || status.State != tt.status || status.Source != tt.source {
				t.Errorf("%+v, %v", status, err)
			}
			if printed := fmt.Sprintf("%+v", status); strings.Contains(printed, testKey) {
				t.Errorf("the key is shown: %s", printed)
			}
			_, err = p.exchange(t.Context(), hello(), &recorder{})
			if tt.kind == 0 {
				if err != nil || status.Billing == "" {
					t.Errorf("%v, billing %q", err, status.Billing)
				}
				return
			}
			if sdk.KindOf(err) != tt.kind || !strings.Contains(sdk.AsError(err).Remedy, tt.remedy) || status.Detail == "" && status.State != "" {
				t.Errorf("%v (%s), detail %q", err, sdk.AsError(err).Remedy, status.Detail)
			}
		})
	}
}

func TestPassedSources(t *testing.T) {
	t.Parallel()
	status, err := configured(t, map[string]string{directVariable: "1", tokenVariable: "t"}).AuthStatus(t.Context(), false)
	if d := cmp.Diff([]sdk.PassedSource{{Source: keyVariable, Reason: "not set"}}, status.Passed); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                vendorBase + "/v1/messages",
		"https://example.com":             "https://example.com/v1/messages",
		"https://example.com/":            "https://example.com/v1/messages",
		"https://example.com/v1":          "https://example.com/v1/messages",
		"https://example.com/v1/":         "https://example.com/v1/messages",
		" https://example.com/proxy/v1//": "https://example.com/proxy/v1/messages",
		"http://localhost:8080":           "http://localhost:8080/v1/messages",
		"http://127.3.2.1:1/x":            "http://127.3.2.1:1/x/v1/messages",
		"http://[::1]:1":                  "http://[::1]:1/v1/messages",
		"http://localhost.example.com":    "",
		"http://10.0.0.1":                 "",
		"ftp://example.com":               "",
		"example.com":                     "",
		"https://":                        "",
		"https://user:pw@example.com":     "",
		"https://example.com?key=1":       "",
		"https://exa mple.com":            "",
		"://":                             "",
	} {
		e, err := parseEndpoint(in)
		if want == "" {
			if sdk.KindOf(err) != sdk.KindConfiguration || strings.Contains(err.Error(), "pw") {
				t.Errorf("%q: %v", in, err)
			}
			continue
		}
		if err != nil || e.messages() != want || e.custom != (in != "") {
			t.Errorf("%q: %q, %v", in, e.messages(), err)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"1.2.3": "1.2.3", "v1.2.3-4-gabc": "1.2.3-4-gabc", "3af794b": "0.0.0-dev+3af794b", "": "0.0.0-dev"} {
		if got := New(in).version; got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	info, err := configured(t, map[string]string{directVariable: "1"}).Info(t.Context())
	if err != nil || info.Name != "claude" || info.Version != "1.2.3" || !info.Has(sdk.CapabilityThinking) {
		t.Errorf("%+v, %v", info, err)
	}
	if i := slices.IndexFunc(info.DefaultModels, func(m sdk.Model) bool { return m.Default }); info.DefaultModels[i].ID != defaultModel {
		t.Error("the default model is not marked")
	}
	for _, named := range []string{"claude-opus-5-5", "of-a-gateway"} {
		info, err := configured(t, map[string]string{modelVariable: named}).Info(t.Context())
		at := slices.IndexFunc(info.DefaultModels, func(m sdk.Model) bool { return m.Default })
		if err != nil || at < 0 || info.DefaultModels[at].ID != named {
			t.Errorf("%s: the default is told as %+v, %v", named, info.DefaultModels, err)
		}
	}
}
