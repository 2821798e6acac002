package plugin

import (
	"errors"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func TestReadOnly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		line string
		ok   bool
	}{
		"text":          {"00400000-00a00000 r-xp 00000000 fe:00 123 /bin/x\n", true},
		"constants":     {"00a00000-00b00000 r--p 00600000 fe:00 123 /bin/x\n", true},
		"variables":     {"00b00000-00c00000 rw-p 00700000 fe:00 123 /bin/x\n", false},
		"other file":    {"00400000-00a00000 r-xp 00000000 fe:00 123 /bin/y\n", false},
		"no file":       {"00400000-00a00000 r-xp 00000000 00:00 0\n", false},
		"not readable":  {"00400000-00a00000 ---p 00000000 fe:00 123 /bin/x\n", false},
		"deleted":       {"00400000-00a00000 r-xp 00000000 fe:00 123 /bin/x (deleted)\n", false},
		"backwards":     {"00a00000-00400000 r-xp 00000000 fe:00 123 /bin/x\n", false},
		"no addresses":  {"x-y r-xp 00000000 fe:00 123 /bin/x\n", false},
		"an empty line": {"\n", false},
	}
	for name, test := range tests {
		start, end, ok := readOnly(test.line, "/bin/x")
		if ok != test.ok || ok && end <= start {
			t.Errorf("%s: %x-%x %v", name, start, end, ok)
		}
	}
}

// TestTrim runs on after its own code was given back, reflection and all.
func TestTrim(t *testing.T) {
	t.Parallel()
	trim()
	got := errorFromStatus(t.Context(), "x", errorToStatus(&sdk.Error{Kind: sdk.KindBilling, Message: "m"}))
	var e *sdk.Error
	if !errors.As(got, &e) || e.Kind != sdk.KindBilling {
		t.Error(got)
	}
}
