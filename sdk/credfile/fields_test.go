package credfile_test

import (
	"encoding/json"
	"testing"

	"github.com/jcode-go/jcode/sdk/credfile"
)

func TestFields(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		`1767323045000`: 1767323045000, `1767323045`: 1767323045000, `"1767323045"`: 1767323045000,
		`"2026-01-02T03:04:05Z"`: 1767323045000, `"2026-01-02T03:04:05.5+00:00"`: 1767323045500,
		`null`: 0, `"soon"`: 0, `-1`: 0, `0`: 0, `1e300`: 0, `{}`: 0,
	} {
		var m credfile.Moment
		if err := json.Unmarshal([]byte(in), &m); err != nil || m.IsZero() != (want == 0) || want != 0 && m.UnixMilli() != want {
			t.Errorf("%s: %v %v", in, m, err)
		}
	}
	for in, want := range map[string]credfile.Text{`" a "`: "a", `null`: "", `3`: "", `{"a":1}`: "", `["a"]`: ""} {
		got := credfile.Text("before")
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %q %v", in, got, err)
		}
	}
}
