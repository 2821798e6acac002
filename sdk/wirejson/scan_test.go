package wirejson

import (
	"encoding/json"
	"testing"
)

func TestFlat(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		`{"a":"b","n":-1.5e+3,"t":true,"l":[],"z":null}`: true,
		` { "a" : "b" , "c" : "d\"}" } ` + "\n":          true,
		`{"a":{"b":1}}`:                                  false, `{"a":[1]}`: false, `{"a":"b"} x`: false, `{"a":"b"`: false, `{"a"}`: false, `{`: false, ``: false,
		`[]`: false, `{"a":}`: false, `{"a":"` + "\n" + `"}`: false, `{}`: false, `{"a":1,}`: false, `{a:1}`: false,
	} {
		if got := Flat([]byte(in), func(_, _ []byte) {}); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}

// What is read the quick way is what encoding/json reads.
func FuzzFlat(f *testing.F) {
	for _, seed := range []string{`{"type":"x","delta":"a\n\"é"}`, `{"a":"\u0041"}`, `{"a":1,"a":2}`, `{"a":"\x"}`, `{"a":01}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := map[string]string{}
		whole := true
		if !Flat(data, func(key, value []byte) {
			text, ok := Text(value)
			if value[0] == '"' {
				got[string(key)] = text
				whole = whole && ok
			}
		}) || !whole {
			return
		}
		var want map[string]any
		if json.Unmarshal(data, &want) != nil {
			return // the reader is for what a vendor wrote, and checks no more than it needs
		}
		for key, text := range got {
			if value, ok := want[key]; ok && value != text {
				t.Errorf("%q: %q is %q, not %v", data, key, text, value)
			}
		}
	})
}
