package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{File: filepath.Join(t.TempDir(), "none", FileName)})
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Providers: []string{}, PermissionMode: "auto", OnDeny: "continue", IdleTimeout: 5 * time.Minute,
		Instructions: true, LoopGuard: true, BashTimeout: 2 * time.Minute, BashMaxTimeout: 10 * time.Minute, BashTimeoutAction: "background",
		StdinGrace: 3 * time.Second, StdinLimit: 256 << 10, PassEnv: []string{}, AddDirs: []string{}, Ask: "auto",
		Fallback: []string{}, Compaction: true, CompactionThreshold: 0.8,
	}
	if diff := cmp.Diff(want, c.Settings); diff != "" {
		t.Error(diff)
	}
	for _, value := range c.List() {
		if value.Origin != "default" || value.Help == "" {
			t.Errorf("%+v", value)
		}
	}
}

const example = `# mine
provider = "acme" # the best
max_turns = 1_0
add_dirs = [ # two
  "/a", # first
  '/b]',
]

[bash]
timeout = "90s"
max_timeout = 300

[stdin]
limit = "1MiB"

[plugin.acme]
region = "eu"
retries = 3
fast = true
"deep".key = 'x'
`

func TestFileAndOrigins(t *testing.T) {
	t.Parallel()
	file := write(t, example)
	c, err := Load(Sources{
		File:        file,
		Environment: map[string]string{"JCODE_PROVIDER": "other"},
		Overrides:   map[string]string{"bash.timeout": "5s", "pass_env": "A, B", "plugin.acme.region": "us"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.MaxTurns != 10 || c.BashMaxTimeout != 5*time.Minute || c.StdinLimit != 1<<20 || c.BashTimeout != 5*time.Second {
		t.Errorf("settings %+v", c.Settings)
	}
	if diff := cmp.Diff([]string{"/a", "/b]"}, c.AddDirs); diff != "" {
		t.Error(diff)
	}
	want := map[string][2]string{
		"provider":             {"other", "environment JCODE_PROVIDER"},
		"max_turns":            {"10", file + ":3"},
		"add_dirs":             {"/a,/b]", file + ":4"},
		"bash.timeout":         {"5s", "--set"},
		"bash.max_timeout":     {"5m0s", file + ":11"},
		"pass_env":             {"A,B", "--set"},
		"plugin.acme.region":   {"us", "--set"},
		"plugin.acme.retries":  {"3", file + ":18"},
		"plugin.acme.deep.key": {"x", file + ":20"},
		"plugin.acme.absent":   {"", "default"},
		"model":                {"", "default"},
	}
	for key, expected := range want {
		got, err := c.Get(key)
		if err != nil || got.Text != expected[0] || got.Origin != expected[1] {
			t.Errorf("%s: %+v, %v; want %v", key, got, err, expected)
		}
	}
	plugin := map[string]string{"region": "us", "retries": "3", "fast": "true", "deep.key": "x"}
	if diff := cmp.Diff(plugin, c.Plugin("acme")); diff != "" {
		t.Error(diff)
	}
	if len(c.Warnings) != 0 || len(c.Plugin("acm")) != 0 {
		t.Errorf("warnings %v", c.Warnings)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text         string
		line, column int
		message      string
	}{
		"syntax":          {"provider = \n", 1, 12, ""},
		"twice":           {"model = \"a\"\nmodel = \"b\"\n", 2, 1, ""},
		"wrong type":      {"\nmax_turns = \"many\"\n", 2, 13, "must be a whole number, 0 or more, not a string"},
		"list of numbers": {"providers = [1]\n", 1, 13, "not of an integer"},
		"not a list":      {"providers = \"a\"\n", 1, 13, "must be a list"},
		"bad mode":        {"permission_mode = \"yolo\"\n", 1, 19, "none of read-only, edit, auto, bypass"},
		"below zero":      {"[bash]\n  timeout = -1\n", 2, 13, "is not a duration"},
		"zero":            {"idle_timeout = \"0s\"\n", 1, 16, "more than 0"},
		"inline table":    {"stdin = { limit = \"big\" }\n", 1, 19, "is not a size"},
		"list of tables":  {"[[bash]]\ntimeout = \"1s\"\n", 1, 7, "not a list of tables"},
		"plugin list":     {"[plugin.acme]\nx = [1]\n", 2, 5, "not a list"},
		"provider name":   {"provider = \"Acme!\"\n", 1, 12, "is no provider's name"},
		"rule":            {"[permissions]\nallow = [\n  \"bash(git *)\", # fine\n  \"bsh(x)\",\n]\n", 4, 3, `there is no tool "bsh"; the tools are bash`},
		"no list of rule": {"permissions.deny = \"bash\"\n", 1, 20, "must be a list of rules"},
		"date":            {"timeout = 2026-01-01\n", 1, 11, "not a date"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, test.text)
			_, err := Load(Sources{File: file})
			var fault *Error
			if !errors.As(err, &fault) {
				t.Fatalf("error %v", err)
			}
			if fault.File != file || fault.Line != test.line || fault.Column != test.column || !strings.Contains(fault.Message, test.message) {
				t.Errorf("%v", fault)
			}
		})
	}
}

func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{File: write(t, "permision_mode = \"edit\"\n[bash]\ntimout = 3\n[other]\nx = 1\n")})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{":1: no setting \"permision_mode\"; did you mean permission_mode?", ":3: no setting \"bash.timout\"; did you mean bash.timeout?", ":5: no setting \"other.x\""} {
		if i >= len(c.Warnings) || !strings.HasSuffix(c.Warnings[i], want) {
			t.Errorf("warnings %q, want %q", c.Warnings, want)
		}
	}
	var missing *UnknownKeyError
	if _, err := c.Get("modle"); !errors.As(err, &missing) || len(missing.Nearest) != 1 || missing.Nearest[0] != "model" {
		t.Errorf("get: %v", err)
	}
	if _, err := Load(Sources{Overrides: map[string]string{"nonsense": "1"}}); !errors.As(err, &missing) {
		t.Errorf("--set: %v", err)
	}
	var fault *Error
	if _, err := Load(Sources{Overrides: map[string]string{"max_turns": "x"}}); !errors.As(err, &fault) || fault.Key != "--set max_turns" {
		t.Errorf("--set: %v", err)
	}
	if _, err := Load(Sources{Environment: map[string]string{"JCODE_PROVIDER": "No Name"}}); !errors.As(err, &fault) || fault.Key != "JCODE_PROVIDER" {
		t.Errorf("environment: %v", err)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ before, key, value, after string }{
		"new file":        {"", "model", "x\"y", "model = \"x\\\"y\"\n"},
		"keeps comment":   {"# top\nprovider = \"acme\" # best\nmodel = 'm'\n", "provider", "other", "# top\nprovider = \"other\" # best\nmodel = 'm'\n"},
		"list":            {"add_dirs = [\n  \"/a\", # ]\n]\nmodel = \"m\"\n", "add_dirs", "/x,/y", "add_dirs = [\"/x\", \"/y\"]\nmodel = \"m\"\n"},
		"no line end":     {"model = \"m\"", "max_turns", "3", "model = \"m\"\nmax_turns = 3\n"},
		"top of tables":   {"# head\n\n# of bash\n[bash]\ntimeout = \"1s\"\n", "model", "m", "# head\n\nmodel = \"m\"\n# of bash\n[bash]\ntimeout = \"1s\"\n"},
		"in its table":    {"[bash]\ntimeout = \"1s\" # t\n\n[stdin]\nlimit = 1\n", "bash.max_timeout", "2m", "[bash]\ntimeout = \"1s\" # t\nmax_timeout = \"2m0s\"\n\n[stdin]\nlimit = 1\n"},
		"empty table":     {"[bash]\n[stdin]\n", "bash.timeout", "3s", "[bash]\ntimeout = \"3s\"\n[stdin]\n"},
		"new table":       {"model = \"m\"\n", "plugin.acme.region", "eu", "model = \"m\"\n\n[plugin.acme]\nregion = \"eu\"\n"},
		"dotted":          {"bash.timeout = \"1s\"\nmodel = \"m\"\n", "bash.max_timeout", "2s", "bash.timeout = \"1s\"\nbash.max_timeout = \"2s\"\nmodel = \"m\"\n"},
		"inline":          {"stdin = { limit = 1, grace = \"1s\" }\n", "stdin.limit", "2", "stdin = { limit = 2, grace = \"1s\" }\n"},
		"multi-line text": {"model = \"\"\"a\nb\"\"\" # c\nmax_turns = 1\n", "model", "z", "model = \"z\" # c\nmax_turns = 1\n"},
		"share":           {"", "compaction.threshold", "70%", "[compaction]\nthreshold = 0.7\n"},
		"bool":            {"instructions = true#c\n", "instructions", "false", "instructions = false#c\n"},
		"windows lines":   {"model = \"a\"\r\nmax_turns = 1\r\n", "max_turns", "2", "model = \"a\"\r\nmax_turns = 2\r\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "home", FileName)
			if test.before != "" {
				file = write(t, test.before)
			}
			if err := Set(file, test.key, test.value); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, string(got)); diff != "" {
				t.Error(diff)
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	t.Parallel()
	file := write(t, example)
	for key, value := range map[string]string{"nonsense": "1", "max_turns": "-1", "permission_mode": "x", "plugin.Bad.x": "1", "plugin.acme": "1", "compaction.threshold": "0"} {
		if err := Set(file, key, value); err == nil {
			t.Errorf("%s = %s was accepted", key, value)
		}
	}
	broken := write(t, "= broken")
	if err := Set(broken, "model", "m"); err == nil {
		t.Error("a broken file was edited")
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != example {
		t.Errorf("the file changed: %v", err)
	}
}

func TestSetKeepsLink(t *testing.T) {
	t.Parallel()
	real := write(t, "model = \"a\"\n")
	link := filepath.Join(t.TempDir(), FileName)
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	if err := Set(link, "model", "b"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(real); string(got) != "model = \"b\"\n" {
		t.Errorf("target holds %q", got)
	}
}

func FuzzEdit(f *testing.F) {
	f.Add(example, "bash.timeout", "3s")
	f.Add("model = '''a'b''' # x\n", "model", "c")
	f.Add("a = [\"#\", ']', \"\"\"\"x\"\"\"\"]\nmodel=\"m\"", "provider", "acme")
	f.Add("plugin.acme = {x=1}\n", "plugin.acme.x", "\x7f\\\"")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		before, err := parse("f", []byte(text))
		if err != nil {
			return
		}
		known, ok := lookup(key)
		if !ok {
			return
		}
		parsed, err := known.parse(value)
		if err != nil || strings.ToValidUTF8(value, "") != value {
			return
		}
		edited, err := edit("f", []byte(text), key, parsed)
		if err != nil {
			return
		}
		after, err := parse("f", edited)
		if err != nil {
			t.Fatalf("broke the file: %v\n%s", err, edited)
		}
		want := map[string]string{key: textOf(parsed)}
		for _, item := range before.items {
			if item.key != key {
				want[item.key] = textOf(item.value)
			}
		}
		got := map[string]string{}
		for _, item := range after.items {
			got[item.key] = textOf(item.value)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\nbefore:\n%s\nafter:\n%s", diff, text, edited)
		}
	})
}

func TestShare(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"0.8": 0.8, "80%": 0.8, " 5 % ": 0.05, "1": 1, "0": 0, "1.1": 0, "-1": 0, "NaN": 0, "x": 0, "": 0} {
		got, err := parseShare(text)
		if (err == nil) != (want > 0) || err == nil && got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	c, err := Load(Sources{File: write(t, "[compaction]\nthreshold = 0.5\nenabled = false\n")})
	if err != nil || c.CompactionThreshold != 0.5 || c.Compaction {
		t.Errorf("%+v, %v", c, err)
	}
}
