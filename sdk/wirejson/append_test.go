package wirejson

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// Every text comes out as JSON that means the same text.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", `q"b\`, "\x00\x1f\x7f\u2028", "é😀", "\xff", "a\xc3", "\xed\xa0\x80", "<b>&"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := AppendString(nil, text)
		if !utf8.Valid(got) {
			t.Fatalf("not UTF-8: %q", got)
		}
		var back, want string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(encoded, &want); err != nil {
			t.Fatal(err)
		}
		if back != want {
			t.Errorf("%q became %q", text, back)
		}
	})
}

func TestAppendString(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<b>&\u2028":       "\"<b>&\u2028\"",
		"a\"\\\n\r\t\x01b": `"a\"\\\n\r\t\u0001b"`,
		"\xffé\xc3":        "\"\uFFFDé\uFFFD\"",
	} {
		if got := string(AppendString(nil, in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"as it is", `{"b":1,"a":[{}]}`, `{"b":1,"a":[{}]}`},
		{"space around", " {}\n", `{}`},
		{"half a pair", `{"x":"\ud83d"}`, `{"x":"\ufffd"}`},
		{"the other half", `{"x":"\ude00\uD83d"}`, `{"x":"\ufffd\ufffd"}`},
		{"a pair", `{"x":"\ud83d\ude00"}`, `{"x":"\ud83d\ude00"}`},
		{"pair after half", `{"x":"\ud83d\ud83d\ude00"}`, `{"x":"\ufffd\ud83d\ude00"}`},
		{"no escape at all", `{"x":"\\ud83d"}`, `{"x":"\\ud83d"}`},
		{"broken UTF-8", "{\"x\":\"\xff\"}", "{\"x\":\"\uFFFD\"}"},
		{"cut", `{"x":`, ""},
		{"array", `[]`, ""},
		{"nothing", ``, ""},
		{"two", `{}{}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := []byte(tt.in)
			got, ok := Object(in)
			if string(got) != tt.want || ok != (tt.want != "") {
				t.Errorf("%s, %v", got, ok)
			}
			if string(in) != tt.in {
				t.Errorf("changed its input to %s", in)
			}
		})
	}
}

func FuzzObject(f *testing.F) {
	f.Add([]byte(`{"x":"\ud83d\ude00\ud83d"}`))
	f.Add([]byte(`{"\\\ud83d":"\\\\ud83d"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, ok := Object(in)
		if ok && (!json.Valid(out) || !utf8.Valid(out)) {
			t.Errorf("%q became %q", in, out)
		}
	})
}

func TestAppendBase64(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte{0, 255, 7}, 1001)[:3001]
	var back []byte
	if err := json.Unmarshal(AppendBase64(nil, data), &back); err != nil || !bytes.Equal(back, data) {
		t.Errorf("%v", err)
	}
	if got := string(AppendBase64(nil, []byte("a"))); got != `"`+base64.StdEncoding.EncodeToString([]byte("a"))+`"` {
		t.Error(got)
	}
}
