package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// project makes a repository with a configuration at its root, and one below it.
func project(t *testing.T, root, sub string) (dir string, files []ProjectFile) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"": root, "sub": sub} {
		folder := filepath.Join(dir, name, ".jcode")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, FileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, ProjectFiles(dir, filepath.Join(dir, "sub"))
}

func trusts(answer bool) func() (bool, error) { return func() (bool, error) { return answer, nil } }

// A project that is not trusted can only take away.
func TestProjectOnlyNarrows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ user, project, key, want string }{
		"stricter mode":       {"", `permission_mode = "read-only"`, "permission_mode", "read-only"},
		"wider than the user": {`permission_mode = "read-only"`, `permission_mode = "edit"`, "permission_mode", "read-only"},
		"stricter on_deny":    {`on_deny = "report"`, `on_deny = "fail"`, "on_deny", "fail"},
		"laxer on_deny":       {`on_deny = "report"`, `on_deny = "continue"`, "on_deny", "report"},
		"fewer turns":         {"max_turns = 9", "max_turns = 3", "max_turns", "3"},
		"more turns":          {"max_turns = 9", "max_turns = 30", "max_turns", "9"},
		"no limit of turns":   {"max_turns = 9", "max_turns = 0", "max_turns", "9"},
		"first limit":         {"", "max_turns = 30", "max_turns", "30"},
		"fewer tokens":        {"max_tokens_total = 9", "max_tokens_total = 3", "max_tokens_total", "3"},
		"lower cost":          {"max_cost_usd = 2.5", "max_cost_usd = 0.5", "max_cost_usd", "0.5"},
		"higher cost":         {"max_cost_usd = 2.5", "max_cost_usd = 5.5", "max_cost_usd", "2.5"},
		"less time":           {"", `timeout = "1m"`, "timeout", "1m0s"},
		"more time":           {`timeout = "1m"`, `timeout = "2m"`, "timeout", "1m0s"},
		"instructions off":    {"", "instructions = false", "instructions", "false"},
		"instructions on":     {"instructions = false", "instructions = true", "instructions", "false"},
		"never ask":           {"", `ask = "never"`, "ask", "never"},
		"ask after all":       {`ask = "never"`, `ask = "auto"`, "ask", "never"},
		"more deny rules":     {`permissions.deny = ["bash(a)"]`, `permissions.deny = ["bash(b)"]`, "permissions.deny", "bash(a),bash(b)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, files := project(t, test.project, "")
			c, err := Load(Sources{File: write(t, test.user), Project: files, Trusted: trusts(false)})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := c.Get(test.key)
			if got.Text != test.want {
				t.Errorf("%s = %s, want %s", test.key, got.Text, test.want)
			}
			if effect := len(c.Warnings) == 0; effect != strings.Contains(got.Origin, files[0].Path) {
				t.Errorf("origin %s, warnings %v", got.Origin, c.Warnings)
			}
		})
	}
}

func TestUntrustedProjectIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`provider = "acme"`:                   "provider",
		`model = "m"`:                         "model",
		`add_dirs = ["/"]`:                    "add_dirs",
		`pass_env = ["TOKEN"]`:                "pass_env",
		`permissions.allow = ["bash"]`:        "permissions.allow",
		`stdin.limit = "1GB"`:                 "stdin.limit",
		`permission_mode = "bypass"`:          "permission_mode",
		`plugin.acme.base_url = "http://x"`:   "plugin.acme.base_url",
		"[plugins]\nevil = './evil'":          "plugins.evil",
		"[plugin.evil]\npath = './evil'":      "plugin.evil.path",
		`a_key_of_a_newer_version = "widely"`: "a_key_of_a_newer_version",
	} {
		root, files := project(t, "# ours\n"+text, "")
		_, err := Load(Sources{Project: files, Trusted: trusts(false)})
		var fault *Error
		if !errors.As(err, &fault) || fault.File != filepath.Join(root, ".jcode", FileName) || fault.Line < 2 || fault.Column < 2 || fault.Key != want {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if plugin := strings.HasPrefix(want, "plugin."); !plugin && want != "permission_mode" && !strings.Contains(fault.Hint(), "jcode trust "+root) {
			t.Errorf("%s: try: %s", text, fault.Hint())
		}
	}
}

// Trust opens most, but neither the plugins' settings nor bypass.
func TestTrustedProject(t *testing.T) {
	t.Parallel()
	root, files := project(t, "permission_mode = \"auto\"\nmodel = \"m\"\npermissions.allow = [\"write(a/**)\"]\nnonsense = 1", `permissions.allow = ["bash(x)"]`)
	user := write(t, "permission_mode = \"edit\"\npermissions.allow = [\"bash(git *)\"]")
	c, err := Load(Sources{File: user, Project: files, Trusted: trusts(true), WorkingDir: "/work"})
	if err != nil {
		t.Fatal(err)
	}
	if c.PermissionMode != "auto" || c.Model != "m" || len(c.Warnings) != 1 {
		t.Errorf("%+v, %v", c.Settings, c.Warnings)
	}
	// Rules of a project start from its own folder.
	want := []RuleText{{"bash(git *)", "/work", user + ":2"}, {"write(a/**)", root, files[0].Path + ":3"}, {"bash(x)", filepath.Join(root, "sub"), files[1].Path + ":1"}}
	if len(c.Allow) != 3 || c.Allow[0] != want[0] || c.Allow[1] != want[1] || c.Allow[2] != want[2] {
		t.Errorf("%+v", c.Allow)
	}
	for _, text := range []string{`permission_mode = "bypass"`, "plugin.acme.base_url = 'http://x'"} {
		_, files := project(t, "", text)
		var fault *Error
		if _, err := Load(Sources{Project: files, Trusted: trusts(true)}); !errors.As(err, &fault) || !strings.Contains(fault.Message, "trusted or not") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Nobody is asked about trust where a project brings nothing along.
func TestTrustIsAskedOnlyWhenNeeded(t *testing.T) {
	t.Parallel()
	_, files := project(t, "# only words\n", "")
	asked := 0
	count := func() (bool, error) { asked++; return false, errors.New("the record is broken") }
	if _, err := Load(Sources{Project: files, Trusted: count}); err != nil || asked != 0 {
		t.Error(err, asked)
	}
	_, files = project(t, "max_turns = 1", "max_turns = 2")
	var fault *Error
	if _, err := Load(Sources{Project: files, Trusted: count}); !errors.As(err, &fault) || asked != 1 {
		t.Error(err, asked)
	}
}

func TestProjectFiles(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{base}, parts...)...) }
	got := ProjectFiles(at("a"), at("a", "b", "c"), at("a", "b", ".jcode", FileName))
	if len(got) != 2 || got[0].Path != at("a", ".jcode", FileName) || got[1].Dir != at("a", "b", "c") {
		t.Errorf("%+v", got)
	}
}

// A pipe in the place of a file must not hang a run, nor a huge file fill memory.
func TestStrangeFiles(t *testing.T) {
	t.Parallel()
	dir, files := project(t, "", "")
	if err := os.Mkdir(files[0].Path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Sources{Project: files}); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", ".jcode", FileName), make([]byte, maxFileBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Sources{Project: files[1:]}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Error(err)
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	_, files := project(t, "timeout = '30s'", "")
	system, user := write(t, "provider = 'sys'\ntimeout = '1h'"), write(t, "provider = 'mine'\ntimeout = '1m'")
	c, err := Load(Sources{
		System: system, File: user, Project: files, Trusted: trusts(false),
		Environment: map[string]string{"JCODE_PROVIDER": "env"}, Overrides: map[string]string{"timeout": "2h"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Provider != "env" || c.Timeout != 2*time.Hour {
		t.Errorf("%+v", c.Settings)
	}
	value, _ := c.Get("timeout")
	want := []Layer{{"0s", "default"}, {"1h0m0s", system + ":2"}, {"1m0s", user + ":2"}, {"30s", files[0].Path + ":1"}, {"2h0m0s", "--set"}}
	if len(value.Layers) != len(want) {
		t.Fatalf("%+v", value.Layers)
	}
	for i, layer := range value.Layers {
		if layer != want[i] {
			t.Errorf("layer %d: %+v, want %+v", i, layer, want[i])
		}
	}
}
