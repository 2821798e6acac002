package shellout_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		exit shellout.Exit
		want string
	}{
		{"silent success", shellout.Exit{}, "acme produced no answer"},
		{"success with words", shellout.Exit{Stderr: "a\n\n  b"}, "acme produced no answer: a b"},
		{"status", shellout.Exit{Code: 2, Stderr: "bad"}, "acme exited with status 2: bad"},
		{"signal", shellout.Exit{Code: -1, Signal: syscall.SIGSEGV}, "acme was killed by SIGSEGV"},
		{"odd signal", shellout.Exit{Code: -1, Signal: 61}, "acme was killed by signal 61"},
		{"stopped", shellout.Exit{Stop: shellout.StopLingering}, "acme exited with status 0"},
		{"unknown", shellout.Exit{Code: -1}, "acme ended in a way that is not known"},
		{"long", shellout.Exit{Code: 1, Stderr: strings.Repeat("words é ", 1000) + "end"}, "acme exited with status 1: … words é words"},
	}
	for _, tt := range tests {
		tt.exit.Program = "acme"
		e := tt.exit.Failure()
		if !strings.HasPrefix(e.Error(), tt.want) || e.Kind != sdk.KindInternal || tt.name != "long" && e.Error() != tt.want {
			t.Errorf("%s: %.80q", tt.name, e)
		}
	}
	if got := (shellout.Exit{Stderr: strings.Repeat("x", 99)}).LastWords(10); got != "… xxxxxxxxxx" {
		t.Errorf("%q", got)
	}
}
