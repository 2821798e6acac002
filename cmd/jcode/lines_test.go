package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host"
)

func TestMessagesBreakBetweenWords(t *testing.T) {
	t.Parallel()
	text := strings.TrimSpace(strings.Repeat("considerable ", 9))
	for name, test := range map[string]struct {
		width int
		want  string
	}{
		"no terminal": {0, "jcode: " + text + "\n"},
		"narrow":      {20, "jcode: " + text + "\n"},
		"80 columns": {80, "jcode: considerable considerable considerable considerable considerable\n" +
			"  considerable considerable considerable considerable\n"},
	} {
		if got := message("jcode:", "jcode:", text, test.width); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := message("jcode:", "\x1b[31mjcode:\x1b[0m", text, 80); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, "\x1b[31mjcode:\x1b[0m considerable") {
		t.Errorf("painted: %q", got)
	}
}

// Which provider was chosen is no warning, in no form of output.
func TestChoiceIsNoWarning(t *testing.T) {
	t.Parallel()
	var err bytes.Buffer
	r := &jsonRenderer{command: &command{process: &process{err: &err, env: map[string]string{}}}, warned: map[string]bool{}}
	for _, event := range []host.Event{
		host.Warning{Code: "provider_chosen", Message: "provider acme"},
		host.Warning{Code: "provider_chosen", Message: "provider acme"},
		host.Warning{Code: "other", Message: "beware"},
	} {
		if err := r.event(event); err != nil {
			t.Fatal(err)
		}
	}
	if want := "jcode: provider acme\njcode: warning: beware\n"; err.String() != want {
		t.Errorf("%q", err.String())
	}
}
