package jsontree

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseGivesTheFields(t *testing.T) {
	t.Parallel()
	n, err := Parse([]byte(` {"a":[1,-2.5e3,"x\u00e9\n"],"b":{"c":true,"d":null},"a2":"\ud83d\ude00","z":{}} `))
	if err != nil {
		t.Fatal(err)
	}
	list := n.Get("a").List()
	if v, ok := list[0].Int(); v != 1 || !ok {
		t.Errorf("a[0] = %d, %v", v, ok)
	}
	if v, ok := list[1].Float(); v != -2500 || !ok {
		t.Errorf("a[1] = %v, %v", v, ok)
	}
	if got := list[2].Text(); got != "xé\n" {
		t.Errorf("a[2] = %q", got)
	}
	if !n.Get("b").Get("c").True() || !n.Get("b").Get("d").Is(Null) || n.Get("b").Get("e") != nil {
		t.Error("b is wrong")
	}
	if got := n.Get("a2").Text(); got != "😀" {
		t.Errorf("a2 = %q", got)
	}
	if got := strings.Join(n.Keys, ","); got != "a,b,a2,z" {
		t.Errorf("keys = %s", got)
	}
}

func TestGetTakesTheLastOfARepeatedKey(t *testing.T) {
	t.Parallel()
	n, err := Parse([]byte(`{"a":1,"a":2}`))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := n.Get("a").Int(); v != 2 {
		t.Errorf("a = %d, want the last", v)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"nothing": "", "cut object": `{"a":`, "cut string": `"abc`, "trailing": `{} x`,
		"lone high surrogate": `"\ud800x"`, "lone low surrogate": `"\udc00"`, "high twice": `"\ud800\ud800"`,
		"bad escape": `"\q"`, "short escape": `"\u12"`, "control": "\"a\nb\"", "number": "-", "fraction": "1.",
		"exponent": "1e", "leading zero": "01", "bad utf-8": "\"\xff\"", "comma": `[1,]`, "key": `{1:2}`,
		"literal": "nul", "depth": strings.Repeat("[", 600) + strings.Repeat("]", 600),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var syntax *SyntaxError
			if _, err := Parse([]byte(doc)); !errors.As(err, &syntax) {
				t.Errorf("Parse(%q) = %v, want a *SyntaxError", doc, err)
			}
		})
	}
}

// FuzzParse holds Parse against encoding/json: it may refuse more (surrogates,
// depth, invalid UTF-8), never accept more, and texts must be equal.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e-3,"x\u00e9"]}`, `"\ud83d\ude00"`, `[[],{}]`, `-0.1`, "nul", `{"a":1,}`, `""`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		n, err := Parse(doc)
		if err != nil {
			return
		}
		if !json.Valid(doc) {
			t.Fatalf("accepted %q, which is not JSON", doc)
		}
		var want string
		if n.Kind == String && json.Unmarshal(n.Raw, &want) == nil && n.Text() != want {
			t.Fatalf("text = %q, want %q", n.Text(), want)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	doc := []byte(`{"messages":[` + strings.Repeat(`{"role":"user","content":[{"type":"text","text":"`+strings.Repeat("lorem ipsum ", 40)+`"}]},`, 2000) + `{}]}`)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := Parse(doc); err != nil {
			b.Fatal(err)
		}
	}
}
