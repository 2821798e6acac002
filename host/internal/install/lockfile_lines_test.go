package install

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleLock(n int) *Lock {
	l := &Lock{Schema: 1, Plugin: []Entry{}}
	for i := range n {
		l.Plugin = append(l.Plugin, Entry{
			Name: fmt.Sprintf("plugin-%d", i), Version: "1.0.0", File: "bin/x", Size: int64(i), Source: "a\nb, ]}",
			Tree: fmt.Sprintf("%064x", i), SHA256: fmt.Sprintf("%064x", i+1), Facts: Facts{Protocol: []int{1}},
		})
	}
	return l
}

func TestLockLayouts(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3, 50} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			want := sampleLock(n)
			lines, err := encodeLock(want)
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Count(lines, []byte("\n")); got != n+2 {
				t.Errorf("%d lines for %d plugins", got, n)
			}
			indented, err := json.MarshalIndent(want, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			for _, layout := range [][]byte{lines, indented, bytes.TrimSpace(lines)} {
				if got, err := ParseLock(layout); err != nil || !cmp.Equal(want, got) {
					t.Errorf("%v in\n%s", err, layout)
				}
			}
		})
	}
}

func TestWrongLinesAreTold(t *testing.T) {
	t.Parallel()
	whole, err := encodeLock(sampleLock(3))
	if err != nil {
		t.Fatal(err)
	}
	text := string(whole)
	tests := map[string]struct{ text, want string }{
		"a comma too many": {strings.Replace(text, "}\n]}", "},\n]}", 1), "5:1: "},
		"a comma missing":  {strings.Replace(text, "},\n", "}\n", 1), "3:1: "},
		"half a line":      {strings.Replace(text, `"size":1`, `"size":`, 1), "3:"},
		"another type":     {strings.Replace(text, `"size":1`, `"size":"1"`, 1), "3:"},
		"an empty line":    {strings.Replace(text, "},\n", "},\n\n,", 1), "4:1: "},
		"another schema":   {strings.Replace(text, `"schema":1`, `"schema":2`, 1), "schema 2 is not 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseLock([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
