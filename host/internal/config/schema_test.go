package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// checker checks texts of the file by the JSON Schema.
func checker(t *testing.T) func(text string) error {
	t.Helper()
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error {
		var value map[string]any
		if err := toml.Unmarshal([]byte(text), &value); err != nil {
			return err
		}
		return compiled.Validate(value)
	}
}

// The schema and the loader are of one mind, for every setting.
func TestJSONSchemaIsTheTable(t *testing.T) {
	t.Parallel()
	check := checker(t)
	values := map[kind][]string{
		kindString: {`"x"`, `"acme"`, `""`, "1"}, kindList: {`["a"]`, `"a"`, "[1]"}, kindBool: {"true", `"yes"`},
		kindCount: {"3", "-1", `"3"`, "1.5"}, kindDuration: {`"90s"`, "5", `"soon"`, `"1h30m"`},
		kindBytes: {"10", `"1MiB"`, `"big"`}, kindRules: {`["bash(git *)", "write"]`, `["bsh"]`, `"bash"`},
		kindAmount: {"0.5", "3", "-1", `"3"`}, kindShare: {"0.8", "1", `"80%"`, "0", "1.5", `"much"`},
	}
	for _, known := range schema {
		candidates := values[known.kind]
		if len(candidates) == 0 {
			t.Errorf("%s: no values are tried", known.key)
		}
		for _, word := range choices[known.key] {
			candidates = append(candidates, `"`+word+`"`)
		}
		for _, value := range candidates {
			text := known.key + " = " + value
			_, err := parse("f", []byte(text))
			if (err == nil) != (check(text) == nil) {
				t.Errorf("%s: the loader says %v, the schema %v", text, err, check(text))
			}
		}
		if check(known.key+"x = 1") == nil {
			t.Errorf("%sx is accepted", known.key)
		}
	}
	for text, want := range map[string]bool{example: true, "": true, "plugin.acme = 1": false, "plugin.Acme.x = 1": false, "plugin.acme.x = [1]": false} {
		if got := check(text); (got == nil) != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if faults := Validate(write(t, example)); len(faults) != 0 {
		t.Error(faults)
	}
	file := write(t, "modle = 'x'\ntimeout = '1s'\nnothing.like.it = 1\n")
	faults := Validate(file)
	if len(faults) != 2 || !strings.HasPrefix(faults[0].Error(), file+":1:9: modle: ") || !strings.Contains(faults[0].Error(), "did you mean model?") {
		t.Error(faults)
	}
	if faults := Validate(write(t, "timeout = 'x'")); len(faults) != 1 {
		t.Error(faults)
	}
	if err := Replace(file, []byte("nonsense = 1")); err == nil {
		t.Error("an invalid file was saved")
	}
	if err := Replace(file, []byte("model = 'x' # keep\n")); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "model = 'x' # keep\n" {
		t.Errorf("%q", got)
	}
}

func TestUnset(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, key, after string
		removed            bool
	}{
		"one of several": {"# top\nprovider = \"acme\" # best\nmodel = 'm'\n", "provider", "# top\nmodel = 'm'\n", true},
		"a long list":    {"add_dirs = [\n  \"/a\", # ]\n]\nmodel = \"m\"\n", "add_dirs", "model = \"m\"\n", true},
		"in a table":     {"[bash]\n# why\ntimeout = \"1s\"", "bash.timeout", "[bash]\n# why\n", true},
		"not there":      {"model = 'm'\n", "provider", "model = 'm'\n", false},
	} {
		file := write(t, test.before)
		removed, err := Unset(file, test.key)
		got, _ := os.ReadFile(file)
		if err != nil || removed != test.removed {
			t.Errorf("%s: %v, %v", name, removed, err)
		}
		if diff := cmp.Diff(test.after, string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	file := write(t, "stdin = { limit = 1, grace = \"1s\" }\n")
	if _, err := Unset(file, "stdin.limit"); err == nil || !strings.Contains(err.Error(), "cannot change") {
		t.Error(err)
	}
	var unknown *UnknownKeyError
	if _, err := Unset(file, "stdn.limit"); !errors.As(err, &unknown) {
		t.Error(err)
	}
}

func TestWriteErrorNamesTheFile(t *testing.T) {
	t.Parallel()
	inTheWay := write(t, "")
	file := filepath.Join(inTheWay, "config.toml")
	taken := filepath.Join(t.TempDir(), "config.toml")
	if err := os.MkdirAll(filepath.Join(taken, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]string{"no folder": file, "a folder has its name": taken} {
		var path *fs.PathError
		if err := Replace(at, nil); !errors.As(err, &path) || path.Path != at || strings.Contains(err.Error(), ".config-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
