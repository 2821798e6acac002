package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func TestHomeFolder(t *testing.T) {
	t.Parallel()
	there, _ := filepath.Abs("x")
	tests := map[string]struct {
		given   string
		environ []string
		want    string
	}{
		"given":     {there, []string{"JCODE_HOME=y", "HOME=z"}, there},
		"variable":  {"", []string{"JCODE_HOME=" + there, "HOME=z"}, there},
		"home":      {"", []string{"HOME=" + there}, filepath.Join(there, ".jcode")},
		"last wins": {"", []string{"HOME=z", "HOME=" + there}, filepath.Join(there, ".jcode")},
		"nothing":   {"", []string{"JCODE_HOME=", "odd"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := homeFolder(test.given, parseEnvironment(test.environ))
			if got != test.want || (err != nil) != (test.want == "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	if _, err := Open(t.Context(), Options{Home: there, WorkingDir: "relative"}); err == nil {
		t.Error("a relative working folder was accepted")
	}
}

func TestNothingIsTouchedWithoutNeed(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	if _, err := h.Plugins(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Sessions(t.Context(), SessionFilter{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ConfigList(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(h.Home()); err == nil {
		t.Error("the home folder was made")
	}
}

func TestConfigFacade(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil)
	if err := h.ConfigSet("stdin.limit", "1KiB"); err != nil {
		t.Fatal(err)
	}
	settings, err := h.Settings()
	if err != nil || settings.StdinLimit != 1024 {
		t.Errorf("%+v, %v", settings, err)
	}
	value, err := h.ConfigGet("stdin.limit")
	if err != nil || value.Origin != h.ConfigPath()+":2" || value.Description == "" {
		t.Errorf("%+v, %v", value, err)
	}
	var usage *UsageError
	if _, err := h.ConfigGet("stdin.limits"); !errors.As(err, &usage) || !strings.Contains(err.Error(), "stdin.limit") {
		t.Errorf("%v", err)
	}
	if err := h.ConfigSet("max_turns", "many"); !errors.As(err, &usage) {
		t.Errorf("%v", err)
	}
}

func TestBrokenConfig(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	if err := os.MkdirAll(h.Home(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.ConfigPath(), []byte("\nmax_turns = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var bad *ConfigError
	if _, err := h.Run(t.Context(), RunOptions{Prompt: "x"}); !errors.As(err, &bad) || bad.Line != 2 || bad.Column != 13 {
		t.Errorf("%v", err)
	}
	if _, err := h.Models(t.Context(), "", false); !errors.As(err, &bad) {
		t.Errorf("%v", err)
	}
	reports, err := h.Doctor(t.Context(), DoctorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if check := checkOf(t, reports, "jcode", "config"); check.Status != CheckFail || !strings.Contains(check.Detail, h.ConfigPath()+":2:13: max_turns") {
		t.Errorf("%+v", check)
	}
	if check := checkOf(t, reports, "acme", "start"); check.Status != CheckOK { // the rest is looked at all the same
		t.Errorf("%+v", check)
	}
	if _, err := h.Plugins(t.Context()); err != nil {
		t.Error(err)
	}
}

// notices is a LoginUI that keeps what it is told.
type notices struct {
	sdk.LoginUI
	said []string
}

func (n *notices) Notice(_ context.Context, text string) error {
	n.said = append(n.said, text)
	return nil
}

func TestProviderVerbs(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme", "zeta-out")
	models, err := h.Models(t.Context(), "", false)
	if err != nil || len(models) != 2 || models[0].Provider != "acme" || len(models[0].Models) != 2 {
		t.Errorf("%+v, %v", models, err)
	}
	auth, err := h.AuthStatus(t.Context(), "", true)
	if err != nil || len(auth) != 2 || auth[0].Status.State != sdk.AuthOK || auth[1].Status.State != sdk.AuthMissing {
		t.Errorf("%+v, %v", auth, err)
	}
	var plugin *PluginError
	if _, err := h.AuthStatus(t.Context(), "nobody", false); !errors.As(err, &plugin) {
		t.Errorf("%v", err)
	}
	if methods, err := h.LoginMethods(t.Context(), "acme"); err != nil || len(methods) != 1 {
		t.Errorf("%+v, %v", methods, err)
	}
	h.remember([]string{"acme"}, "acme")
	ui := &notices{}
	account, err := h.Login(t.Context(), "acme", sdk.LoginRequest{Headless: true}, ui)
	if err != nil || account.Label != "somebody" || len(ui.said) != 1 {
		t.Errorf("%+v, %v, %v", account, err, ui.said)
	}
	if h.recall([]string{"acme"}) != "" {
		t.Error("a login did not forget the choice")
	}
	if removed, err := h.Logout(t.Context(), "acme"); err != nil || len(removed) != 1 {
		t.Errorf("%+v, %v", removed, err)
	}
}
