package discover

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const repository = "../../.."

func schemaText(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "docs", "plugin.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// validator says what the published schema has against a manifest.
func validator(t *testing.T) func(manifest []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText(t)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("manifest.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(manifest []byte) error {
		var value map[string]any
		if err := toml.Unmarshal(manifest, &value); err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		return schema.Validate(instance)
	}
}

// parserKeys are the keys that the parser knows, sections and their keys with a dot.
func parserKeys(of reflect.Type, prefix string) []string {
	var keys []string
	for i := range of.NumField() {
		field := of.Field(i)
		key := prefix + field.Tag.Get("toml")
		keys = append(keys, key)
		kind := field.Type
		if kind.Kind() == reflect.Slice {
			kind = kind.Elem()
		}
		if kind.Kind() == reflect.Struct {
			keys = append(keys, parserKeys(kind, key+".")...)
		}
	}
	return keys
}

// schemaNode is what this test reads of a schema.
type schemaNode struct {
	Properties map[string]schemaNode
	Items      *schemaNode
	Required   []string
}

func (n schemaNode) keys(prefix string) (all, required []string) {
	if n.Items != nil {
		return n.Items.keys(prefix)
	}
	for name, property := range n.Properties {
		all = append(all, prefix+name)
		if slices.Contains(n.Required, name) {
			required = append(required, prefix+name)
		}
		inner, demanded := property.keys(prefix + name + ".")
		all, required = append(all, inner...), append(required, demanded...)
	}
	return all, required
}

var tableRow = regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| (must|may) \\|")

// TestManifestIsDocumented keeps the parser, the published schema and the page the same.
func TestManifestIsDocumented(t *testing.T) {
	t.Parallel()
	parser := slices.Sorted(slices.Values(parserKeys(reflect.TypeFor[Manifest](), "")))
	var schema schemaNode
	if err := json.Unmarshal(schemaText(t), &schema); err != nil {
		t.Fatal(err)
	}
	keys, required := schema.keys("")
	page, err := os.ReadFile(filepath.Join(repository, "docs", "plugin-manifest.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented, must []string
	for _, match := range tableRow.FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, match[1])
		if match[2] == "must" {
			must = append(must, match[1])
		}
	}
	for _, list := range [][]string{keys, required, documented, must} {
		slices.Sort(list)
	}
	if diff := cmp.Diff(parser, keys); diff != "" {
		t.Errorf("the schema differs from the parser, -parser +schema:\n%s", diff)
	}
	if diff := cmp.Diff(parser, documented); diff != "" {
		t.Errorf("docs/plugin-manifest.md differs from the parser, -parser +page:\n%s", diff)
	}
	if diff := cmp.Diff(required, must); diff != "" {
		t.Errorf("docs/plugin-manifest.md differs in what must be, -schema +page:\n%s", diff)
	}
	_, example, _ := strings.Cut(string(page), "```toml\n")
	example, _, _ = strings.Cut(example, "```")
	accepted(t, validator(t), "the page's example", []byte(example))
}

func accepted(t *testing.T, validate func([]byte) error, name string, manifest []byte) {
	t.Helper()
	if _, warnings, err := ParseManifest(manifest); err != nil || len(warnings) > 0 {
		t.Errorf("%s: the parser says %v %v", name, err, warnings)
	}
	if err := validate(manifest); err != nil {
		t.Errorf("%s: the schema says %v", name, err)
	}
}

// TestManifestsOfThisRepository: what we publish keeps to what we demand.
func TestManifestsOfThisRepository(t *testing.T) {
	t.Parallel()
	validate, found := validator(t), 0
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(name, ".") && name != ".." || slices.Contains([]string{"bin", "dist", "node_modules"}, name)):
			return filepath.SkipDir
		case name != manifestName:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found++
		accepted(t, validate, path, text)
		return nil
	})
	if err != nil || found < 8 {
		t.Errorf("%d manifests: %v", found, err)
	}
}

// TestSchemaRefusesWhatTheParserRefuses: an editor with the schema shows the same faults.
func TestSchemaRefusesWhatTheParserRefuses(t *testing.T) {
	t.Parallel()
	validate := validator(t)
	accepted(t, validate, "full", []byte(fullManifest))
	for name, change := range map[string][2]string{
		"unknown key":      {"rank = 0", "colour = 1"},
		"nested key":       {"variables = [\"ACME_KEY\"]", "variable = []"},
		"wrong type":       {"rank = 0", `rank = "first"`},
		"name":             {`"acme"`, `"Acme"`},
		"no version":       {"version = \"1.2.3\"\n", ""},
		"no protocol":      {"[1, 2]", "[]"},
		"protocol 0":       {"[1, 2]", "[0]"},
		"kind":             {`"cli"`, `"grpc"`},
		"no kind":          {"kind = \"cli\"\n", ""},
		"variable":         {"ACME_KEY", "A B"},
		"empty prefix":     {"ACME_OPT_", ""},
		"short prefix":     {"ACME_OPT_", "A_"},
		"bare prefix":      {"ACME_OPT_", "ACME"},
		"login without id": {"id = \"browser\"\n", ""},
		"no schema":        {"schema = 1\n", ""},
	} {
		manifest := strings.Replace(fullManifest, change[0], change[1], 1)
		if manifest == fullManifest {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, _, err := ParseManifest([]byte(manifest)); err == nil {
			t.Errorf("%s: the parser takes it", name)
		}
		if validate([]byte(manifest)) == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}
