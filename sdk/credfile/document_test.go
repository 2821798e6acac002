package credfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const shared = `{
  "z": {"token": "old", "unknown": [1, {"deep": true}], "big": 12345678901234567890.10},
  "tokens": null,
  "\u006bey": "caf\u00e9 <&> \ud800",
  "a": 1e400
}`

func parse(t *testing.T, text string) *Document {
	t.Helper()
	doc, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestChangesKeepTheRest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Document) error
		want   string
	}{
		{
			"nothing", func(*Document) error { return nil },
			`{"z":{"token":"old","unknown":[1,{"deep":true}],"big":12345678901234567890.10},"tokens":null,"\u006bey":"caf\u00e9 <&> \ud800","a":1e400}`,
		},
		{
			"set deep", func(d *Document) error { return d.Set("n<w", "z", "token") },
			`{"z":{"token":"n<w","unknown":[1,{"deep":true}],"big":12345678901234567890.10},"tokens":null,"\u006bey":"caf\u00e9 <&> \ud800","a":1e400}`,
		},
		{
			"set through null", func(d *Document) error { return d.Set(1, "tokens", "x", "y") },
			`{"z":{"token":"old","unknown":[1,{"deep":true}],"big":12345678901234567890.10},"tokens":{"x":{"y":1}},"\u006bey":"caf\u00e9 <&> \ud800","a":1e400}`,
		},
		{
			"set escaped key and new one", func(d *Document) error { return errors.Join(d.Set(2, "key"), d.Set(3, `q"<`)) },
			`{"z":{"token":"old","unknown":[1,{"deep":true}],"big":12345678901234567890.10},"tokens":null,"\u006bey":2,"a":1e400,"q\"<":3}`,
		},
		{
			"merge", func(d *Document) error {
				return d.Merge(map[string]any{"z": map[string]any{"token": "new", "more": 1}, "tokens": map[string]any{"id": "i"}})
			},
			`{"z":{"token":"new","unknown":[1,{"deep":true}],"big":12345678901234567890.10,"more":1},"tokens":{"id":"i"},"\u006bey":"caf\u00e9 <&> \ud800","a":1e400}`,
		},
		{
			"merge at a path", func(d *Document) error { return d.Merge(struct{ Token string }{"T"}, "z") },
			`{"z":{"token":"old","unknown":[1,{"deep":true}],"big":12345678901234567890.10,"Token":"T"},"tokens":null,"\u006bey":"caf\u00e9 <&> \ud800","a":1e400}`,
		},
		{
			"merge null and list replace", func(d *Document) error { return d.Merge(map[string]any{"z": nil, "a": []int{1}}) },
			`{"z":null,"tokens":null,"\u006bey":"caf\u00e9 <&> \ud800","a":[1]}`,
		},
		{
			"delete", func(d *Document) error { d.Delete("z", "unknown"); d.Delete("a"); return nil },
			`{"z":{"token":"old","big":12345678901234567890.10},"tokens":null,"\u006bey":"caf\u00e9 <&> \ud800"}`,
		},
		{"replace all", func(d *Document) error { return d.Set(map[string]int{"only": 1}) }, `{"only":1}`},
		{"delete all", func(d *Document) error { d.Delete(); return nil }, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := parse(t, shared)
			if err := tt.change(doc); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, compact(t, doc.Bytes())); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

func TestLookups(t *testing.T) {
	t.Parallel()
	doc := parse(t, `{"a":{"b":"1","b":"2"},"n":null,"s":"x"}`)
	var got string
	if ok, err := doc.Decode(&got, "a", "b"); !ok || err != nil || got != "2" {
		t.Errorf("last duplicate: %q, %v, %v", got, ok, err)
	}
	for _, path := range [][]string{{"x"}, {"a", "x"}, {"s", "x"}, {"n", "x"}, {"a", "b", "c"}} {
		if raw, ok := doc.Get(path...); ok {
			t.Errorf("%v: %s", path, raw)
		}
		if doc.Delete(path...) {
			t.Errorf("%v: deleted", path)
		}
		if ok, err := doc.Decode(&got, path...); ok || err != nil || got != "2" {
			t.Errorf("%v: decoded %q, %v", path, got, err)
		}
	}
	if raw, ok := doc.Get("n"); !ok || string(raw) != "null" {
		t.Errorf("null: %s, %v", raw, ok)
	}
	if d := cmp.Diff([]string{"a", "n", "s"}, doc.Keys()); d != "" {
		t.Error(d)
	}
	if keys := doc.Keys("s"); keys != nil {
		t.Errorf("keys of a string: %q", keys)
	}
	if !doc.Delete("a", "b") || len(doc.Keys("a")) != 0 {
		t.Error("one of two duplicates stays")
	}
}

func TestChangesThatCannotBe(t *testing.T) {
	t.Parallel()
	doc := parse(t, `{"s":"x","o":{}}`)
	for name, err := range map[string]error{
		"through a string":    doc.Set(1, "s", "x"),
		"merge into a string": doc.Merge(struct{}{}, "s"),
		"merge a list":        doc.Merge([]int{1}, "o"),
		"not an object":       doc.Set(1),
		"not JSON":            doc.Set(make(chan int), "o"),
		"merge not JSON":      doc.Merge(make(chan int)),
		"wrong type":          func() error { var n int; _, err := doc.Decode(&n, "s"); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := compact(t, doc.Bytes()); got != `{"s":"x","o":{}}` {
		t.Errorf("changed to %s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{`[]`, `"x"`, `null`, `{`, `{"a":1}}`, `{"a":1} x`, `{a:1}`, `{"secret":"hunter2",}`, "\x00\x00\x00"} {
		_, err := Parse([]byte(in))
		corrupt := (*CorruptError)(nil)
		if !errors.As(err, &corrupt) {
			t.Errorf("%q: error %v", in, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error quotes the file: %v", in, err)
		}
	}
	for _, in := range []string{"", " \n", "\xef\xbb\xbf{}", "{}\n\n", "{ }"} {
		if doc, err := Parse([]byte(in)); err != nil || string(doc.Bytes()) != "{}\n" {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestDocumentIsNotPrinted(t *testing.T) {
	t.Parallel()
	doc := parse(t, `{"token":"hunter2"}`)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, doc); strings.Contains(got, "hunter2") || strings.Contains(got, "104 117") {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// Every file survives being taken apart completely and put together again, and a
// value that was set is found.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(shared), "key", "value")
	f.Add([]byte(`{"a":{"a":{"a":{}}},"a":[{"b":1}]}`), "a", "\x00")
	f.Add([]byte("{\"\\u0000\":1,\"\xff\":2}"), "", "")
	f.Add([]byte(` {"" : {} , "x":-0.0e-10}`), "x", `"`)
	f.Fuzz(func(t *testing.T, text []byte, key, value string) {
		doc, err := Parse(text)
		if err != nil {
			return
		}
		takeApart(doc.root)
		whole := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
		if len(whole) == 0 {
			whole = []byte("{}")
		}
		if d := cmp.Diff(compact(t, whole), compact(t, doc.Bytes())); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return // cannot be said in JSON
		}
		if err := doc.Set(map[string]string{key: value}, "new", key); err != nil {
			return // something is in the way
		}
		again, err := Parse(doc.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if ok, err := again.Decode(&got, "new", key, key); !ok || err != nil || got != value {
			t.Errorf("%q, %v, %v; want %q", got, ok, err, value)
		}
	})
}

func takeApart(o *object) {
	for i := range o.members {
		if inner, err := o.members[i].open(); err == nil {
			takeApart(inner)
		}
	}
}
